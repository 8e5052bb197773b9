"""What the stage registers of changes: kept here so that `approvals.stage` stays a table."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from approvals.changes.filing import CHANGE, OTHER_PAPER
from approvals.changes.listings import LISTINGS
from workflow.stages import MenuEntry, Sentence, Tab

FILINGS = (CHANGE,)
TABS = (Tab("changes", _("Changes"), "approvals:project_changes", 38),)
MENU = (
    MenuEntry(
        "changes",
        _("Changes"),
        "arrow-repeat",
        (("approvals:changes", ("project.view", "declaration.view_own")),),
        ("changes",),
        52,
    ),
)
PAGES = {"changes": "approvals:project_changes"}
WORDS = {OTHER_PAPER: _("Paper of a change")}
SHOWN_FIELDS = {"ratio": _("Share"), "owner_unit": _("Owner unit"), "declared_as": _("Declared anew as")}
SENTENCES = {
    "project.change": Sentence(_("Change holds: %(label)s"), "good"),
    "project.redeclare": Sentence(_("To be declared anew: %(label)s"), "warn"),
}
MESSAGES = {
    "change_holds": _("“%(project)s”: the change “%(title)s” holds."),
    "change_refused": _("“%(project)s”: the change “%(title)s” was refused: %(reason)s"),
}
__all__ = ["LISTINGS"]
