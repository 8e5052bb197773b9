"""The demonstration: five counties at work, told by fixtures/demo and carried out through the services.

With it what only development needs: the embedded database, the gallery, signing in by one click. Production installs
none of it.
"""
