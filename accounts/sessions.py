"""Sessions in the database, found by a lookup: one is read with every request."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from jurisdictions.lookups import lookup


@lookup
def _unended(key: str, now: dt.datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


class SessionStore(DatabaseStore):
    """Django's own, read faster."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The same table."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = _unended.first(self.session_key or "", timezone.now())
        if found is None:
            self._session_key = None
        return found
