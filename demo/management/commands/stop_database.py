"""Stop the embedded database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from demo import embedded


class Command(BaseCommand):
    help = "Stop the embedded database; its data stay."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unless-used", action="store_true", help="leave it where somebody is connected")

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = embedded.stop_unless_used() if options["unless_used"] else embedded.stop()
        if options["verbosity"]:
            self.stdout.write("The embedded database was stopped." if stopped else "No database was stopped.")
