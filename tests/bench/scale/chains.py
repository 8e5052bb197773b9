"""The audit trail of a filled database: entries in the order of time, chained as the database's trigger does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.scale.ids import FILER
from workflow.models import AUDIT_HASHED, AuditEntry

if TYPE_CHECKING:
    from tests.bench.scale.filling import Filler


def write(filler: Filler) -> None:
    """Audit entries in the order of time, numbered and chained county by county as the trigger does it."""
    columns, values, joins = filler.values_of(AuditEntry)
    kept = dict(zip(columns, values, strict=True))
    for name in ("id", "sequence", "previous_hash", "hash"):
        del kept[name]
    objects = {
        "workflow.step": "workflow_step",
        "workflow.deadline": "workflow_deadline",
        "projects.declaration": "workflow_filing",
        "workflow.document": "workflow_document",
        "approvals.opinion": "approvals_opinion",
    }
    cases = f"WHEN 'projects.project' THEN {filler.number('projects_project', '0')}"
    for label, table in objects.items():
        alias = f"object_{table}"
        cases += f" WHEN '{label}' THEN {filler.number(table, f'{alias}.rank')}"
        joins += f" LEFT JOIN bench.{table}_rank AS {alias} ON s.object_type = '{label}' AND {alias}.id = s.object_id"
    kept["object_id"] = f"CASE s.object_type {cases} END"
    kept["actor_name"] = (
        "CASE WHEN c.filer IS NOT NULL AND s.actor_id = c.filed_by_id"
        f" THEN '经办' || (c.filer - {FILER}) ELSE s.actor_name END"
    )
    named = ", ".join(f"{value} AS {name}" for name, value in kept.items())
    rows = filler.run(
        f"CREATE UNLOGGED TABLE bench.entry AS SELECT {named} FROM bench.clone AS c"
        f" JOIN bench.workflow_auditentry_rank AS r ON r.tpl = c.tpl"
        f" JOIN workflow_auditentry AS s ON s.id = r.id {joins}"
    )
    rows += filler.run(
        f"INSERT INTO bench.entry ({', '.join(kept)}) SELECT"
        + ", ".join(
            {
                "at": " at + i * interval '7 hours' + interval '20 minutes'",
                "action": " 'declaration.save'",
                "object_type": " 'projects.declaration'",
                "old": " '{}'::jsonb",
                "new": """ jsonb_build_object('sections', jsonb_build_array('money', 'plan'), 'version', i)""",
            }.get(name, f" {name}")
            for name in kept
        )
        + " FROM bench.entry, generate_series(1, %s) AS i WHERE action = 'declaration.start'"
        " AND at + i * interval '8 hours' < now()",
        [filler.size.entries],
    )
    filler.say("entries prepared", rows)
    names = ", ".join(kept)
    entry_columns = f"{names}, sequence, previous_hash, hash"
    entry_values = ", ".join(f"one.{name}" for name in entry_columns.split(", "))
    filler.cursor.execute(  # a row variable is filled in the table's own order of columns
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = 'workflow_auditentry' ORDER BY ordinal_position"
    )
    physical = ", ".join(
        f"e.{name}" if name in kept else f"NULL::{kind} AS {name}" for name, kind in filler.cursor.fetchall()
    )
    filler.run(
        f"""
        CREATE FUNCTION bench.chain() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            one workflow_auditentry%ROWTYPE;
            county bigint := 0; count bigint := 0; last text := '';
        BEGIN
            FOR one IN SELECT {physical} FROM bench.entry AS e ORDER BY e.county_id, e.at LOOP
                IF one.county_id <> county THEN
                    county := one.county_id; count := 0; last := '';
                END IF;
                count := count + 1;
                one.sequence := count;
                one.previous_hash := last;
                one.hash := encode(sha256(convert_to({AUDIT_HASHED.format(row="one")}, 'UTF8')), 'hex');
                last := one.hash;
                INSERT INTO workflow_auditentry ({entry_columns}) VALUES ({entry_values});
            END LOOP;
        END $$
        """
    )
    filler.run("SELECT bench.chain()")
    filler.run(
        "INSERT INTO workflow_audithead (county_id, sequence, hash)"
        " SELECT DISTINCT ON (county_id) county_id, sequence, hash FROM workflow_auditentry"
        " WHERE county_id IN (SELECT id FROM bench.county)"
        " ORDER BY county_id, sequence DESC"
    )
    filler.say("workflow_auditentry, chained", rows)
