"""What a filled database holds besides clones: deadlines of open steps and of later stages, mails, meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.scale.ids import ROW

if TYPE_CHECKING:
    from tests.bench.scale.filling import Filler


def deadlines(filler: Filler) -> None:
    """A running deadline for each open step, the work item's day by it; ended ones as later stages will make them."""
    start = f"{ROW} + 500000000"
    shared = (
        "county_id, project_id, step_id, work_item_id, key, party, office_id, started_on, amount, unit, kind,"
        " opens_unit, in_principle, after, articles,"
        " due_on, due_at, provisional, remind_on, reminded_at, fired_at, on_overdue, pauses_allowed, state,"
        " ended_at, version, extra_days, warn_days"
    )
    day = "current_date + ((step.id % 31)::int - 6)"
    rows = filler.run(
        f"INSERT INTO workflow_deadline (id, {shared})"
        f" SELECT {start} + row_number() OVER (), step.county_id, step.project_id, step.id, item.id, step.key,"
        f" 'authority', step.office_id, {day} - 14, 10, 'working_day', 'within', '', false, '', '{{}}', {day},"
        f" ({day} + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', false, {day} - 2,"
        f" CASE WHEN {day} - 2 <= current_date THEN now() END, CASE WHEN {day} < current_date THEN now() END,"
        " 'mark', '[]', 'running', NULL, 0, 0, '{}'"
        " FROM workflow_step AS step JOIN bench.county AS c ON c.id = step.county_id"
        " LEFT JOIN workflow_workitem AS item ON item.step_id = step.id AND item.closed_at IS NULL"
        "  AND item.office_id = step.office_id AND item.duty <> 'correct'"
        " WHERE step.state = 'open' AND NOT EXISTS"
        " (SELECT 1 FROM workflow_deadline AS d WHERE d.step_id = step.id AND d.party = 'authority')"
    )
    filler.run(
        "UPDATE workflow_workitem AS item SET due_on = d.due_on FROM workflow_deadline AS d"
        f" WHERE d.work_item_id = item.id AND d.id > {start} AND item.closed_at IS NULL"
    )
    rows += filler.run(
        f"INSERT INTO workflow_deadline (id, {shared})"
        f" SELECT {start} + 100000000 + row_number() OVER (), step.county_id, step.project_id, step.id, NULL,"
        " step.key, 'authority', step.office_id, opened, 10, 'working_day', 'within', '', false, '', step.articles,"
        " opened + 14,"
        " (opened + 15)::timestamp AT TIME ZONE 'Asia/Shanghai', false, opened + 12, NULL,"
        " CASE WHEN step.id %% 9 = 0 THEN (opened + 15)::timestamptz END, 'mark', '[]', 'met',"
        " (opened + 9 + (step.id %% 9 = 0)::int * 8)::timestamptz, 1, 0, '{}'"
        " FROM (SELECT step.*, (coalesce(step.opened_at, now() - interval '400 days'))::date AS opened,"
        " row_number() OVER (PARTITION BY step.project_id ORDER BY step.position) AS place"
        " FROM workflow_step AS step JOIN bench.county AS c ON c.id = step.county_id) AS step WHERE place <= %s",
        [filler.size.deadlines],
    )
    filler.say("workflow_deadline, more", rows)


def mails(filler: Filler) -> None:
    """One mail for each tenth notice, sent but for the last ones."""
    rows = filler.run(
        "INSERT INTO workflow_outbox (county_id, message_id, user_id, kind, key, subject, body, send_after, attempts,"
        " last_error, sent_at) SELECT notice.county_id, notice.id, user_id, 'at_once', key, '', '', notice.created_at,"
        " 1, '', notice.created_at FROM workflow_message AS notice JOIN bench.county AS c ON c.id = notice.county_id"
        " WHERE notice.id % 10 = 0"
    )
    filler.run(
        "UPDATE workflow_outbox SET sent_at = NULL, attempts = 0 WHERE id IN (SELECT id FROM (SELECT o.id FROM"
        " workflow_outbox AS o JOIN accounts_user AS u ON u.id = o.user_id WHERE u.email <> '' ORDER BY md5(o.id::text)"
        " LIMIT %s) AS waiting)",
        [filler.size.mails],
    )
    filler.say("workflow_outbox", rows)


def meetings(filler: Filler) -> None:
    """Held meetings of the large county, twenty projects each."""
    filler.run(
        "CREATE TABLE bench.sitting AS SELECT step.id, step.county_id, step.closed_at::date AS day,"
        " (row_number() OVER (ORDER BY step.closed_at) - 1) / 20 AS meeting FROM workflow_step AS step"
        " JOIN bench.county AS c ON c.id = step.county_id AND c.n = 0"
        " WHERE step.kind = 'meeting' AND step.authority = 'conference' AND step.state = 'done'"
    )
    filler.run(
        f"INSERT INTO approvals_meeting (id, county_id, version, body, title, held_on, number, state, prepared_by_id)"
        f" SELECT {ROW} + meeting, county_id, 1, 'conference', '第' || meeting || '次会议', max(day), meeting::text,"
        " 'held', (SELECT min(new) FROM bench.person WHERE n = 0) FROM bench.sitting GROUP BY meeting, county_id"
    )
    rows = filler.run(
        f"INSERT INTO approvals_meetingitem (county_id, meeting_id, step_id, position, outcome, note)"
        f" SELECT county_id, {ROW} + meeting, id, 0, 'approve', '' FROM bench.sitting"
    )
    filler.say("items of meetings", rows)
