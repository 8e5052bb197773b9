"""The one way a record changes its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import transaction
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
    rules = stages.rules_of(model, name)
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
