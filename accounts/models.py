"""People, the offices of a county, and who acts for which office in which role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.fields import AddressField
from accounts.roles import Role
from jurisdictions.facts import OwnerKind
from jurisdictions.lookups import lookup
from jurisdictions.models import County, CountyScoped, scoped_manager


class NoticeChoice(models.TextChoices):
    AT_ONCE = "at_once", _("At once")
    DIGEST = "digest", _("Daily digest")
    NONE = "none", _("No e-mail")


def name_at(name: str, former_names: Sequence[Mapping[str, str]], moment: dt.datetime | None) -> str:
    """The name borne at a moment, of the former ones (the oldest first) and the present one; None is now."""
    if moment is None:
        return name
    return next((one["name"] for one in former_names if moment < dt.datetime.fromisoformat(one["until"])), name)


class People(UserManager["User"]):
    """People, each found by key with every request."""

    use_in_migrations = False

    def get(self, *args: Any, **kwargs: Any) -> User:
        """The one that is asked for; by key alone, as sign-in asks, by a lookup."""
        if not args and kwargs.keys() == {"pk"} and type(kwargs["pk"]) is int:
            if (found := _person.first(kwargs["pk"])) is None:
                raise User.DoesNotExist
            return found
        return super().get(*args, **kwargs)


class User(AbstractUser):
    """A person. What they may see and do follows from their memberships, never from the account itself."""

    name = models.CharField(_("Name"), max_length=60)
    email = AddressField(_("E-mail"), blank=True)
    phone = models.CharField(_("Telephone"), max_length=30, blank=True)
    notice_choice = models.CharField(
        _("E-mail notices"), max_length=8, choices=NoticeChoice, default=NoticeChoice.AT_ONCE
    )
    language = models.CharField(_("Language"), max_length=10, blank=True, editable=False)
    must_change_password = models.BooleanField(default=False, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)
    is_operator = models.BooleanField(_("Platform operator"), default=False)
    is_national = models.BooleanField(_("National statistics"), default=False)
    former_names = models.JSONField(default=list, editable=False)  # {"name", "until"}, the oldest first

    objects: ClassVar[People] = People()

    REQUIRED_FIELDS = ["email", "name"]

    class Meta(AbstractUser.Meta):
        # People sign in with either, in any case of letters, so each belongs to one person.
        constraints = [
            models.UniqueConstraint(Lower("username"), name="username_of_one_person"),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="email_of_one_person"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def name_on(self, moment: dt.datetime | None) -> str:
        """The name the person had at a moment; what is not over yet (None) has their present name."""
        return name_at(str(self), self.former_names, moment)


@lookup
def _person(pk: int) -> models.QuerySet[User]:
    return User.objects.filter(pk=pk)


class Office(CountyScoped):
    """A department of the county, or a unit that files. `authorities` are its duties by the regulation."""

    code = models.SlugField(_("Code"))
    name = models.CharField(_("Name"), max_length=80)
    authorities = ArrayField(models.CharField(max_length=24), default=list, blank=True, verbose_name=_("Duties"))
    owner_kind = models.CharField(_("Kind of unit"), max_length=16, choices=OwnerKind, default=OwnerKind.AGENCY)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="linked")
    is_active = models.BooleanField(_("In use"), default=True)
    former_names = models.JSONField(default=list, editable=False)  # {"name", "until"}, the oldest first

    objects = scoped_manager()

    class Meta:
        ordering = ["county", "pk"]
        constraints = [models.UniqueConstraint(fields=["county", "code"], name="office_code_once")]

    def __str__(self) -> str:
        return self.name

    def name_on(self, moment: dt.datetime | None) -> str:
        """The name the office had at a moment; what is not over yet (None) has its present name."""
        return name_at(self.name, self.former_names, moment)


class Membership(CountyScoped):
    """A person acts for an office in a role. A person may belong to several counties."""

    is_read_by_its_person = True
    delegations: Sequence[Delegation] = ()  # those in force to it, where it was read for a request

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("Role"), max_length=16, choices=Role)
    is_active = models.BooleanField(_("Active"), default=True)
    since = models.DateField(auto_now_add=True)
    hint_closed_at = models.DateTimeField(null=True, editable=False)  # the hint of the first visit in this role

    objects = scoped_manager()
    # A person's own rows in all counties: PostgreSQL shows those, and besides only the county's in force.
    everywhere: Any = models.Manager()

    class Meta:
        ordering = ["county", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "office", "role"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.office} · {self.get_role_display()}"


class Delegation(CountyScoped):
    """From day to day one person's work is done by a colleague of the office, who acts in the person's name.

    It is in force by its days alone, and until it is `ended_at`: nothing needs to run for it to begin or to end.
    Without `duties` and `steps` it covers all that waits for the person.
    """

    giver = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="given")
    taker = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="taken")
    first_day = models.DateField(_("From"))
    last_day = models.DateField(_("Until"))
    duties = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    steps = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    reason = models.CharField(_("Reason"), max_length=200, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["taker", "last_day"], name="delegations_of_taker")]

    def __str__(self) -> str:
        return f"{self.giver.user} → {self.taker.user}"

    def covers(self, duty: str, step: str) -> bool:
        """Whether a duty at a step (both by key) is among what was delegated."""
        return (not self.duties or duty in self.duties) and (not self.steps or step in self.steps)


class AnsweredRequest(CountyScoped):
    """A request that was carried out, with its answer: sent again it gets that answer, and nothing is done twice."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    content = models.CharField(max_length=64)  # hash of where it went and what it said
    status = models.PositiveSmallIntegerField()
    answer = models.TextField()  # to programs the body, to people the address they were led to
    answered_at = models.DateTimeField(auto_now_add=True)

    objects = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county", "user", "key"], name="request_answered_once")]
        indexes = [models.Index(fields=["county", "answered_at"], name="requests_by_age")]


__all__ = ["AnsweredRequest", "County", "Delegation", "Membership", "NoticeChoice", "Office", "User"]
