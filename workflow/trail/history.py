"""The audit trail as a person reads it: sentences, what changed, by which articles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Role
from jurisdictions.scope import current_county
from workflow.clocks import clock
from workflow.desk.words import word
from workflow.models import AuditEntry
from workflow.notices.notify import shown_value

PAGE = 50

# action → what was done; `%(label)s` is the entry's object.
_SENTENCES: dict[str, str | Promise] = {
    "step.open": gettext_lazy("%(label)s opened"),
    "step.complete": gettext_lazy("%(label)s done"),
    "step.refuse": gettext_lazy("%(label)s: refused"),
    "step.send_back": gettext_lazy("%(label)s: returned for correction"),
    "step.resume": gettext_lazy("%(label)s goes on after the correction"),
    "step.skip": gettext_lazy("%(label)s is not required any more"),
    "step.require": gettext_lazy("%(label)s is required again"),
    "step.cancel": gettext_lazy("%(label)s cancelled"),
    "deadline.start": gettext_lazy("Time limit started: %(label)s"),
    "deadline.pause": gettext_lazy("Clock stopped: %(label)s"),
    "deadline.go_on": gettext_lazy("Clock goes on: %(label)s"),  # until November 2026
    "deadline.resume": gettext_lazy("Clock goes on: %(label)s"),
    "deadline.meet": gettext_lazy("Time limit met: %(label)s"),
    "deadline.lapse": gettext_lazy("Time limit lapsed: %(label)s"),
    "deadline.cancel": gettext_lazy("Time limit cancelled: %(label)s"),
    "deadline.overdue": gettext_lazy("Overdue: %(label)s"),
    "deadline.recompute": gettext_lazy("Due day computed anew: %(label)s"),
    "document.add": gettext_lazy("Paper added: %(label)s"),
    "document.withdraw": gettext_lazy("Paper withdrawn: %(label)s"),
    "workitem.claim": gettext_lazy("%(label)s claimed"),
    "workitem.release": gettext_lazy("%(label)s released"),
    "job.start": gettext_lazy("Job started: %(label)s"),
    "job.begin": gettext_lazy("Job taken up by the worker: %(label)s"),
    "job.requeue": gettext_lazy("Job queued again, its worker broke off: %(label)s"),
    "job.finish": gettext_lazy("Job done: %(label)s"),
    "job.fail": gettext_lazy("Job failed: %(label)s"),
    "job.cancel": gettext_lazy("Job cancelled: %(label)s"),
    "calendar.publish": gettext_lazy("Holiday arrangement entered: %(label)s"),
    "calendar.day": gettext_lazy("Day of the calendar changed: %(label)s"),
    "project.submit": gettext_lazy("Project handed in"),
    "project.register_only": gettext_lazy("Registered only (classified)"),
    "project.withdraw": gettext_lazy("Project withdrawn"),
    "project.enter_reserve": gettext_lazy("Taken into the reserve"),
    "project.enter_plan": gettext_lazy("Taken into the annual plan"),
    "project.refuse": gettext_lazy("Project refused"),
    "project.expire": gettext_lazy("Validity in the reserve ended"),
    "project.route": gettext_lazy("Route laid by the rules"),
    "declaration.start": gettext_lazy("Declaration started"),
    "declaration.save": gettext_lazy("Declaration saved"),
    "declaration.submit": gettext_lazy("Declaration handed in"),
    "declaration.send_back": gettext_lazy("Declaration returned for correction"),
    "declaration.resubmit": gettext_lazy("Declaration corrected and handed in again"),
    "declaration.withdraw": gettext_lazy("Declaration withdrawn"),
    "declaration.refuse": gettext_lazy("Declaration refused"),
    "declaration.accept": gettext_lazy("Declaration accepted"),
    "declaration.conclude": gettext_lazy("Declaration accepted"),
    "opinion.give": gettext_lazy("Opinion given"),
    "opinion.ask_again": gettext_lazy("Opinion asked for again"),
    "opinion.note_missing": gettext_lazy("Opinion noted as missing"),
    "opinion.remind": gettext_lazy("Reminded of an opinion"),
    "finding.judge": gettext_lazy("Likeness judged: %(label)s"),
}
_TONES = {
    "step.refuse": "bad",
    "project.refuse": "bad",
    "declaration.refuse": "bad",
    "deadline.overdue": "bad",
    "step.send_back": "warn",
    "declaration.send_back": "warn",
    "deadline.pause": "warn",
    "deadline.lapse": "bad",
    "step.complete": "good",
    "project.enter_reserve": "good",
    "project.enter_plan": "good",
    "deadline.meet": "done",
    "job.fail": "bad",
}
# What of an entry's values a reader is shown, in this order; the rest stays in the entry.
_FIELDS: dict[str, str | Promise] = {
    "outcome": gettext_lazy("Outcome"),
    "reason": gettext_lazy("Reason"),
    "party": gettext_lazy("Party"),
    "due_on": gettext_lazy("Due"),
    "provisional": gettext_lazy("Provisional"),
    "started_on": gettext_lazy("From"),
    "from_day": gettext_lazy("Stopped from"),
    "until_day": gettext_lazy("Stopped until"),
    "due_before": gettext_lazy("Due before"),
    "claimed_by": gettext_lazy("Claimed by"),
    "investment": gettext_lazy("Total investment"),
    "added": gettext_lazy("Steps added"),
    "dropped": gettext_lazy("Steps dropped"),
    "text": gettext_lazy("Text"),
    "verdict": gettext_lazy("Verdict"),
    "note": gettext_lazy("Note"),
    "working": gettext_lazy("Working day"),
    "missing_opinions": gettext_lazy("Missing opinions"),
}


def say(action: str, sentence: str | Promise, *, tone: str = "neutral") -> None:
    """Register the sentence of an action of an app above; `%(label)s` is the entry's object."""
    _SENTENCES[action] = sentence
    _TONES[action] = tone


