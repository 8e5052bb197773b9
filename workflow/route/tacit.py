"""Silence that counts as a decision: a step nobody decided in time ends as the rules say, marked as tacit for ever."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import SYSTEM
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow import stages
from workflow.clocks.timers import DEEMED_PASSED
from workflow.models import Deadline
from workflow.notices import notify
from workflow.route.steps import finish, step_path
from workflow.trail import audit


def carry_out(row: Deadline) -> None:
    """End the step of a clock that passed undecided: done where silence counts as consent, else refused."""
    step, project = row.step, row.project
    assert step is not None and project is not None
    step.project = project
    passed = row.on_overdue == DEEMED_PASSED
    sentence = (
        _("Nobody decided until %(day)s, which counts as consent.")
        if passed
        else _("Nobody decided until %(day)s, which counts as a refusal.")
    )
    reason = sentence % {"day": day_in_words(row.due_on)}
    finish(actor=SYSTEM, step=step, outcome=row.on_overdue, reason=reason, negative=not passed, is_tacit=True)
    audit.entry(
        actor=SYSTEM,
        action=f"step.{row.on_overdue}",
        record=step,
        project=project,
        label=step.key,
        new={"due_on": row.due_on, "party": row.office.name if row.office else row.party},
        articles=row.articles,
    )
    for office in {one.pk: one for one in (row.office, project.owner_unit) if one is not None}.values():
        notify.tell(
            office=office,
            kind=row.on_overdue,
            key=f"{row.on_overdue}:{row.pk}",
            data={"what": step.key, "due_on": row.due_on, "articles": row.articles},
            project=project,
            path=step_path(step) if office == row.office else stages.page("project", row.county.code, pk=project.pk),
        )
