"""What it means to carry out a kind of step. Each app has its own kinds; the rules name them by `key`.

Nothing asks for the key of a step's kind: whoever must know how a step is carried out asks its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflow import stages
from workflow.models import HANDED_IN, Duty, Filing, Step, WorkItem

if TYPE_CHECKING:
    from accounts.actors import Actor
    from accounts.models import Office
    from workflow.stages import Text

INITIATION, APPROVAL, IMPLEMENTATION = "initiation", "approval", "implementation"


@dataclass(frozen=True)
class Outcome:
    """How a step may end: the word for it once it has, its tone, and what it asks for and leads to."""

    key: str
    word: Text
    tone: str = "neutral"
    choice: Text = ""  # as it is offered; without one the word
    needs_reason: bool = False  # it goes against the filer
    negative: bool = False  # the step ends as refused; a gate ends the project

    @property
    def offered(self) -> tuple[str, Text]:
        """As a form offers it."""
        return self.key, self.choice or self.word


@dataclass(frozen=True)
class Together:
    """How marked items of one duty are decided at once: outcomes in words, and who carries it out.

    `function(actor=, step=, outcome=, reason=, seen_version=)` raises a `Refusal` where an item does not pass its
    checks; nothing of that item is written then. It gives the step as it ended; None where the step goes on.
    """

    outcomes: Mapping[str, Text]
    function: Callable[..., Any]
    reason_for: frozenset[str] = frozenset()  # outcomes that go against the filer and need a reason


class StepKind:
    """A kind of step in the phases in which it is carried out. A route stops where no kind is registered.

    A kind says what is the same for all its steps as attributes, and overrides a method where it depends on the step.
    """

    key = ""
    outcomes: tuple[Outcome, ...] = ()
    asks: Duty = Duty.DECIDE  # of the office that has the step
    handed_in = ""  # the filing whose handing-in ends the step: then no office carries it out, and it has no page
    may_take_back = False  # who decided or recorded it may take that back while nobody has acted on it
    may_return = False  # the filing may be returned for correction from here
    together: Mapping[str, Together] = {}  # duty to how many are decided at once

    def __init__(self, *phases: str) -> None:
        self.phases = phases

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Where it is carried out: (phase, key)."""
        return tuple((phase, self.key) for phase in self.phases)

    def for_owner(self) -> StepKind:
        """The kind that a step of this one is, where the unit itself has it."""
        return self

    def duty(self, step: Step) -> Duty:
        """What the office of a step is asked to do."""
        return self.asks

    def holder(self, step: Step) -> tuple[Office | None, Duty]:
        """Before whom an open step lies, and to do what: before the unit first where it has to hand something in."""
        if awaits_filing(step):
            return step.project.owner_unit, Duty.PREPARE
        return step.office, self.duty(step)

    def permission(self, step: Step) -> str:
        """The permission that carries a step out: a unit records its own, an office decides or records its own."""
        if step.authority == "owner":
            return "owner.record"
        return "step.record" if self.duty(step) == Duty.RECORD else "step.decide"

    def needs_papers(self, step: Step) -> bool:
        """Whether the step only counts with the papers that the rules name."""
        return step.authority == "owner"

    def opened(self, step: Step, actor: Actor) -> None:
        """What opening asks for besides the one work item."""

    def closed_again(self, step: Step, actor: Actor) -> None:
        """What opening had asked for is taken away: what opened the step was taken back, nobody has acted on it."""

    def before_completion(self, step: Step, facts: Mapping[str, Any]) -> None:
        """Raise a `Refusal` where something the step must state is missing. `facts` are written with its end."""

    def offered(self, step: Step) -> tuple[Outcome, ...]:
        """The outcomes that who carries the step out chooses from.

        What the unit hands in again until it is passed (no gate) is never refused, only returned.
        """
        handed_in = step.rule.get("hands_in") and not step.gate
        return tuple(one for one in self.outcomes if not (handed_in and one.negative))

    def outcome(self, key: str) -> Outcome | None:
        """An outcome by its key; None where a step of this kind does not end so."""
        return next((one for one in self.outcomes if one.key == key), None)


def awaits_filing(step: Step) -> bool:
    """Whether the unit has to hand something in before the step can be decided, and has not.

    No query where the step was read with the others of its project (`locked_steps`).
    """
    if not step.rule.get("hands_in"):
        return False
    known: bool | None = getattr(step, "is_filed", None)
    return not (Filing.objects.filter(step=step, state__in=HANDED_IN).exists() if known is None else known)


# A step that no stage carries out yet is shown as one that will be decided.
NOT_YET = StepKind()


def kind_of(step: Step) -> StepKind:
    """The kind of a step; where no stage carries it out in its phase, as it is carried out elsewhere."""
    known = stages.step_kinds()
    kind = known.get((step.phase, step.kind)) or next(
        (one for (_phase, key), one in known.items() if key == step.kind), NOT_YET
    )
    return kind.for_owner() if step.authority == "owner" else kind


def is_carried_out(step: Step) -> bool:
    """Whether an office carries the step out once its turn has come: a stage does so in its phase."""
    kind = stages.step_kinds().get((step.phase, step.kind))
    return kind is not None and not kind.handed_in


def keys_of(kind: type[StepKind]) -> list[str]:
    """The keys by which rows hold a kind, its specialisations included."""
    return sorted({key for (_phase, key), one in stages.step_kinds().items() if isinstance(one, kind)})


def together_for(item: WorkItem) -> Together | None:
    """How an item is decided together with others; None when it must be opened by itself, as to write a reply."""
    if item.step is None or item.step.rule.get("hands_in"):
        return None
    return kind_of(item.step).together.get(item.duty)
