"""The house's own rules about itself: a stage registers in its `stage.py`, and nothing registers anywhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps as django_apps
from django.conf import settings

from tests.opened import opened
from workflow import stages
from workflow.stages import GuardOn, MenuEntry, RegisteredTwice, Stage, Tab

BASE = Path(settings.BASE_DIR)
LAYERS = ["jurisdictions", "accounts", "workflow", "projects", "approvals", "acceptance", "funding", "regulation"]
# Calls at import that are Django's and the interface's own way of declaring something, not a stage's.
DECLARED = {"receiver": {"accounts/signals.py"}, "register": {"*/templatetags/*.py"}, "shared_task": {"*/tasks.py"}}


def modules() -> list[Path]:
    """The modules of the apps that know stages or what stages hear, without migrations."""
    return sorted(path for app in LAYERS[1:] for path in (BASE / app).rglob("*.py") if "migrations" not in path.parts)


def last_name(node: ast.expr) -> str:
    """`receiver` of `receiver(...)`, `register` of `register.filter`."""
    while isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "register":
        return "register"
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def registrations(path: str, source: str) -> Iterator[str]:
    """What a module sets off by being imported, and what an app does when it is ready besides opening its stage."""
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.For | ast.While | ast.With):
            yield f"{path}:{node.lineno} a loop at import"
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield f"{path}:{node.lineno} a call at import"
        for decorator in getattr(node, "decorator_list", []):
            name = last_name(decorator)
            if name in DECLARED and not any(Path(path).match(known) for known in DECLARED[name]):
                yield f"{path}:{decorator.lineno} @{name}"
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "connect" and path != "workflow/stages.py":
            yield f"{path}:{call.lineno} connects a signal"
        if ast.unparse(call.func) in ("register", "stages.register") and not path.endswith("/apps.py"):
            yield f"{path}:{call.lineno} opens a stage"


def test_nothing_registers_outside_of_the_stages() -> None:
    found = [one for path in modules() for one in registrations(str(path.relative_to(BASE)), path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "guard(Step, 'complete')(check)",
        "for kind in ('single', 'joint'):\n    serve(kind)",
        "@receiver(signals.written)\ndef hear(**kwargs): ...",
        "def late():\n    signals.left.connect(hear)",
        "def late():\n    stages.register(STAGE)",
    ],
)
def test_a_registration_elsewhere_would_be_found(source: str) -> None:
    assert list(registrations("projects/handlers.py", source))


def test_an_app_that_is_ready_opens_its_stage_and_does_nothing_else() -> None:
    for app in LAYERS[2:]:
        tree = ast.parse((BASE / app / "apps.py").read_text())
        ready = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "ready"]
        assert (BASE / app / "stage.py").exists() == bool(ready), app
        for function in ready:
            done = [ast.unparse(node) for node in function.body if not isinstance(node, ast.ImportFrom)]
            assert done == ["register(STAGE)"], app


def test_stages_come_from_below() -> None:
    keys = [one.key for one in stages.registered()]
    assert keys == [app for app in LAYERS if app in keys]
    assert keys[0] == "workflow"


def test_every_address_of_a_stage_exists() -> None:
    from django.urls import reverse

    for tab in stages.tabs():
        assert reverse(tab.url_name, kwargs={"county": "x", "pk": 1})
    for entry in stages.menu():
        for name, _permissions in entry.addresses:
            assert reverse(name, kwargs={"county": "x"})


def test_guards_are_asked_in_the_order_of_the_stages() -> None:
    from workflow.models import Step

    def first(record: object, actor: object, facts: object) -> None: ...

    def second(record: object, actor: object, facts: object) -> None: ...

    before = stages.rules_of(Step, "complete").guards
    ours = Stage("test", guards=(GuardOn(Step, ("complete",), first), GuardOn(Step, ("complete",), second)))
    with opened(ours):
        assert stages.rules_of(Step, "complete").guards == (*before, first, second)
    assert stages.rules_of(Step, "complete").guards == before


def test_what_can_be_only_once_is_refused_the_second_time_and_leaves_nothing() -> None:
    before = stages.registered()
    again = Tab("history", "历史", "workflow:history", 1)
    for stage in (Stage("test", tabs=(again,)), Stage("workflow"), Stage("test", menu=(stages.menu()[0],))):
        with pytest.raises(RegisteredTwice):
            stages.register(stage)
    assert stages.registered() == before


def test_menu_stands_in_the_order_of_its_positions() -> None:
    entry = MenuEntry("first", "首项", "inbox", (("workflow:queue", ()),), (), 1)
    with opened(Stage("test", menu=(entry,))):
        assert stages.menu()[0] == entry
    assert entry not in stages.menu()


def comparisons(path: str, source: str) -> Iterator[str]:
    """Where the kind of a step is compared with a word instead of asked."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [ast.unparse(one) for one in (node.left, *node.comparators)]
            if any(side.endswith("step.kind") for side in sides):
                yield f"{path}:{node.lineno} {ast.unparse(node)}"


