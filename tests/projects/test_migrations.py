"""A database of the version before is brought up to date with its rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from config.management.commands.migrate import states_without_transitions

BEFORE = [("projects", "0007_rounds"), ("workflow", "0007_jobs")]
AFTER = [("projects", "0008_declaration_is_a_filing")]
NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)


def migrated(targets: list[tuple[str, str]]) -> Any:
    """Migrate to `targets`; gives the models as they are then."""
    executor = MigrationExecutor(connection)
    with states_without_transitions():
        executor.migrate(targets)
        return executor.loader.project_state(targets).apps


@pytest.fixture
def before(db: None) -> Any:
    """The models before the declaration became a filing, in a schema of their own that goes with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA before")
        cursor.execute("SET LOCAL search_path = before")
    return migrated(BEFORE)


def test_declarations_become_filings_with_everything_in_them(before: Any) -> None:
    def make(label: str, **values: Any) -> Model:
        return before.get_model(label).objects.create(**values)

    county = make("jurisdictions.County", code="one", prefix="ON", name="某县")
    rules = make("jurisdictions.RuleVersion", county=county, number=1, title="x", status="in_force", digest="x")
    filer = make("accounts.User", username="filer", name="张三")
    unit = make("accounts.Office", county=county, code="unit", name="某局")
    named: dict[str, Any] = {"county": county, "applicant": unit, "owner_unit": unit, "filed_by": filer}
    stub = make("projects.Project", number="1", state="stub", classified=True, rule_version=rules, **named)
    project = make("projects.Project", number="2", state="running", standing="in_review", rule_version=rules, **named)
    call = make("projects.Round", county=county, plan_year=2027, title="x", opens_on=NOON, closes_on=NOON)
    step = make("workflow.Step", county=county, project=project, position=1, key="joint_review", state="waiting")
    declaration = make(
        "projects.Declaration",
        id=41,
        county=county,
        project=project,
        call=call,
        content={"basics": {"name": "云平台"}},
        content_version=9,
        round=1,
        unlocked=["money"],
        submitted_at=NOON,
        editors=[filer.pk],
        state="returned",
        version=2,
    )
    make(
        "projects.DeclarationRevision",
        county=county,
        declaration=declaration,
        round=1,
        content={"basics": {"name": "平台"}},
        facts={"action": "new"},
        submitted_at=NOON,
        submitted_by=filer,
    )
    asked: dict[str, Any] = {"section": "money", "text": "请核实", "asked_by": filer, "asked_at": NOON}
    make("projects.CorrectionItem", county=county, declaration=declaration, step=step, round=1, **asked)
    make("projects.PlannedMoney", county=county, declaration=declaration, source="fiscal", year=2027, amount=1)
    make("projects.VendorQuote", county=county, declaration=declaration, vendor="甲", amount=2)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for table in ("projects_declaration", "projects_declarationrevision", "projects_correctionitem"):
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")

    after = migrated(AFTER)
    filing = after.get_model("workflow.Filing").objects.get()
    assert (filing.pk, filing.kind, filing.project_id, filing.call_id) == (41, "declaration", project.pk, call.pk)
    assert (filing.unit_id, filing.state, filing.version, filing.round) == (unit.pk, "returned", 2, 1)
    assert (filing.content, filing.content_version) == ({"basics": {"name": "云平台"}}, 9)
    assert (filing.unlocked, filing.editors, filing.submitted_at) == (["money"], [filer.pk], NOON)
    revision, item = filing.revisions.get(), filing.corrections.get()
    assert (revision.content, revision.facts, revision.submitted_by_id) == (
        {"basics": {"name": "平台"}},
        {"action": "new"},
        filer.pk,
    )
    assert (item.section, item.text, item.step_id, item.answered_at) == ("money", "请核实", step.pk, None)
    assert after.get_model("projects.PlannedMoney").objects.get().declaration_id == 41
    assert after.get_model("projects.VendorQuote").objects.get().declaration_id == 41
    link = dict(after.get_model("projects.Project").objects.values_list("pk", "declaration_id"))
    assert link == {project.pk: 41, stub.pk: None}
    another = after.get_model("workflow.Filing").objects.create(county_id=county.pk, kind="x", unit_id=unit.pk)
    assert another.pk == 42
