"""Which database the program runs on: one that is given, or in development the embedded one of the demonstration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).resolve().parent.parent


class EmbeddedDatabaseError(Exception):
    """The embedded database cannot run; the message says why and what to do."""


def var_directory() -> Path:
    """The directory of everything that is written at run time: `XUNZHANG_VAR`, or `var/` in the project."""
    return Path(os.environ.get("XUNZHANG_VAR", "").strip() or PROJECT_DIR / "var").absolute()


def is_embedded() -> bool:
    """Whether the program runs on the embedded database: not in production, and no `DATABASE_URL` given."""
    production = os.environ.get("XUNZHANG_ENV", "").strip() == "production"
    return not production and not os.environ.get("DATABASE_URL", "").strip()


def embedded_settings() -> dict[str, Any]:
    """Django's `DATABASES` entry for the embedded database."""
    from demo.embedded import connection_settings  # production has no such package

    return connection_settings()


def ensure_running_if_used() -> None:
    """Start the embedded database when the program runs on it; otherwise do nothing. Raises EmbeddedDatabaseError."""
    if is_embedded():
        from demo.embedded import ensure_running  # production has no such package

        ensure_running()
