"""The tenant, its dated rules and its calendar of working days."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from jurisdictions.lookups import lookup
from jurisdictions.scope import ForeignCounty, current_county


class County(models.Model):
    """A county (or prefecture, district): the tenant. Public reference data."""

    code = models.SlugField(_("Code"), unique=True)
    prefix = models.CharField(_("Article prefix"), max_length=4, unique=True)
    name = models.CharField(_("Name"), max_length=40)
    region = models.CharField(_("Region"), max_length=80, blank=True)
    opinion_days = models.PositiveSmallIntegerField(_("Working days for an opinion, by arrangement"), default=5)
    reserve_warn_days = models.PositiveSmallIntegerField(
        _("Days before a place in the reserve ends that the unit is told, by arrangement"), default=60
    )
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


def county_field(**options: Any) -> Any:
    """The county a row belongs to."""
    return models.ForeignKey(County, on_delete=models.PROTECT, related_name="+", editable=False, **options)


class CountyScoped(models.Model):
    """A row that belongs to one county.

    Without a scope a query is an error, in another county's scope a write is refused, and PostgreSQL checks again.
    """

    # What `jurisdictions.security` grants beyond the county's own rows; a model says it of itself.
    # Columns the timer sees in every county: where something is due, nothing of what it is.
    timer_columns: ClassVar[tuple[str, ...]] = ()
    # The program itself only appends, but for these columns, whose own triggers say what may move them.
    is_append_only: ClassVar[bool] = False
    moved_columns: ClassVar[tuple[str, ...]] = ()
    # A person may read the rows about them (`user_id`) in every county.
    is_read_by_its_person: ClassVar[bool] = False

    county = county_field()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        county = current_county()
        if county is None:
            raise ForeignCounty(f"{type(self).__name__} written without a county in force")
        if self.county_id is None:
            self.county_id = county.pk
        if self.county_id != county.pk:
            raise ForeignCounty(f"{type(self).__name__} of another county written in the scope of {county.code}")
        super().save(*args, **kwargs)

    def _get_FIELD_display(self, field: Any) -> Any:  # Django's own hashes every label each time
        value = getattr(self, field.attname)
        return force_str(_labels_of(field).get(value, value), strings_only=True)


@cache
def _labels_of(field: Any) -> dict[Any, Any]:
    """The labels of a field's values; they are in the language of whoever asks for one."""
    return dict(field.flatchoices)


def scoped_manager(base: type[models.Manager] = models.Manager) -> Any:
    """The manager of a `CountyScoped` model: without a scope every query is an error."""
    return ScopedManager(county="county", _manager_class=base)


class RuleVersions(models.QuerySet["RuleVersion"]):
    """Rule versions."""

    def governing(self, county: County, event: str, day: dt.date) -> RuleVersion | None:
        """The version in force on the day of `event` that says this very day decides whether it governs a project."""
        versions = self.filter(county=county, governing_day=event).order_by("-number")
        return next((one for one in versions if one.is_in_force(day)), None)

    def on(self, county: County, day: dt.date) -> RuleVersion:
        """The version of a county in force on a day; where none is, the newest. Raises `RuleVersion.DoesNotExist`."""
        versions = _versions(county.pk)  # few, and asked for with every save
        if not versions:
            raise RuleVersion.DoesNotExist(f"{county.code} has no rules")
        return next((one for one in versions if one.is_in_force(day)), versions[0])


class RuleVersion(models.Model):
    """A county's regulation as it was loaded: immutable, dated, cited. Public reference data."""

    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="rule_versions")
    number = models.PositiveIntegerField(_("Version"))
    title = models.CharField(_("Title"), max_length=200)
    status = models.CharField(_("Status"), max_length=20)
    in_force_from = models.DateField(_("In force from"), null=True)
    in_force_until = models.DateField(_("In force until"), null=True)
    governing_day = models.CharField(max_length=40, default="declaration_submitted")
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(auto_now_add=True)

    objects = RuleVersions.as_manager()

    class Meta:
        ordering = ["county", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["county", "number"], name="rule_version_once"),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def is_in_force(self, day: dt.date) -> bool:
        """Whether it is in force on a day; a draft never is."""
        begun = self.in_force_from is not None and self.in_force_from <= day
        ended = self.in_force_until is not None and self.in_force_until < day
        return begun and not ended and self.status != "draft_for_comment"


@lookup
def _versions(county: int) -> models.QuerySet[RuleVersion]:
    return RuleVersion.objects.filter(county=county).order_by("-number")


class RuleContent(models.Model):
    """What a rule version says, as data: in a table of its own, since most readers of a version do not need it."""

    version = models.OneToOneField(RuleVersion, on_delete=models.PROTECT, related_name="data", primary_key=True)
    content = models.JSONField()

    class Meta:
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.version_id)


class ArticleText(models.Model):
    """What an article or annex of a regulation says, word for word. Public reference data."""

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="texts")
    key = models.CharField(_("Article"), max_length=16)
    text = models.TextField(_("Text"))

    class Meta:
        ordering = ["version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="article_text_once"),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.key


class CalendarYear(models.Model):
    """Whether a year's holiday arrangement is published: the nation's, or with a county its own addition."""

    county = models.ForeignKey(County, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField()
    published = models.BooleanField(default=False)
    source = models.TextField(blank=True)
    entered_by = models.CharField(max_length=80, blank=True)
    entered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["year"]
        constraints = [
            models.UniqueConstraint(fields=["county", "year"], name="calendar_year_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day of the calendar. A county's row wins over the nation's."""

    county = models.ForeignKey(County, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    day = models.DateField()
    working = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["county", "day"], name="calendar_day_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.day.isoformat()
