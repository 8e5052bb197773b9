"""What must never be true in production."""

from collections.abc import Sequence

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Tags as CheckTags
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

DEMO_PEOPLE_SENTENCE = (
    "Production refuses to start while the demonstration people exist: anyone can sign in as them. "
    "Use an empty database, or delete every user with is_demo set."
)


def demo_people_exist(database: str = "default") -> bool:
    """Whether any user made by `make_demo` is in the database; False where there is no user table yet."""
    user = apps.get_model(settings.AUTH_USER_MODEL)
    if not any(field.name == "is_demo" for field in user._meta.get_fields()):
        return False
    connection = connections[database]
    try:
        if user._meta.db_table not in connection.introspection.table_names():
            return False
        return bool(user._default_manager.using(database).filter(is_demo=True).exists())
    except DatabaseError:
        return False


def refuse_demo_people() -> None:
    """Raise ImproperlyConfigured in production when demo people exist; every serving process asks once."""
    if settings.PRODUCTION and demo_people_exist():
        raise ImproperlyConfigured(DEMO_PEOPLE_SENTENCE)


@register(CheckTags.database)
def check_demo_people(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **_: object
) -> list[CheckMessage]:
    """The same as `refuse_demo_people`, for `manage.py check --database default` and `migrate`."""
    if not settings.PRODUCTION or not databases:
        return []
    if any(demo_people_exist(database) for database in databases):
        return [Error(DEMO_PEOPLE_SENTENCE, id="xunzhang.E001")]
    return []
