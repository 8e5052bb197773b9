"""Days by which a party must act, their pauses and changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.calendars.zone import day_of
from jurisdictions.models import CountyScoped, county_field, scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models.nearest import kept_by_clocks
from workflow.models.steps import PROJECT, Step, WorkItem


class DeadlineState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    LAPSED = "lapsed", _("Lapsed")
    CANCELLED = "cancelled", _("Cancelled")


class ClockKind(models.TextChoices):
    """What a clock asks: to act within a time, not before one has passed, on a day, or between two days."""

    WITHIN = "within", _("within")
    NOT_BEFORE = "not_before", _("not before")
    EXACTLY = "exactly", _("on the day")
    WINDOW = "window", _("between two days")
    FIXED_DAY = "fixed_day", _("fixed day")


class Deadlines(models.QuerySet["Deadline"]):
    """Deadlines."""

    def unended(self) -> Deadlines:
        """Those that run or are stopped."""
        return self.filter(state__in=(DeadlineState.RUNNING, DeadlineState.PAUSED))

    def due(self, now: dt.datetime) -> Deadlines:
        """Those whose day has passed and that were not acted on yet."""
        return self.filter(state=DeadlineState.RUNNING, fired_at=None, due_at__lte=now)

    def to_remind(self, now: dt.datetime) -> Deadlines:
        """Those whose reminder has come, before their day has passed."""
        running = self.filter(state=DeadlineState.RUNNING, reminded_at=None)
        return running.filter(remind_on__lte=day_of(now), due_at__gt=now)


DEADLINE_MOVES: Moves = {
    "pause": ("running", "paused"),
    "resume": ("paused", "running"),
    "meet": ("running paused", "met"),
    "lapse": ("running", "lapsed"),
    "cancel": ("running paused", "cancelled"),
    "revive": ("met", "running"),  # what ended it was taken back
    "revive_stopped": ("met", "paused"),
}


class Deadline(Machine):
    """A day by which a party must act, with the article that says so. The truth for every timer."""

    timer_columns = ("county_id", "state", "due_at", "remind_on", "reminded_at", "fired_at")

    county = county_field(db_index=False)  # as of the project: the indexes below begin with it
    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="deadlines", db_index=False)
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="deadlines")
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, null=True, related_name="deadlines")
    key = models.CharField(max_length=40)  # what it is about: a step key, `reserve_expiry`, `call_closing` …
    record_id = models.BigIntegerField(null=True)  # the row a timer acts on, for keys with a handler
    party = models.CharField(max_length=24)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    started_on = models.DateField()
    amount = models.PositiveSmallIntegerField(null=True)  # null: a fixed day
    unit = models.CharField(max_length=12, blank=True)
    kind = models.CharField(max_length=10, choices=ClockKind, default=ClockKind.WITHIN)
    opens_amount = models.PositiveSmallIntegerField(null=True)  # from when a window is open
    opens_unit = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=48, blank=True)
    articles = ArrayField(models.CharField(max_length=16), default=list, blank=True)  # empty: by arrangement
    opens_on = models.DateField(null=True)  # the first day to act on, of `not_before` and `window`
    due_on = models.DateField()  # the last day; of `not_before`, which has none, the first
    due_at = models.DateTimeField()  # the end of `due_on` in Asia/Shanghai; of `not_before` its beginning
    provisional = models.BooleanField(default=False)
    remind_on = models.DateField(null=True)
    reminded_at = models.DateTimeField(null=True)
    fired_at = models.DateTimeField(null=True)  # the sweeper acted on its passing: exactly once
    on_overdue = models.CharField(max_length=16, default="mark")
    in_principle = models.BooleanField(default=False)  # the rule lets who states a reason act before it opens
    pauses_allowed = models.JSONField(default=list)
    extension = models.JSONField(null=True)  # who may grant one and by which article, as the rule says; null: nobody
    extra_days = models.PositiveSmallIntegerField(default=0)  # working days granted beyond the rule's length
    warn_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)  # days before the end
    moves = DEADLINE_MOVES
    state = state_field(DeadlineState, DeadlineState.RUNNING)
    ended_at = models.DateTimeField(null=True)

    objects = scoped_manager(models.Manager.from_queryset(Deadlines))

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
        triggers = guarded(DEADLINE_MOVES) + kept_by_clocks()

    def __str__(self) -> str:
        return self.key

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.key


class RecordedDate(CountyScoped):
    """The day of an event outside the program from which deadlines count, as the signing of a contract."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="recorded_dates")
    event = models.CharField(max_length=48)  # `contract_signed`, `completed`, or a date the rules name
    on = models.DateField()
    recorded_at = models.DateTimeField(auto_now=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "event"], name="date_once_a_project")]

    def __str__(self) -> str:
        return self.event


