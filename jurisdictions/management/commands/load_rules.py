"""`manage.py load_rules [FILE…]`: check rule files and store each as an immutable version of its county."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from jurisdictions.rules.lint import language_of
from jurisdictions.rules.registry import rule_paths
from jurisdictions.versions import VersionConflict, load_files


class Command(BaseCommand):
    help = "Check rule files (default: all of fixtures/rules) and store them; a version never changes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *, files: list[Path], **options: Any) -> None:
        """Store all files or, where one has an error, none; in the language of the terminal."""
        with translation.override(language_of(os.environ)):
            self._load(files)

    def _load(self, files: list[Path]) -> None:
        try:
            outcome = load_files(files or rule_paths())
        except VersionConflict as error:
            raise CommandError(str(error)) from error
        if outcome.errors:
            raise CommandError("\n".join(str(error) for error in outcome.errors))
        for loaded in outcome.versions:
            state = "stored" if loaded.is_new else "unchanged"
            self.stdout.write(f"{loaded.county} version {loaded.number}: {state}")
