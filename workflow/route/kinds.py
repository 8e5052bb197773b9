"""What it means to carry out a kind of step. Each app has its own kinds; the rules name them by `key`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise

from accounts.actors import Actor
from workflow import stages
from workflow.models import Step, WorkItem

INITIATION, APPROVAL = "initiation", "approval"


@dataclass(frozen=True)
class Together:
    """How marked items of one duty are decided at once: outcomes in words, and who carries it out.

    `function(actor=, step=, outcome=, reason=, seen_version=)` raises a `Refusal` where an item does not pass its
    checks; nothing of that item is written then.
    """

    outcomes: Mapping[str, str | Promise]
    function: Callable[..., None]
    reason_for: frozenset[str] = frozenset()  # outcomes that go against the filer and need a reason


@dataclass(frozen=True)
class StepKind:
    """A kind of step in the phases in which it is carried out. A route stops where no kind is registered."""

    key: str
    phases: tuple[str, ...]
    opened: Callable[[Step, Actor], None] | None = None  # what opening asks for besides the one work item
    together: Mapping[str, Together] = field(default_factory=dict)  # duty to how many are decided at once

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Where it stands: (phase, key)."""
        return tuple((phase, self.key) for phase in self.phases)


def kind_of(step: Step) -> StepKind | None:
    """The kind of a step; None while no stage carries it out."""
    return stages.step_kinds().get((step.phase, step.kind))


def together_for(item: WorkItem) -> Together | None:
    """How an item is decided together with others; None when it must be opened by itself."""
    kind = kind_of(item.step) if item.step is not None else None
    return kind.together.get(item.duty) if kind is not None else None
