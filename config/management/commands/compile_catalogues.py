"""Compile the message catalogues with Babel, so that set-up needs no gettext of the system."""

import os
import re
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# Babel reads over a missing quotation mark and cuts the text short.
LINE = re.compile(r'(#.*|((msgid|msgid_plural|msgctxt|msgstr(\[\d\])?) )?"([^"\\]|\\.)*")?')


def read_catalogue(path: Path) -> Catalog:
    """Read a .po file; raises ValueError with line or message for what a translator must mend."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not LINE.fullmatch(line.strip()):
            raise ValueError(f"line {number} is not a quoted text: {line.strip()}")
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name, abort_invalid=True)
    for message, errors in catalogue.check():
        raise ValueError(f"{message.id!r}: {errors[0]}")
    return catalogue


class Command(BaseCommand):
    help = "Compile every <app>/locale/<language>/LC_MESSAGES/django.po to django.mo."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        catalogues = sorted(Path(settings.BASE_DIR).glob("*/locale/*/LC_MESSAGES/django*.po"))
        for source in catalogues:
            try:
                catalogue = read_catalogue(source)
            except (PoFileError, ValueError) as error:
                raise CommandError(f"{source.relative_to(settings.BASE_DIR)}: {error}") from error
            draft = source.with_suffix(f".mo.{os.getpid()}")  # others may be compiling at the same moment
            with draft.open("wb") as file:
                write_mo(file, catalogue)
            draft.replace(source.with_suffix(".mo"))
        if options["verbosity"]:
            self.stdout.write(f"{len(catalogues)} catalogues compiled.")
