"""`manage.py load_calendars [FILE…]`: the nation's days from the kept library, corrected by fixture files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from jurisdictions.calendar_store import load_national
from jurisdictions.calendars.loading import CalendarFileError, read_year


class Command(BaseCommand):
    help = "Fill the nation's calendar; years that a person entered stay as they are."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *, files: list[Path], **options: Any) -> None:
        """Seed every year the library holds, guess the coming ones, and let the files win over both."""
        paths = files or sorted((Path(settings.BASE_DIR) / "fixtures" / "calendars").glob("*.yaml"))
        try:
            years = [read_year(path) for path in paths]
        except CalendarFileError as error:
            raise CommandError(str(error)) from error
        written = load_national(years)
        self.stdout.write(f"calendar: {written} year(s) written")
