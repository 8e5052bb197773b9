"""The words for what happens to projects and calls: history, notices, deadlines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from projects.models import CallState, DeclarationState, Likeness, ReserveState, Standing, Verdict
from workflow.desk import words
from workflow.notices import notify
from workflow.trail import history

notify.kind("partner_asked", _("“%(project)s”: %(unit)s asks your unit to confirm its part."))
notify.kind("call_ends", _("“%(project)s” is still a draft: “%(call)s” closes on %(closes_on)s."))
notify.kind(
    "call_closed", _("“%(call)s” has closed; your draft “%(project)s” is kept and can be taken into the next call.")
)
notify.kind("reserve_expired", _("“%(project)s” has left the reserve: its validity ended on %(day)s."))
notify.kind("entered_reserve", _("“%(project)s” is in the reserve, valid until %(day)s."))
notify.kind("entered_reserve_for_good", _("“%(project)s” is in the reserve; its validity has no end."))
notify.kind("entered_plan", _("“%(project)s” is in the annual plan of %(year)s."))

history.say("project.reroute", _("Facts changed: route laid anew"), tone="warn")
history.say("project.compare", _("Projects that look alike were found"), tone="warn")
history.say("declaration.carry_over", _("Draft taken into another call"))
history.say("declaration.out_of_scope", _("Asked and told: out of scope"))
history.say("partner.confirm", _("%(label)s confirmed its part"), tone="good")
history.say("annualcall.create", _("Call prepared: %(label)s"))
history.say("annualcall.edit", _("Call changed: %(label)s"))
history.say("annualcall.open", _("Call opened: %(label)s"), tone="good")
history.say("annualcall.close", _("Call closed: %(label)s"))
history.say("annualcall.reopen", _("Call opened again: %(label)s"))
history.say("reserveentry.use", _("Place in the reserve used by the annual plan"))
history.say("reserveentry.expire", _("Place in the reserve expired"), tone="warn")
history.say("reserveentry.remove", _("Taken out of the reserve"))
for field, label in {
    "plan_year": _("Plan year"),
    "opens_on": _("Opens on"),
    "closes_on": _("Closes on"),
    "expires_on": _("Valid until"),
    "year": _("Year"),
    "part": _("Its part"),
}.items():
    history.show(field, label)

words.name("call_reminder", _("Reminder before the call closes"))
for states in (Standing, DeclarationState, ReserveState, CallState, Likeness, Verdict):
    for key, text in states.choices:
        if key and words.word(key) == key:
            words.name(key, text)
