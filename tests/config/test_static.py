"""The production's static files: every name by content, and every import of a script resolved to one."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from jurisdictions.scope import enter
from tests.bench.scale import texts
from tests.config.test_settings import PRODUCTION, load_settings
from tests.people import Town, client_for
from tests.workflow.work import make_project, make_step, open_with_item
from workflow import stages
from workflow.clocks import clock
from workflow.desk.queue_listing import QUEUE
from workflow.models import Duty, Step, WorkItem

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
LINKED = re.compile(r'(?:href|src)="/static/([^"?]+)"')
FIRST_VISIT_BYTES = 150_000
QUEUE_BYTES = 20_000


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


def fetched(collected: Path, *pages: str) -> set[Path]:
    """The files that a browser with nothing at hand fetches for pages: sheets, scripts and what those import."""
    manifest = json.loads((collected / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    asked: set[Path] = set()
    for plain in {name for page in pages for name in LINKED.findall(page)}:
        path = (collected / manifest[plain]).resolve()
        asked |= with_imports(path, set()) if plain.startswith(OURS) else {path}
    if any(" data-search" in page for page in pages):
        asked |= {(collected / manifest[plain]).resolve() for plain in manifest if plain.endswith("complete.min.js")}
    return asked


def on_the_line(path: Path) -> int:
    """Bytes that a file takes, as WhiteNoise sends it: compressed where that makes it smaller."""
    compressed = path.with_name(path.name + ".gz")
    return (compressed if compressed.exists() else path).stat().st_size


def full_queue(town: Town) -> None:
    """A page of work before an office, of as many projects."""
    first = open_work(town)
    with enter(town.county):
        some = {"county": town.county, "position": 1, "phase": "approval", "authority": "drc", "state": "open"}
        for number, name in zip(range(QUEUE.size), texts.names(), strict=False):
            project = make_project(town, name=name, investment=1_234_500 + 98_700 * number)
            step = Step.objects.create(project=project, key="proposal", kind="single", office=first.office, **some)
            WorkItem.objects.create(
                county=town.county,
                project=project,
                step=step,
                office=first.office,
                duty=Duty.DECIDE,
                opened_at=first.opened_at - timedelta(number % 40),
                due_on=clock.today() + timedelta(number % 30 - 5),
            )


def open_work(town: Town) -> WorkItem:
    """A piece of work before the development and reform office."""
    step = make_step(town, make_project(town))
    with enter(town.county):
        return open_with_item(step)


def test_a_first_visit_is_small_enough_for_a_slow_line(collected: Path, alpha: Town) -> None:
    """Sign-in page and a full queue with everything they fetch, compressed, in a browser that has nothing at hand."""
    full_queue(alpha)
    compressed = {"Accept-Encoding": "gzip"}
    sign_in = Client().get("/accounts/login/", headers=compressed)
    queue = client_for(alpha.by_duty["drc"]).get(f"/{alpha.code}/queue/", headers=compressed)
    assert len(queue.context["rows"]) == QUEUE.size
    pages = [gzip.decompress(one.content).decode() for one in (sign_in, queue)]
    files = fetched(collected, *pages)
    assert len(files) > 30
    assert len(queue.content) < QUEUE_BYTES
    assert len(sign_in.content) + len(queue.content) + sum(map(on_the_line, files)) < FIRST_VISIT_BYTES
