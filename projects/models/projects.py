"""Project, annual call and declaration; what looks alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Office
from jurisdictions.facts import FactColumns
from jurisdictions.models import CountyScoped, RuleVersion, scoped_manager
from jurisdictions.rules.route import OUR_WARNINGS
from projects.grams import GRAMS_KEPT, NAMES, searched_text
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import Filing


class RoundState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Purpose(models.TextChoices):
    DECLARATIONS = "declarations", _("Declarations")
    OM_APPLICATIONS = "om_applications", _("Applications for operation money")
    SYSTEM_LISTS = "system_lists", _("Yearly lists of systems")


class Rounds(models.QuerySet["Round"]):
    """Rounds."""

    def open_on(self, day: dt.date, purpose: str = Purpose.DECLARATIONS) -> Rounds:
        """Those in which something may be handed in on a day, the one that closes first before the others."""
        found = self.filter(purpose=purpose, state=RoundState.OPEN, opens_on__lte=day, closes_on__gte=day)
        return found.order_by("closes_on", "plan_year", "pk")

    def beside(self, *, purpose: str, plan_year: int, opens_on: dt.date, closes_on: dt.date) -> Rounds:
        """Those of the same purpose and plan year that share a day with these."""
        same = self.filter(purpose=purpose, plan_year=plan_year)
        return same.filter(opens_on__lte=closes_on, closes_on__gte=opens_on)


ROUND_MOVES: Moves = {
    "open": ("draft", "open"),
    "close": ("open", "closed"),
    "reopen": ("closed", "open"),
}


class Round(Machine):
    """A window of a year for one purpose, as the call for declarations. Several a year are possible, one at a time.

    Its dates default from the rules; opening it fixes them.
    """

    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.DECLARATIONS)
    plan_year = models.PositiveSmallIntegerField(_("Plan year"))
    title = models.CharField(_("Title"), max_length=120)
    notice_text = models.TextField(_("Notice"), blank=True)
    opens_on = models.DateField(_("Opens on"))
    closes_on = models.DateField(_("Closes on"))  # inclusive: ends at 24:00 of this day
    articles = ArrayField(models.CharField(max_length=16), default=list)
    moves = ROUND_MOVES
    state = state_field(RoundState, RoundState.DRAFT)

    objects = scoped_manager(models.Manager.from_queryset(Rounds))

    class Meta:
        ordering = ["-plan_year", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["county", "purpose", "plan_year", "opens_on"], name="round_once"),
            models.CheckConstraint(condition=models.Q(closes_on__gte=models.F("opens_on")), name="call_days_in_order"),
        ]
        triggers = guarded(ROUND_MOVES)

    def __str__(self) -> str:
        return self.title

    def trail_project(self) -> Any:
        return None

    def trail_label(self) -> str:
        return self.title


class ProjectState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RUNNING = "running", _("Under way")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("At its end")
    STUB = "stub", _("Registered only (classified)")


UNENDED = (ProjectState.DRAFT, ProjectState.RUNNING, ProjectState.SUSPENDED)


class Standing(models.TextChoices):
    """Where a project stands, as lists show it: of a running one its place, of an ended one how it ended."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("Under review")
    IN_RESERVE = "in_reserve", _("In the reserve")
    PLANNED = "planned", _("In the annual plan")
    SUSPENDED = "suspended", _("Suspended")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Reserve expired")
    LAPSED = "lapsed", _("Approval lapsed")
    TERMINATED = "terminated", _("Terminated")
    COMPLETED = "completed", _("Completed")
    RETIRED = "retired", _("Retired")
    STUB = "stub", _("Registered only (classified)")


# How a project ends: what then stands in `Project.ending`.
HOW_ENDED = (
    Standing.REFUSED,
    Standing.WITHDRAWN,
    Standing.EXPIRED,
    Standing.LAPSED,
    Standing.TERMINATED,
    Standing.COMPLETED,
    Standing.RETIRED,
)


