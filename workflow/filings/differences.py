"""What differs between two revisions of one form: fields by what a reader saw, papers by when they lay with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from workflow.filings.parts import Sheet
from workflow.models import Document

PAPERS = "papers"  # the section in which a paper stands that no other asks for


def fields_changed(before: Sheet, after: Sheet) -> list[dict[str, Any]]:
    """The fields that read otherwise, in the order of the form: `field` (name), `section`, `label`, `old`, `new`."""
    old, new = _shown_in(before), _shown_in(after)
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = (side[name][2] if name in side else "" for side in (old, new))
        if was != now:
            section, label, _value = new.get(name) or old[name]
            found.append({"field": name, "section": section, "label": label, "old": was, "new": now})
    return found


def _shown_in(sheet: Sheet) -> dict[str, tuple[str, str, str]]:
    """What a reader saw: field to section, label and value (choices by their labels)."""
    labels = sheet.labels()
    return {
        one.name: (section.key, labels[one.name], one.shown_value.strip())
        for section in sheet.sections
        for one in section.all_fields()
        if one.kind not in ("paper", "fact")
    }


def papers_changed(
    papers: Iterable[Document], before: dt.datetime, after: dt.datetime, *, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Papers that lay with a form at one of two moments only: taken out, replaced, added. `names`: those of kinds."""
    papers = list(papers)
    replaced = {one.supersedes_id: one.uploaded_at for one in papers}

    def lay_there(paper: Document, moment: dt.datetime) -> bool:
        ends = (paper.withdrawn_at, replaced.get(paper.pk))
        return paper.uploaded_at <= moment and not any(end and end <= moment for end in ends)

    found = []
    for paper in sorted(papers, key=lambda one: (one.purpose, one.pk)):
        was, now = lay_there(paper, before), lay_there(paper, after)
        if was != now:
            found.append(
                {
                    "field": f"papers-{paper.purpose}",
                    "section": PAPERS,
                    "label": names.get(paper.purpose, paper.purpose),
                    "old": paper.name if was else "",
                    "new": paper.name if now else "",
                }
            )
    return found
