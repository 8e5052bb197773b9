"""Building the form of a declaration from the county's rules, what was typed, and the papers that are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from projects.declaring import described, proved
from projects.declaring.parts import Section, Sheet
from projects.declaring.setting import NO, QUOTE_PAPER, SECTIONS, YES, FormContext, facts_typed, typed_rows


def build(content: Mapping[str, Any], setting: FormContext) -> Sheet:
    """The form in the county's own sections. A section its rules say nothing about is left out."""
    makers: list[Callable[[Mapping[str, Any], FormContext], Section | None]] = [
        described.basics,
        described.purpose,
        described.form,
        described.plan,
        described.outline,
        proved.money,
        proved.quotes,
        proved.negative,
        proved.prerequisites,
        proved.priority,
        proved.papers,
    ]
    sections = [section for make in makers if (section := make(content, setting)) is not None]
    unlocked = None if setting.unlocked is None else set(setting.unlocked)
    for number, section in enumerate(sections, 1):
        section.number = str(number)
        section.locked = unlocked is not None and section.key not in unlocked
        section.returned = unlocked is not None and section.key in unlocked
        section.corrections = [one for one in setting.corrections if one.section in (section.key, "")]
        by_field: dict[str, list[Any]] = {}
        for one in section.corrections:
            by_field.setdefault(one.field, []).append(one)
        for one in section.all_fields():
            one.locked = section.locked
            one.corrections = by_field.get(one.name, [])
    return Sheet(sections)


__all__ = ["NO", "QUOTE_PAPER", "SECTIONS", "YES", "FormContext", "build", "facts_typed", "typed_rows"]
