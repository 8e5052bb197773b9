"""Row-level security: made after every migration for every table of a county, also for tables to come."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.db import connections

from jurisdictions.models import CountyScoped
from jurisdictions.scope import APP_ROLE, TIMER_ROLE

COUNTY = "county_id = nullif(current_setting('app.county', true), '')::bigint"
OWN = "user_id = nullif(current_setting('app.user', true), '')::bigint"


def tenant_models() -> list[type[CountyScoped]]:
    """All models that carry a county, by their tables."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, CountyScoped) and model._meta.managed
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def tenant_tables() -> list[str]:
    """Their tables."""
    return [model._meta.db_table for model in tenant_models()]


def secure(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Make the two unprivileged roles, their grants and the policies. Runs after each migration."""
    connection = connections[using]
    if connection.vendor != "postgresql" or sender.label != "jurisdictions":
        return
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for role in (APP_ROLE, TIMER_ROLE):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS")
            cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [role])
            if not cursor.fetchone()[0]:
                cursor.execute(f"GRANT {role} TO CURRENT_USER")
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")
        for model in tenant_models():
            table = model._meta.db_table
            if table not in existing:
                continue
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            cursor.execute(f"DROP POLICY IF EXISTS of_county ON {table}")
            cursor.execute(f"CREATE POLICY of_county ON {table} USING ({COUNTY}) WITH CHECK ({COUNTY})")
            cursor.execute(f"DROP POLICY IF EXISTS own_rows ON {table}")
            if model.is_read_by_its_person:
                cursor.execute(f"CREATE POLICY own_rows ON {table} FOR SELECT TO {APP_ROLE} USING ({OWN})")
            if model.is_append_only:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}")
                if model.moved_columns:
                    cursor.execute(f"GRANT UPDATE ({', '.join(model.moved_columns)}) ON {table} TO {APP_ROLE}")
            if model.timer_columns:
                cursor.execute(f"GRANT SELECT ({', '.join(model.timer_columns)}) ON {table} TO {TIMER_ROLE}")
                cursor.execute(f"DROP POLICY IF EXISTS of_timer ON {table}")
                cursor.execute(f"CREATE POLICY of_timer ON {table} FOR SELECT TO {TIMER_ROLE} USING (true)")
