"""Filling a database to scale: the demonstration's projects, multiplied by SQL over many counties.

What a clone holds is what the services wrote once for the demonstration: states, steps, deadlines, papers and entries
fit together. Written as superuser without triggers (`session_replication_role`); the audit chains are computed as
the database's own trigger computes them, for every county, so that `verify_audit` holds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import psycopg2
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from accounts.models import Office, User
from demo.people import exist
from jurisdictions.models import County
from projects.grams import searched_text
from tests.bench.scale import chains, more, texts
from tests.bench.scale.ids import A_COUNTY, CALL, COUNTY, FILER, OFFICE, PERSON, ROW, UNIT

# How many clones of a project in this state for one in another: most of what a county keeps has ended.
WEIGHTS = {"in_review": 3, "in_reserve": 2, "planned": 8, "refused": 3, "withdrawn": 2, "draft": 2, "stub": 1}

OF_FILING = "{} IN (SELECT id FROM workflow_filing WHERE project_id = tpl.id)"
# Table by table: how a row belongs to its project.
ROWS = (
    ("projects.Project", "id"),
    ("workflow.Step", "project_id"),
    ("workflow.Filing", "project_id"),
    ("workflow.WorkItem", "project_id"),
    ("workflow.Deadline", "project_id"),
    ("workflow.DeadlinePause", "deadline_id IN (SELECT id FROM workflow_deadline WHERE project_id = tpl.id)"),
    ("workflow.DeadlineChange", "deadline_id IN (SELECT id FROM workflow_deadline WHERE project_id = tpl.id)"),
    ("workflow.Document", "project_id"),
    ("workflow.Message", "project_id"),
    ("workflow.FilingRevision", OF_FILING.format("filing_id")),
    ("workflow.CorrectionItem", OF_FILING.format("filing_id")),
    ("projects.PlannedMoney", OF_FILING.format("declaration_id")),
    ("projects.VendorQuote", OF_FILING.format("declaration_id")),
    ("projects.PartnerUnit", "project_id"),
    ("projects.ReserveEntry", "project_id"),
    ("projects.PlanEntry", "project_id"),
    ("approvals.Opinion", "step_id IN (SELECT id FROM workflow_step WHERE project_id = tpl.id)"),
    ("workflow.AuditEntry", "project_id"),
)
CELLS = ("one", "other")
BY_COUNTY = ("projects.Round", "projects.AnnualPlan")


@dataclass(frozen=True)
class Size:
    """How much there is."""

    counties: int = 300
    small: int = 340  # projects of a small county
    large: int = 50_000  # projects of the large one
    units: int = 400  # units of the large county that file
    deadlines: int = 9  # ended deadlines of later stages, for each project besides its clone's own
    entries: int = 2  # audit entries, likewise
    mails: int = 2_000  # e-mails that wait


class Filler:
    """A superuser's connection, and what it says about its progress."""

    def __init__(self, size: Size) -> None:
        from config.database import is_embedded
        from demo.embedded import SUPERUSER

        self.size, self.started = size, time.monotonic()
        given = connection.get_connection_params()
        given.pop("cursor_factory", None)
        if is_embedded():
            given["user"] = SUPERUSER
        self.database = psycopg2.connect(**given)
        self.cursor = self.database.cursor()
        self.strides: dict[str, int] = {}

    def run(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> int:
        """One statement; how many rows it touched."""
        self.cursor.execute(sql, params)
        return int(self.cursor.rowcount)

    def say(self, what: str, rows: int) -> None:
        """Progress."""
        sys.stdout.write(f"{time.monotonic() - self.started:7.1f} s  {rows:>10,}  {what}\n")
        sys.stdout.flush()

    # --- the whole --------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Everything, in one transaction, then statistics."""
        self.run("SET session_replication_role = replica")
        self.run("SET synchronous_commit = off")
        self.run("SET work_mem = '256MB'")
        self.run("DROP SCHEMA IF EXISTS bench CASCADE")
        self.run("CREATE SCHEMA bench")
        self.counties()
        self.people()
        self.projects()
        more.deadlines(self)
        chains.write(self)
        more.mails(self)
        more.meetings(self)
        self.sequences()
        self.run("CREATE TABLE bench.filled AS SELECT %s::text AS size", [repr(asdict(self.size))])
        self.run("GRANT USAGE ON SCHEMA bench TO PUBLIC")
        self.run("GRANT SELECT ON bench.filled TO PUBLIC")
        self.database.commit()
        self.database.autocommit = True
        self.run("VACUUM ANALYZE")
        self.say("vacuumed and analysed", 0)
        self.database.close()

    def counties(self) -> None:
        """The counties, each by the rules of one of the demonstration's; number 0 is the large one, by Dean's."""
        columns = _columns(County, skip=("id", "code", "prefix", "name"))
        self.run(
            "CREATE TABLE bench.county AS SELECT n, %s + n AS id, 'c' || to_char(n, 'FM0000') AS code,"
            " source.id AS source FROM generate_series(0, %s) AS n"
            " JOIN (SELECT id, row_number() OVER (ORDER BY code <> 'dean', id) - 1 AS rank, count(*) OVER () AS all"
            " FROM jurisdictions_county) AS source ON source.rank = n %% source.all",
            [COUNTY, self.size.counties],
        )
        self.run(
            f"INSERT INTO jurisdictions_county (id, code, prefix, name, {columns})"
            f" SELECT new.id, new.code, 'Z' || lpad(to_hex(n), 3, '0'), '第' || n || '县',"
            f" {', '.join('old.' + one for one in columns.split(', '))}"
            " FROM bench.county AS new JOIN jurisdictions_county AS old ON old.id = new.source"
        )
        from jurisdictions.models import RuleVersion

        columns = _columns(RuleVersion, skip=("id", "county_id"))
        rows = self.run(
            f"INSERT INTO jurisdictions_ruleversion (id, county_id, {columns})"
            f" SELECT new.id, new.id, {', '.join('old.' + one for one in columns.split(', '))}"
            " FROM bench.county AS new JOIN jurisdictions_ruleversion AS old ON old.county_id = new.source"
        )
        # Entered long ago: nothing that the daily task would compute anew.
        self.run("UPDATE jurisdictions_calendaryear SET entered_at = entered_at - interval '1 year'")
        self.say("counties with their rules", rows)

    def people(self) -> None:
        """Offices and people of each county as in the demonstration; the large one has many more units that file."""
        for name, model, base in (("office", Office, OFFICE), ("person", User, PERSON)):
            of_county = (
                "SELECT id, county_id FROM accounts_office"
                if model is Office
                else "SELECT DISTINCT user_id AS id, county_id FROM accounts_membership"
            )
            self.run(
                f"CREATE TABLE bench.{name} AS SELECT c.n, c.id AS county, c.code, old.id AS old,"
                f" {base} + c.n * {A_COUNTY} + row_number() OVER (PARTITION BY c.n ORDER BY old.id) AS new"
                f" FROM bench.county AS c JOIN ({of_county}) AS old ON old.county_id = c.source"
            )
            self.run(f"ALTER TABLE bench.{name} ADD PRIMARY KEY (n, old)")
        columns = _columns(Office, skip=("id", "county_id", "parent_id"))
        rows = self.run(
            f"INSERT INTO accounts_office (id, county_id, parent_id, {columns})"
            f" SELECT one.new, one.county, parent.new, {', '.join('s.' + each for each in columns.split(', '))}"
            " FROM bench.office AS one JOIN accounts_office AS s ON s.id = one.old"
            " LEFT JOIN bench.office AS parent ON parent.n = one.n AND parent.old = s.parent_id"
        )
        rows += self.run(
            "INSERT INTO accounts_office (id, county_id, code, name, authorities, owner_kind, is_active, former_names)"
            " SELECT %s + i, c.id, 'unit-' || i, '县属单位' || i, '{}', 'institution', true, '[]'"
            " FROM bench.county AS c, generate_series(0, %s - 1) AS i WHERE c.n = 0",
            [UNIT, self.size.units],
        )
        self.say("offices", rows)
        columns = _columns(User, skip=("id", "username", "email", "notice_choice", "is_demo"))
        rows = self.run(
            f"INSERT INTO accounts_user (id, username, email, notice_choice, is_demo, {columns})"
            " SELECT one.new, one.code || '-' || s.username, one.code || '-' || s.username || '@example.org',"
            f" (ARRAY['at_once', 'digest', 'none'])[1 + one.old % 3], false,"
            f" {', '.join('s.' + each for each in columns.split(', '))}"
            " FROM bench.person AS one JOIN accounts_user AS s ON s.id = one.old"
        )
        someone = ", ".join("s." + each if each != "name" else "'经办' || i" for each in columns.split(", "))
        rows += self.run(
            f"INSERT INTO accounts_user (id, username, email, notice_choice, is_demo, {columns})"
            f" SELECT {FILER} + i, 'filer-' || i, '', 'none', false, {someone} FROM generate_series(0, %s - 1) AS i,"
            " (SELECT * FROM accounts_user WHERE username = 'dean-filer') AS s",
            [self.size.units],
        )
        self.run(
            "INSERT INTO accounts_membership (county_id, user_id, office_id, role, is_active, since)"
            " SELECT c.id, person.new, office.new, s.role, s.is_active, s.since FROM accounts_membership AS s"
            " JOIN bench.county AS c ON c.source = s.county_id"
            " JOIN bench.person AS person ON person.n = c.n AND person.old = s.user_id"
            " JOIN bench.office AS office ON office.n = c.n AND office.old = s.office_id"
        )
        self.run(
            f"INSERT INTO accounts_membership (county_id, user_id, office_id, role, is_active, since)"
            f" SELECT c.id, {FILER} + i, {UNIT} + i, 'filer', true, '2024-01-01'"
            " FROM bench.county AS c, generate_series(0, %s - 1) AS i WHERE c.n = 0",
            [self.size.units],
        )
        self.say("people", rows)

    # --- projects and everything that hangs on them -----------------------------------------------------------

    def projects(self) -> None:
        """Which project is a clone of which, shifted by how many days, of which unit; then table by table."""
        for label in BY_COUNTY:
            self._by_county(apps.get_model(label))
        self.run("CREATE TABLE bench.tpl AS SELECT * FROM projects_project")
        weights = ", ".join(f"('{state}', {weight})" for state, weight in WEIGHTS.items())
        self.run(
            "CREATE TABLE bench.slot AS SELECT t.county_id AS source, t.id AS tpl,"
            " row_number() OVER (PARTITION BY t.county_id ORDER BY i, t.id) - 1 AS slot,"
            " count(*) OVER (PARTITION BY t.county_id) AS slots"
            f" FROM bench.tpl AS t JOIN (VALUES {weights}) AS w (state, weight) ON w.state = t.standing,"
            " generate_series(1, w.weight) AS i"
        )
        self._texts()
        large, small, counties, units = self.size.large, self.size.small, self.size.counties, self.size.units
        self.run(
            "CREATE TABLE bench.clone AS SELECT row_number() OVER (ORDER BY place * 1.0 / projects, c.n) AS k, c.n,"
            " c.id AS county, c.code, t.id AS tpl, t.filed_by_id,"
            " ARRAY[t.applicant_id, t.owner_unit_id] AS own_units,"
            f" CASE WHEN c.n = 0 THEN {UNIT} + place %% {units} END AS unit,"
            f" CASE WHEN c.n = 0 THEN {FILER} + place %% {units} END AS filer,"
            " -(place %% CASE t.standing WHEN 'in_review' THEN 40 WHEN 'in_reserve' THEN 120 WHEN 'draft' THEN 90"
            " ELSE 1000 END)::int AS shift"
            " FROM (SELECT 0 AS n, place, %(large)s AS projects FROM generate_series(1, %(large)s) AS place UNION ALL"
            " SELECT n, place, %(small)s FROM generate_series(1, %(counties)s) AS n,"
            " generate_series(1, %(small)s) AS place) AS p"
            " JOIN bench.county AS c ON c.n = p.n"
            " JOIN (SELECT DISTINCT source, slots FROM bench.slot) AS s ON s.source = c.source"
            " JOIN bench.slot ON slot.source = c.source AND slot.slot = (p.place * 7919) %% s.slots"
            " JOIN bench.tpl AS t ON t.id = slot.tpl",
            {"large": large, "small": small, "counties": counties},
        )
        self.run("ALTER TABLE bench.clone ADD PRIMARY KEY (k)")
        self.run("ANALYZE bench.clone")
        for label, link in ROWS:
            self._rank(apps.get_model(label), link)
        for label, _link in ROWS[:-1]:
            self._clone(apps.get_model(label))
        rows = self.run(
            "INSERT INTO projects_projectgram (county_id, gram, project_id) SELECT p.county_id, gram, p.id"
            " FROM projects_project AS p, unnest(project_grams("
            "p.searched, p.number, p.investment, p.applicant_id, p.owner_unit_id, p.filed_by_id)) AS gram"
            " ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING"
        )
        self.say("pieces that projects are found by", rows)

    def _by_county(self, model: type[models.Model]) -> None:
        table = model._meta.db_table
        columns = _columns(model, skip=("id", "county_id"))
        self.run(
            f"CREATE TABLE bench.{table} AS SELECT c.n, c.id AS county, s.id AS old,"
            f" {CALL} + c.n * {A_COUNTY} + row_number() OVER (PARTITION BY c.n ORDER BY s.id) AS new"
            f" FROM bench.county AS c JOIN {table} AS s ON s.county_id = c.source"
        )
        rows = self.run(
            f"INSERT INTO {table} (id, county_id, {columns})"
            f" SELECT one.new, one.county, {', '.join('s.' + each for each in columns.split(', '))}"
            f" FROM bench.{table} AS one JOIN {table} AS s ON s.id = one.old"
        )
        self.say(table, rows)

    def _texts(self) -> None:
        """Names and contents of projects: enough of them that few are alike by chance."""
        names, lines = texts.names(), texts.lines()
        self.run("CREATE TABLE bench.name (i int PRIMARY KEY, name text, searched text)")
        self.run("CREATE TABLE bench.line (i int PRIMARY KEY, line text)")
        for table, columns in (("name", [names, list(map(searched_text, names))]), ("line", [lines])):
            given, read = ", ".join(["%s"] * len(columns)), ", ".join(CELLS[: len(columns)])
            self.run(
                f"INSERT INTO bench.{table} SELECT ordinality - 1, {read}"
                f" FROM unnest({given}) WITH ORDINALITY AS x ({read})",
                columns,
            )
        self.names, self.lines = len(names), len(lines)

    def _rank(self, model: type[models.Model], link: str) -> None:
        """Number the rows of a table within their project; the largest number is the table's stride."""
        table = model._meta.db_table
        where = link if " " in link else f"{link} = tpl.id"
        self.run(
            f"CREATE TABLE bench.{table}_rank AS SELECT tpl.id AS tpl, s.id,"
            f" row_number() OVER (PARTITION BY tpl.id ORDER BY s.id) - 1 AS rank"
            f" FROM bench.tpl, LATERAL (SELECT id FROM {table} WHERE {where}) AS s"
        )
        self.run(f"ALTER TABLE bench.{table}_rank ADD PRIMARY KEY (id)")
        self.run(f"ANALYZE bench.{table}_rank")
        self.cursor.execute(f"SELECT coalesce(max(rank), 0) + 1 FROM bench.{table}_rank")
        self.strides[table] = self.cursor.fetchone()[0]

    def number(self, table: str, rank: str = "r.rank") -> str:
        """The primary key of a clone's row."""
        return f"{ROW} + c.k * {self.strides[table]} + {rank}"

    def _clone(self, model: type[models.Model]) -> None:
        table = model._meta.db_table
        columns, values, joins = self.values_of(model)
        rows = self.run(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM bench.clone AS c JOIN bench.{table}_rank AS r ON r.tpl = c.tpl"
            f" JOIN {table} AS s ON s.id = r.id {joins} ORDER BY c.k, r.rank"
        )
        self.say(table, rows)

    def values_of(self, model: type[models.Model]) -> tuple[list[str], list[str], str]:
        """Columns of a clone's row, what stands in each, and the joins that takes."""
        table, columns, values, joins = model._meta.db_table, [], [], ""
        own = self._own_values().get(table, {})
        for field in model._meta.concrete_fields:
            column = str(field.column)
            columns.append(column)
            if column in own:
                values.append(own[column])
            elif column == "id":
                values.append(self.number(table))
            elif column == "county_id":
                values.append("c.county")
            elif field.is_relation:
                value, join = self._reference(field.related_model._meta.db_table, column)
                values.append(value)
                joins += join
            elif isinstance(field, models.DateTimeField):
                values.append(f"s.{column} + c.shift * interval '1 day'")
            elif isinstance(field, models.DateField):
                values.append(f"s.{column} + c.shift")
            else:
                values.append(f"s.{column}")
        return columns, values, joins

    def _reference(self, target: str, column: str) -> tuple[str, str]:
        """What a clone's foreign key points at."""
        alias = f"of_{column}"
        if target == "accounts_office":
            return (
                f"CASE WHEN c.unit IS NOT NULL AND s.{column} = ANY (c.own_units) THEN c.unit ELSE {alias}.new END",
                f" LEFT JOIN bench.office AS {alias} ON {alias}.n = c.n AND {alias}.old = s.{column}",
            )
        if target == "accounts_user":
            return (
                f"CASE WHEN c.filer IS NOT NULL AND s.{column} = c.filed_by_id THEN c.filer ELSE {alias}.new END",
                f" LEFT JOIN bench.person AS {alias} ON {alias}.n = c.n AND {alias}.old = s.{column}",
            )
        if target == "jurisdictions_ruleversion":
            return "c.county", ""
        if target in ("projects_round", "projects_annualplan"):
            return (
                f"{alias}.new",
                f" LEFT JOIN bench.{target} AS {alias} ON {alias}.n = c.n AND {alias}.old = s.{column}",
            )
        return (
            self.number(target, f"{alias}.rank"),
            f" LEFT JOIN bench.{target}_rank AS {alias} ON {alias}.id = s.{column}",
        )

    def _own_values(self) -> dict[str, dict[str, str]]:
        later = "c.shift * interval '1 day'"
        passed = f"s.state = 'running' AND s.due_at + {later} <= now()"
        return {
            "projects_project": {
                "number": "'S' || c.k",
                "name": f"(SELECT name FROM bench.name WHERE i = (c.k * 104729) % {self.names})",
                "searched": f"(SELECT searched FROM bench.name WHERE i = (c.k * 104729) % {self.names})",
                "summary": f"(SELECT string_agg(line, '' ORDER BY j) FROM generate_series(1, 12) AS j"
                f" JOIN bench.line ON i = (c.k * 31 * j + j * j * 977 + c.k / 7) % {self.lines})",
                "investment": "round(s.investment * (50 + (c.k * 37) % 100) / 100, -2)",
            },
            "workflow_deadline": {
                "record_id": "(SELECT "
                + self.number("projects_reserveentry", "e.rank")
                + " FROM bench.projects_reserveentry_rank AS e WHERE e.id = s.record_id AND s.key = 'reserve_expiry')",
                "fired_at": f"CASE WHEN {passed} THEN s.due_at + {later} ELSE s.fired_at + {later} END",
                "reminded_at": "CASE WHEN s.remind_on + c.shift <= current_date"
                f" THEN coalesce(s.reminded_at, (s.remind_on)::timestamptz) + {later} ELSE s.reminded_at + {later} END",
            },
            "workflow_message": {
                "key": "s.key || ':' || c.k",
                "path": f"'/' || c.code || '/projects/' || ({self.number('projects_project', '0')}) || '/'",
                "read_at": "CASE WHEN c.k % 20 > 0 OR c.shift < -60"
                f" THEN s.created_at + {later} + interval '1 hour' END",
            },
        }

    # --- what else there is -----------------------------------------------------------------------------------

    def sequences(self) -> None:
        """The next numbers lie beyond what was filled in."""
        for model in apps.get_models():
            table = model._meta.db_table
            self.cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, model._meta.pk.column])
            sequence = self.cursor.fetchone()[0]
            if sequence:
                self.run(f"SELECT setval('{sequence}', greatest((SELECT max(id) FROM {table}), 1))")


def _columns(model: type[models.Model], *, skip: Sequence[str]) -> str:
    return ", ".join(str(field.column) for field in model._meta.concrete_fields if field.column not in skip)


def filled() -> str:
    """What the database was filled with before, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench.filled')")
        if cursor.fetchone()[0] is None:
            return ""
        cursor.execute("SELECT size FROM bench.filled")
        return str(cursor.fetchone()[0])


def fill(size: Size) -> None:
    """Tables, rules, the demonstration, and its projects multiplied."""
    for command in (["migrate", "--no-input"], ["load_rules"], ["load_calendars"]):
        call_command(*command, verbosity=0)
    if User.objects.filter(is_demo=False).exists():
        sys.exit("There are people in this database who are not the demonstration's: it is not filled.")
    if not exist():
        call_command("make_demo", verbosity=0)
    Filler(size).fill()
