"""State fields that only the transition runner can move, in Python and in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.db import models
from django_fsm import FSMField, FSMModelMixin

from jurisdictions.models import CountyScoped


class Machine(FSMModelMixin, CountyScoped):
    """A record with states, whose `version` counts its transitions and gives away stale pages and bare UPDATEs."""

    version = models.PositiveIntegerField(default=0, editable=False)

    if TYPE_CHECKING:
        state: Any  # the column of each machine
        objects: Any

        def get_state_display(self) -> str: ...

    class Meta:
        abstract = True

    def trail_project(self) -> Any:
        """The project its audit entries belong to; None where it belongs to none."""
        raise NotImplementedError

    def trail_label(self) -> str:
        """How its audit entries call it: a name or key that a reader knows it by."""
        raise NotImplementedError


def state_field(states: type[models.TextChoices], default: str, **kwargs: Any) -> FSMField:
    """A protected state column."""
    return FSMField(choices=states.choices, default=default, protected=True, max_length=24, editable=False, **kwargs)


def guarded(*edges: tuple[str, str], field: str = "state") -> list[pgtrigger.Trigger]:
    """The database's own guard: only these edges, and never without the runner's next `version`."""
    allowed = " OR ".join(f"(OLD.{field} = '{source}' AND NEW.{field} = '{target}')" for source, target in edges)
    return [
        pgtrigger.Trigger(
            name=f"{field}_moves_by_runner",
            operation=pgtrigger.Update,
            when=pgtrigger.Before,
            condition=pgtrigger.Condition(f"OLD.{field} IS DISTINCT FROM NEW.{field}"),
            func=(
                f"IF NEW.version <> OLD.version + 1 OR NOT ({allowed}) THEN "
                f"RAISE EXCEPTION 'state % -> % of % is moved by the transition runner only', "
                f"OLD.{field}, NEW.{field}, TG_TABLE_NAME; END IF; RETURN NEW;"
            ),
        )
    ]
