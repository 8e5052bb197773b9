"""Fill an empty installation with the demonstration: five counties, their people and some sixty projects."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo import making, people, texts


class Command(BaseCommand):
    help = "Make the demonstration's people and projects, once; refused in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--county", action="append", choices=texts.counties(), help="only this county")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The demonstration is not made in production: it holds accounts that open with one click. "
                "Nothing was written."
            )
        if people.exist():
            self.stdout.write("The demonstration is there already; its data are kept. (make reset begins anew.)")
            return
        try:
            made = making.make(options["county"] or ())
        except making.RulesMissing as missing:
            raise CommandError(f"The rules of {missing} are not loaded: run manage.py load_rules first.") from missing
        for one in made:
            self.stdout.write(f"{one.county.code}: {one.people} people, {one.projects} projects, {one.events} events")
