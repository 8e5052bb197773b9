"""People and offices of a county as lists."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from accounts.actors import Actor
from accounts.models import Membership, Office, User
from accounts.services import MANAGE
from accounts.views.offices import duties_of
from jurisdictions.fields import whole
from jurisdictions.folding import has_all
from jurisdictions.scope import current_county
from jurisdictions.templatetags.xunzhang import moment
from workflow.listings import cells
from workflow.listings.listing import COUNT, Column, Listing, Rows
from workflow.listings.paging import Term, by_pk

# --- people ---------------------------------------------------------------------------------------------------


class PeopleListing(Listing):
    """Office and state are asked of one and the same role."""

    def narrow(self, rows: Rows, query: QueryDict, actor: Actor) -> Rows:
        """Keep those with a role now (or, with `state=ended`, once), of an office, whose name holds a text."""
        held = Membership.objects.filter(is_active=query.get("state", "").strip() != "ended")
        if (office := whole(query.get("office", "").strip())) is not None:
            held = held.filter(office_id=office)
        rows = rows.filter(pk__in=held.values("user"))
        if text := query.get("q", "").replace("\0", "").strip():
            known = held.order_by().values_list("user_id", "user__name", "user__username").distinct()
            rows = rows.filter(pk__in=[pk for pk, *names in known if has_all(text, names)])
        return rows


def _with_roles(people: list[Any], actor: Actor) -> list[Any]:
    held: dict[int, list[Membership]] = {}
    for membership in Membership.objects.filter(user__in=people).select_related("office").order_by("pk"):
        held.setdefault(membership.user_id, []).append(membership)
    for person in people:
        person.roles_here = [
            f"{role.office} · {role.get_role_display()}" for role in held.get(person.pk, []) if role.is_active
        ]
    return people


def _name(person: User, request: CountyRequest) -> SafeString:
    url = reverse("accounts:person", kwargs={"county": request.county.code, "pk": person.pk})
    return format_html('<a href="{}">{}</a>', url, person.name or person.username)


def _roles(person: Any, request: CountyRequest) -> SafeString:
    return format_html_join(cells.BREAK, "{}", ((one,) for one in person.roles_here))


def _sign_in(person: User) -> str:
    if not person.is_active:
        return _("Disabled")
    if person.must_change_password:
        return _("Initial password")
    return moment(person.last_login) if person.last_login else _("Never yet")


PEOPLE = PeopleListing(
    key="people",
    keeps_views=True,
    title=gettext_lazy("People"),
    permissions=(MANAGE,),
    queryset=lambda actor: User.objects.filter(pk__in=Membership.objects.values("user")),
    order=(by_pk(),),
    prepare=_with_roles,
    columns=(
        Column("name", gettext_lazy("Name"), lambda row: row.name or row.username, cell=_name, is_heading=True),
        Column("username", gettext_lazy("User name"), lambda row: row.username),
        Column("roles", gettext_lazy("Office and role"), lambda row: "\n".join(row.roles_here), cell=_roles),
        Column("sign_in", gettext_lazy("Sign-in"), _sign_in, css="tight"),
    ),
)


# --- offices --------------------------------------------------------------------------------------------------


def _is_active(text: str) -> bool | None:
    return {"1": True, "0": False}.get(text)


def _with_duties(offices: list[Any], actor: Actor) -> list[Any]:
    county = current_county()
    assert county is not None
    named = duties_of(county)
    for office in offices:
        office.duties = [named.get(key, key) for key in office.authorities]
    return offices


def _office(row: Office, request: CountyRequest) -> SafeString:
    url = reverse("accounts:office", kwargs={"county": request.county.code, "pk": row.pk})
    return format_html('<a href="{}">{}</a>', url, row.name)


def _duties(row: Any, request: CountyRequest) -> SafeString:
    if row.duties:
        return format_html("{}", "、".join(row.duties))
    return format_html('<span class="muted">{}</span>', _("files only"))


def _people(row: Any, request: CountyRequest) -> SafeString:
    url = reverse("workflow:people", kwargs={"county": request.county.code})
    return format_html('<a href="{}?office={}">{}</a>', url, row.pk, row.people)


OFFICES = Listing(
    key="offices",
    title=gettext_lazy("Offices"),
    permissions=(MANAGE,),
    queryset=lambda actor: Office.objects.all(),
    order=(Term("is_active", lambda row: row.is_active, descending=True, read=_is_active), by_pk()),
    shown=lambda rows: rows.select_related("parent").annotate(
        people=Count("memberships", filter=Q(memberships__is_active=True))
    ),
    prepare=_with_duties,
    size=200,
    columns=(
        Column("name", gettext_lazy("Office or unit"), lambda row: row.name, cell=_office, is_heading=True),
        Column("duties", gettext_lazy("Duties"), lambda row: "、".join(row.duties), cell=_duties),
        Column("kind", gettext_lazy("Kind of unit"), lambda row: row.get_owner_kind_display()),
        Column(
            "parent", gettext_lazy("Belongs to or is linked with"), lambda row: row.parent.name if row.parent else None
        ),
        Column("people", gettext_lazy("People"), lambda row: row.people, form=COUNT, cell=_people),
        Column("state", gettext_lazy("State"), lambda row: _("In use") if row.is_active else _("Out of use")),
    ),
)
