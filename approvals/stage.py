"""What the approvals register: kinds of step, opinions, meetings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from approvals import guards
from approvals.bundle import BUNDLE
from approvals.changes import registered as changes
from approvals.experts import registered as experts
from approvals.experts.opinions import still_asked
from approvals.filings import FILINGS
from approvals.kinds.changes import ChangeRecord, ChangeReview, barred_since
from approvals.kinds.implementation import ImplementationRecord, completed
from approvals.kinds.meetings import MeetingDecision
from approvals.kinds.records import FilingRecord, NoticeRecord, OutsideRecord, PlanEntry, StageRecord
from approvals.kinds.reviews import JointReview, SingleReview
from approvals.listings import LISTINGS
from approvals.models import AdviceState, ConditionState, DelayFinding, FindingState, Meeting, Opinion
from approvals.open_work import OPEN_WORK
from approvals.oversight import registered as oversight
from approvals.platform import registered as platform
from approvals.services import advice, findings, opinions, reopening
from approvals.services.concerned import AS_CONCERNED
from approvals.services.replies import CONDITION
from projects.models import PlanState
from workflow.models import Step
from workflow.route.hindrances import nothing_hinders
from workflow.route.kinds import APPROVAL, IMPLEMENTATION, INITIATION
from workflow.stages import GuardOn, HandlerOn, MenuEntry, Permit, Sentence, Stage, Tab, Timer

STAGE = Stage(
    key="approvals",
    step_kinds=(
        SingleReview(INITIATION, APPROVAL),
        JointReview(INITIATION, APPROVAL),
        MeetingDecision(INITIATION, APPROVAL),
        OutsideRecord(INITIATION, APPROVAL),
        FilingRecord(INITIATION, APPROVAL),
        NoticeRecord(INITIATION, APPROVAL),
        PlanEntry(INITIATION, APPROVAL),
        StageRecord(APPROVAL),
        ImplementationRecord(IMPLEMENTATION),
        ChangeReview(APPROVAL),
        ChangeRecord(APPROVAL),
    ),
    filings=(*FILINGS, *experts.FILINGS, *changes.FILINGS),
    permissions=experts.PERMISSIONS,
    permits=(
        Permit(Meeting, ("hold", "cancel"), "meeting.hold"),
        Permit(DelayFinding, ("confirm", "drop", "lift"), "step.decide"),
        *oversight.PERMITS,
    ),
    guards=(
        GuardOn(Step, ("complete", "refuse", "send_back"), guards.person_may),
        *oversight.GUARDS,
        GuardOn(Step, ("refuse", "send_back"), guards.reason_given),
        GuardOn(Step, ("complete",), guards.all_stated),
        GuardOn(Step, ("complete",), nothing_hinders),  # after who may act, and what is stated
        GuardOn(Step, ("take_back",), guards.no_reply_given),
        GuardOn(Opinion, ("ask_again",), guards.review_still_open),
        GuardOn(Opinion, ("give",), guards.opinion_may),
    ),
    handlers=(
        HandlerOn(Step, ("complete",), completed),
        HandlerOn(Step, ("take_back",), opinions.missing_asked_again),
        *platform.HANDLERS,
    ),
    hindrances=(
        guards.papers_to_show,
        findings.no_money,
        barred_since,
        reopening.major_change,
        still_asked,
        advice.awaited,
        *oversight.HINDRANCES,
    ),
    timers=(Timer(findings.HEARING, on_passing=findings.hearing_over), *oversight.TIMERS),
    pages={
        "step": "approvals:step",
        "replies": "approvals:replies",
        "delay": "approvals:delay",
        findings.ABOUT: "approvals:finding",
        advice.ABOUT: "approvals:advice",
        "plan": "approvals:plan",
        "compile_plan": "approvals:compile_plan",
        **experts.PAGES,
        **oversight.PAGES,
        **changes.PAGES,
        **platform.PAGES,
    },
    listings=(*LISTINGS, *experts.LISTINGS, *changes.LISTINGS, *platform.LISTINGS, *oversight.LISTINGS),
    jobs=(BUNDLE, *experts.JOBS),
    open_work=(*OPEN_WORK, *oversight.OPEN_WORK),
    tabs=(
        Tab("opinions", _("Opinions"), "approvals:opinions", 30),
        Tab("replies", _("Replies"), "approvals:replies", 32),
        *experts.TABS,
        *oversight.TABS,
        *changes.TABS,
    ),
    menu=(
        MenuEntry(
            "meetings",
            _("Meetings"),
            "people",
            (("approvals:meetings", ("meeting.hold", "project.view")),),
            ("meetings",),
            50,
        ),
        *experts.MENU,
        *oversight.MENU,
        *changes.MENU,
    ),
    words={
        **dict(ConditionState.choices),
        **dict(FindingState.choices),
        **dict(AdviceState.choices),
        advice.ABOUT: _("A word asked for, or a copy"),
        **dict(PlanState.choices),
        CONDITION: _("Condition of a reply"),
        "opinion": _("Opinion of a joint review"),
        AS_CONCERNED: _("Offices concerned"),
        **experts.WORDS,
        **oversight.WORDS,
        findings.ABOUT: _("Finding of delay"),
        findings.HEARING: _("Statement on a delay"),
        **changes.WORDS,
        **platform.WORDS,
    },
    tones={
        "plan.drafted": "neutral",
        "plan.filed": "info",
        "plan.approved": "good",
        "plan.issued": "done",
        **experts.TONES,
        **oversight.TONES,
        "condition.open": "warn",
        "condition.reported": "info",
        "condition.fulfilled": "good",
        "condition.waived": "neutral",
        "advice.asked": "warn",
        "advice.answered": "good",
        "advice.withdrawn": "neutral",
        "finding.proposed": "warn",
        "finding.heard": "warn",
        "finding.confirmed": "bad",
        "finding.dropped": "neutral",
        "finding.lifted": "good",
    },
    shown_fields={
        "offices": _("Offices"),
        "days": _("Working days of delay"),
        "state_by_day": _("Statement by"),
        "statement": _("Statement of the unit"),
        "question": _("What is asked"),
        "awaited": _("Awaited before deciding"),
        **experts.SHOWN_FIELDS,
        **oversight.SHOWN_FIELDS,
        **changes.SHOWN_FIELDS,
        **platform.SHOWN_FIELDS,
    },
    sentences={
        **experts.SENTENCES,
        **oversight.SENTENCES,
        **changes.SENTENCES,
        **platform.SENTENCES,
        "opinion.give": Sentence(_("Opinion given")),
        "opinion.ask_again": Sentence(_("Opinion asked for again")),
        "opinion.note_missing": Sentence(_("Opinion noted as missing")),
        "step.press": Sentence(_("%(label)s: pressed for")),
        "opinion.remind": Sentence(_("Reminded of an opinion")),
        "condition.report": Sentence(_("Condition reported as fulfilled: %(label)s")),
        "condition.reject": Sentence(_("Condition not taken as fulfilled: %(label)s"), "warn"),
        "condition.confirm": Sentence(_("Condition fulfilled: %(label)s"), "good"),
        "condition.waive": Sentence(_("Condition waived: %(label)s"), "warn"),
        "step.ask_concerned": Sentence(_("%(label)s: offices concerned chosen")),
        "advice.word": Sentence(_("Asked for a word: %(label)s")),
        "advice.copy": Sentence(_("Passed on to be read: %(label)s")),
        "advice.answer": Sentence(_("Answered: %(label)s")),
        "advice.withdraw": Sentence(_("No longer asked: %(label)s")),
        "delayfinding.propose": Sentence(_("Finding of delay opened: %(label)s"), "warn"),
        "delayfinding.hear": Sentence(_("Heard on its delay: %(label)s")),
        "delayfinding.confirm": Sentence(_("Delay confirmed, no money: %(label)s"), "bad"),
        "delayfinding.drop": Sentence(_("Delay not confirmed: %(label)s")),
        "delayfinding.lift": Sentence(_("Finding of delay lifted: %(label)s"), "good"),
        "annualplan.compile": Sentence(_("%(label)s: compiled")),
        "annualplan.save": Sentence(_("%(label)s: ranks and notes saved")),
        "annualplan.file": Sentence(_("%(label)s: filed with the city")),
        "annualplan.approve": Sentence(_("%(label)s: approved by the government"), "good"),
        "annualplan.sign": Sentence(_("%(label)s: signed by the office that issues it jointly"), "good"),
        "annualplan.issue": Sentence(_("%(label)s: issued"), "good"),
        "annualplan.reopen": Sentence(_("%(label)s: compiled again"), "warn"),
        "meeting.prepare": Sentence(_("Meeting prepared: %(label)s")),
        "meeting.edit": Sentence(_("Meeting changed: %(label)s")),
        "meeting.cancel": Sentence(_("Meeting cancelled: %(label)s"), "warn"),
        "meeting.hold": Sentence(_("Minutes recorded and carried out: %(label)s"), "good"),
    },
    messages={
        **experts.MESSAGES,
        **oversight.MESSAGES,
        **changes.MESSAGES,
        **platform.MESSAGES,
        "opinion_asked": _("“%(project)s”: your office is asked for its opinion (%(what)s)."),
        "plan_to_sign": _("“%(plan)s” is ready to be issued; your office issues it jointly, please sign it."),
        "plan_issued": _("“%(plan)s” was issued (%(number)s)."),
        "pressed": _("“%(project)s”: %(by)s presses for %(what)s, which lies before your office."),
        "opinion_reminder": _("“%(project)s”: %(by)s reminds your office of its opinion (%(what)s)."),
        "condition_reported": _("“%(project)s”: a condition was reported as fulfilled, please confirm: %(condition)s"),
        "condition_confirm": _("“%(project)s”: a condition counts as fulfilled: %(condition)s"),
        "condition_reject": _("“%(project)s”: a condition does not count as fulfilled (%(reason)s): %(condition)s"),
        "condition_waive": _("“%(project)s”: a condition was waived (%(reason)s): %(condition)s"),
        "advice_word": _("“%(project)s”: %(by)s asks for your word on %(what)s: %(question)s"),
        "advice_copy": _("“%(project)s”: %(by)s passes %(what)s on to you to be read: %(question)s"),
        "advice_answered": _("“%(project)s”: %(who)s answered what you asked on %(what)s (%(question)s)."),
        "delay_proposed": _(
            "“%(project)s”: a finding of delay (%(days)s working days) was opened against your unit. Please make your"
            " statement by %(day)s. %(reason)s"
        ),
        "delay_heard": _("“%(project)s”: the hearing of %(unit)s on its delay is over; please decide."),
        "delay_confirmed": _(
            "“%(project)s”: a delay of %(days)s working days was confirmed, no money is arranged"
            " (%(articles)s): %(reason)s"
        ),
        "delay_dropped": _("“%(project)s”: the delay was not confirmed: %(reason)s"),
        "delay_lifted": _("“%(project)s”: the finding of delay was lifted: %(reason)s"),
        "opinions_complete": _("“%(project)s”: all opinions are there (%(what)s)."),
    },
)
