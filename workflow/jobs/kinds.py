"""What kinds of job there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from accounts.actors import Actor
from workflow import stages

if TYPE_CHECKING:
    from workflow.jobs.running import Result, Run


@dataclass(frozen=True)
class JobKind:
    """A kind of job: what it is called, what does it, and which permission it asks for (none: every member).

    `function(run)` works in steps (`run.step()`), each a transaction of its own in the county's scope, and returns a
    `Result`. It may run again from its beginning, or from what it put into `run.memory`.
    """

    key: str
    label: str | Promise
    function: Callable[[Run], Result]
    permission: str = ""

    def is_open_to(self, actor: Actor) -> bool:
        """Whether a person's role may start it."""
        return not self.permission or actor.may(self.permission)


class UnknownJobKind(LookupError):
    """No kind of job has this key."""


def kind_of(key: str) -> JobKind:
    """The kind of a job. Raises `UnknownJobKind`."""
    try:
        return stages.jobs()[key]
    except KeyError:
        raise UnknownJobKind(key) from None


def label_of(key: str) -> str:
    """What a kind is called; its key where it is not known any more."""
    return str(stages.jobs()[key].label) if key in stages.jobs() else key
