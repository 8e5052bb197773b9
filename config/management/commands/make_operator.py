"""Make the first account of an installation: the platform operator, who opens counties and their administrators."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.refusals import Refusal
from accounts.services import initial_password, make_operator


class Command(BaseCommand):
    help = "Make a platform operator and print the initial password, which must be changed at the first sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True)
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        password = initial_password()
        person = User(
            username=options["username"],
            name=options["name"],
            email=options["email"],
            must_change_password=True,
        )
        person.set_password(password)
        try:
            person.full_clean(validate_unique=False, validate_constraints=False)
            person = make_operator(person=person)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Platform operator {person.username}, initial password: {password}")
