"""What the regulation's pages register."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from workflow.stages import MenuEntry, Stage

STAGE = Stage(
    key="regulation",
    pages={"rules": "regulation:read"},
    menu=(
        MenuEntry("rules", _("Rules"), "journal-text", (("regulation:read", ("rules.view",)),), ("rules",), 60),
        MenuEntry(
            "calendar",
            _("Calendar"),
            "calendar3",
            (("regulation:calendar", ("calendar.manage",)),),
            ("calendar",),
            70,
        ),
    ),
)
