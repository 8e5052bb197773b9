"""What the stage registers of the course of the works: kept here so that `approvals.stage` stays a table."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from approvals.models import Matter, MatterState, MilestoneState, SanctionKind
from approvals.oversight import matters, sanctions
from approvals.oversight.listings import LISTINGS
from workflow.models import Filing, Step
from workflow.people.open_work import share_of
from workflow.route.offices import RECORDED_BY
from workflow.stages import GuardOn, MenuEntry, OpenWork, Permit, Sentence, Tab, Timer

PERMITS = (Permit(Matter, ("order", "reject", "close"), "step.decide"),)
GUARDS = (
    GuardOn(Step, ("complete", "refuse", "send_back"), sanctions.suspended),
    GuardOn(Filing, ("submit",), sanctions.suspended),
)
HINDRANCES = (sanctions.deferred,)
TIMERS = (Timer(matters.CORRECTION, on_passing=matters.day_passed),)
PAGES = {matters.ABOUT: "approvals:matter", "works": "approvals:works"}
TABS = (Tab("works", _("Implementation"), "approvals:works", 36),)
SEE = ("project.view", "declaration.view_own")
MENU = (
    MenuEntry(
        "matters",
        _("Implementation"),
        "cone-striped",
        (("approvals:matters", SEE),),
        ("matters", "milestones"),
        48,
    ),
)
OPEN_WORK = (
    OpenWork(
        Matter,
        "office",
        _("Incidents and corrections"),
        rows=lambda office: (
            Matter.objects.filter(office=office).exclude(state=MatterState.CLOSED).select_related("project", "office")
        ),
        share=lambda row: share_of(next(iter(row.office.authorities), RECORDED_BY), row.project_id),
        name=lambda row: f"{row.project.name} · {row.title}",
    ),
    OpenWork(
        Matter,
        "unit",
        _("Corrections ordered"),
        rows=lambda office: (
            Matter.objects.filter(unit=office).exclude(state=MatterState.CLOSED).select_related("project", "office")
        ),
        share=lambda row: share_of("owner", row.project_id),
        name=lambda row: f"{row.project.name} · {row.title}",
    ),
)
WORDS = {
    **dict(MatterState.choices),
    **dict(MilestoneState.choices),
    **dict(SanctionKind.choices),
    matters.ABOUT: _("Incident or correction"),
    matters.CORRECTION: _("To be put right"),
}
TONES = {
    "milestone.planned": "neutral",
    "milestone.reached": "good",
    "milestone.dropped": "neutral",
    "matter.reported": "warn",
    "matter.ordered": "warn",
    "matter.answered": "info",
    "matter.closed": "done",
}
SHOWN_FIELDS = {
    "planned_on": _("Planned for"),
    "done_on": _("Reached on"),
    "measures": _("Measures"),
    "happened_on": _("When it happened"),
    "loss": _("Loss"),
    "demand": _("What is to be put right"),
    "answer_text": _("What was put right"),
    "conclusion": _("Conclusion"),
}
SENTENCES = {
    "milestone.plan": Sentence(_("Milestone planned: %(label)s")),
    "milestone.reach": Sentence(_("Milestone reached: %(label)s"), "good"),
    "milestone.drop": Sentence(_("Milestone dropped: %(label)s")),
    "matter.report": Sentence(_("Incident reported: %(label)s"), "warn"),
    "matter.found": Sentence(_("Fault found: %(label)s"), "warn"),
    "matter.order": Sentence(_("Ordered to be put right: %(label)s"), "warn"),
    "matter.answer": Sentence(_("Put right as the unit says: %(label)s")),
    "matter.reject": Sentence(_("Not put right, ordered again: %(label)s"), "warn"),
    "matter.overdue": Sentence(_("Not put right by its day: %(label)s"), "bad"),
    "matter.close": Sentence(_("Closed: %(label)s"), "good"),
    "sanction.impose": Sentence(_("Imposed: %(label)s"), "bad"),
    "sanction.lift": Sentence(_("Lifted: %(label)s"), "good"),
    "project.suspend": Sentence(_("Project suspended"), "warn"),
    "project.resume": Sentence(_("Project goes on"), "good"),
    "project.terminate": Sentence(_("Project terminated"), "bad"),
}
MESSAGES = {
    "matter_reported": _("“%(project)s”: %(unit)s reports an incident, please decide: %(title)s"),
    "matter_ordered": _("“%(project)s”: to be put right by %(day)s (%(title)s): %(reason)s"),
    "matter_answered": _("“%(project)s”: %(unit)s says that it was put right, please check: %(title)s"),
    "matter_overdue": _("“%(project)s”: %(unit)s did not put it right by its day, please decide: %(title)s"),
    "matter_closed": _("“%(project)s”: closed (%(title)s): %(reason)s"),
    "sanction_criticism": _("“%(project)s”: public criticism (%(articles)s): %(reason)s"),
    "sanction_deferral": _("“%(project)s”: the investment plan is deferred (%(articles)s): %(reason)s"),
    "sanction_suspension": _("“%(project)s” is suspended (%(articles)s): %(reason)s"),
    "sanction_termination": _("“%(project)s” is terminated (%(articles)s): %(reason)s"),
    "sanction_lifted": _("“%(project)s”: %(what)s is lifted: %(reason)s"),
}
__all__ = ["LISTINGS"]