class Projects(models.QuerySet["Project"]):
    """Projects."""

    def visible_to(self, actor: Actor) -> Projects:
        """Those a person may see: a reviewer all that were handed in, a unit its own, drafts included."""
        own = Q()
        if actor.office is not None and actor.may("declaration.view_own"):
            own = Q(applicant=actor.office) | Q(owner_unit=actor.office)
        if actor.may("project.view"):
            handed_in = ~Q(state=ProjectState.DRAFT) & ~Q(ending=Standing.WITHDRAWN, routed_on=None)
            return self.filter(handed_in | own if own else handed_in)
        return self.filter(own) if own else self.none()

    def active(self) -> Projects:
        """Those that were handed in and have not ended."""
        return self.filter(state__in=(ProjectState.RUNNING, ProjectState.SUSPENDED))

    def holding(self, text: str) -> Projects:
        """Those in which each word of what was typed is found (`projects.search`)."""
        from projects.search import narrowed

        return narrowed(self, text)

    def searched(self) -> str:
        """What is said of where that was looked for."""
        from projects.search import SEARCHED

        return str(SEARCHED)

    def for_work(self) -> Projects:
        """With what a page's head and a service need."""
        return self.select_related(
            "applicant", "owner_unit", "handling_office", "rule_version", "county", "filed_by", "declaration", "reserve"
        )


PROJECT_MOVES: Moves = {
    "submit": ("draft", "running"),
    "register_only": ("draft", "stub"),
    "suspend": ("running", "suspended"),
    "resume": ("suspended", "running"),
    "withdraw": ("draft running suspended", "ended"),
    "refuse": ("running suspended", "ended"),
    "expire": ("running suspended", "ended"),
    "lapse": ("running suspended", "ended"),
    "terminate": ("running suspended", "ended"),
    "complete": ("running suspended", "ended"),
    "retire": ("running suspended", "ended"),
}


class Project(FactColumns, Machine):
    """A digital project: the anchor of everything that happens to it."""

    number = models.CharField(_("Number"), max_length=32, blank=True)  # from the day it was handed in
    name = models.CharField(_("Project name"), max_length=120)
    searched = models.TextField(default="", editable=False)  # the names in it as they are sought, a line each
    summary = models.TextField(_("Content"), blank=True)  # main tasks and content, for search and likeness
    applicant = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("Applicant unit"))
    owner_unit = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("Owner unit"))
    handling_office = models.ForeignKey(  # a classified project's: the only other thing its stub may name
        Office, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("Handling office")
    )
    on_behalf_of = models.CharField(_("Declared for"), max_length=80, blank=True)  # by a sector department (JH-7)
    part_of = models.CharField(_("Part of a larger works project"), max_length=120, blank=True)
    plan_year = models.PositiveSmallIntegerField(_("Plan year"), null=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="+")
    routed_on = models.DateField(null=True)  # the day whose version governs
    route_notices = models.JSONField(default=list)
    late_reason = models.TextField(blank=True, default="")  # why it may be handed in outside the call
    priority = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # priority reasons of the rules
    moves = PROJECT_MOVES
    state = state_field(ProjectState, ProjectState.DRAFT)
    # How it ended, once it has.
    ending = models.CharField(max_length=12, choices=[(one.value, one.label) for one in HOW_ENDED], blank=True)
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.DRAFT)  # kept for lists
    created_at = models.DateTimeField(auto_now_add=True)
    declaration: Any = models.OneToOneField("Declaration", on_delete=models.PROTECT, null=True, related_name="+")

    objects = scoped_manager(models.Manager.from_queryset(Projects))

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # Under a condition it is no key that entries could refer by: giving the number waits for none of them.
            models.UniqueConstraint(
                fields=["county", "number"], condition=~models.Q(number=""), name="project_number_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state=ProjectState.ENDED) ^ models.Q(ending=""), name="ended_says_how"
            ),
        ]
        indexes = [
            models.Index(fields=["county", "standing", "-id"], name="projects_by_standing"),
            models.Index(fields=["county", "applicant", "-id"], name="projects_of_unit"),
            models.Index(fields=["county", "-id"], name="projects_newest"),
        ]
        triggers = guarded(PROJECT_MOVES)
        triggers.append(GRAMS_KEPT)

    def __str__(self) -> str:
        return self.name

    @property
    def mark(self) -> str:
        """Its number; as long as it has none, what a draft is told apart by."""
        return self.number or gettext("draft %(mark)s") % {"mark": self.pk}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; what is sought in it follows its names."""
        self.searched = searched_text(self.name, self.on_behalf_of)
        written = kwargs.get("update_fields")
        if written is not None and not NAMES.isdisjoint(written):
            kwargs["update_fields"] = {*written, "searched"}
        super().save(*args, **kwargs)

    def is_visible_to(self, actor: Actor) -> bool:
        """Whether a person may see it (as `Projects.visible_to`, without a query)."""
        if actor.may("declaration.view_own") and (
            actor.in_office(self.applicant_id) or actor.in_office(self.owner_unit_id)
        ):
            return True
        never_in = self.state == ProjectState.DRAFT or (self.ending == Standing.WITHDRAWN and self.routed_on is None)
        return actor.may("project.view") and not never_in

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """The warnings of its route; the program's own in the language of who reads them."""
        return [{**one, "text": str(OUR_WARNINGS.get(one["key"], one["text"]))} for one in self.route_notices]

    def trail_project(self) -> Any:
        return self

    def trail_label(self) -> str:
        return self.name


