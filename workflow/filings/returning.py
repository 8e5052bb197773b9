"""What a return for correction asks for: items, the sections they unlock, and the day by which it is wanted back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal, clean_text
from workflow.clocks import clock, deadlines
from workflow.clocks.spec import ClockSpec
from workflow.filings.kinds import kind_of
from workflow.models import Filing, Step, WorkItem

OWNER_REVISION = "owner_revision"  # the key of the pause, as rules name it, and of the day that a reviewer sets


def check_day(day: dt.date | None) -> None:
    """Raise a `Refusal` for a day that leaves no time."""
    if day is not None and day <= clock.today():
        raise Refusal(_("The day to hand in again must lie ahead."), field="correct_by")


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


def pause_articles(step: Step) -> list[str]:
    """The articles by which a step's clock stops while the unit corrects."""
    for rule in step.rule.get("deadlines") or []:
        for pause in rule.get("pauses") or []:
            if pause.get("key") == OWNER_REVISION:
                return list(pause.get("articles") or [])
    return []
