"""Delete what the demonstration wrote, so that the next start begins anew."""

import shutil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.database import is_embedded
from demo import embedded
from demo.management.commands.serve_demo import held_by_another

KEPT = {"test", "demo.lock"}


class Command(BaseCommand):
    help = "Delete the embedded database, documents, mails, messages and logs of the demonstration."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_embedded():
            raise CommandError(
                "DATABASE_URL names a server: its data are not deleted from here. Drop that database by hand."
            )
        if held_by_another():
            raise CommandError("The demonstration is running. Stop it first (Ctrl-C where it runs).")
        embedded.remove()
        for path in settings.VAR_DIR.iterdir():
            if path.name in KEPT:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        self.stdout.write("The data of the demonstration are deleted.")
