"""Tenancy: whatever the code forgets, PostgreSQL shows and takes rows of the county in force only."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django_scopes import get_scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from accounts.models import Membership, Office
from jurisdictions.models import County, CountyScoped
from jurisdictions.scope import APP_ROLE, TIMER_ROLE, ForeignCounty, current_county, enter, only_person
from jurisdictions.security import tenant_models, tenant_tables
from projects.models import Project
from tests.people import Cast, Town
from tests.world import World, make_world
from workflow.models import AuditEntry

TIMER_COLUMNS = {model._meta.db_table: model.timer_columns for model in tenant_models() if model.timer_columns}
OWN_ROWS = {model._meta.db_table for model in tenant_models() if model.is_read_by_its_person}
APPEND_ONLY = {model._meta.db_table for model in tenant_models() if model.is_append_only}
MODELS = sorted(
    (
        model
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, CountyScoped) and model._meta.managed
    ),
    key=lambda model: model._meta.label,
)
EACH_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


@pytest.fixture
def worlds(cast: Cast) -> tuple[World, World]:
    """A record of every kind in both counties."""
    return make_world(cast.alpha), make_world(cast.beta)


def rows(sql: str, *parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def run(sql: str, *parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def counties_in(model: type[models.Model]) -> set[int]:
    """The counties of all rows PostgreSQL shows: raw SQL, no filter of the program."""
    return {county for (county,) in rows(f"SELECT DISTINCT county_id FROM {model._meta.db_table}")}


class TestTables:
    @EACH_MODEL
    def test_table_is_secured(self, db: None, model: type[models.Model]) -> None:
        ((enabled, forced),) = rows(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
            model._meta.db_table,
        )
        policies = rows(
            "SELECT policyname, cmd, qual, with_check FROM pg_policies WHERE tablename = %s",
            model._meta.db_table,
        )
        named = {name: (command, qual, check) for name, command, qual, check in policies}
        assert enabled and forced
        command, qual, check = named.pop("of_county")
        assert command == "ALL" and "app.county" in qual and qual == check
        own = {"own_rows"} if model._meta.db_table in OWN_ROWS else set()
        timer = {"of_timer"} if model._meta.db_table in TIMER_COLUMNS else set()
        assert set(named) == own | timer and all(entry[0] == "SELECT" for entry in named.values())

    def test_every_table_with_a_county_of_its_own_is_a_tenant_table(self, db: None) -> None:
        found = {
            table
            for (table,) in rows(
                "SELECT table_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND column_name = 'county_id'"
            )
        }
        shared = {"jurisdictions_ruleversion", "jurisdictions_calendaryear", "jurisdictions_calendarday"}
        assert found - set(tenant_tables()) <= shared

    def test_roles_of_the_program_pass_no_policy_by(self, db: None) -> None:
        for role in (APP_ROLE, TIMER_ROLE):
            ((is_super, bypasses, signs_in),) = rows(
                "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = %s", role
            )
            assert (is_super, bypasses, signs_in) == (False, False, False)
            owned = rows("SELECT tablename FROM pg_tables WHERE tableowner = %s", role)
            assert owned == []


class TestReading:
    def test_every_tenant_table_has_a_row_of_both_counties(self, worlds: tuple[World, World]) -> None:
        """A new tenant model needs a row in tests/world.py: without one the tests below prove nothing of it."""
        for world in worlds:
            with enter(world.town.county):
                assert [model._meta.label for model in MODELS if not counties_in(model)] == []

    def test_without_any_filter_nothing_of_another_county_is_seen(self, worlds: tuple[World, World]) -> None:
        for world in worlds:
            own = world.town.county.pk
            with enter(world.town.county):
                for model in MODELS:
                    assert counties_in(model) == {own}, model
                    unfiltered = model._base_manager.values_list("county_id", flat=True)
                    with scopes_disabled():
                        assert set(unfiltered) == {own}, model

    def test_without_a_county_the_role_sees_nothing(self, worlds: tuple[World, World]) -> None:
        run(f"SET LOCAL ROLE {APP_ROLE}")
        for model in MODELS:
            assert counties_in(model) == set(), model

    def test_without_a_county_the_program_asks_nothing(self, db: None) -> None:
        for model in MODELS:
            with pytest.raises(ScopeError):
                model._default_manager.count()

    def test_person_reads_their_own_memberships_and_nothing_else_elsewhere(self, cast: Cast) -> None:
        user = cast.both.user
        with only_person(user.pk):
            assert {m.user_id for m in Membership.everywhere.all()} == {user.pk}
            assert rows("SELECT * FROM accounts_office") == []
        with enter(cast.alpha.county, user_id=user.pk):
            foreign = Membership.everywhere.exclude(county=cast.alpha.county)
            assert {m.user_id for m in foreign} == {user.pk}
            assert counties_in(Office) == {cast.alpha.county.pk}

    def test_timer_sees_where_something_is_due_and_nothing_of_what(self, worlds) -> None:
        run(f"SET LOCAL ROLE {TIMER_ROLE}")
        for table, columns in TIMER_COLUMNS.items():
            assert len(rows(f"SELECT {', '.join(columns)} FROM {table}")) >= 2
        refused = [
            ("SELECT party FROM workflow_deadline",),
            ("SELECT subject FROM workflow_outbox",),
            ("SELECT title FROM workflow_job",),
        ]
        refused += [
            (f"SELECT 1 FROM {model._meta.db_table}",) for model in MODELS if model._meta.db_table not in TIMER_COLUMNS
        ]
        for (sql,) in refused:
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                run(sql)


class TestHolesOfTheObjectLayer:
    """What django-scopes lets through is pinned here: PostgreSQL answers nothing."""

    def test_exists_without_a_scope_answers_nothing(self, worlds: tuple[World, World]) -> None:
        run(f"SET LOCAL ROLE {APP_ROLE}")
        assert Project._base_manager.exists() is False

    def test_foreign_keys_lead_to_no_other_county(self, worlds: tuple[World, World]) -> None:
        alpha, beta = worlds
        with enter(alpha.town.county):
            stray = Project(county=alpha.town.county, applicant_id=beta.office.pk)
            with pytest.raises(Office.DoesNotExist):
                _ = stray.applicant

    def test_refresh_and_base_manager_find_no_other_county(self, worlds: tuple[World, World]) -> None:
        alpha, beta = worlds
        with enter(alpha.town.county):
            with pytest.raises(Project.DoesNotExist):
                Project._base_manager.get(pk=beta.project.pk)
            assert Project._base_manager.filter(pk=beta.project.pk).exists() is False


class TestWriting:
    def test_save_refuses_another_county_and_none(self, cast: Cast) -> None:
        office = Office(county=cast.beta.county, code="x", name="x")
        with enter(cast.alpha.county), pytest.raises(ForeignCounty):
            office.save()
        with pytest.raises(ForeignCounty):
            office.save()

    def test_bulk_create_of_another_county_is_refused_by_the_database(self, cast: Cast) -> None:
        office = Office(county=cast.beta.county, code="x", name="x")
        refused = pytest.raises(DatabaseError, match="row-level security")
        with enter(cast.alpha.county), refused, transaction.atomic():
            Office.objects.bulk_create([office])

    def test_rows_cannot_be_given_to_another_county(self, cast: Cast) -> None:
        refused = pytest.raises(DatabaseError, match="row-level security")
        with enter(cast.alpha.county), refused, transaction.atomic():
            run("UPDATE accounts_office SET county_id = %s", cast.beta.county.pk)

    def test_insert_for_another_county_is_refused(self, cast: Cast) -> None:
        sql = (
            "INSERT INTO accounts_office (county_id, code, name, authorities, owner_kind, is_active, former_names)"
            " VALUES (%s, 'x', 'x', '{}', 'agency', true, '[]')"
        )
        with enter(cast.alpha.county):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                run(sql, cast.beta.county.pk)
            assert run(sql, cast.alpha.county.pk) == 1

    @EACH_MODEL
    def test_rows_of_another_county_are_neither_changed_nor_deleted(self, cast: Cast, model) -> None:
        make_world(cast.alpha)
        table, beta = model._meta.db_table, cast.beta.county
        with enter(cast.beta.county):
            if table in APPEND_ONLY:
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    run(f"DELETE FROM {table}")
                return
            assert run(f"UPDATE {table} SET county_id = %s WHERE county_id <> %s", beta.pk, beta.pk) == 0
            assert run(f"DELETE FROM {table} WHERE county_id <> %s", beta.pk) == 0

    def test_own_memberships_elsewhere_are_read_only(self, cast: Cast) -> None:
        user = cast.both.user
        with enter(cast.alpha.county, user_id=user.pk):
            assert run("DELETE FROM accounts_membership WHERE id = %s", cast.both_in_beta.membership.pk) == 0
            sql = "UPDATE accounts_membership SET role = 'county_admin' WHERE id = %s"
            assert run(sql, cast.both_in_beta.membership.pk) == 0

    def test_audit_trail_is_not_changed_by_the_program(self, worlds: tuple[World, World]) -> None:
        with enter(worlds[0].town.county):
            for sql in ("UPDATE workflow_auditentry SET label = ''", "TRUNCATE workflow_auditentry"):
                with pytest.raises(DatabaseError), transaction.atomic():
                    run(sql)
            assert AuditEntry.objects.exists()


def in_force() -> tuple[str, str]:
    ((role, county),) = rows("SELECT current_setting('role'), coalesce(current_setting('app.county', true), '')")
    return role, county


class TestScope:
    def test_nested_scopes_restore_the_outer_one(self, cast: Cast) -> None:
        alpha, beta = cast.alpha.county, cast.beta.county
        with enter(alpha):
            with enter(beta):
                assert current_county() == beta and counties_in(Office) == {beta.pk}
            assert current_county() == alpha and counties_in(Office) == {alpha.pk}
        assert current_county() is None and in_force() == ("none", "")

    def test_exceptions_leave_no_scope_behind(self, cast: Cast) -> None:
        with pytest.raises(RuntimeError), enter(cast.alpha.county):
            raise RuntimeError
        assert get_scope().get("county") is None and in_force() == ("none", "")
        with pytest.raises(DatabaseError), enter(cast.alpha.county):
            run("SELECT 1 / 0")
        assert get_scope().get("county") is None and in_force() == ("none", "")

    def test_error_inside_a_nested_scope_restores_the_outer_one(self, cast: Cast) -> None:
        alpha, beta = cast.alpha.county, cast.beta.county
        with enter(alpha):
            with pytest.raises(DatabaseError), enter(beta):
                run("SELECT 1 / 0")
            assert current_county() == alpha and counties_in(Office) == {alpha.pk}


@pytest.fixture
def bare_county(transactional_db: None) -> Any:
    """A county committed for real, so that transactions end as they do in production."""
    county = County.objects.create(code="bare", prefix="BA", name="bare")
    yield county


class TestConnections:
    """Settings of one request never reach the next on the same connection."""

    def test_nothing_remains_after_commit_and_after_rollback(self, bare_county: County) -> None:
        with enter(bare_county):
            assert in_force() == (APP_ROLE, str(bare_county.pk))
        assert in_force() == ("none", "")
        with pytest.raises(RuntimeError), enter(bare_county):
            raise RuntimeError
        assert in_force() == ("none", "")

    def test_kept_connection_serves_the_next_county_clean(self, bare_county: County) -> None:
        other = County.objects.create(code="bare2", prefix="BB", name="bare2")
        process = rows("SELECT pg_backend_pid()")
        for county in (bare_county, other):
            with enter(county):
                Office.objects.create(code="x", name=county.name)
        with enter(bare_county):
            assert rows("SELECT name FROM accounts_office") == [("bare",)]
        assert rows("SELECT pg_backend_pid()") == process
        with transaction.atomic():
            run(f"SET LOCAL ROLE {APP_ROLE}")
            assert rows("SELECT name FROM accounts_office") == []


def test_town_is_what_tests_rely_on(alpha: Town) -> None:
    assert {"filer", "second_filer", "other_filer", "reviewer", "head", "admin", "auditor"} <= set(alpha.people)
