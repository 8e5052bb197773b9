"""The one way a record changes its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import F
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Stale, WrongState
from workflow import stages
from workflow.machines.states import Machine
from workflow.trail import audit

Record = TypeVar("Record", bound=Machine)


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
    with audit.act():
        if not is_locked:
            locked = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=record.pk)
            for column in model._meta.concrete_fields:
                record.__dict__[column.attname] = locked.__dict__[column.attname]
        if seen_version is not None and seen_version != record.version:
            raise Stale()
        given = {**(fields or {}), **facts}
        old = _move(record, name, actor, fields or {}, facts)
        record.save(update_fields=["state", "version", *(fields or {})])
        _follow(record, name, actor, given, old, articles)
    return record


def perform_all(
    records: Sequence[Record],
    name: str,
    *,
    actor: Actor,
    fields: Mapping[str, Any] | None = None,
    articles: Callable[[Record], Iterable[str]] = lambda record: (),
) -> None:
    """Make the same transition of several records, all just read FOR UPDATE, and write them in one statement."""
    if not records:
        return
    given = dict(fields or {})
    with audit.act():
        olds = [_move(record, name, actor, given, {}) for record in records]
        same = type(records[0]).objects.filter(pk__in=[record.pk for record in records])
        same.update(state=records[0].state, version=F("version") + 1, **given)
        for record, old in zip(records, olds, strict=True):
            _follow(record, name, actor, given, old, articles(record))


def require(record: Machine, name: str, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Raise `NotPermitted`, or the `Refusal` of a guard, where the person may not make a transition."""
    rules = stages.rules_of(type(record), name)
    if rules.permission and not actor.may(rules.permission):
        raise NotPermitted(_("Your role does not allow this."))
    for check in rules.guards:
        check(record, actor, facts)


def _move(
    record: Machine, name: str, actor: Actor, fields: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Check a transition and make it, short of writing; gives what the record was before."""
    method = getattr(record, name)
    if not can_proceed(method, check_conditions=True):
        raise WrongState(
            _("This is not possible now: the state is already “%(state)s”.") % {"state": record.get_state_display()}
        )
    require(record, name, actor, {**fields, **facts})
    old = {"state": record.state, **{key: getattr(record, key) for key in fields}}
    method(actor=actor, **facts)
    for key, value in fields.items():
        setattr(record, key, value)
    record.version += 1
    return old


def _follow(
    record: Machine,
    name: str,
    actor: Actor,
    given: Mapping[str, Any],
    old: Mapping[str, Any],
    articles: Iterable[str],
) -> None:
    """Write the entry of a transition that was made, and set off what follows."""
    audit.entry(
        actor=actor,
        action=f"{type(record)._meta.model_name}.{name}",
        record=record,
        project=record.trail_project(),
        label=record.trail_label(),
        old=old,
        new={"state": record.state, **given},
        articles=articles,
    )
    for handler in stages.rules_of(type(record), name).handlers:
        handler(record, actor, given)
