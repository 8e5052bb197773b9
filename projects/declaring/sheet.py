"""Building the form of a declaration from the county's rules, what was typed, and the papers that are there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from projects.declaring import described, proved
from projects.declaring.setting import FormContext
from workflow.filings.parts import Section, Sheet

MAKERS: Mapping[str, Callable[[Mapping[str, Any], FormContext], Section | None]] = {
    "basics": described.basics,
    "money": proved.money,
    "purpose": described.purpose,
    "plan": described.plan,
    "outline": described.outline,
    "form": described.form,
    "quotes": proved.quotes,
    "negative": proved.negative,
    "prerequisites": proved.prerequisites,
    "priority": proved.priority,
    "papers": proved.papers,
}


def build(content: Mapping[str, Any], setting: FormContext, *, only: Collection[str] = tuple(MAKERS)) -> Sheet:
    """The form in the county's own sections. A section its rules say nothing about is left out, as is one not asked."""
    made = [MAKERS[key](content, setting) for key in MAKERS if key in only]
    sheet = Sheet([section for section in made if section is not None], is_whole=len(made) == len(MAKERS))
    if setting.unlocked is not None:
        sheet.lock(unlocked=setting.unlocked)
    sheet.note(setting.corrections)
    return sheet