class Declarations(models.Manager["Declaration"]):
    """The filings that are declarations."""

    def get_queryset(self) -> models.QuerySet[Declaration]:
        """Those of the kind."""
        return super().get_queryset().filter(kind=Declaration.KIND)


class Declaration(Filing):
    """The filing that a project begins with; what rules ask about is copied from it to the project."""

    KIND = "declaration"

    objects = scoped_manager(Declarations)  # type: ignore[misc]

    class Meta:
        proxy = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new one becomes the declaration of its project."""
        is_new = self._state.adding
        if is_new:
            self.kind, self.unit_id = self.KIND, self.project.applicant_id
        super().save(*args, **kwargs)
        if is_new:
            self.project.declaration = self
            self.project.save(update_fields=["declaration"])


class PartnerUnit(CountyScoped):
    """A unit that builds a project together with the lead unit, its part, and its own confirmation of it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="partners")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("Partner unit"))
    part = models.TextField(_("Its part"), blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "office"], name="partner_once")]
        indexes = [models.Index(fields=["county", "office"], condition=models.Q(confirmed_at=None), name="to_confirm")]


TO_CONFIRM = models.Q(confirmed_at=None, project__state__in=UNENDED)  # of partner units


class ProjectFact(CountyScoped):
    """A fact that only this county's rules ask for; of its columns the one of its type is filled."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="own_facts")
    key = models.CharField(max_length=40)  # of the rule version's own facts
    yes_no = models.BooleanField(null=True)
    amount = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    count = models.PositiveIntegerField(null=True)
    choice = models.CharField(max_length=40, blank=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="own_fact_once")]

    @property
    def value(self) -> Any:
        """The fact as the rules ask for it."""
        return next((one for one in (self.yes_no, self.amount, self.count) if one is not None), self.choice)


class Likeness(models.TextChoices):
    SPLIT = "split", _("Likely split")
    DUPLICATE = "duplicate", _("Likely duplicate")
    SIMILAR = "similar", _("Similar project")


class Verdict(models.TextChoices):
    OPEN = "", _("Not yet judged")
    CONFIRMED = "confirmed", _("Confirmed")
    CLEARED = "cleared", _("Not so")


class SimilarFinding(CountyScoped):
    """Another project that looks like this one, why, which bound the sum would cross, and the reviewer's verdict."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="findings")
    other = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Likeness)
    reasons = models.JSONField(default=list)
    bound = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    total = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    articles = ArrayField(models.CharField(max_length=16), default=list)
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.OPEN, blank=True)
    verdict_note = models.TextField(blank=True)
    verdict_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verdict_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "other"], name="finding_once")]
