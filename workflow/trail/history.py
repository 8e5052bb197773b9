"""The audit trail as a person reads it: sentences, what changed, by which articles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.roles import Role
from jurisdictions.folding import has_all
from jurisdictions.scope import current_county
from workflow import stages
from workflow.clocks import clock
from workflow.desk.words import word
from workflow.models import AuditEntry
from workflow.notices.notify import shown_value


def actions() -> list[tuple[str, str]]:
    """All known actions with their words, to choose from."""
    return sorted(
        ((key, str(said.text) % {"label": "…"}) for key, said in stages.sentences().items()), key=lambda one: one[1]
    )


@dataclass(frozen=True)
class Line:
    """An entry as `<c-timeline>` shows it."""

    sequence: int
    at: dt.datetime
    what: str
    who: str
    office: str
    role: str
    note: str
    tone: str
    articles: list[str]
    project_id: int | None
    hash: str
    url: str = ""


def line_of(entry: AuditEntry) -> Line:
    """An entry in sentences, in the language in force."""
    return Line(
        sequence=entry.sequence,
        at=entry.at,
        what=sentence(entry),
        who=_("System timer") if entry.actor_role == "system" else entry.actor_name,
        office=entry.office_name,
        role=str(dict(Role.choices).get(entry.actor_role, "")),
        note="\n".join(changes(entry.old, entry.new)),
        tone=known.tone if (known := stages.sentences().get(entry.action)) else "neutral",
        articles=entry.articles,
        project_id=entry.project_id,
        hash=entry.hash,
    )


def sentence(entry: AuditEntry) -> str:
    """What was done."""
    label = entry.label.rpartition(":")[2] if entry.object_type == "workflow.step" else entry.label
    if entry.object_type == "workflow.deadline":
        label = str(entry.new.get("key") or label)
    known = stages.sentences().get(entry.action)
    if known is None:
        model, _dot, verb = entry.action.partition(".")
        return _("%(object)s: %(verb)s") % {"object": word(model), "verb": word(verb)} + (
            f"（{entry.label}）" if entry.label else ""
        )
    return str(known.text) % {"label": word(label)}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What was written and what changed, field by field, for a reader."""
    lines = []
    for field, label in stages.shown_fields().items():
        if field not in new or new[field] in ("", None, [], {}) or (field == "provisional" and not new[field]):
            continue
        after = shown_value(field, new[field])
        before = shown_value(field, old[field]) if old.get(field) not in (None, "", new[field]) else ""
        lines.append(f"{label}：{before} → {after}" if before else f"{label}：{after}")
    return lines


# As many projects are looked for by themselves; a word that more of them carry is met on the way back through time.
FEW_PROJECTS = 200

# The names in a county's trail, by leaping through the index from each name to the next: the names
# are few, the entries many.
NAMES = """
    WITH RECURSIVE names AS (
        (SELECT actor_name FROM workflow_auditentry WHERE county_id = %(county)s ORDER BY actor_name LIMIT 1)
        UNION ALL
        SELECT next.actor_name FROM names, LATERAL (
            SELECT actor_name FROM workflow_auditentry
             WHERE county_id = %(county)s AND actor_name > names.actor_name ORDER BY actor_name LIMIT 1) AS next
    )
    SELECT actor_name FROM names
"""


def names_with(text: str) -> list[str]:
    """The names of people in the county's trail, as they were then, that hold the words of a text. One query."""
    county = current_county()
    assert county is not None
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"county": county.pk})
        return [name for (name,) in cursor.fetchall() if has_all(text, [name])]


@dataclass(frozen=True)
class AuditFilter:
    """What an auditor looks for. Days are inclusive, in Asia/Shanghai."""

    person: str = ""
    action: str = ""
    project: str = ""
    first: dt.date | None = None
    last: dt.date | None = None

    def apply(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Keep what is looked for. One query for a person's names, one for the projects, where they are asked for."""
        if self.person:
            entries = entries.filter(actor_name__in=names_with(self.person))
        if self.action:
            entries = entries.filter(action=self.action)
        if self.project:
            entries = self._of_projects(entries)
        if self.first:
            entries = entries.filter(at__gte=clock.start_of(self.first))
        if self.last:
            entries = entries.filter(at__lt=clock.end_of(self.last))
        return entries

    def _of_projects(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        projects: Any = AuditEntry._meta.get_field("project").related_model
        wanted = projects.objects.holding(self.project)
        few = list(wanted.order_by().values_list("pk", flat=True)[: FEW_PROJECTS + 1])
        if len(few) <= FEW_PROJECTS:
            return entries.filter(project_id__in=few)
        # Asked entry by entry, the newest first: a join would read all entries of all those projects.
        is_wanted = wanted.filter(pk=OuterRef("project_id")).order_by().annotate(found=Value(True)).values("found")
        return entries.annotate(
            is_wanted=Coalesce(Subquery(is_wanted), Value(False), output_field=BooleanField())
        ).filter(is_wanted=True)


def searched(found: AuditFilter) -> list[str]:
    """What the texts that are looked for were compared with."""
    said = []
    if found.person:
        said.append(_("Searched for the person: the name in the entry, as it was then. Every word must be found."))
    if found.project:
        projects: Any = AuditEntry._meta.get_field("project").related_model
        said.append(_("Searched for the project: %(searched)s") % {"searched": projects.objects.searched()})
    return said


def lines_of(entries: Iterable[AuditEntry]) -> list[Line]:
    """Entries in sentences."""
    return [line_of(entry) for entry in entries]
