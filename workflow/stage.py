"""What every stage shares registers here, and what stands below the workflow: people, offices, counties."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts import repeats, signals
from accounts.roles import Role
from jurisdictions.rules import vocabulary
from workflow import tasks
from workflow.clocks import deadlines, extensions, timers
from workflow.clocks.clock_listing import CLOCKS
from workflow.desk.queue_listing import QUEUE
from workflow.filings import access
from workflow.filings.services import step_ended
from workflow.jobs.job_listing import JOBS
from workflow.listings.export import EXPORT
from workflow.models import Deadline, DeadlineExtension, DeadlineState, Duty, ExtensionState, Filing, Step, StepState
from workflow.notices.message_listing import MESSAGES
from workflow.people import delegations, handover
from workflow.people.delegation_listing import DELEGATIONS
from workflow.people.open_work import OPEN_WORK
from workflow.people.people_listings import OFFICES, PEOPLE
from workflow.route import hindrances, tacit
from workflow.stages import GuardOn, HandlerOn, MenuEntry, Nightly, Permit, Receiver, Sentence, Stage, Tab, Timer
from workflow.trail import account_entries
from workflow.trail.trail_listings import AUDIT, HISTORY

STAGE = Stage(
    key="workflow",
    pages={
        "deadlines": "workflow:deadlines",
        "clock": "workflow:clock",
        extensions.ABOUT: "workflow:clock",
    },
    permits=(Permit(DeadlineExtension, ("grant", "refuse"), "step.decide"),),
    handlers=(
        HandlerOn(Step, ("complete", "refuse"), step_ended),
        HandlerOn(Filing, ("submit",), deadlines.begun_by_filing),
        HandlerOn(Deadline, ("meet", "lapse", "cancel"), extensions.ended),
    ),
    receivers=(
        Receiver(signals.written, account_entries.write_entry),
        Receiver(signals.left, account_entries.free_claims),
        Receiver(signals.holdings, account_entries.claims_of),
        Receiver(signals.closing, handover.nothing_open),
    ),
    guards=(GuardOn(Filing, access.FILING, access.require_filer),),
    hindrances=(
        hindrances.not_handed_in,
        hindrances.too_early,
        hindrances.awaited_steps,
        hindrances.missing_requirements,
    ),
    timers=(
        Timer(timers.DEEMED_PASSED, on_passing=tacit.carry_out),
        Timer(timers.DEEMED_REFUSED, on_passing=tacit.carry_out),
    ),
    listings=(QUEUE, MESSAGES, JOBS, PEOPLE, OFFICES, DELEGATIONS, AUDIT, HISTORY, CLOCKS),
    jobs=(EXPORT,),
    open_work=OPEN_WORK,
    nightly=(
        Nightly("delegations", delegations.tell_of_past_ones),
        Nightly("digests", tasks.make_digests),
        Nightly("limited_pauses", tasks.end_limited_pauses),
        Nightly("end_of_rules", tasks.warn_of_the_rules_end),
        Nightly("days_entered_lately", tasks.recompute_days_entered_lately),
        Nightly("old_results", tasks.forget_old_results),
        Nightly("answered_requests", repeats.forget),
        Nightly("end_of_chain", tasks.record_end_of_chain),
    ),
    tabs=(
        Tab("deadlines", _("Deadlines"), "workflow:deadlines", 50),
        Tab("history", _("History"), "workflow:history", 60),
    ),
    menu=(
        MenuEntry("queue", _("To do"), "inbox", (("workflow:queue", ()),), ("queue", "steps"), 10),
        MenuEntry(
            "manage",
            _("Offices and people"),
            "person-gear",
            (("workflow:people", ("people.manage",)),),
            ("people", "offices", "arrangements"),
            80,
            leads=True,
        ),
        MenuEntry("audit", _("Audit trail"), "shield-check", (("workflow:audit", ("audit.view",)),), ("audit",), 90),
    ),
    words={
        **dict(StepState.choices),
        **dict(DeadlineState.choices),
        **dict(ExtensionState.choices),
        **dict(Duty.choices),
        **dict(Role.choices),
        **vocabulary.STEPS,
        **vocabulary.AUTHORITIES,
        "authority": _("Handling office"),
        "county": _("County"),
        extensions.ABOUT: _("More time asked for"),
        "system": _("System timer"),
        timers.DEEMED_PASSED: _("Nobody decided in time: counts as consent"),
        timers.DEEMED_REFUSED: _("Nobody decided in time: counts as a refusal"),
    },
    tones={
        "step.open": "info",
        "step.waiting": "warn",
        "step.done": "done",
        "step.superseded": "neutral",
        "step.refused": "bad",
        "extension.requested": "info",
        "extension.granted": "good",
        "extension.refused": "bad",
        "filing.draft": "neutral",
        "filing.submitted": "info",
        "filing.returned": "warn",
        "filing.withdrawn": "neutral",
        "filing.refused": "bad",
        "filing.accepted": "good",
    },
    sentences={
        "step.open": Sentence(_("%(label)s opened")),
        "step.complete": Sentence(_("%(label)s done"), "good"),
        "step.refuse": Sentence(_("%(label)s: refused"), "bad"),
        "step.deemed_passed": Sentence(_("%(label)s: nobody decided in time, which counts as consent"), "warn"),
        "step.deemed_refused": Sentence(_("%(label)s: nobody decided in time, which counts as a refusal"), "bad"),
        "step.depart": Sentence(_("%(label)s: departed from what the rules ask in principle"), "warn"),
        "step.send_back": Sentence(_("%(label)s: returned for correction"), "warn"),
        "step.resume": Sentence(_("%(label)s goes on after the correction")),
        "step.skip": Sentence(_("%(label)s is not required any more")),
        "step.supersede": Sentence(_("%(label)s: sent back, gone through again"), "warn"),
        "step.take_back": Sentence(_("%(label)s: decision taken back"), "warn"),
        "step.close_again": Sentence(_("%(label)s waits for its turn again")),
        "step.require": Sentence(_("%(label)s is required again")),
        "step.cancel": Sentence(_("%(label)s cancelled")),
        "deadline.start": Sentence(_("Time limit started: %(label)s")),
        "deadline.pause": Sentence(_("Clock stopped: %(label)s"), "warn"),
        "deadline.go_on": Sentence(_("Clock goes on: %(label)s")),  # until November 2026
        "deadline.resume": Sentence(_("Clock goes on: %(label)s")),
        "deadline.meet": Sentence(_("Time limit met: %(label)s"), "done"),
        "deadline.lapse": Sentence(_("Time limit lapsed: %(label)s"), "bad"),
        "deadline.cancel": Sentence(_("Time limit cancelled: %(label)s")),
        "deadline.overdue": Sentence(_("Overdue: %(label)s"), "bad"),
        "deadline.change": Sentence(_("Time limit changed: %(label)s")),
        "deadline.record_date": Sentence(_("Date recorded: %(label)s")),
        "deadline.revive": Sentence(_("Time limit goes on, what had ended it was taken back: %(label)s"), "warn"),
        "deadline.revive_stopped": Sentence(
            _("Time limit stands still again, what had ended it was taken back: %(label)s"), "warn"
        ),
        "deadline.begin": Sentence(_("Begun: %(label)s")),
        "deadline.undo_pause": Sentence(_("Mistaken stop of the clock taken back: %(label)s"), "warn"),
        "deadlineextension.ask": Sentence(_("More time asked for: %(label)s")),
        "deadlineextension.grant": Sentence(_("More time granted: %(label)s"), "good"),
        "deadlineextension.refuse": Sentence(_("More time refused: %(label)s"), "bad"),
        "deadlineextension.withdraw": Sentence(_("Request for more time withdrawn: %(label)s")),
        "deadline.recompute": Sentence(_("Due day computed anew: %(label)s")),
        "filing.start": Sentence(_("Begun: %(label)s")),
        "filing.save": Sentence(_("Saved: %(label)s")),
        "filing.submit": Sentence(_("Handed in: %(label)s")),
        "filing.send_back": Sentence(_("Returned for correction: %(label)s"), "warn"),
        "filing.widen": Sentence(_("Further sections opened for correction: %(label)s"), "warn"),
        "filing.resubmit": Sentence(_("Corrected and handed in again: %(label)s")),
        "filing.withdraw": Sentence(_("Withdrawn: %(label)s")),
        "filing.refuse": Sentence(_("Refused: %(label)s"), "bad"),
        "filing.reopen": Sentence(_("Under review again: %(label)s"), "warn"),
        "filing.conclude": Sentence(_("Accepted: %(label)s")),
        "document.add": Sentence(_("Paper added: %(label)s")),
        "document.withdraw": Sentence(_("Paper withdrawn: %(label)s")),
        "workitem.claim": Sentence(_("%(label)s claimed")),
        "workitem.pass_on": Sentence(_("%(label)s passed on to a colleague")),
        "workitem.release": Sentence(_("%(label)s released")),
        "job.start": Sentence(_("Job started: %(label)s")),
        "job.begin": Sentence(_("Job taken up by the worker: %(label)s")),
        "job.requeue": Sentence(_("Job queued again, its worker broke off: %(label)s")),
        "job.finish": Sentence(_("Job done: %(label)s")),
        "job.fail": Sentence(_("Job failed: %(label)s"), "bad"),
        "job.cancel": Sentence(_("Job cancelled: %(label)s")),
        "calendar.publish": Sentence(_("Holiday arrangement entered: %(label)s")),
        "calendar.change": Sentence(_("Holiday notice entered as a change: %(label)s")),
        "calendar.day": Sentence(_("Day of the calendar changed: %(label)s")),
        "user.add": Sentence(_("Account made: %(label)s")),
        "user.edit": Sentence(_("Account changed: %(label)s")),
        "user.renew_password": Sentence(_("Initial password set anew: %(label)s"), "warn"),
        "user.deactivate": Sentence(_("Account closed: %(label)s"), "warn"),
        "membership.add": Sentence(_("Role given: %(label)s")),
        "membership.end": Sentence(_("Role ended: %(label)s")),
        "office.add": Sentence(_("Office made: %(label)s")),
        "office.edit": Sentence(_("Office changed: %(label)s")),
        "office.hand_over": Sentence(_("Open work of an office handed over: %(label)s"), "warn"),
        "project.hand_over": Sentence(_("Handed over to another office: %(label)s"), "warn"),
        "delegation.give": Sentence(_("Work delegated to %(label)s")),
        "delegation.enter": Sentence(_("Delegation entered for somebody absent: %(label)s"), "warn"),
        "delegation.end": Sentence(_("Delegation to %(label)s ended")),
        "membership.move": Sentence(_("Role moved to another office: %(label)s")),
        "county.add": Sentence(_("County made: %(label)s")),
        "county.edit": Sentence(_("County changed: %(label)s")),
    },
    shown_fields={
        "on_behalf_of": _("In the name of"),
        "holder": _("Office"),  # by name; `office` is a key of a row
        "outcome": _("Outcome"),
        "reason": _("Reason"),
        "why": _("Reason"),
        "departed_from": _("Departed from"),
        "party": _("Party"),
        "due_on": _("Due"),
        "provisional": _("Provisional"),
        "started_on": _("From"),
        "from_day": _("Stopped from"),
        "until_day": _("Stopped until"),
        "due_before": _("Due before"),
        "wanted_on": _("Wanted until"),
        "granted_on": _("Granted until"),
        "claimed_by": _("Claimed by"),
        "investment": _("Total investment"),
        "added": _("Steps added"),
        "dropped": _("Steps dropped"),
        "text": _("Text"),
        "verdict": _("Verdict"),
        "note": _("Note"),
        "working": _("Working day"),
        "missing_opinions": _("Missing opinions"),
    },
    messages={
        "delegation_given": _("%(taker)s stands in for %(giver)s from %(first_day)s to %(last_day)s."),
        "delegation_entered": _(
            "%(by)s entered that %(taker)s stands in for %(giver)s from %(first_day)s to %(last_day)s: %(reason)s"
        ),
        "delegation_ended": _("%(taker)s does not stand in for %(giver)s any more."),
        "reminder": _("“%(project)s”: %(what)s is due on %(due_on)s (%(party)s)."),
        "overdue": _("“%(project)s”: %(what)s was due on %(due_on)s and is overdue (%(party)s)."),
        "deadline_moved": _("“%(project)s”: the day for %(what)s moved from %(old_due_on)s to %(due_on)s. %(reason)s."),
        "lapse_warning": _(
            "“%(project)s”: unless %(what)s begins by %(due_on)s, the approval lapses and the project must be declared"
            " anew (%(articles)s)."
        ),
        "extension_asked": _("“%(project)s”: %(by)s asks for more time for %(what)s, until %(wanted_on)s: %(reason)s"),
        "extension_granted": _("“%(project)s”: more time for %(what)s was granted, until %(granted_on)s."),
        "extension_refused": _("“%(project)s”: more time for %(what)s was refused, %(due_on)s stays: %(reason)s"),
        "opening": _("“%(project)s”: %(what)s may be done from %(opens_on)s on (%(party)s)."),
        "deemed_passed": _("“%(project)s”: nobody decided %(what)s until %(due_on)s, which counts as consent."),
        "deemed_refused": _("“%(project)s”: nobody decided %(what)s until %(due_on)s, which counts as a refusal."),
        "passed_on": _("“%(project)s”: %(by)s passed %(what)s on to %(to)s: %(reason)s"),
        "taken_back": _("“%(project)s”: the decision on %(what)s was taken back; what followed counts no more."),
        "to_prepare": _("“%(project)s”: your unit prepares and hands in %(what)s."),
        "new_work": _("“%(project)s” waits for your office: %(what)s."),
        "nobody_acts": _("%(office)s has nobody who can act on %(what)s (%(project)s). Please name somebody."),
        "returned": _("“%(project)s” was returned for correction (%(what)s): %(reason)s"),
        "returned_by_day": _(
            "“%(project)s” was returned for correction (%(what)s), to be handed in again by %(due_on)s: %(reason)s"
        ),
        "resubmitted": _("“%(project)s” was corrected and handed in again."),
        "decided": _("“%(project)s”: %(what)s has been decided: %(outcome)s."),
        "refused": _("“%(project)s” was refused at %(what)s: %(reason)s"),
        "calendar_changed": _("The calendar of %(year)s was changed; %(count)s due days moved."),
        "rules_expiring": _(
            "“%(title)s” ends on %(day)s (%(articles)s). Running projects go on under it; prepare what follows."
        ),
        "rules_expired": _(
            "“%(title)s” ended on %(day)s (%(articles)s). New declarations are warned; running ones go on under it."
        ),
    },
)
