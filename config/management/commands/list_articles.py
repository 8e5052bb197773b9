"""Which rows of the requirements no test names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from jurisdictions.rules.yaml_text import read_yaml

ROW = re.compile(r"^\| ((?:DA|JH|CJ|LC|JS)-[^|]+?) \|", re.MULTILINE)
PLAIN = re.compile(r"^([A-Z]{2})-([A-Z]?)(\d+)((?:\(\d+\)| end)?)$")


def row_ids(text: str) -> list[str]:
    """The IDs of a table's rows; `DA-11, DA-12` and `CJ-31 to CJ-33` are several."""
    ids: list[str] = []
    for cell in ROW.findall(text):
        for part in cell.split(", "):
            first, _, last = part.partition(" to ")
            if not last:
                ids.append(first)
                continue
            start, end = PLAIN.match(first), PLAIN.match(last)
            if start is None or end is None:
                raise ValueError(f"No range of articles: {part!r}")
            ids += [f"{start[1]}-{start[2]}{n}" for n in range(int(start[3]), int(end[3]) + 1)]
    return ids


def marked_ids(tests: Path) -> Iterator[str]:
    """The IDs that `@pytest.mark.article(...)` names in the test files."""
    for path in sorted(tests.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.article"):
                for value in node.args:
                    if isinstance(value, ast.Constant):
                        yield str(value.value)


def cited_ids(tests: Path) -> Iterator[str]:
    """The articles that the rule tests (`tests/rules/<county>.yaml`) prove, case by case."""
    for path in sorted((tests / "rules").glob("*.yaml")):
        for case in read_yaml(path.read_text(encoding="utf-8")).data:
            yield from case.get("articles", ())


class Command(BaseCommand):
    help = "List the rows of docs/requirements.md that no test proves."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--strict", action="store_true", help="fail for a marker that names no row")

    def handle(self, *args: Any, **options: Any) -> None:
        base = Path(settings.BASE_DIR)
        rows = row_ids((base / "docs" / "requirements.md").read_text(encoding="utf-8"))
        marked = set(marked_ids(base / "tests"))
        # Rule tests cite every article they rest on, those without a row, too: only markers must name a row.
        proved = marked | set(cited_ids(base / "tests"))
        # A paragraph's test also speaks for its article's row, and `DA-24 end` is a row of its own.
        missing = [row for row in rows if row not in proved and not any(m.startswith(f"{row}(") for m in proved)]
        for row in missing:
            self.stdout.write(row)
        articles = {row.split("(")[0] for row in rows}
        unknown = sorted(m for m in marked if m not in rows and m.split("(")[0] not in articles)
        for name in unknown:
            self.stderr.write(f"A test names {name}, which is no row of docs/requirements.md.")
        self.stdout.write(f"{len(rows) - len(missing)} of {len(rows)} rows have a test; {len(missing)} have none.")
        if unknown and options["strict"]:
            raise SystemExit(1)
