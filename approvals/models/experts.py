"""Experts: the county's library, panels drawn by lot from it, what they say, and what they are paid."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from approvals.models.opinions import Conclusion
from jurisdictions.models import CountyScoped, scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import PROJECT, Filing, Step


def by_whom(**options: Any) -> Any:
    """The person who did it."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **options)


class Speciality(CountyScoped):
    """A field of knowledge that the county's experts are drawn from."""

    name = models.CharField(_("Speciality"), max_length=40)
    is_used = models.BooleanField(_("In use"), default=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["county", "name"], name="speciality_once")]

    def __str__(self) -> str:
        return self.name


class FeeRate(CountyScoped):
    """What an expert is paid for a day, in yuan, by the county's own list."""

    name = models.CharField(_("Rate"), max_length=40)
    a_day = models.DecimalField(_("Yuan a day"), max_digits=10, decimal_places=2)
    is_used = models.BooleanField(_("In use"), default=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["-a_day", "name"]
        constraints = [models.UniqueConstraint(fields=["county", "name"], name="fee_rate_once")]

    def __str__(self) -> str:
        return self.name


class Standing(models.TextChoices):
    ACTIVE = "active", _("In the library")
    SUSPENDED = "suspended", _("Suspended")
    LEFT = "left", _("Left the library")


EXPERT_MOVES: Moves = {
    "suspend": ("active", "suspended"),
    "reinstate": ("suspended left", "active"),
    "leave": ("active suspended", "left"),
}


class Expert(Machine):
    """A person of the county's library of experts. They need no account."""

    name = models.CharField(_("Name"), max_length=40)
    title = models.CharField(_("Professional title"), max_length=40, blank=True)
    employer = models.CharField(_("Employer"), max_length=120)
    employer_folded = models.CharField(max_length=120)  # as units are compared
    specialities = ArrayField(models.CharField(max_length=40), default=list)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    away_until = models.DateField(_("Not available until"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=200, blank=True)
    moves = EXPERT_MOVES
    state = state_field(Standing, Standing.ACTIVE)

    objects = scoped_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["county", "-id"], name="experts_newest")]
        constraints = [models.UniqueConstraint(fields=["county", "name", "employer_folded"], name="expert_once")]
        triggers = guarded(EXPERT_MOVES)

    def __str__(self) -> str:
        return self.name

    def trail_project(self) -> Any:
        return None

    def trail_label(self) -> str:
        return self.name


class ExpertImport(CountyScoped):
    """A list of experts read from a file, before and after it was taken into the library."""

    name = models.CharField(max_length=200)
    rows = models.JSONField(default=list)  # cells as they stand in the file, by column
    made_by = by_whom()
    made_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]


class PanelState(models.TextChoices):
    ASKED = "asked", _("Asked for")
    PREPARED = "prepared", _("Being prepared")
    SITTING = "sitting", _("Giving opinions")
    CLOSED = "closed", _("Opinions consolidated")
    CANCELLED = "cancelled", _("Cancelled")


PANEL_MOVES: Moves = {
    "take_up": ("asked", "prepared"),
    "seat": ("prepared", "sitting"),
    "consolidate": ("sitting", "closed"),
    "cancel": ("asked prepared sitting", "cancelled"),
}


