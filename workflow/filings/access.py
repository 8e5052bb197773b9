"""Who may do what with a filing: people of its unit write, and nobody decides what they wrote in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, WrongState
from workflow.filings.kinds import kind_of
from workflow.models import EDITABLE, Filing, FilingState

FILING = ("submit", "resubmit", "withdraw")


def require_filer(filing: Filing, actor: Actor, facts: Mapping[str, Any] | None = None) -> None:
    """Raise `NotPermitted` unless the person files it: only then it is written in, handed in and withdrawn."""
    if not kind_of(filing).may_file(actor, filing):
        raise NotPermitted(_("Only people who file for %(unit)s may change this.") % {"unit": filing.unit.name})


def require_editable(filing: Filing) -> None:
    """Raise why nothing of it may be changed now: its state, or what its kind says."""
    refused = kind_of(filing).refused_editing(filing)
    if refused is not None:
        raise refused
    if filing.state not in EDITABLE:
        raise WrongState(_("This is “%(state)s”: it cannot be changed now.") % {"state": filing.get_state_display()})


def open_sections(filing: Filing) -> list[str] | None:
    """Sections that may be written in now: None for all, those named in a return, or none at all."""
    if filing.state == FilingState.DRAFT:
        return None
    return list(filing.unlocked) if filing.state == FilingState.RETURNED else []


def editors_with(filing: Filing, actor: Actor) -> list[int]:
    """Who wrote in it or handed it in, now also the actor: none of them decides it."""
    return list(dict.fromkeys([*filing.editors, *actor.people]))


def writers(*, of: str) -> Func:
    """Everybody who wrote in anything handed in for a project, to be read with it; `of` names its key in the query.

    By hand: Django takes longer to put it together than PostgreSQL to answer it.
    """
    template = "ARRAY(SELECT unnest(row.editors) FROM workflow_filing AS row WHERE row.project_id = %(expressions)s)"
    return Func(F(of), template=template, output_field=ArrayField(BigIntegerField()))


def has_written(actor: Actor, project: Any) -> bool:
    """Whether the person wrote in anything handed in for a project; no query where `writers` were read with it."""
    if actor.user is None:
        return False
    known = getattr(project, "writers", None)
    if known is None:
        lists = Filing.objects.filter(project=project).values_list("editors", flat=True)
        known = project.writers = [person for people in lists for person in people]
    return not set(actor.people).isdisjoint(known)