class DeadlinePauses(models.QuerySet["DeadlinePause"]):
    """Pauses."""

    def standing(self) -> DeadlinePauses:
        """Those that count: not taken back as mistaken."""
        return self.filter(undone_at=None)


class DeadlinePause(CountyScoped):
    """A stretch of days that does not count. First and last day included; open while `until_day` is empty."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="pauses")
    key = models.CharField(max_length=40)
    reason = models.TextField()
    articles = ArrayField(models.CharField(max_length=16), default=list)
    from_day = models.DateField()
    until_day = models.DateField(null=True)
    due_to = models.CharField(max_length=24, blank=True)  # the party whose time it is, as the rule says
    beyond = models.TextField(blank=True)  # why it may last longer than the rule asks in principle
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True, null=True)
    undone_at = models.DateTimeField(null=True)  # it was a mistake: kept, and not counted
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_reason = models.TextField(blank=True)

    objects = scoped_manager(models.Manager.from_queryset(DeadlinePauses))

    class Meta:
        ordering = ["from_day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["deadline"], condition=models.Q(until_day=None, undone_at=None), name="one_open_pause"
            )
        ]
        indexes = [models.Index(fields=["county", "id"], condition=models.Q(until_day=None), name="open_pauses")]


class ExtensionState(models.TextChoices):
    REQUESTED = "requested", _("Asked for")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


EXTENSION_MOVES: Moves = {
    "grant": ("requested", "granted"),
    "refuse": ("requested", "refused"),
    "withdraw": ("requested", "withdrawn"),
}


class DeadlineExtension(Machine):
    """A party asks for more time by a day and with a reason; who may grant it by the rules decides."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="extensions")
    reason = models.TextField()
    wanted_on = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    unit = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # the party that asks
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # who decides
    articles = ArrayField(models.CharField(max_length=16), default=list)
    old_due_on = models.DateField()  # the day that ran when it was asked for
    granted_on = models.DateField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    moves = EXTENSION_MOVES
    state = state_field(ExtensionState, ExtensionState.REQUESTED)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["deadline"], condition=models.Q(state="requested"), name="one_asked_for")
        ]
        triggers = guarded(EXTENSION_MOVES)

    def trail_project(self) -> Any:
        return self.deadline.project

    def trail_label(self) -> str:
        return self.deadline.key


class DeadlineChange(CountyScoped):
    """A due day as it was before it was computed anew, and why."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="changes")
    old_due_on = models.DateField()
    old_provisional = models.BooleanField()
    new_due_on = models.DateField()
    new_provisional = models.BooleanField()
    old_opens_on = models.DateField(null=True)
    new_opens_on = models.DateField(null=True)
    reason = models.CharField(max_length=200)
    changed_at = models.DateTimeField(auto_now_add=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]


class Occasion(models.TextChoices):
    """When a forecast was kept: the route was laid, or the start notice set the clocks off."""

    ROUTE = "route", _("When the route was laid")
    START = "start", _("At the start notice")


class KeptForecast(CountyScoped):
    """What was foreseen of a project's route on a day: each coming step with its last day, as it was counted then."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="forecasts")
    occasion = models.CharField(max_length=8, choices=Occasion)
    made_on = models.DateField()
    lines = models.JSONField(default=list)  # key, ends_on, untimed

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "occasion"], name="forecast_once")]
