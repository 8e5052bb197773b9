"""A project's route: the steps laid from the rules, and how they open and end."""
