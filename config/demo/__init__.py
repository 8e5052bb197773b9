"""The demonstration: five counties at work, told by fixtures/demo and carried out through the services.

Nothing here runs in production. `make` is what `manage.py make_demo` calls.
"""

from config.demo.making import Made, RulesMissing, make
from config.demo.people import exist
from config.demo.texts import counties

__all__ = ["Made", "RulesMissing", "counties", "exist", "make"]
