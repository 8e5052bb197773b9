"""Check rule files without a database: `python -m jurisdictions.rules.lint fixtures/rules/*.yaml`."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings


def main(arguments: list[str]) -> int:
    """Print every error (file, line, path, reason) and what is settled; status 1 where there is an error."""
    if not settings.configured:
        settings.configure(USE_I18N=False, INSTALLED_APPS=[])
    django.setup()
    from .loader import load_path

    out = sys.stdout.write
    if not arguments:
        out("usage: python -m jurisdictions.rules.lint FILE…\n")
        return 2
    failed = 0
    for argument in arguments:
        result = load_path(Path(argument))
        for error in result.errors:
            out(f"{error}\n")
        for finding in result.resolved:
            out(f"{argument}: note: {finding.message}\n")
        failed += len(result.errors)
        out(f"{argument}: {len(result.errors)} error(s)\n" if result.errors else f"{argument}: ok\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