def show(field: str, label: str | Promise) -> None:
    """Register a field of entries that readers are shown."""
    _FIELDS[field] = label


def actions() -> list[tuple[str, str]]:
    """All known actions with their words, to choose from."""
    return sorted(
        ((key, str(sentence) % {"label": "…"}) for key, sentence in _SENTENCES.items()), key=lambda one: one[1]
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
        tone=_TONES.get(entry.action, "neutral"),
        articles=entry.articles,
        project_id=entry.project_id,
        hash=entry.hash,
    )


def sentence(entry: AuditEntry) -> str:
    """What was done."""
    label = entry.label.rpartition(":")[2] if entry.object_type == "workflow.step" else entry.label
    if entry.object_type == "workflow.deadline":
        label = str(entry.new.get("key") or label)
    known = _SENTENCES.get(entry.action)
    if known is None:
        model, _dot, verb = entry.action.partition(".")
        return _("%(object)s: %(verb)s") % {"object": word(model), "verb": word(verb)} + (
            f"（{entry.label}）" if entry.label else ""
        )
    return str(known) % {"label": word(label)}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What was written and what changed, field by field, for a reader."""
    lines = []
    for field, label in _FIELDS.items():
        if field not in new or new[field] in ("", None, [], {}) or (field == "provisional" and not new[field]):
            continue
        after = shown_value(field, new[field])
        before = shown_value(field, old[field]) if old.get(field) not in (None, "", new[field]) else ""
        lines.append(f"{label}：{before} → {after}" if before else f"{label}：{after}")
    return lines


# As many projects are looked for by themselves; a word that more of them carry is met on the way back through time.
FEW_PROJECTS = 200

# The names in a county's trail that hold a text, by leaping through the index from each name to the next: the names
# are few, the entries many, and PostgreSQL compares a text with a pattern only after row-level security.
NAMES = """
    WITH RECURSIVE names AS (
        (SELECT actor_name FROM workflow_auditentry WHERE county_id = %(county)s ORDER BY actor_name LIMIT 1)
        UNION ALL
        SELECT next.actor_name FROM names, LATERAL (
            SELECT actor_name FROM workflow_auditentry
             WHERE county_id = %(county)s AND actor_name > names.actor_name ORDER BY actor_name LIMIT 1) AS next
    )
    SELECT actor_name FROM names WHERE strpos(upper(actor_name), upper(%(text)s)) > 0
"""


def names_with(text: str) -> list[str]:
    """The names of people in the county's trail, as they were then, that hold a text. One query."""
    county = current_county()
    assert county is not None
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"county": county.pk, "text": text})
        return [row[0] for row in cursor.fetchall()]


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
        wanted = projects.objects.filter(Q(number=self.project) | Q(name__icontains=self.project))
        few = list(wanted.order_by().values_list("pk", flat=True)[: FEW_PROJECTS + 1])
        if len(few) <= FEW_PROJECTS:
            return entries.filter(project_id__in=few)
        # Asked entry by entry, the newest first: a join would read all entries of all those projects.
        is_wanted = wanted.filter(pk=OuterRef("project_id")).order_by().annotate(found=Value(True)).values("found")
        return entries.annotate(
            is_wanted=Coalesce(Subquery(is_wanted), Value(False), output_field=BooleanField())
        ).filter(is_wanted=True)

    def page(
        self, entries: QuerySet[AuditEntry], *, before: int | None = None, size: int = PAGE
    ) -> tuple[list[AuditEntry], int | None]:
        """A page of what is looked for, and the key of the next: see `page_of`.

        With days the entries come by their time, which an index finds; their sequence is the same but for moments.
        """
        found = self.apply(entries)
        if self.first is None and self.last is None:
            return page_of(found, before=before, size=size)
        if before is not None:
            moment = Subquery(AuditEntry.objects.filter(sequence=before).values("at"))
            found = found.filter(Q(at__lt=moment) | Q(sequence__lt=before), at__lte=moment)
        return _cut(list(found.order_by("-at", "-sequence")[: size + 1]), size)


def page_of(
    entries: QuerySet[AuditEntry], *, before: int | None = None, size: int = PAGE
) -> tuple[list[AuditEntry], int | None]:
    """Newest first, from below the sequence `before`; with the key of the next page, if there is one. One query."""
    if before is not None:
        entries = entries.filter(sequence__lt=before)
    return _cut(list(entries.order_by("-sequence")[: size + 1]), size)


def _cut(found: list[AuditEntry], size: int) -> tuple[list[AuditEntry], int | None]:
    return found[:size], found[size - 1].sequence if len(found) > size else None


def lines_of(entries: Iterable[AuditEntry]) -> list[Line]:
    """Entries in sentences."""
    return [line_of(entry) for entry in entries]
