"""The production's static files: every name by content, and every import of a script resolved to one."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.config.test_settings import PRODUCTION, load_settings
from workflow import stages

COLLECT = """
import django
django.setup()
from django.core.management import call_command
call_command("collectstatic", interactive=False, verbosity=0)
"""
IMPORT = re.compile(r'^(?:import|export)(?:\s*\{[^}]*\}\s*from)?\s*"([^"]+)"', re.MULTILINE)
FETCHED_LATER = re.compile(r'\bimport\("([^"]+)"\)')
TEMPLATES = Path(settings.BASE_DIR) / "templates"
OURS = ("js/", "css/")
FIRST_PAGE_BYTES = 150 * 1024


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collected")
    done = load_settings(folder / "var", COLLECT, **PRODUCTION, STATIC_ROOT=str(folder / "static"))
    assert done.returncode == 0, done.stderr
    return folder / "static"


def hashed_names(collected: Path) -> dict[str, str]:
    manifest = json.loads((collected / "staticfiles.json").read_text(encoding="utf-8"))
    return {plain: name for plain, name in manifest["paths"].items() if plain.startswith(OURS)}


def imported(path: Path) -> Iterator[Path]:
    for found in IMPORT.findall(path.read_text(encoding="utf-8")):
        yield (path.parent / found).resolve()


def with_imports(path: Path, seen: set[Path]) -> set[Path]:
    if path not in seen:
        seen.add(path)
        for one in imported(path):
            with_imports(one, seen)
    return seen


def test_every_import_names_a_collected_file_by_its_content(collected):
    names = hashed_names(collected)
    named = {(collected / name).resolve() for name in names.values()}
    pairs = [(plain, one) for plain, name in names.items() for one in imported(collected / name)]
    assert {plain for plain, _ in pairs} >= {"js/app.js", "js/filing.js", "js/app/autosave.js"}
    assert [(plain, one.name) for plain, one in pairs if one not in named or not one.is_file()] == []


def test_what_a_script_fetches_later_is_collected_too(collected):
    selects = collected / hashed_names(collected)["js/app/selects.js"]
    (later,) = FETCHED_LATER.findall(selects.read_text(encoding="utf-8"))
    assert (selects.parent / later).is_file()
    assert re.search(r"\.[0-9a-f]{12}\.js$", later)


def test_every_icon_that_a_page_names_is_drawn(collected):
    drawn = set(re.findall(r"^\.bi-([a-z0-9-]+)\{", (collected / "vendor" / "icons.css").read_text(), re.MULTILINE))
    named = {entry.icon for entry in stages.menu()}
    for path in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r'(?:bi-|icon=")([a-z0-9-]+)[" ]', path.read_text(encoding="utf-8")))
    assert named - drawn == set()


def named_in(*templates: Path) -> list[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in templates)
    return re.findall(r"\{% static '([^']+)' %\}", text)


def test_every_module_and_sheet_is_reached_from_a_page(collected):
    names = hashed_names(collected)
    reached: set[Path] = set()
    for plain in set(named_in(*TEMPLATES.rglob("*.html"))) & set(names):
        with_imports((collected / names[plain]).resolve(), reached)
    left = [plain for plain, name in names.items() if (collected / name).resolve() not in reached]
    assert left == []


def test_the_first_page_stays_small(collected):
    """What the sign-in page fetches, compressed: a county's line is slow."""
    manifest = json.loads((collected / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    asked: set[Path] = set()
    for plain in named_in(TEMPLATES / "base.html", TEMPLATES / "frame" / "styles.html"):
        path = (collected / manifest[plain]).resolve()
        asked |= with_imports(path, set()) if plain.startswith(OURS) else {path}
    assert len(asked) > 20
    assert sum(len(gzip.compress(path.read_bytes())) for path in asked) < FIRST_PAGE_BYTES
