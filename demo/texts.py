"""What the demonstration says: everything Chinese stands in fixtures/demo."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "demo"


@cache
def read(name: str) -> dict[str, Any]:
    """A file of fixtures/demo by its name without ending."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def counties() -> list[str]:
    """The codes of the counties that take part."""
    return list(read("people")["counties"])
