"""`manage.py draw_states`: write docs/states.md from the machines as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from workflow.machines.diagrams import document

PAGE = Path("docs") / "states.md"


class Command(BaseCommand):
    help = "Draw every machine's states and transitions into docs/states.md (texts must be compiled)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page anew."""
        (Path(settings.BASE_DIR) / PAGE).write_text(document(), encoding="utf-8")
        self.stdout.write(f"{PAGE}: written")
