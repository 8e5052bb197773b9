"""The audit trail: chained by the database, append-only, and proved against heads kept outside."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts.actors import SYSTEM
from jurisdictions.models import County
from jurisdictions.scope import enter
from tests.people import Town
from workflow import tasks
from workflow.models import AuditEntry, AuditHead
from workflow.trail import audit, verification


def write(town: Town, count: int) -> None:
    with enter(town.county), audit.gathered():
        for number in range(count):
            audit.entry(
                actor=town.reviewer.actor,
                action="step.complete",
                label=f"第{number}条",
                old={"state": "open"},
                new={"state": "done", "amount": "1.50"},
                articles=["DA-19"],
            )


def tamper(sql: str) -> None:
    """As the owner of the database, with the triggers switched off."""
    tables = ("workflow_auditentry", "workflow_audithead")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY")
        cursor.execute(sql)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY")


def run(*arguments: str) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, err.getvalue()
    return 0, out.getvalue()


def test_each_county_has_its_own_unbroken_chain(cast) -> None:
    write(cast.alpha, 3)
    write(cast.beta, 2)
    assert [(one.entries, one.broken) for one in map(verification.verify, (cast.alpha.county, cast.beta.county))] == [
        (3, None),
        (2, None),
    ]
    assert run()[0] == 0


@pytest.mark.parametrize("statement", ["UPDATE", "DELETE", "TRUNCATE"])
def test_database_refuses_to_change_or_remove_an_entry(alpha: Town, statement: str) -> None:
    write(alpha, 1)
    sql = {
        "UPDATE": "UPDATE workflow_auditentry SET label = 'x'",
        "DELETE": "DELETE FROM workflow_auditentry",
        "TRUNCATE": "TRUNCATE workflow_auditentry",
    }[statement]
    with enter(alpha.county):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE workflow_audithead SET sequence = sequence - 1",
        "UPDATE workflow_audithead SET sequence = sequence + 1, hash = 'x'",
        "UPDATE workflow_audithead SET hash = 'x'",
        "DELETE FROM workflow_audithead",
        "TRUNCATE workflow_audithead",
    ],
)
@pytest.mark.parametrize("as_owner", [False, True])
def test_end_of_the_chain_is_moved_by_entries_alone(alpha: Town, sql: str, as_owner: bool) -> None:
    write(alpha, 2)
    with enter(alpha.county):
        match = "audit trail" if as_owner else "audit trail|permission denied"
        with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
            if as_owner:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL ROLE NONE")
            cursor.execute(sql)
    assert verification.verify(alpha.county).broken is None


def test_program_may_neither_remove_nor_invent_an_end(alpha: Town, beta: Town) -> None:
    write(alpha, 1)
    table = "workflow_audithead"
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('xunzhang_app', %s, 'DELETE, TRUNCATE, UPDATE')", [table])
        assert cursor.fetchone() == (False,)
        cursor.execute(
            "SELECT array_agg(column_name::text ORDER BY column_name) FROM information_schema.column_privileges"
            " WHERE grantee = 'xunzhang_app' AND table_name = %s AND privilege_type = 'UPDATE'",
            [table],
        )
        assert cursor.fetchone() == (["hash", "sequence"],)
    with enter(beta.county), pytest.raises(DatabaseError, match="audit trail"):
        AuditHead.objects.create(sequence=7, hash="x")


def test_an_entry_changed_by_the_owner_of_the_database_is_named(alpha: Town) -> None:
    write(alpha, 4)
    tamper('UPDATE workflow_auditentry SET new = \'{"amount": "9.99"}\' WHERE sequence = 2')
    status, said = run(alpha.code)
    assert status == 1
    assert f"{alpha.code}" in said
    assert verification.verify(alpha.county).broken.sequence == 2


def test_an_entry_taken_out_is_named(alpha: Town) -> None:
    write(alpha, 4)
    tamper("DELETE FROM workflow_auditentry WHERE sequence = 3")
    assert verification.verify(alpha.county).broken.sequence == 3


def test_a_chain_rewritten_whole_or_cut_short_differs_from_the_heads_kept_outside(alpha: Town) -> None:
    write(alpha, 3)
    assert run("--record")[0] == 0
    tamper("DELETE FROM workflow_auditentry WHERE sequence = 3")
    tamper(
        "UPDATE workflow_audithead AS head SET sequence = 2, hash = entry.hash"
        " FROM workflow_auditentry AS entry"
        " WHERE entry.sequence = 2 AND head.county_id = entry.county_id"
    )
    assert verification.verify(alpha.county).broken.sequence == 3
    write(alpha, 1)
    assert verification.verify(alpha.county).broken.sequence == 3


def test_heads_are_appended_and_not_repeated(alpha: Town, heads_directory: Path) -> None:
    assert verification.record_head(alpha.county) is None
    for count in (2, 0, 1):
        write(alpha, count)
        verification.record_head(alpha.county)
    assert [head.sequence for head in verification.recorded_heads(alpha.county)] == [2, 3]
    (heads_directory / f"{alpha.code}.log").write_text("not json\n")
    assert run()[0] == 1


def test_a_night_in_which_one_work_fails_still_records_the_ends_of_the_chains(
    alpha: Town, heads_directory: Path
) -> None:
    bare = County.objects.create(code="bare", name="无规则县", prefix="BA")  # whose rules nobody has loaded
    with enter(bare):
        audit.entry(actor=SYSTEM, action="step.complete")
    write(alpha, 2)
    tasks.daily()
    assert [head.sequence for head in verification.recorded_heads(bare)] == [1]
    assert verification.recorded_heads(alpha.county)


@pytest.mark.django_db
def test_unknown_county_is_refused() -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("verify_audit", "nowhere")
