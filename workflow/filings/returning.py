"""What a return for correction asks for: items, the sections they unlock, and the day by which it is wanted back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal, Stale, clean_text
from workflow.clocks import clock, deadlines
from workflow.clocks.spec import ClockSpec
from workflow.filings.kinds import kind_of
from workflow.models import CorrectionItem, Filing, Step, StepState, WorkItem
from workflow.notices import notify

OWNER_REVISION = "owner_revision"  # the key of the pause, as rules name it, and of the day that a reviewer sets


def check_day(day: dt.date | None) -> None:
    """Raise a `Refusal` for a day that leaves no time."""
    if day is not None and day <= clock.today():
        raise Refusal(_("The day to hand in again must lie ahead."), field="correct_by")


def check_same_day(day: dt.date | None, filing: Filing) -> None:
    """Raise a `Refusal` for another day than the one the unit was given already."""
    if day is not None and day != filing.correct_by:
        raise Refusal(_("The unit has its day already; what is added is wanted by the same."), field="correct_by")


def start_day(*, actor: Actor, item: WorkItem, day: dt.date | None) -> None:
    """Let the day by which a correction is wanted run for the unit: by arrangement, reminded of like every clock."""
    if day is None or item.step is None:
        return
    spec = ClockSpec.fixed(OWNER_REVISION, day, party="owner", remind_on=clock.working_day_before(day, 2))
    deadlines.start_together(actor=actor, step=item.step, spec=spec, parties=[("owner", item.office, item)])


def wanted(items: Sequence[Mapping[str, str]], step: Step) -> list[dict[str, str]]:
    """The items that say something, as texts. Raises `Refusal` where none does."""
    wanted = [
        {key: clean_text(str(item.get(key, "")), field="items") for key in ("section", "field", "text")}
        for item in items
    ]
    wanted = [item for item in wanted if item["text"]]
    if not wanted:
        raise Refusal(
            _("Please say what must be corrected: at least one item with its section and what is wrong."),
            field="items",
            articles=step.articles,
        )
    return wanted


def unlocked_by(wanted: Sequence[Mapping[str, str]], filing: Filing) -> list[str]:
    """The sections that items name; all of them for an item without one. Raises `Refusal` for an unknown one."""
    known = {section.key for section in kind_of(filing).sheet(filing).sections}
    named = {item["section"] for item in wanted}
    for key in sorted(named - known - {""}):
        raise Refusal(_("The form has no section “%(key)s”.") % {"key": key}, field="items")
    return sorted(known if "" in named else named)


def is_waiting(step: Step, seen_version: int | None) -> bool:
    """Whether the step waits for its unit already. Raises `Stale` for a page that showed another version of it."""
    now = Step.objects.values_list("state", "version").get(pk=step.pk)
    if now[0] == StepState.WAITING and seen_version not in (None, now[1]):
        raise Stale()
    return now[0] == StepState.WAITING


def ask(*, actor: Actor, filing: Filing, step: Step, wanted: Sequence[Mapping[str, str]]) -> list[CorrectionItem]:
    """Write down what is to be corrected."""
    return CorrectionItem.objects.bulk_create(
        CorrectionItem(
            county_id=filing.county_id,
            filing_id=filing.pk,
            step=step,
            round=filing.round,
            section=item["section"],
            field=item["field"][:80],
            text=item["text"],
            asked_by=actor.user,
            asked_at=timezone.now(),
        )
        for item in wanted
    )


def tell(filing: Filing, step: Step, *, reason: str, day: dt.date | None, occasion: str) -> None:
    """Tell the unit what it is asked to correct, once an occasion."""
    notify.put_before(
        filing.unit,
        permission=kind_of(filing).permission,
        kind="returned_by_day" if day else "returned",
        project=filing.project,
        key=f"returned:{filing.pk}:{step.pk}:{occasion}",
        data={"what": step.key, "reason": reason, "due_on": day},
        path=kind_of(filing).url(filing),
    )


def pause_articles(step: Step) -> list[str]:
    """The articles by which a step's clock stops while the unit corrects."""
    for rule in step.rule.get("deadlines") or []:
        for pause in rule.get("pauses") or []:
            if pause.get("key") == OWNER_REVISION:
                return list(pause.get("articles") or [])
    return []
