"""Compiling a rule file: short notation, terms, named bounds, `otherwise` and `except` become plain rows with boxes."""

from .naming import READ_BY_CODE
from .rows import Compiled, compile_rules, compile_stored

__all__ = ["READ_BY_CODE", "Compiled", "compile_rules", "compile_stored"]
