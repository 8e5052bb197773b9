"""The machines as they are drawn, as Python moves them and as the database guards them: one and the same."""

import re

import pytest
from django.conf import settings
from django.db import connection

from workflow.machines.diagrams import diagram, document, edges, machines, state_of
from workflow.management.commands.draw_states import PAGE
from workflow.models import Step

GUARDED = re.compile(r"OLD\.state = '(\w+)' AND NEW\.state = '(\w+)'")


def guarded_in_database(model):
    """The edges that the trigger of a table lets pass, read from the database itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.prosrc FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid"
            " WHERE t.tgrelid = %s::regclass AND t.tgname LIKE %s AND t.tgenabled <> 'D'",
            [model._meta.db_table, "%state_moves_by_runner%"],
        )
        sources = cursor.fetchall()
    assert len(sources) == 1, f"{model._meta.label} has no guard of its states in the database"
    return set(GUARDED.findall(sources[0][0]))


@pytest.mark.django_db
@pytest.mark.parametrize("model", machines(), ids=lambda model: model._meta.label)
def test_database_guards_exactly_the_transitions_of_the_machine(model):
    assert guarded_in_database(model) == {(source, target) for _name, source, target in edges(model)}


@pytest.mark.parametrize("model", machines(), ids=lambda model: model._meta.label)
def test_every_state_of_a_machine_can_be_reached(model):
    field = state_of(model)
    reached: set[str] = set()
    found = {field.get_default()}
    while found != reached:
        reached = set(found)
        found |= {target for _name, source, target in edges(model) if source in reached}
    assert reached == {key for key, _label in field.flatchoices}


def test_the_page_of_states_is_current():
    written = (settings.BASE_DIR / PAGE).read_text(encoding="utf-8")
    assert written == document(), "run `manage.py draw_states`"


def test_a_diagram_names_states_in_chinese_and_moves_by_their_transition():
    drawn = diagram(Step)
    assert 'state "办理中 open" as open' in drawn
    assert "open --> done: complete" in drawn
    assert "[*] --> coming" in drawn and "refused --> [*]" in drawn and "waiting --> [*]" not in drawn
