"""What was typed into a filing is saved: field by field, and nothing a colleague wrote is overwritten unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import Stale
from jurisdictions.lookups import lookup
from jurisdictions.models import County
from jurisdictions.scope import current_county
from workflow.filings.access import editors_with, open_sections, require_editable, require_filer
from workflow.filings.content import Content, changed_names, check_size, flat, merged, units
from workflow.filings.kinds import kind_of
from workflow.models import Filing, FilingState
from workflow.trail import audit

F = TypeVar("F", bound=Filing)


def locked(filing: F) -> F:
    """The filing read anew and locked, its project before it: whoever acts on one project waits for the other there."""
    projects: Any = Filing._meta.get_field("project").related_model
    project = None
    if filing.project_id is not None:
        project = projects.objects.for_work().select_for_update(no_key=True, of=("self",)).get(pk=filing.project_id)
    kind = kind_of(filing)
    found: Any = kind.model.objects.select_for_update(no_key=True, of=("self",)).get(pk=filing.pk)
    found.project = project
    if project is not None and project.applicant_id == found.unit_id:
        found.unit = project.applicant
    return kind.read(found)


def locked_to_save(pk: int, actor: Actor) -> Filing | None:
    """A filing with its project, read and locked for a save by one statement, the project first; None: there is none.

    Of what hangs on them only the actor's own office and the county are at hand without a query.
    """
    county, office = current_county(), actor.office
    found: Any = _locked_with_project.first(pk)
    if found is None:
        found = Filing.objects.filter(pk=pk).first()
        return found and locked(kind_of(found).model.objects.get(pk=pk))
    # The kinds' models are proxies: the same row, with what the kind makes of it.
    found.__class__ = kind_of(found).model
    for record in (found, found.project):
        for field in record._meta.concrete_fields:
            known = {County: county, Office: office}.get(field.related_model)
            if known is not None and getattr(record, field.attname) == known.pk:
                setattr(record, field.name, known)
    return kind_of(found).read(found)


@lookup
def _locked_with_project(pk: int) -> QuerySet[Filing]:
    rows = Filing.objects.select_related("project").select_for_update(no_key=True, of=("project", "self"))
    return rows.filter(project__isnull=False, pk=pk)


class Conflict(Stale):
    """Somebody changed the same `units` since the page was opened; nothing was saved."""

    def __init__(self, units: Sequence[str]) -> None:
        super().__init__(
            _(
                "Somebody changed the same fields since you opened this. Nothing was overwritten: please choose which"
                " holds."
            )
        )
        self.units = units


def save(
    *,
    actor: Actor,
    filing: F,
    content: Mapping[str, Any],
    seen_content_version: int | None = None,
    seen: Mapping[str, Any] | None = None,
    seen_versions: Mapping[str, int] | None = None,
    is_locked: bool = False,
) -> F:
    """Save what was typed, exactly as typed, field by field: what is not named stays, None takes a field away.

    `seen_content_version` is the version the page showed (`seen_versions`: of single places), `seen` the texts it
    showed for what was typed: with them only what somebody else changed as well is refused. `is_locked`: it was just
    read by `locked_to_save`. Raises `Conflict`; `Stale` where a section that was changed is locked (nothing is lost:
    the page keeps what was typed), `TooLong`, `NotPermitted`, `WrongState`.
    """
    with audit.act():
        filing = filing if is_locked else locked(filing)
        require_filer(filing, actor)
        require_editable(filing)
        is_as_seen = seen_content_version in (None, filing.content_version)
        wanted = _wanted_content(filing, content)
        check_size(wanted)
        changed = changed_names(filing.content, wanted)
        # What is saved already, perhaps a moment ago by the form itself, is no conflict with another window.
        if changed:
            versions = dict.fromkeys(units(wanted), seen_content_version) | dict(seen_versions or {})
            _refuse_conflicts(filing, wanted, seen, versions)
            write(filing, actor, wanted)
            kind_of(filing).saved(filing, actor, changed)
            if filing.state == FilingState.RETURNED:
                _open_what_follows(filing, actor)
            note(actor, filing, "save", {"fields": changed[:200], "content_version": filing.content_version})
        if is_as_seen or (seen is None and seen_content_version is not None):
            seen_content_version = filing.content_version
        filing.seen_version = seen_content_version
    return filing


def _open_what_follows(filing: Filing, actor: Actor) -> None:
    """Open the sections that lack something since a correction: a larger amount may ask for papers."""
    sheet = kind_of(filing).checked(filing)
    needed = [section.key for section in sheet.sections if section.locked and section.problems]
    if needed:
        filing.unlocked = sorted({*filing.unlocked, *needed})
        filing.save(update_fields=["unlocked"])
        note(actor, filing, "widen", {"unlocked": filing.unlocked})


def _refuse_conflicts(
    filing: Filing, wanted: Content, seen: Mapping[str, Any] | None, versions: Mapping[str, int | None]
) -> None:
    mine, saved, shown = units(wanted), units(filing.content), units(seen or {})

    def is_fought(name: str) -> bool:
        if versions.get(name) in (None, filing.content_version) or _is_same(mine.get(name), saved.get(name)):
            return False
        return seen is None or not _is_same(shown.get(name), saved.get(name))

    if fought := [name for name in sorted(mine.keys() | saved.keys()) if is_fought(name)]:
        raise Conflict(fought)


def _is_same(one: Any, other: Any) -> bool:
    """Whether texts are the same but for how a browser ends its lines and the database orders names."""
    plain = [{name: text.replace("\r\n", "\n") for name, text in flat(side) if text} for side in (one, other)]
    return plain[0] == plain[1]


def write(filing: Filing, actor: Actor, content: Content) -> None:
    """Put new content in the place of the old, as the next version."""
    filing.content = content
    filing.content_version += 1
    filing.saved_at = timezone.now()
    filing.editors = editors_with(filing, actor)
    filing.save(update_fields=["content", "content_version", "saved_at", "editors"])


def _wanted_content(filing: Filing, content: Mapping[str, Any]) -> Content:
    """What is saved with what was typed in its place. Raises `Stale` for a change in a section not returned."""
    unlocked = open_sections(filing)
    known = kind_of(filing).sections()
    typed = {key: dict(part) for key, part in content.items() if key in known}
    for key in [] if unlocked is None else sorted(typed.keys() - set(unlocked)):
        part, kept = typed.pop(key), filing.content.get(key, {})
        if changed := changed_names(kept, merged({key: kept}, {key: part})[key]):
            raise Stale(
                _(
                    "Only the sections that were returned can be changed now, and this is not one of them. What you"
                    " typed is still here: copy what you need, then reload the page."
                ),
                field=f"{key}-{changed[0]}",
            )
    return merged(filing.content, typed)


def note(actor: Actor, filing: Filing, action: str, new: Mapping[str, Any]) -> None:
    """Enter in the trail what was done with a filing."""
    audit.entry(
        actor=actor,
        action=f"{filing._meta.model_name}.{action}",
        record=filing,
        project=filing.project,
        label=filing.trail_label(),
        new=new,
    )
