"""An office read with the row that names it, as one value.

Not a join: a page's own record names several offices, and each joined table costs Django its columns and PostgreSQL an
order of joins to weigh. Not a query of Django's either: it takes longer to put together than PostgreSQL to answer it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, Func, JSONField

from accounts.models import Office

COLUMNS = [column.attname for column in Office._meta.concrete_fields]


def office_row(key: str) -> Func:
    """The office that a key of the query names (`owner_unit_id`), for `office_of`; null for one of another county."""
    return Func(
        F(key),
        template="(SELECT to_jsonb(office) FROM accounts_office AS office WHERE office.id = %(expressions)s)",
        output_field=JSONField(),
    )


def office_of(row: Mapping[str, Any]) -> Office:
    """The office of an `office_row`."""
    return Office.from_db(DEFAULT_DB_ALIAS, COLUMNS, [row[column] for column in COLUMNS])
