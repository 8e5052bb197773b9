"""What the stage registers of the platform: kept here so that `approvals.stage` stays a table."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from approvals.models import PlatformStage
from approvals.platform.keeping import ABOUT, asked, work_went_on
from approvals.platform.listings import LISTINGS
from workflow.models import Step
from workflow.stages import HandlerOn, Sentence

HANDLERS = (HandlerOn(Step, ("open",), asked), HandlerOn(Step, ("complete",), work_went_on))
PAGES = {ABOUT: "approvals:platform"}
WORDS = {ABOUT: _("Number and progress on the platform of approvals"), **dict(PlatformStage.choices)}
SHOWN_FIELDS = {
    "code": _("Number on the platform"),
    "filed_on": _("Filed there on"),
    "percent": _("Progress in percent"),
    "progress": _("Progress in words"),
    "progress_on": _("Progress as of"),
}
SENTENCES = {"platform.keep": Sentence(_("Number and progress on the platform entered: %(label)s"))}
MESSAGES = {
    "platform_asked": _("“%(project)s”: please enter its number and progress on “%(platform)s”."),
}
__all__ = ["LISTINGS"]
