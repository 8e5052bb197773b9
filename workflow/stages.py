"""What the stages of the house consist of, and the one place where each says so.

An app has one `stage.py` with one `STAGE`; its `AppConfig.ready()` hands it to `register`, and nothing is registered
anywhere else. Frame, project page, queue, history, sweep and the matrices of the tests are made from the registered
stages, those of the apps below first, each in the order that its `stage.py` is written in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.apps import apps
from django.db import models
from django.dispatch import Signal
from django.urls import reverse
from django.utils.functional import Promise

from accounts.roles import PERMISSIONS, Permission, grant, revoke

if TYPE_CHECKING:
    from accounts.access import CountyRequest
    from accounts.actors import Actor
    from accounts.models import Office
    from jurisdictions.models import County
    from workflow.jobs.kinds import JobKind
    from workflow.listings.listing import Listing
    from workflow.models import Deadline, Step
    from workflow.route.hindrances import Hindrance
    from workflow.route.kinds import StepKind

Text = str | Promise
Derived = TypeVar("Derived", bound=Callable[..., Any])
# A guard raises a `Refusal`; a handler does what follows. Both see the locked record, who acts, and what was given.
OnTransition = Callable[[Any, "Actor", Mapping[str, Any]], None]
Model = type[models.Model]


@dataclass(frozen=True)
class Permit:
    """Only roles with `permission` (or the timer) make these transitions of a machine."""

    model: Model
    names: tuple[str, ...]
    permission: str


@dataclass(frozen=True)
class GuardOn:
    """A check before these transitions; it raises a `Refusal`."""

    model: Model
    names: tuple[str, ...]
    function: OnTransition


@dataclass(frozen=True)
class HandlerOn:
    """What these transitions set off, in the same transaction."""

    model: Model
    names: tuple[str, ...]
    function: OnTransition


@dataclass(frozen=True)
class Timer:
    """What the sweep does with deadlines of a key, once and in its transaction.

    With `on_passing` a deadline ends by itself: lapsed where it says `expire` or `lapse`, else met. Without
    `on_reminder` its office is told.
    """

    key: str
    on_passing: Callable[[Deadline], None] | None = None
    on_reminder: Callable[[Deadline], None] | None = None


@dataclass(frozen=True)
class Nightly:
    """Work of every night, county by county. It enters the county's scope itself; what fails leaves the rest."""

    name: str
    function: Callable[[County], None]


@dataclass(frozen=True)
class Receiver:
    """Who hears a signal of an app below."""

    signal: Signal
    function: Callable[..., Any]


@dataclass(frozen=True)
class Tab:
    """A view of a project: the URL name takes `county` and `pk`. Tabs stand in the order of `position`."""

    key: str
    label: Text
    url_name: str
    position: int


@dataclass(frozen=True)
class MenuEntry:
    """An entry of the menu: the first of its addresses that the person may open."""

    key: str
    label: Text
    icon: str
    addresses: tuple[tuple[str, tuple[str, ...]], ...]  # (URL name, permissions, any of them; none: every member)
    home: tuple[str, ...]  # first parts of the path below the county
    position: int
    leads: bool = False  # a person for whom no work ever waits begins here


@dataclass(frozen=True)
class Offer:
    """A line of a person's first page: what there is, and the button that leads to it."""

    text: str
    action: str
    url: str
    is_awaited: bool = False  # somebody waits for it


class Sentence(NamedTuple):
    """What the history says of an action; `%(label)s` is the entry's object."""

    text: Text
    tone: str = "neutral"


@dataclass(frozen=True)
class OpenWork:
    """Rows of one kind that are still open with an office, and how they go to another when it closes or gives them up.

    `share(row)` says what they go with to one receiver: `("duty", key)`, `("project", id)` or `("people", "")` …
    `move(actor, rows, office, receiver)` moves rows of one share; without it the field is set.
    """

    model: Model
    field: str
    label: Text
    rows: Callable[[Office], models.QuerySet]
    share: Callable[[Any], tuple[str, Any]]
    name: Callable[[Any], str]
    move: Callable[[Actor, list[Any], Office, Office], None] | None = None


