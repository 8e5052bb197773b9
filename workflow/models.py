"""What every stage shares: steps, work items, deadlines, papers, notices and the audit trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.models import Office
from jurisdictions.models import CountyScoped, scoped_manager
from jurisdictions.rules.vocabulary import STEPS
from workflow.states import Machine, guarded, state_field

PROJECT = "projects.Project"  # by name: the anchor of every record lies in the app above


class StepState(models.TextChoices):
    COMING = "coming", _("Coming")
    OPEN = "open", _("In progress")
    WAITING = "waiting", _("Waiting for correction")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    SKIPPED = "skipped", _("Not required")
    CANCELLED = "cancelled", _("Cancelled")


STEP_EDGES = [
    ("coming", "open"), ("open", "waiting"), ("waiting", "open"), ("open", "done"), ("open", "refused"),
    ("coming", "skipped"), ("open", "skipped"), ("waiting", "skipped"), ("skipped", "coming"),
    ("coming", "cancelled"), ("open", "cancelled"), ("waiting", "cancelled"),
]  # fmt: skip


class Step(Machine):
    """One step of a project's route, as the rules gave it, with what became of it."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    phase = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    gate = models.BooleanField(default=True)
    result = models.CharField(max_length=16, blank=True)
    rule = models.JSONField(default=dict)  # the route step as evaluated: deadlines, documents, asks, sets, text, row
    articles = ArrayField(models.CharField(max_length=16), default=list)
    authority = models.CharField(max_length=24)
    participants = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    state = state_field(StepState, StepState.COMING)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, blank=True)
    reason = models.TextField(blank=True)
    record = models.JSONField(default=dict)  # what the kind of step records: number, date, rank, conditions …
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    # All steps of the project, where they were read and locked together (`workflow.steps.locked_steps`).
    together: list[Step] | None = None

    objects = scoped_manager()

    class Meta:
        ordering = ["project", "position"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="step_once_a_project")]
        indexes = [models.Index(fields=["county", "state", "key"])]
        triggers = guarded(*STEP_EDGES)

    def __str__(self) -> str:
        return f"{self.project_id}:{self.key}"

    @property
    def name(self) -> str:
        """The step's name: the county's own where its rules give one."""
        return str(self.rule.get("name") or STEPS.get(self.key, self.key))

    @transition(field=state, source=StepState.COMING, target=StepState.OPEN)
    def open(self, **facts: Any) -> None: ...

    @transition(field=state, source=StepState.OPEN, target=StepState.WAITING)
    def send_back(self, **facts: Any) -> None: ...

    @transition(field=state, source=StepState.WAITING, target=StepState.OPEN)
    def resume(self, **facts: Any) -> None: ...

    @transition(field=state, source=StepState.OPEN, target=StepState.DONE)
    def complete(self, **facts: Any) -> None: ...

    @transition(field=state, source=StepState.OPEN, target=StepState.REFUSED)
    def refuse(self, **facts: Any) -> None: ...

    @transition(field=state, source=[StepState.COMING, StepState.OPEN, StepState.WAITING], target=StepState.SKIPPED)
    def skip(self, **facts: Any) -> None: ...

    @transition(field=state, source=StepState.SKIPPED, target=StepState.COMING)
    def require(self, **facts: Any) -> None: ...

    @transition(field=state, source=[StepState.COMING, StepState.OPEN, StepState.WAITING], target=StepState.CANCELLED)
    def cancel(self, **facts: Any) -> None: ...


class Duty(models.TextChoices):
    DECIDE = "decide", _("Decide")
    OPINION = "opinion", _("Give an opinion")
    RECORD = "record", _("Record")
    CORRECT = "correct", _("Correct and hand in again")


# Where work without a day stands in a queue: after everything that has one. A key that is never empty can be
# compared with an index, which `due_on > … OR due_on IS NULL` cannot.
NO_DAY = dt.date.max
DUE_KEY = Coalesce("due_on", models.Value(NO_DAY, output_field=models.DateField()), output_field=models.DateField())


