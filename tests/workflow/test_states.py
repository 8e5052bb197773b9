"""Every record with states is moved by the transition runner alone: neither assignment nor `update()` gets past."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from accounts.refusals import Refusal, Stale, WrongState
from jurisdictions.scope import enter
from tests.people import Town
from tests.workflow.work import make_project, make_step
from workflow.machines.runner import perform
from workflow.machines.states import Machine
from workflow.models import AuditEntry

MACHINES = sorted(
    (model for model in apps.get_models() if issubclass(model, Machine)), key=lambda model: model._meta.label
)


@pytest.mark.parametrize("model", MACHINES, ids=lambda model: model._meta.label)
def test_a_machine_names_its_project_and_its_label_for_the_trail(model: type[Machine]) -> None:
    for name in ("trail_project", "trail_label"):
        assert getattr(model, name) is not getattr(Machine, name)


def state_of(model: type[Machine]) -> Any:
    """The model's state column."""
    fields: Any = model._meta
    return fields.get_field("state")


def test_the_machines_are_found() -> None:
    assert {"workflow.Step", "workflow.Deadline", "projects.Project", "projects.Declaration"} <= {
        model._meta.label for model in MACHINES
    }


@pytest.mark.parametrize("model", MACHINES, ids=lambda model: model._meta.label)
def test_state_cannot_be_assigned(model: type[Machine]) -> None:
    record = model()
    with pytest.raises(AttributeError):
        record.state = state_of(model).choices[-1][0]


def edges_of(model: type[Machine]) -> set[tuple[str, str]]:
    """The edges the program declares."""
    edges = set()
    for transition in state_of(model).get_all_transitions(model):
        edges.add((str(transition.source), str(transition.target)))
    return edges


def database_edges(model: type[Machine]) -> set[tuple[str, str]]:
    """The edges the database lets pass, read from its own trigger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = %s::regclass"
            " AND t.tgname LIKE %s AND t.tgenabled = 'O'",
            [model._meta.db_table, "%state_moves_by_runner%"],
        )
        (source,) = cursor.fetchone()
    assert "NEW.version <> OLD.version + 1" in source
    return set(re.findall(r"OLD\.state = '(\w+)' AND NEW\.state = '(\w+)'", source))


@pytest.mark.django_db
@pytest.mark.parametrize("model", MACHINES, ids=lambda model: model._meta.label)
def test_database_lets_pass_the_programs_edges_and_no_other(model: type[Machine]) -> None:
    assert database_edges(model) == edges_of(model)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MACHINES, ids=lambda model: model._meta.label)
def test_update_moves_no_state_past_the_runner(model: type[Machine]) -> None:
    """The machine's own trigger function, on a table with just its state and version: every pair of states."""
    states = [value for value, _label in state_of(model).choices]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE moved (state text, version integer) ON COMMIT DROP")
        cursor.execute(
            "SELECT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = %s::regclass"
            " AND t.tgname LIKE %s",
            [model._meta.db_table, "%state_moves_by_runner%"],
        )
        (function,) = cursor.fetchone()
        cursor.execute(
            "CREATE TRIGGER moves BEFORE UPDATE ON moved FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)"
            f' EXECUTE FUNCTION "{function}"()'
        )

        def passes(source: str, target: str, step: int) -> bool:
            try:
                with transaction.atomic():
                    cursor.execute("DELETE FROM moved")
                    cursor.execute("INSERT INTO moved VALUES (%s, 7)", [source])
                    cursor.execute("UPDATE moved SET state = %s, version = version + %s", [target, step])
            except DatabaseError:
                return False
            return True

        for source in states:
            for target in states:
                if source != target:
                    assert not passes(source, target, 0), f"{source} → {target} without the runner"
                    assert not passes(source, target, 2), f"{source} → {target} with a leap"
                    assert passes(source, target, 1) == ((source, target) in edges_of(model))


def test_a_bare_update_of_a_real_row_is_refused_by_the_database(alpha: Town) -> None:
    from workflow.models import Step

    step = make_step(alpha, make_project(alpha))
    with enter(alpha.county):
        for change in ({"state": "done"}, {"state": "open"}, {"state": "done", "version": F("version") + 1}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Step.objects.filter(pk=step.pk).update(**change)
        step.__dict__["state"] = "open"
        with pytest.raises(DatabaseError), transaction.atomic():
            Step.objects.bulk_update([step], ["state"])
        step.refresh_from_db()
        assert step.state == "coming"


def test_runner_refuses_a_stale_page_and_a_second_hand_in_the_same_state(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha))
    with enter(alpha.county):
        seen = step.version
        perform(step, "open", actor=alpha.reviewer.actor, seen_version=seen)
        with pytest.raises(Stale):
            perform(step, "complete", actor=alpha.head.actor, seen_version=seen)
        with pytest.raises(WrongState):
            perform(step, "open", actor=alpha.head.actor)
        assert isinstance(WrongState(""), Refusal)
        entry = AuditEntry.objects.get(action="step.open")
        assert (entry.actor, entry.old["state"], entry.new["state"]) == (alpha.reviewer.user, "coming", "open")
