"""`manage.py list_rule_keys`: write docs/rule-keys.md from the schema of a rule file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jurisdictions.rules.key_tables import document

PAGE = Path("docs") / "rule-keys.md"


class Command(BaseCommand):
    help = "List every key of a rule file in docs/rule-keys.md (texts must be compiled)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page anew."""
        (Path(settings.BASE_DIR) / PAGE).write_text(document(), encoding="utf-8")
        self.stdout.write(f"{PAGE}: written")
