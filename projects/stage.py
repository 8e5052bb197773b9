"""What the projects register: the declaration and its review, calls, reserve and annual plan."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects import handlers, offers, project_page, taking_back
from projects.kinds import DeclarationStep
from projects.listings import LISTINGS
from projects.models import Declaration, Likeness, ReserveState, Round, RoundState, Standing, Verdict
from projects.open_work import OPEN_WORK
from projects.services import calls
from projects.services.submission import DECLARATION
from workflow.clocks import timers
from workflow.filings import access
from workflow.models import FilingState, Step
from workflow.route.kinds import INITIATION
from workflow.stages import (
    GuardOn,
    HandlerOn,
    MenuEntry,
    Permit,
    ProjectPages,
    Sentence,
    Stage,
    Tab,
    Timer,
)

_STATES: dict[str, str | Promise] = {
    key: label
    for states in (Verdict, Likeness, RoundState, ReserveState, FilingState, Standing)
    for key, label in states.choices
    if key
}

STAGE = Stage(
    key="projects",
    step_kinds=(DeclarationStep(INITIATION),),
    pages={"project": "projects:project", "projects": "projects:projects"},
    filings=(DECLARATION,),
    project_pages=ProjectPages(find=project_page.find_project, head=project_page.header),
    permits=(Permit(Round, ("open", "close", "reopen"), "call.manage"),),
    guards=(
        GuardOn(Declaration, access.FILING, access.require_filer),
        GuardOn(Step, ("take_back",), taking_back.nothing_settled),
    ),
    hindrances=(handlers.reserve_lost, handlers.not_supported),
    handlers=(
        HandlerOn(Step, ("complete",), handlers.governed_from_today),
        HandlerOn(Step, ("complete",), handlers.foreseen_at_the_start),
        HandlerOn(Step, ("complete",), handlers.importance_set),
        HandlerOn(Step, ("complete",), handlers.results_entered),
        HandlerOn(Step, ("complete",), handlers.declaration_accepted),
        HandlerOn(Step, ("refuse",), handlers.project_refused),
        HandlerOn(Step, ("take_back",), taking_back.undone),
    ),
    timers=(
        Timer(handlers.EXPIRY, on_passing=handlers.reserve_expired),
        Timer(timers.LAPSE, on_passing=handlers.approval_lapsed),
        Timer(calls.CLOSING, on_passing=handlers.call_closed),
        Timer(calls.REMINDER, on_passing=handlers.call_ends),
    ),
    listings=LISTINGS,
    open_work=OPEN_WORK,
    tabs=(
        Tab("overview", _("Overview"), "projects:project", 10),
        Tab("declaration", _("Declaration"), "projects:declaration", 15),
        Tab("papers", _("Papers"), "projects:papers", 20),
        Tab("money", _("Money"), "projects:money", 40),
    ),
    menu=(
        MenuEntry(
            "projects",
            _("Projects"),
            "folder2-open",
            (("projects:projects", ("project.view", "declaration.view_own")),),
            ("projects", "reserve", "plans"),
            20,
            leads=True,
        ),
        MenuEntry(
            "declarations",
            _("Declarations"),
            "file-earmark-text",
            (("projects:declarations", ("declaration.file", "declaration.view_own")),),
            ("declarations",),
            30,
        ),
        MenuEntry("calls", _("Annual calls"), "megaphone", (("projects:calls", ("call.manage",)),), ("calls",), 40),
    ),
    offers=(offers.of_filer,),
    words={
        **_STATES,
        "reserve_expiry": _("End of the reserve's validity"),
        "call_closing": _("Closing of the annual call"),
        "call_reminder": _("Reminder before the call closes"),
        "partner_part": _("Confirmation of its part"),
        "owner_revision": _("Correction by the unit"),
    },
    tones={
        "project.draft": "neutral",
        "project.in_review": "info",
        "project.in_reserve": "good",
        "project.planned": "good",
        "project.suspended": "warn",
        "project.refused": "bad",
        "project.withdrawn": "neutral",
        "project.expired": "warn",
        "project.lapsed": "warn",
        "project.terminated": "bad",
        "project.completed": "good",
        "project.retired": "neutral",
        "project.stub": "neutral",
        "call.draft": "neutral",
        "call.open": "good",
        "call.closed": "done",
    },
    sentences={
        "project.submit": Sentence(_("Project handed in")),
        "project.register_only": Sentence(_("Registered only (classified)")),
        "project.withdraw": Sentence(_("Project withdrawn")),
        "project.enter_reserve": Sentence(_("Taken into the reserve"), "good"),
        "project.leave_reserve": Sentence(_("Not in the reserve: the decision was taken back"), "warn"),
        "project.enter_plan": Sentence(_("Taken into the annual plan"), "good"),
        "project.refuse": Sentence(_("Project refused"), "bad"),
        "project.lapse": Sentence(_("Approval lapsed: not begun in its time"), "bad"),
        "project.expire": Sentence(_("Validity in the reserve ended")),
        "project.govern": Sentence(_("Governed by another version of the rules from this day"), "warn"),
        "project.route": Sentence(_("Route laid by the rules")),
        "project.settle_money": Sentence(_("Sum settled: %(label)s")),
        "project.reroute": Sentence(_("Facts changed: route laid anew"), "warn"),
        "project.compare": Sentence(_("Projects that look alike were found"), "warn"),
        "declaration.start": Sentence(_("Declaration started")),
        "declaration.save": Sentence(_("Declaration saved")),
        "declaration.submit": Sentence(_("Declaration handed in")),
        "declaration.send_back": Sentence(_("Declaration returned for correction"), "warn"),
        "declaration.widen": Sentence(_("Further sections opened for correction"), "warn"),
        "declaration.resubmit": Sentence(_("Declaration corrected and handed in again")),
        "declaration.withdraw": Sentence(_("Declaration withdrawn")),
        "declaration.refuse": Sentence(_("Declaration refused"), "bad"),
        "declaration.accept": Sentence(_("Declaration accepted")),
        "declaration.conclude": Sentence(_("Declaration accepted")),
        "declaration.carry_over": Sentence(_("Draft taken into another call")),
        "declaration.admit_late": Sentence(_("Let in outside the call"), "warn"),
        "declaration.out_of_scope": Sentence(_("Asked and told: out of scope")),
        "partner.confirm": Sentence(_("%(label)s confirmed its part"), "good"),
        "finding.judge": Sentence(_("Likeness judged: %(label)s")),
        "annualcall.create": Sentence(_("Call prepared: %(label)s")),
        "round.create": Sentence(_("Call prepared: %(label)s")),
        "annualcall.edit": Sentence(_("Call changed: %(label)s")),
        "round.edit": Sentence(_("Call changed: %(label)s")),
        "annualcall.open": Sentence(_("Call opened: %(label)s"), "good"),
        "round.open": Sentence(_("Call opened: %(label)s"), "good"),
        "annualcall.close": Sentence(_("Call closed: %(label)s")),
        "round.close": Sentence(_("Call closed: %(label)s")),
        "annualcall.reopen": Sentence(_("Call opened again: %(label)s")),
        "round.reopen": Sentence(_("Call opened again: %(label)s")),
        "reserveentry.use": Sentence(_("Place in the reserve used by the annual plan")),
        "reserveentry.expire": Sentence(_("Place in the reserve expired"), "warn"),
        "reserveentry.remove": Sentence(_("Taken out of the reserve")),
        "reserveentry.enter_again": Sentence(_("Taken into the reserve"), "good"),
    },
    shown_fields={
        "rules": _("Rules"),
        "plan_year": _("Plan year"),
        "opens_on": _("Opens on"),
        "closes_on": _("Closes on"),
        "expires_on": _("Valid until"),
        "year": _("Year"),
        "part": _("Its part"),
        "amount": _("Amount"),
    },
    messages={
        "partner_asked": _("“%(project)s”: %(unit)s asks your unit to confirm its part."),
        "call_ends": _("“%(project)s” is still a draft: “%(call)s” closes on %(closes_on)s."),
        "call_closed": _(
            "“%(call)s” has closed; your draft “%(project)s” is kept and can be taken into the next call."
        ),
        "late_admitted": _("“%(project)s” may be handed in outside the call: %(reason)s"),
        "reserve_expired": _("“%(project)s” has left the reserve: its validity ended on %(day)s."),
        "approval_lapsed": _(
            "“%(project)s”: %(what)s had not begun by %(day)s, so the approval has lapsed; the project is to be"
            " declared anew (%(articles)s)."
        ),
        "entered_reserve": _("“%(project)s” is in the reserve, valid until %(day)s."),
        "entered_reserve_for_good": _("“%(project)s” is in the reserve; its validity has no end."),
        "entered_plan": _("“%(project)s” is in the annual plan of %(year)s."),
    },
)