def test_a_steps_kind_is_asked_and_never_compared() -> None:
    folders = [*LAYERS, "config"]
    files = [path for app in folders for path in (BASE / app).rglob("*.py") if "rules" not in path.parts]
    found = [one for path in files for one in comparisons(str(path.relative_to(BASE)), path.read_text())]
    # Where the kind itself is looked up, by the key that the rules and the rows hold.
    assert [one.split(":")[0] for one in found] == ["workflow/route/kinds.py"]
    templates = [path for path in (BASE / "templates").rglob("*.html") if "step.kind" in path.read_text()]
    assert templates == []


# A foreign key names the table it points to, and Django finds it: every record of a project's hangs on the project
# (docs/decisions/0002), which stands above. Nothing is imported, nothing of it is read by that name.
FOREIGN_KEYS = {("workflow/models/steps.py", "projects.Project"), ("workflow/models/filings.py", "projects.Round")}


def owners_of_paths() -> dict[str, str]:
    """The first part of an address below the county, and the app whose page stands there."""
    from tests.url_matrix import addresses

    found = {}
    for address in addresses():
        segment = re.fullmatch(r"<slug:county>/([a-z-]+)/", address.route)
        if segment and not address.name.startswith("api:"):
            found[segment[1]] = address.name.split(":")[0]
    return {**found, "steps": "approvals"}  # a step has a page, the list of steps has none


def upward(path: str, source: str) -> Iterator[tuple[str, str]]:
    """Where a module reaches into an app above by a string: SQL on its table, a name of its own, a path to its page."""
    above = LAYERS[LAYERS.index(path.split("/")[0]) + 1 :]
    models = [model for app in above for model in django_apps.get_app_config(app).get_models()]
    tables = {model._meta.db_table for model in models if not model._meta.proxy}  # a proxy stands on a table below
    pages = {segment for segment, app in owners_of_paths().items() if app in above}
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    words = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.value in words:
            continue
        text = node.value
        names = re.findall(rf"(?<![\w.])(?:{'|'.join(above)})[.:]\w+", text) if above else []
        paths = [part for part in re.findall(r"/([a-z-]+)/", text) if part in pages and not text.startswith("<slug:")]
        for found in [*names, *paths, *(tables & set(re.findall(r"\w+", text)))]:
            yield path, found


def test_no_app_reaches_upward_in_a_string() -> None:
    found = {
        one
        for app in LAYERS
        for path in (BASE / app).rglob("*.py")
        if "migrations" not in path.parts
        for one in upward(str(path.relative_to(BASE)), path.read_text())
    }
    assert found == FOREIGN_KEYS


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("accounts/counts.py", "SQL = 'SELECT count(*) FROM workflow_message'"),
        ("jurisdictions/middleware.py", "actor_of = import_string('accounts.memberships.actor_of')"),
        ("workflow/desk/queue.py", "url = reverse('projects:project')"),
        ("workflow/clocks/timers.py", "page = f'/{code}/projects/{pk}/'"),
        ("projects/services/submission.py", "page = f'/{code}/steps/{pk}/'"),
    ],
)
def test_an_upward_arrow_would_be_found(path: str, source: str) -> None:
    assert list(upward(path, source))
