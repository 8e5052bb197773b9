"""Check the audit chains of all counties, or record their ends outside the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from jurisdictions.models import County
from workflow.trail import verification


class Command(BaseCommand):
    """`verify_audit [county …] [--record]`: exit status 1 when a chain is broken; the first broken entry is named."""

    help = "Check the audit chains; with --record append their ends to the heads kept outside the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("counties", nargs="*", help="codes of counties; none named: all")
        parser.add_argument("--record", action="store_true", help="after a chain holds, keep its end")

    def handle(self, *args: Any, **options: Any) -> None:
        found = County.objects.all()
        if options["counties"]:
            found = found.filter(code__in=options["counties"])
            unknown = set(options["counties"]) - {county.code for county in found}
            if unknown:
                raise CommandError(_("No such county: %(codes)s") % {"codes": ", ".join(sorted(unknown))})
        broken = 0
        for county in found:
            try:
                checked = verification.verify(county)
            except ValueError as error:
                self.stderr.write(
                    _("%(county)s: the kept heads cannot be read: %(error)s") % {"county": county.code, "error": error}
                )
                broken += 1
                continue
            if checked.broken is not None:
                broken += 1
                self.stderr.write(
                    _("%(county)s: broken at entry %(sequence)s: %(reason)s")
                    % {
                        "county": county.code,
                        "sequence": checked.broken.sequence,
                        "reason": checked.broken.reason,
                    }
                )
                continue
            if options["record"]:
                verification.record_head(county)
            self.stdout.write(
                _("%(county)s: %(count)s entries, unbroken") % {"county": county.code, "count": checked.entries}
            )
        if broken:
            raise CommandError(_("The audit trail is broken in %(count)s counties.") % {"count": broken}, returncode=1)
