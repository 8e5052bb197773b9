"""State fields that only the transition runner can move, in Python and in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from jurisdictions.models import CountyScoped

# How a machine moves: the transition's name to the states it leads from and the one it leads to.
Moves = Mapping[str, tuple[str, str]]


class Machine(FSMModelMixin, CountyScoped):
    """A record with states, whose `version` counts its transitions and gives away stale pages and bare UPDATEs.

    A machine says its `moves` and guards its table with the same (`guarded`).
    """

    moves: ClassVar[Moves] = {}
    version = models.PositiveIntegerField(default=0, editable=False)

    if TYPE_CHECKING:
        state: Any  # the column of each machine
        objects: Any

        def get_state_display(self) -> str: ...

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, (sources, target) in cls.__dict__.get("moves", {}).items():

            def move(self: Machine, **facts: Any) -> None: ...

            move.__name__ = name
            setattr(cls, name, transition(field="state", source=sources.split(), target=target)(move))

    def trail_project(self) -> Any:
        """The project its audit entries belong to; None where it belongs to none."""
        raise NotImplementedError

    def trail_label(self) -> str:
        """How its audit entries call it: a name or key that a reader knows it by."""
        raise NotImplementedError


def state_field(states: type[models.TextChoices], default: str, **kwargs: Any) -> FSMField:
    """A protected state column."""
    return FSMField(choices=states.choices, default=default, protected=True, max_length=24, editable=False, **kwargs)


def guarded(moves: Moves, *, field: str = "state") -> list[pgtrigger.Trigger]:
    """The database's own guard: only these moves, and never without the runner's next `version`."""
    edges = dict.fromkeys((source, target) for sources, target in moves.values() for source in sources.split())
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
