"""Building the form of a declaration from the county's rules, what was typed, and the papers that are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from projects.declaring import described, proved
from projects.declaring.setting import FormContext
from workflow.filings.parts import Section, Sheet


def build(content: Mapping[str, Any], setting: FormContext) -> Sheet:
    """The form in the county's own sections. A section its rules say nothing about is left out."""
    makers: list[Callable[[Mapping[str, Any], FormContext], Section | None]] = [
        described.basics,
        proved.money,
        described.purpose,
        described.plan,
        described.outline,
        described.form,
        proved.quotes,
        proved.negative,
        proved.prerequisites,
        proved.priority,
        proved.papers,
    ]
    sheet = Sheet([section for make in makers if (section := make(content, setting)) is not None])
    if setting.unlocked is not None:
        sheet.lock(unlocked=setting.unlocked)
    sheet.note(setting.corrections)
    return sheet
