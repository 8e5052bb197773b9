"""What the stage registers of experts: kept here so that `approvals.stage` stays a table."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission, Role
from approvals.experts.consolidation import SUPPLEMENT
from approvals.experts.importing import IMPORT
from approvals.experts.listings import LISTINGS
from workflow.stages import MenuEntry, Sentence, Tab

PERMISSIONS = (
    Permission(
        "expert.view",
        _("See the library of experts and their reviews"),
        (Role.REVIEWER, Role.OFFICE_HEAD, Role.SECRETARY, Role.FINANCE, Role.AUDITOR),
    ),
    Permission("expert.manage", _("Keep the library of experts"), (Role.REVIEWER, Role.OFFICE_HEAD)),
    Permission("expert.convene", _("Convene experts and lead their reviews"), (Role.REVIEWER, Role.OFFICE_HEAD)),
)
FILINGS = (SUPPLEMENT,)
JOBS = (IMPORT,)
TABS = (Tab("experts", _("Experts"), "approvals:project_experts", 36),)
MENU = (
    MenuEntry(
        "experts",
        _("Library of experts"),
        "people",
        (("approvals:experts", ("expert.view",)),),
        ("experts",),
        55,
    ),
)
PAGES = {"panel": "approvals:panel"}
WORDS = {
    "expert_supplement": _("Presentation and supplement"),
    "expert_opinions": _("Signed opinions of the experts"),
    "sorted_opinions": _("Opinions of the experts, sorted"),
}
TONES = {"seat.signed": "good", "seat.out": "neutral", "panel.closed": "done"}
SHOWN_FIELDS = {"commitment": _("Commitment"), "said": _("Said aloud")}
SENTENCES = {
    "expert.add": Sentence(_("Expert taken into the library: %(label)s")),
    "expert.change": Sentence(_("Expert changed: %(label)s")),
    "expert.suspend": Sentence(_("Expert suspended: %(label)s"), "warn"),
    "expert.reinstate": Sentence(_("Expert reinstated: %(label)s")),
    "expert.leave": Sentence(_("Expert left the library: %(label)s")),
    "expert.read": Sentence(_("File of experts read: %(label)s")),
    "expert.specialities": Sentence(_("List of specialities changed")),
    "expert.rates": Sentence(_("List of fees changed")),
    "panel.ask": Sentence(_("Experts asked for: %(label)s")),
    "panel.prepare": Sentence(_("Review by experts prepared: %(label)s")),
    "panel.take_up": Sentence(_("Review by experts taken up: %(label)s")),
    "panel.seat": Sentence(_("Experts are seated: %(label)s")),
    "panel.ask_supplement": Sentence(_("The unit was asked to present and supplement: %(label)s")),
    "panel.extend": Sentence(_("Experts were given a later day: %(label)s")),
    "panel.consolidate": Sentence(_("Opinions of the experts consolidated: %(label)s"), "good"),
    "panel.cancel": Sentence(_("Review by experts cancelled: %(label)s"), "warn"),
    "draw.commit": Sentence(_("Draw of experts committed to: %(label)s")),
    "draw.reveal": Sentence(_("Experts drawn by lot: %(label)s"), "good"),
    "draw.set_aside": Sentence(_("Draw of experts set aside: %(label)s"), "warn"),
    "seat.place": Sentence(_("Expert seated: %(label)s")),
    "seat.clear": Sentence(_("%(label)s declared no conflict of interest")),
    "seat.conflict": Sentence(_("%(label)s declared a conflict of interest"), "warn"),
    "seat.replace": Sentence(_("%(label)s is replaced on the panel"), "warn"),
    "seat.draw_anew": Sentence(_("The place of %(label)s is drawn anew"), "warn"),
    "seat.sign": Sentence(_("%(label)s signed an opinion"), "good"),
    "seat.hear_again": Sentence(_("%(label)s is heard again after the supplement")),
    "seat.link": Sentence(_("Link made for %(label)s")),
    "seat.unlink": Sentence(_("Link taken back: %(label)s")),
    "seat.attendance": Sentence(_("Attendance recorded: %(label)s")),
}
MESSAGES = {
    "experts_asked": _("“%(project)s”: %(by)s asks for experts of the library."),
    "expert_conflict": _("“%(project)s”: %(by)s declared a conflict of interest; the place is to be drawn anew."),
    "experts_complete": _("“%(project)s”: all experts have signed their opinions."),
    "expert_supplement": _("“%(project)s”: %(by)s handed in the supplement; the experts are heard again."),
    "supplement_asked": _("“%(project)s”: please present and supplement for the experts: %(reason)s"),
}
__all__ = ["LISTINGS"]
