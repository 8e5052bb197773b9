"""What readers see of a filing: what was handed in last, and what each correction asked for and changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from accounts.actors import Actor
from accounts.models import name_at
from workflow.desk.words import word
from workflow.filings.kinds import kind_of
from workflow.models import EDITABLE, CorrectionItem, Filing, FilingRevision, FilingState


def keep_unsent(actor: Actor, filing: Filing) -> None:
    """While it is being corrected, show others what was handed in last: the rest is the unit's own yet."""
    if filing.state == FilingState.RETURNED and not kind_of(filing).is_own(actor, filing):
        filing.content = filing.revisions.values_list("content", flat=True).last() or {}


def rounds_of(filing: Filing, *, reading: Any = None) -> list[dict[str, Any]]:
    """Returns and resubmissions: what was asked, and what was changed in answer, the newest first (one query).

    `reading` is what its kind shows forms from, where the caller has it.
    """
    if filing.round < 2 and filing.state != FilingState.RETURNED:
        return []
    kind = kind_of(filing)
    asked = CorrectionItem.objects.filter(filing=OuterRef("filing_id"), round=OuterRef("round"))
    row = JSONObject(
        text="text",
        section="section",
        by="asked_by__name",
        former_names="asked_by__former_names",
        at="asked_at",
        step="step__key",
    )
    revisions: list[Any] = list(
        FilingRevision.objects.filter(filing_id=filing.pk)
        .select_related("submitted_by")
        .annotate(asked=ArraySubquery(asked.order_by("pk").values_list(row, flat=True)))
        .order_by("round")
    )
    for revision in revisions:
        revision.filing = filing
        for item in revision.asked:
            item["at"] = dt.datetime.fromisoformat(item["at"])
            item["by"] = name_at(item["by"] or "", item.pop("former_names") or [], item["at"])
            item["step"] = word(item["step"]) if item["step"] else ""
    if len(revisions) > 1 and reading is None:
        reading = kind.reading(filing)
    rounds = []
    for before, after in zip(revisions, [*revisions[1:], None], strict=True):
        changes = kind.changes(before, after, filing=filing, reading=reading) if after is not None else []
        rounds.append({"round": before.round, "asked": before.asked, "answer": after, "changes": changes})
    return [one for one in reversed(rounds) if one["asked"] or one["answer"]]


def own_filing(*, of: str) -> Subquery:
    """The newest filing handed in for a step itself, to be read with it; `of` names its key in the query."""
    unsent = (FilingState.DRAFT, FilingState.WITHDRAWN)
    return Subquery(Filing.objects.filter(step=OuterRef(of)).exclude(state__in=unsent).order_by("-pk").values("pk")[:1])


def unsent(*, of: str) -> ArraySubquery:
    """What is being written or corrected for a project and its steps, but for what a round asks: by its keys."""
    row = JSONObject(pk="pk", kind="kind", state="state", unit="unit_id", step="step_id")
    rows = (
        Filing.objects.filter(project=OuterRef(of), call=None, state__in=EDITABLE)
        .exclude(kind="declaration")
        .order_by("pk")
    )
    return ArraySubquery(rows.values_list(row, flat=True))


def filing_context(filing: Filing, *, actor: Actor) -> dict[str, Any]:
    """What a reviewer reads of what was handed in for a step (`filings/read.html`)."""
    keep_unsent(actor, filing)
    kind = kind_of(filing)
    return {"filing": filing, "label": kind.label, "sheet": kind.sheet(filing), "rounds": rounds_of(filing)}