class WorkItem(CountyScoped):
    """What waits for an office, or for one person in it. Open while `closed_at` is empty."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="work_items")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="work_items")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="work_items")
    duty = models.CharField(max_length=8, choices=Duty)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)  # of the deadline that governs it, kept in step by workflow.deadlines
    provisional = models.BooleanField(default=False)

    objects = scoped_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["step", "office", "duty"], condition=models.Q(closed_at=None), name="one_open_item"
            )
        ]
        indexes = [
            models.Index("county", "office", DUE_KEY, "id", condition=models.Q(closed_at=None), name="queue_by_day"),
            models.Index(fields=["county", "project"], condition=models.Q(closed_at=None), name="open_of_project"),
        ]


class DeadlineState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    LAPSED = "lapsed", _("Lapsed")
    CANCELLED = "cancelled", _("Cancelled")


class Deadline(Machine):
    """A day by which a party must act, with the article that says so. The truth for every timer."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="deadlines")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="deadlines")
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, null=True, related_name="deadlines")
    key = models.CharField(max_length=40)  # what it is about: a step key, `reserve_expiry`, `call_closing` …
    record_id = models.BigIntegerField(null=True)  # the row a timer acts on, for keys with a handler
    party = models.CharField(max_length=24)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    started_on = models.DateField()
    amount = models.PositiveSmallIntegerField(null=True)  # null: a fixed day
    unit = models.CharField(max_length=12, blank=True)
    exact = models.BooleanField(default=False)
    after = models.CharField(max_length=48, blank=True)
    articles = ArrayField(models.CharField(max_length=16), default=list, blank=True)  # empty: by arrangement
    due_on = models.DateField()
    due_at = models.DateTimeField()  # the end of `due_on` in Asia/Shanghai
    provisional = models.BooleanField(default=False)
    remind_on = models.DateField(null=True)
    reminded_at = models.DateTimeField(null=True)
    fired_at = models.DateTimeField(null=True)  # the sweeper acted on its passing: exactly once
    on_overdue = models.CharField(max_length=12, default="mark")
    pauses_allowed = models.JSONField(default=list)
    state = state_field(DeadlineState, DeadlineState.RUNNING)
    ended_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        # The first two tell in which counties something is due, the next two what it is there.
        indexes = [
            models.Index(
                fields=["due_at", "county"], condition=models.Q(state="running", fired_at=None), name="fires_anywhere"
            ),
            models.Index(
                fields=["remind_on", "county"],
                condition=models.Q(state="running", reminded_at=None),
                name="reminds_anywhere",
            ),
            models.Index(
                fields=["county", "due_at", "id"],
                condition=models.Q(state="running", fired_at=None),
                name="deadline_to_fire",
            ),
            models.Index(
                fields=["county", "remind_on"],
                condition=models.Q(state="running", reminded_at=None),
                name="deadline_to_remind",
            ),
            models.Index(
                fields=["county", "id"], condition=models.Q(state__in=["running", "paused"]), name="deadline_unended"
            ),
            models.Index(
                fields=["county", "key", "record_id"],
                condition=models.Q(record_id__isnull=False),
                name="deadline_of_record",
            ),
            models.Index(fields=["county", "project"], name="deadline_of_project"),
        ]
        triggers = guarded(
            ("running", "paused"), ("paused", "running"), ("running", "met"), ("paused", "met"),
            ("running", "lapsed"), ("running", "cancelled"), ("paused", "cancelled"),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.key

    @transition(field=state, source=DeadlineState.RUNNING, target=DeadlineState.PAUSED)
    def pause(self, **facts: Any) -> None: ...

    @transition(field=state, source=DeadlineState.PAUSED, target=DeadlineState.RUNNING)
    def go_on(self, **facts: Any) -> None: ...

    @transition(field=state, source=[DeadlineState.RUNNING, DeadlineState.PAUSED], target=DeadlineState.MET)
    def meet(self, **facts: Any) -> None: ...

    @transition(field=state, source=DeadlineState.RUNNING, target=DeadlineState.LAPSED)
    def lapse(self, **facts: Any) -> None: ...

    @transition(field=state, source=[DeadlineState.RUNNING, DeadlineState.PAUSED], target=DeadlineState.CANCELLED)
    def cancel(self, **facts: Any) -> None: ...


class DeadlinePause(CountyScoped):
    """A stretch of days that does not count. First and last day included; open while `until_day` is empty."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="pauses")
    key = models.CharField(max_length=40)
    reason = models.TextField()
    articles = ArrayField(models.CharField(max_length=16), default=list)
    from_day = models.DateField()
    until_day = models.DateField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["from_day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["deadline"], condition=models.Q(until_day=None), name="one_open_pause")
        ]
        indexes = [models.Index(fields=["county", "id"], condition=models.Q(until_day=None), name="open_pauses")]


class DeadlineChange(CountyScoped):
    """A due day as it was before it was computed anew, and why."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="changes")
    old_due_on = models.DateField()
    old_provisional = models.BooleanField()
    new_due_on = models.DateField()
    new_provisional = models.BooleanField()
    reason = models.CharField(max_length=200)
    changed_at = models.DateTimeField(auto_now_add=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]


class Document(CountyScoped):
    """A paper, stored by its content's hash and served only through a permission check."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="documents")  # null: minutes
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="documents")
    purpose = models.CharField(max_length=60)  # a document key of the rules
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["county", "project", "purpose"])]


# What an entry's hash covers, as canonical JSON; `row` is NEW in the trigger and the table in `verify_audit`.
AUDIT_HASHED = (
    "jsonb_build_array({row}.county_id, {row}.sequence,"
    " to_char({row}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'),"
    " {row}.actor_id, {row}.actor_name, {row}.actor_role, {row}.office_name, {row}.action, {row}.object_type,"
    " {row}.object_id, {row}.project_id, {row}.label, {row}.old, {row}.new, {row}.articles, {row}.rule_version,"
    " {row}.previous_hash)::text"
)
CHAIN = f"""
    INSERT INTO workflow_audithead (county_id, sequence, hash) VALUES (NEW.county_id, 0, '')
        ON CONFLICT (county_id) DO NOTHING;
    SELECT * INTO head FROM workflow_audithead WHERE county_id = NEW.county_id FOR UPDATE;
    NEW.sequence := head.sequence + 1;
    NEW.previous_hash := head.hash;
    NEW.hash := encode(sha256(convert_to({AUDIT_HASHED.format(row="NEW")}, 'UTF8')), 'hex');
    UPDATE workflow_audithead SET sequence = NEW.sequence, hash = NEW.hash WHERE county_id = NEW.county_id;
    RETURN NEW;
"""
# Depth 2: inside the trigger of an entry, not by a statement of its own.
HEAD_MOVES = """
    IF pg_trigger_depth() < 2
        OR TG_OP = 'INSERT' AND (NEW.sequence <> 0 OR NEW.hash <> '')
        OR TG_OP = 'UPDATE' AND (NEW.county_id <> OLD.county_id OR NEW.sequence <> OLD.sequence + 1)
    THEN RAISE EXCEPTION 'the end of the audit trail is moved by its entries alone, one by one';
    END IF;
    RETURN NEW;
"""


class AuditEntry(CountyScoped):
    """One write, as it was.

    The database sets its sequence and hashes, and refuses to change or delete it.
    """

    sequence = models.BigIntegerField(editable=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=80)
    actor_role = models.CharField(max_length=20)
    office_name = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=300)
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)
    articles = ArrayField(models.CharField(max_length=16), default=list)
    rule_version = models.CharField(max_length=60, blank=True)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    objects = scoped_manager()

    class Meta:
        ordering = ["county", "-sequence"]
        constraints = [models.UniqueConstraint(fields=["county", "sequence"], name="audit_sequence_once")]
        indexes = [
            models.Index(fields=["county", "project", "-sequence"], name="audit_of_project"),
            models.Index(fields=["county", "actor_name", "-sequence"], name="audit_of_person"),
            models.Index(fields=["county", "action", "-sequence"], name="audit_of_action"),
            models.Index(fields=["county", "-at", "-sequence"], name="audit_by_time"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate", level=pgtrigger.Statement, operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'the audit trail is append-only';",
            ),
            pgtrigger.Trigger(
                name="chained", operation=pgtrigger.Insert, when=pgtrigger.Before,
                declare=[("head", "workflow_audithead%ROWTYPE")],
                func=CHAIN,
            ),
        ]  # fmt: skip


class AuditHead(CountyScoped):
    """The end of a county's chain, moved by the database as entries are written; refuses to be moved otherwise."""

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    objects = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county"], name="one_head_a_county")]
        triggers = [
            pgtrigger.Trigger(
                name="moved_by_entries", operation=pgtrigger.Insert | pgtrigger.Update, when=pgtrigger.Before,
                func=HEAD_MOVES,
            ),
            pgtrigger.Trigger(
                name="kept", level=pgtrigger.Statement, operation=pgtrigger.Delete | pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'the end of the audit trail is not removed';",
            ),
        ]  # fmt: skip


class Notice(CountyScoped):
    """Something a person is told in the program. `key` makes it once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)  # what the sentence needs; the sentence is made in the reader's language
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["county", "user", "-id"], name="notices_of_user"),
            models.Index(fields=["county", "user", "-id"], condition=models.Q(read_at=None), name="unread_of_user"),
        ]


class Outbox(CountyScoped):
    """An e-mail to be sent after commit, once. Claimed by the worker, tried again with growing pauses."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)  # at_once | digest
    key = models.CharField(max_length=120)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    send_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="mail_once")]
        indexes = [
            models.Index(
                fields=["send_after", "county"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="sends_anywhere",
            ),
            models.Index(
                fields=["county", "send_after", "id"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="outbox_to_send",
            ),
            models.Index(fields=["county", "user", "-id"], condition=models.Q(kind="digest"), name="digests_of_user"),
        ]


class SavedView(CountyScoped):
    """A person's named set of filters."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)

    objects = scoped_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "county", "page", "name"], name="view_name_once")]
