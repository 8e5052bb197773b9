"""Check rule files without a database: `python -m jurisdictions.rules.lint fixtures/rules/*.yaml`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import django
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _


def language_of(environ: Mapping[str, str]) -> str:
    """The language of whoever reads a terminal, by its locale; Chinese where that says nothing."""
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "en" if named.lower().startswith("en") else "zh-hans"


def main(arguments: list[str]) -> int:
    """Print every error (file, line, path, reason) and what is settled; status 1 where there is an error."""
    if not settings.configured:
        settings.configure(USE_I18N=True, INSTALLED_APPS=[], LOCALE_PATHS=[Path(__file__).parent.parent / "locale"])
    django.setup()
    with translation.override(language_of(os.environ)):
        return _lint(arguments)


def _lint(arguments: list[str]) -> int:
    from .loader import load_path

    out = sys.stdout.write
    if not arguments:
        out(_("usage: python -m jurisdictions.rules.lint FILE…") + "\n")
        return 2
    failed = 0
    for argument in arguments:
        result = load_path(Path(argument))
        for error in result.errors:
            out(f"{error}\n")
        for finding in result.resolved:
            out(_("%(file)s: note: %(message)s") % {"file": argument, "message": finding.message} + "\n")
        failed += len(result.errors)
        found = _("%d error(s)") % len(result.errors) if result.errors else _("in order")
        out(f"{argument}: {found}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
