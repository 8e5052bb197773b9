"""The nearest day of open work, kept by the database itself: whoever moves a clock need not think of the queues.

It is the earliest last day that runs on the step, of whichever party (a review waits for the opinions it asked for), or
on the project itself, as the end of its place in the reserve; of an opinion, a correction, or what hangs on no step (a
request, a finding) its own clock's alone.
`workflow.clocks.due.hanging_of` says whose day it is.
"""

from __future__ import annotations

import pgtrigger

FIRST = """
    SELECT row.due_on, row.provisional FROM workflow_deadline AS row
     WHERE row.project_id = {item}.project_id AND row.state = 'running' AND row.kind <> 'not_before'
       AND CASE WHEN {item}.duty IN ('opinion', 'correct') OR {item}.about <> '' THEN row.work_item_id = {item}.id
                ELSE row.step_id = {item}.step_id OR row.step_id IS NULL AND row.work_item_id IS NULL END
     ORDER BY row.due_on, row.id LIMIT 1
"""
BRING_IN_STEP = """
    IF cardinality(moved) > 0 THEN
        UPDATE workflow_workitem AS item
           SET due_on = near.due_on, provisional = coalesce(near.provisional, false)
          FROM (SELECT waiting.id, first.due_on, first.provisional
                  FROM workflow_workitem AS waiting LEFT JOIN LATERAL ({first}) AS first ON true
                 WHERE waiting.project_id = ANY(moved) AND waiting.closed_at IS NULL) AS near
         WHERE item.id = near.id AND (item.due_on, item.provisional)
               IS DISTINCT FROM (near.due_on, coalesce(near.provisional, false));
    END IF;
    RETURN NULL;
"""
STARTED = "moved := ARRAY(SELECT DISTINCT project_id FROM fresh WHERE project_id IS NOT NULL);"
CHANGED = """
    moved := ARRAY(
        SELECT DISTINCT now.project_id FROM fresh AS now JOIN former AS was ON was.id = now.id
         WHERE now.project_id IS NOT NULL AND (now.state, now.due_on, now.provisional, now.work_item_id)
               IS DISTINCT FROM (was.state, was.due_on, was.provisional, was.work_item_id));
"""


def _after(name: str, operation: pgtrigger.Operation, moved: str, **tables: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        declare=[("moved", "bigint[]")],
        func=moved + BRING_IN_STEP.format(first=FIRST.format(item="waiting")),
    )


def kept_by_clocks() -> list[pgtrigger.Trigger]:
    """The triggers of deadlines: what starts, moves, stops or ends brings the project's open work in step."""
    return [
        _after("items_when_started", pgtrigger.Insert, STARTED, new="fresh"),
        _after("items_when_changed", pgtrigger.Update, CHANGED, new="fresh", old="former"),
    ]


def kept_by_items() -> list[pgtrigger.Trigger]:
    """The trigger of work items: new work has its day from the clocks that run already."""
    return [
        pgtrigger.Trigger(
            name="nearest_day",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            declare=[("near", "record")],
            func=(
                f"FOR near IN {FIRST.format(item='NEW')} LOOP"
                " NEW.due_on := near.due_on; NEW.provisional := near.provisional; END LOOP; RETURN NEW;"
            ),
        )
    ]
