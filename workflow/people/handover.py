"""Open work of an office, given to others in one act: when it closes, merges, splits, or gives a duty up.

What an office may hold each stage registers (`workflow.stages.OpenWork`). Rows that belong together are a *share*:
those of one duty of the office, or of one project of a unit. Past records stay where they are, with the name of their
day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts import services
from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import Incomplete, Refusal, WrongState
from workflow import stages
from workflow.models import Step
from workflow.stages import OpenWork
from workflow.trail import audit

DUTY, PROJECT, PEOPLE, LINKED = "duty", "project", "people", "linked"


@dataclass
class Share:
    """What goes to one receiver together: rows by the kind of work they are."""

    key: str
    title: str
    parts: list[tuple[OpenWork, list[Any]]] = field(default_factory=list)

    @property
    def lines(self) -> list[tuple[str, int, list[str]]]:
        """Kind of work, how many, and the first of their names."""
        return [(str(work.label), len(rows), [work.name(row) for row in rows[:20]]) for work, rows in self.parts]

    @property
    def count(self) -> int:
        return sum(len(rows) for _work, rows in self.parts)


def shares_of(office: Office) -> list[Share]:
    """Everything open with an office, share by share; its duties are there even where nothing is open under them."""
    found: dict[str, Share] = {}
    for key in office.authorities:
        _share(found, (DUTY, key))
    for work in stages.open_work():
        parts: dict[str, list[Any]] = {}
        for row in work.rows(office):
            share = _share(found, work.share(row), row)
            parts.setdefault(share.key, []).append(row)
        for key, rows in parts.items():
            found[key].parts.append((work, rows))
    return list(found.values())


def _share(found: dict[str, Share], of: tuple[str, Any], row: Any = None) -> Share:
    kind, key = of
    name = f"{kind}-{key}" if key else kind
    if name not in found:
        found[name] = Share(name, _title(kind, str(key), row))
    return found[name]


def _title(kind: str, key: str, row: Any) -> str:
    from workflow.desk.words import word

    if kind == PEOPLE:
        return _("People and their roles")
    if kind == LINKED:
        return _("Units linked to it")
    if kind == PROJECT:
        project = _project_of(row)
        return _("“%(project)s” and what belongs to it") % {"project": project.name} if project else _("Forms")
    return _("Duty: %(duty)s") % {"duty": word(key)}


def seen(shares: list[Share]) -> str:
    """A mark of what a page listed: what changed since is told before anything moves."""
    listed = sorted(f"{work.model._meta.label}:{row.pk}" for one in shares for work, rows in one.parts for row in rows)
    return hashlib.sha256(" ".join(listed).encode()).hexdigest()[:16]


def nothing_open(*, office: Office, **kwargs: Any) -> None:
    """Refuse to close an office that has open work."""
    if open_ones := [one for one in shares_of(office) if one.count]:
        listed = _(", ").join(f"{label} {count}" for one in open_ones for label, count, _names in one.lines)
        raise Refusal(
            _("This office still has open work: %(work)s. Please hand it over first.") % {"work": listed},
            field="is_active",
        )


def hand_over(
    *, actor: Actor, office: Office, receivers: Mapping[str, Office | None], mark: str, closes: bool = False
) -> int:
    """Give an office's shares to their receivers, and close it where asked: all or nothing. Returns the rows moved.

    `receivers` is by `Share.key`; a share not named stays, which an office that closes cannot leave behind; for people
    None ends their roles. `mark` is what the page had listed (`seen`). Each project's history and the office's own
    entry say who got what.
    """
    services.check_manager(actor)
    with audit.act():
        office = _locked(office, [one for one in receivers.values() if one is not None])
        _lock_projects(shares_of(office))
        shares = shares_of(office)  # as it stands once nobody else acts on these projects
        if seen(shares) != mark:
            raise WrongState(_("The open work has changed since this page was made. Please look at it again."))
        check(office, shares, receivers, closes=closes)
        moved = 0
        # Who goes along keeps what they claimed; roles that end do so once their office has nothing left to do.
        people_go = receivers.get(PEOPLE) is not None
        for share in sorted(shares, key=lambda one: (one.key == PEOPLE) != people_go):
            if share.key not in receivers:
                continue
            moved += share.count
            if (receiver := receivers[share.key]) is None:
                for _work, memberships in share.parts:
                    for membership in memberships:
                        services.end_membership(actor=actor, membership=membership)
                continue
            _move_duty(actor, office, receiver, share)
            for work, rows in share.parts:
                _move(actor, work, rows, office, receiver)
        audit.entry(
            actor=actor,
            action="office.hand_over",
            record=office,
            label=office.name,
            new={one.title: to.name for one in shares if (to := receivers.get(one.key)) is not None},
        )
        if closes:
            office.refresh_from_db()
            services.save_office(actor=actor, office=office, is_active=False)
    return moved


def _locked(office: Office, receivers: list[Office]) -> Office:
    wanted = {office.pk, *(one.pk for one in receivers)}
    rows = {row.pk: row for row in Office.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")}
    return rows[office.pk]


def check(office: Office, shares: list[Share], receivers: Mapping[str, Office | None], *, closes: bool) -> None:
    """Raise `Incomplete` where a share has no receiver or one that is not in use."""
    problems = []
    for share in shares:
        receiver, is_chosen = receivers.get(share.key), share.key in receivers
        if receiver is None and ((is_chosen and share.key != PEOPLE) or (closes and not is_chosen)):
            text = _("“%(share)s”: please choose who gets it.") % {"share": share.title}
            problems.append(Refusal(text, field=share.key))
        elif receiver is not None and (receiver.pk == office.pk or not receiver.is_active):
            problems.append(Refusal(_("The office is no longer in use."), field=share.key))
    if problems:
        raise Incomplete(_("Not everything has a receiver. Nothing was moved."), items=problems)


def _lock_projects(shares: list[Share]) -> None:
    """Whoever acts on one of the projects meanwhile waits, or is waited for."""
    ids = {project.pk for one in shares for _w, rows in one.parts for row in rows if (project := _project_of(row))}
    projects: Any = Step._meta.get_field("project").related_model
    list(projects.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values("pk"))


def _project_of(row: Any) -> Any:
    return row.trail_project() if hasattr(row, "trail_project") else getattr(row, "project", None)


def _move_duty(actor: Actor, office: Office, receiver: Office, share: Share) -> None:
    kind, _dash, key = share.key.partition("-")
    if kind == DUTY and key in office.authorities:
        receiver.refresh_from_db()
        services.save_office(actor=actor, office=receiver, authorities=sorted({*receiver.authorities, key}))
        left = [one for one in office.authorities if one != key]
        services.save_office(actor=actor, office=office, authorities=left)


def _move(actor: Actor, work: OpenWork, rows: list[Any], office: Office, receiver: Office) -> None:
    if work.move is not None:
        work.move(actor, rows, office, receiver)
    else:
        work.model._default_manager.filter(pk__in=[row.pk for row in rows]).update(**{work.field: receiver})
    projects = {project.pk: project for row in rows if (project := _project_of(row)) is not None}
    for project in projects.values():
        audit.entry(
            actor=actor,
            action="project.hand_over",
            record=project,
            project=project,
            label=str(work.label),
            old={"holder": office.name},
            new={"holder": receiver.name},
        )
