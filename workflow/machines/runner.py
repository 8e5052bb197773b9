"""The one way a record changes its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Stale, WrongState
from workflow.machines.states import Machine
from workflow.trail import audit

Record = TypeVar("Record", bound=Machine)
Guard = Callable[[Any, Actor, Mapping[str, Any]], None]
Handler = Callable[[Any, Actor, Mapping[str, Any]], None]


@dataclass
class Rules:
    """What a transition asks before and sets off after. Apps above add to it, never the other way round."""

    permission: str = ""
    guards: list[Guard] = field(default_factory=list)
    handlers: list[Handler] = field(default_factory=list)


_REGISTRY: dict[tuple[type[Machine], str], Rules] = {}


def rules_of(model: type[Machine], name: str) -> Rules:
    """The rules of one transition, made on first use."""
    return _REGISTRY.setdefault((model, name), Rules())


def permit(model: type[Machine], names: Iterable[str], permission: str) -> None:
    """Let only roles with `permission` (or the timer) make these transitions."""
    for name in names:
        rules_of(model, name).permission = permission


def guard(model: type[Machine], name: str) -> Callable[[Guard], Guard]:
    """Register a check that raises a `Refusal`; it sees the locked record."""

    def register(function: Guard) -> Guard:
        rules_of(model, name).guards.append(function)
        return function

    return register


def after(model: type[Machine], name: str) -> Callable[[Handler], Handler]:
    """Register what a transition sets off, in the same transaction."""

    def register(function: Handler) -> Handler:
        rules_of(model, name).handlers.append(function)
        return function

    return register


def perform(
    record: Record,
    name: str,
    *,
    actor: Actor,
    seen_version: int | None = None,
    fields: Mapping[str, Any] | None = None,
    articles: Iterable[str] = (),
    is_locked: bool = False,
    **facts: Any,
) -> Record:
    """Make a transition: lock, check state, permission and guards, run, save, audit, set off what follows.

    `seen_version` is the version the person's page showed; `fields` are columns written with the state; guards,
    handlers and the audit entry see them together with `facts`. The caller's `record` is brought up to date, unless it
    `is_locked`: was just read FOR UPDATE in this transaction. Raises `Stale`, `WrongState`, `NotPermitted` or the
    `Refusal` of a guard; then nothing is written.
    """
    model = type(record)
    rules = rules_of(model, name)
    with transaction.atomic():
        if not is_locked:
            locked = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=record.pk)
            for column in model._meta.concrete_fields:
                record.__dict__[column.attname] = locked.__dict__[column.attname]
        if seen_version is not None and seen_version != record.version:
            raise Stale(_("This page is out of date: somebody has acted on it since. Please reload and look again."))
        method = getattr(record, name)
        if not can_proceed(method, check_conditions=True):
            raise WrongState(
                _("This is not possible now: the state is already “%(state)s”.") % {"state": record.get_state_display()}
            )
        if rules.permission and not actor.may(rules.permission):
            raise NotPermitted(_("Your role does not allow this."))
        given = {**(fields or {}), **facts}
        for check in rules.guards:
            check(record, actor, given)
        old = {"state": record.state, **{key: getattr(record, key) for key in fields or {}}}
        method(actor=actor, **facts)
        for key, value in (fields or {}).items():
            setattr(record, key, value)
        record.version += 1
        record.save(update_fields=["state", "version", *(fields or {})])
        audit.entry(
            actor=actor,
            action=f"{model._meta.model_name}.{name}",
            record=record,
            project=record.trail_project(),
            label=record.trail_label(),
            old=old,
            new={"state": record.state, **(fields or {}), **facts},
            articles=articles,
        )
        for handler in rules.handlers:
            handler(record, actor, given)
    return record