@dataclass(frozen=True)
class ProjectPages:
    """What pages of other stages borrow from the one that owns projects.

    `find(request, pk)` gives a project the person may see, else raises `Http404`; `head(request, project, tab=)` is the
    context of the head with the tabs.
    """

    find: Callable[[CountyRequest, int], Any]
    head: Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """Everything one app registers. `key` is the label of the app."""

    key: str
    step_kinds: tuple[StepKind, ...] = ()
    filings: tuple[Any, ...] = ()
    permissions: tuple[Permission, ...] = ()  # those that `accounts.roles` does not name yet
    permits: tuple[Permit, ...] = ()
    guards: tuple[GuardOn, ...] = ()
    handlers: tuple[HandlerOn, ...] = ()
    hindrances: tuple[Callable[[Step], Iterable[Hindrance]], ...] = ()  # what stands against ending a step
    receivers: tuple[Receiver, ...] = ()
    timers: tuple[Timer, ...] = ()
    nightly: tuple[Nightly, ...] = ()
    tabs: tuple[Tab, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    offers: tuple[Callable[[Actor, County], Iterable[Offer]], ...] = ()  # on the first page of those who work
    # Words for keys that rows keep; a stage below may have named a key already, then its word stands.
    words: Mapping[str, Text] = field(default_factory=dict)
    # Tones of badges by "model.state", as "project.refused".
    tones: Mapping[str, str] = field(default_factory=dict)
    sentences: Mapping[str, Sentence] = field(default_factory=dict)  # by action of an audit entry
    shown_fields: Mapping[str, Text] = field(default_factory=dict)  # of audit entries, to readers of the history
    messages: Mapping[str, Text] = field(default_factory=dict)  # by kind; `%(project)s`, `%(day)s` … come from its data
    listings: tuple[Listing, ...] = ()
    jobs: tuple[JobKind, ...] = ()
    open_work: tuple[OpenWork, ...] = ()
    project_pages: ProjectPages | None = None
    # Addresses that other stages lead to: what is there (`project`, `step`, `rules` …) to its URL name.
    pages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TransitionRules:
    """What a transition asks before and sets off after."""

    permission: str
    guards: tuple[OnTransition, ...]
    handlers: tuple[OnTransition, ...]


class RegisteredTwice(Exception):
    """Two stages claim what can be only once."""


_STAGES: dict[str, Stage] = {}
_DERIVED: list[Any] = []


def _derived(function: Derived) -> Derived:
    """Keep what is made from the stages until one is opened or closed."""
    kept: Any = cache(function)
    _DERIVED.append(kept)
    return kept


def register(stage: Stage) -> None:
    """Open a stage. Raises `RegisteredTwice` where it claims what another one holds; then nothing of it counts."""
    if stage.key in _STAGES:
        raise RegisteredTwice(f"stage {stage.key}")
    if twice := [one.key for one in stage.permissions if one.key in PERMISSIONS]:
        raise RegisteredTwice(f"permissions: {', '.join(twice)}")
    _STAGES[stage.key] = stage
    _forget()
    for permission in stage.permissions:
        grant(permission)
    try:
        _check()
    except RegisteredTwice:
        unregister(stage.key)
        raise
    for one in stage.receivers:
        one.signal.connect(one.function, dispatch_uid=_uid(stage, one))


def unregister(key: str) -> None:
    """Close a stage again: a test that opened one leaves none behind."""
    stage = _STAGES.pop(key)
    for permission in stage.permissions:
        revoke(permission)
    for one in stage.receivers:
        one.signal.disconnect(dispatch_uid=_uid(stage, one))
    _forget()


def _uid(stage: Stage, one: Receiver) -> str:
    return f"{stage.key}.{one.function.__module__}.{one.function.__qualname__}"


@_derived
def registered() -> tuple[Stage, ...]:
    """All stages, those of the apps below first; one that is no app (of a test) last."""
    layers = [config.label for config in apps.get_app_configs()]
    return tuple(sorted(_STAGES.values(), key=lambda one: -layers.index(one.key) if one.key in layers else 1))


def _all(name: str) -> Iterator[Any]:
    for stage in registered():
        yield from getattr(stage, name)


def _merged(name: str) -> dict[str, Any]:
    """The mappings of that name in one; what a stage below says of a key stands."""
    found: dict[str, Any] = {}
    for stage in registered():
        for key, value in getattr(stage, name).items():
            found.setdefault(key, value)
    return found


def _check() -> None:
    for name in ("filings", "tabs", "menu", "listings", "jobs"):
        _once(name, [one.key for one in _all(name)])
    _once("step_kinds", [place for one in _all("step_kinds") for place in one.places])
    for name in ("sentences", "messages", "tones", "pages"):
        _once(name, [key for stage in registered() for key in getattr(stage, name)])
    _once("project_pages", [stage.project_pages is not None for stage in registered() if stage.project_pages])


def _once(name: str, keys: list[Any]) -> None:
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise RegisteredTwice(f"{name}: {', '.join(twice)}")


# --- what the rooms of the workflow ask -----------------------------------------------------------------------


@_derived
def rules_of(model: Model, name: str) -> TransitionRules:
    """Permission, guards and handlers of a transition."""
    permissions = [one.permission for one in _all("permits") if one.model is model and name in one.names]
    return TransitionRules(
        permission=permissions[-1] if permissions else "",
        guards=tuple(one.function for one in _all("guards") if one.model is model and name in one.names),
        handlers=tuple(one.function for one in _all("handlers") if one.model is model and name in one.names),
    )


@_derived
def step_kinds() -> dict[tuple[str, str], StepKind]:
    """What is carried out: (phase, kind of step) to its object."""
    return {place: kind for kind in _all("step_kinds") for place in kind.places}


@_derived
def timers(key: str) -> tuple[Timer, ...]:
    """What is done with deadlines of a key."""
    return tuple(one for one in _all("timers") if one.key == key)


def hindrances() -> tuple[Callable[[Step], Iterable[Hindrance]], ...]:
    """What finds the hindrances of a step."""
    return tuple(_all("hindrances"))


def nightly() -> tuple[Nightly, ...]:
    """The work of every night."""
    return tuple(_all("nightly"))


@_derived
def tabs() -> tuple[Tab, ...]:
    """The views of a project in their order."""
    return tuple(sorted(_all("tabs"), key=lambda one: one.position))


@_derived
def menu() -> tuple[MenuEntry, ...]:
    """The entries of the menu in their order."""
    return tuple(sorted(_all("menu"), key=lambda one: one.position))


def offers(actor: Actor, county: County) -> list[Offer]:
    """What a person's first page offers beside their queue, what somebody waits for first."""
    found = [one for make in _all("offers") for one in make(actor, county)]
    return sorted(found, key=lambda one: not one.is_awaited)


@_derived
def words() -> dict[str, Text]:
    """The words for keys that rows keep, those of the outcomes of steps among them."""
    outcomes = {one.key: one.word for kind in _all("step_kinds") for one in kind.outcomes}
    return {**outcomes, **_merged("words")}


def tone(model: str, state: str) -> str:
    """The tone of a badge for a state of a model, as `tone("project", "refused")`."""
    return _tones().get(f"{model}.{state}", "neutral")


@_derived
def _tones() -> dict[str, str]:
    return _merged("tones")


@_derived
def sentences() -> dict[str, Sentence]:
    """What the history says: action to sentence."""
    return _merged("sentences")


@_derived
def shown_fields() -> dict[str, Text]:
    """The fields of audit entries that readers are shown, in their order."""
    return _merged("shown_fields")


@_derived
def messages() -> dict[str, Text]:
    """What people are told: kind of message to sentence."""
    return _merged("messages")


@_derived
def filings() -> dict[str, Any]:
    """The kinds of filing by key."""
    return {one.key: one for one in _all("filings")}


@_derived
def listings() -> dict[str, Listing]:
    """The listings by key."""
    return {one.key: one for one in _all("listings")}


@_derived
def jobs() -> dict[str, JobKind]:
    """The kinds of job by key."""
    return {one.key: one for one in _all("jobs")}


@_derived
def open_work() -> tuple[OpenWork, ...]:
    """What an office may hold, in the order in which it is moved: what stands on others after them."""
    return tuple(_all("open_work"))


@_derived
def project_pages() -> ProjectPages:
    """The pages of the stage that owns projects."""
    return next(stage.project_pages for stage in registered() if stage.project_pages is not None)


@_derived
def _pages() -> dict[str, str]:
    return _merged("pages")


def page(key: str, county: str, **kwargs: Any) -> str:
    """The address of a page by what is there, as `page("step", county, pk=7)`; nothing where no stage has it."""
    name = _pages().get(key)
    if name is None:
        return ""
    if kwargs.keys() == {"pk"}:
        before, after = _around_pk(name, county)
        return f"{before}{kwargs['pk']:d}{after}"
    return reverse(name, kwargs={"county": county, **kwargs})


@_derived
def _around_pk(name: str, county: str) -> tuple[str, str]:
    """What stands before and after the key in the address of a record's page: found once, not for every row."""
    before, _key, after = reverse(name, kwargs={"county": county, "pk": 9_999_999_999}).rpartition("9999999999")
    return before, after


def _forget() -> None:
    """Look at the stages anew after one was opened or closed."""
    for derived in _DERIVED:
        derived.cache_clear()
