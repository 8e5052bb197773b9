"""Check an exported draw: no database is asked, only the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from approvals.experts import lot

SAID = {
    "format": "it is of a format that is not known here",
    "commitment": "the seed is not the one that was committed to",
    "candidates": "the list of candidates is not the one that was committed to",
    "result": "the draw gives other experts than the file says",
}


class Command(BaseCommand):
    help = "Check that an exported draw of experts is what its seed and its list of candidates give."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = json.loads(options["file"].read_text(encoding="utf-8"))
            wrong = lot.check(data)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise CommandError(f"{options['file']} is no exported draw: {error!r}") from error
        if wrong:
            raise CommandError("; ".join(SAID[one] for one in wrong))
        names = {one["key"]: one["name"] for one in data["candidates"]}
        self.stdout.write("Right: " + ", ".join(names[one["key"]] for one in data["result"]))
