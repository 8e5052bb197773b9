"""`manage.py ask QUESTION`: one JSON object a line in, one a line out."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from jurisdictions.calendar_store import Calendars, database_calendars, library_calendars
from jurisdictions.rules.questions import LINE_LIMIT, QUESTIONS, answer_line
from jurisdictions.rules.registry import RuleRegistry
from jurisdictions.versions import stored_registry


class Command(BaseCommand):
    help = "Ask the rules: reads one JSON object a line, writes one a line. Status 1 where a line was bad."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", choices=list(QUESTIONS))

    def handle(self, *, question: str, **options: Any) -> None:
        """Answer standard input line by line; empty lines are skipped."""
        registry, calendars = self._sources()
        is_good = True
        for line in _lines(sys.stdin.buffer):
            if not line.strip():
                continue
            reply, was_good = answer_line(question, line, registry=registry, calendars=calendars)
            is_good = is_good and was_good
            text = json.dumps(reply, ensure_ascii=False, separators=(", ", ": "))
            # A lone surrogate in a quoted name becomes its JSON escape again.
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
            sys.stdout.buffer.flush()
        if not is_good:
            sys.exit(1)

    def _sources(self) -> tuple[RuleRegistry, Calendars]:
        """Rules and calendars of the database; those of the files where none is reachable or loaded."""
        try:
            registry, calendars = stored_registry(), database_calendars()
        except DatabaseError:
            registry, calendars = RuleRegistry([]), library_calendars()
        if not registry.counties:
            self.stderr.write(_("The database holds no rules: answering from the rule files."))
            registry = RuleRegistry.from_files()
        return registry, calendars


def _lines(stream: BinaryIO) -> Any:
    """Lines of at most `LINE_LIMIT` bytes and one; the rest of a longer line is read away."""
    while line := stream.readline(LINE_LIMIT + 1):
        if len(line) > LINE_LIMIT and not line.endswith(b"\n"):
            while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
                pass
        yield line