class Panel(Machine):
    """Experts asked about one project, for a step of it or besides."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="panels")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="panels")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # leads it
    purpose = models.CharField(_("What they are asked for"), max_length=200)
    size = models.PositiveSmallIntegerField(_("Number of experts"), default=0)
    places = models.JSONField(default=list)  # of each speciality how many are drawn: `speciality`, `count`
    rule = models.JSONField(default=dict)  # what the county's rules ask of it (`approvals.experts.ruling`)
    kept_out = models.JSONField(default=list)  # names of further units whose people stay out: bidders, who wrote it …
    papers = models.JSONField(default=list)  # keys of the papers that the experts are shown
    due_on = models.DateField(_("Opinions by"), null=True)
    supplement = models.OneToOneField(Filing, on_delete=models.PROTECT, null=True, related_name="panel")  # the last one
    summary = models.JSONField(default=dict)  # what the lead made of the opinions
    asked_by = by_whom()
    made_at = models.DateTimeField(auto_now_add=True)
    moves = PANEL_MOVES
    state = state_field(PanelState, PanelState.ASKED)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["county", "-id"], name="panels_newest")]
        triggers = guarded(PANEL_MOVES)

    def __str__(self) -> str:
        return self.purpose

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.purpose


class DrawState(models.TextChoices):
    COMMITTED = "committed", _("Seed committed")
    DRAWN = "drawn", _("Drawn")
    VOID = "void", _("Not drawn")


DRAW_MOVES: Moves = {"reveal": ("committed", "drawn"), "set_aside": ("committed", "void")}


class Draw(Machine):
    """A lot: committed to with the list of who may be drawn, then drawn, and shown for ever."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="draws")
    number = models.PositiveSmallIntegerField()
    places = models.JSONField()
    candidates = models.JSONField()  # as `lot.Candidate` has it
    left_out = models.JSONField(default=list)  # `name`, `employer`, `why`
    taken = models.JSONField(default=list)  # folded employers that sit already, where one of a unit may
    one_a_unit = models.BooleanField(default=False)
    candidates_hash = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)  # shown only once it is drawn
    said = models.CharField(max_length=60, blank=True)  # what those present said before it was drawn
    reason = models.CharField(max_length=1000, blank=True)  # of every draw but the first
    result = models.JSONField(default=list)
    committed_at = models.DateTimeField(auto_now_add=True)
    drawn_at = models.DateTimeField(null=True)
    moves = DRAW_MOVES
    state = state_field(DrawState, DrawState.COMMITTED)

    objects = scoped_manager()

    class Meta:
        ordering = ["panel", "number"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "number"], name="draw_once"),
            models.UniqueConstraint(
                fields=["panel"], condition=models.Q(state="committed"), name="one_commitment_at_a_time"
            ),
        ]
        triggers = guarded(DRAW_MOVES)

    def trail_project(self) -> Any:
        return self.panel.project

    def trail_label(self) -> str:
        return f"{self.panel.purpose} · {self.number}"


class SeatState(models.TextChoices):
    PLACED = "placed", _("Not heard from yet")
    CLEARED = "cleared", _("Declared no conflict")
    SIGNED = "signed", _("Opinion signed")
    OUT = "out", _("Replaced")
    REDRAWN = "redrawn", _("Drawn anew")


GONE = (SeatState.OUT, SeatState.REDRAWN)


SEAT_MOVES: Moves = {
    "clear": ("placed", "cleared"),
    "sign": ("cleared", "signed"),
    "hear_again": ("signed", "cleared"),
    "conflict": ("placed", "out"),
    "replace": ("placed cleared", "out"),
    "draw_anew": ("placed cleared", "redrawn"),
}


class Seat(Machine):
    """An expert's place on a panel: by lot, or named by hand with a reason."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="seats")
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, null=True, related_name="seats")
    name = models.CharField(max_length=40)  # as it was then
    employer = models.CharField(max_length=120)
    speciality = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=1000, blank=True)  # why named by hand
    gone_because = models.CharField(max_length=1000, blank=True)
    placed_at = models.DateTimeField(auto_now_add=True)
    moves = SEAT_MOVES
    state = state_field(SeatState, SeatState.PLACED)

    objects = scoped_manager()

    class Meta:
        ordering = ["panel", "pk"]
        indexes = [models.Index(fields=["county", "-id"], name="seats_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "expert"], condition=~models.Q(state="redrawn"), name="expert_once_a_panel"
            )
        ]
        triggers = guarded(SEAT_MOVES)

    def __str__(self) -> str:
        return self.name

    def trail_project(self) -> Any:
        return None  # units read the history of their project: it must not say who looks at it

    def trail_label(self) -> str:
        return f"{self.name} · {self.panel.purpose}"


class ExpertLink(CountyScoped):
    """The way in for an expert without an account; what opens it is kept as a hash only."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = by_whom()
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    spent_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]


class ExpertOpinion(CountyScoped):
    """What an expert signed; nothing of it changes any more. After a supplement a further one is signed."""

    is_append_only = True

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="opinions")
    round = models.PositiveSmallIntegerField()
    conclusion = models.CharField(max_length=12, choices=Conclusion)
    points = models.JSONField(default=dict)  # of each thing asked: `points` (0 to 100) and `text`
    text = models.TextField()
    statement = models.TextField()  # what the signature stands under
    signed_name = models.CharField(max_length=40)
    signed_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    objects = scoped_manager()

    class Meta:
        ordering = ["seat", "round"]
        constraints = [models.UniqueConstraint(fields=["seat", "round"], name="opinion_once_a_round")]


class Attendance(CountyScoped):
    """How long an expert was at work, and what is paid for it, in yuan, at the rate of that day."""

    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="attendance")
    days = models.DecimalField(_("Days"), max_digits=4, decimal_places=1)
    rate_name = models.CharField(max_length=40)
    a_day = models.DecimalField(max_digits=10, decimal_places=2)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["county", "-id"], name="attendance_newest")]
