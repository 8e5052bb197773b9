"""What the frame of every page shows: county, person and role, entries of the menu, counts of what waits."""

from __future__ import annotations

import json
from functools import cache, cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Membership
from jurisdictions.models import County
from jurisdictions.statements import statement
from workflow import stages
from workflow.desk.help import HINTS
from workflow.models import NO_DAY

COUNT_CAP = 99


SOME_COUNTY = "some-county"


def address(name: str, county: County | None = None) -> str:
    """The address of a page by its URL name, or nothing while the page does not exist."""
    found = _address(name, of_county=county is not None)
    return found if county is None else found.replace(SOME_COUNTY, county.code, 1)


@cache
def _address(name: str, *, of_county: bool) -> str:
    """Found once, not for every entry of every page."""
    try:
        return reverse(name, kwargs={"county": SOME_COUNTY} if of_county else None)
    except NoReverseMatch:
        return ""


COUNTED = """
    SELECT (SELECT count(*) FROM (SELECT 1 FROM workflow_message WHERE county_id = %(county)s AND user_id = %(user)s
               AND read_at IS NULL ORDER BY id DESC LIMIT %(cap)s) AS unread),
           (SELECT count(*) FROM (SELECT 1 FROM workflow_workitem AS item
              LEFT JOIN workflow_step AS step ON step.id = item.step_id
             WHERE item.county_id = %(county)s AND item.office_id = %(office)s AND item.closed_at IS NULL
               AND item.duty = ANY(%(duties)s) AND (item.duty = 'correct' OR step.state IS DISTINCT FROM 'waiting')
               AND (%(steps)s::text[] IS NULL OR step.key = ANY(%(steps)s))
             ORDER BY coalesce(item.due_on, %(no_day)s), item.id LIMIT %(cap)s) AS waiting),
           (SELECT coalesce(json_agg(json_build_object('pk', id, 'name', name, 'query', query) ORDER BY name), '[]')
              FROM workflow_savedview WHERE county_id = %(county)s AND user_id = %(user)s AND page = %(listing)s)
"""
_counted = statement(
    COUNTED,
    *("county", "user", "office", "duties", "steps", "listing"),
    label="workflow.desk.frame.counted",
    fixed={"no_day": NO_DAY, "cap": COUNT_CAP + 1},
)


class Counts:
    """Unread notices, open work of the person's office, named filters of a list: one query, asked when first shown.

    In the order of an index each: without one, the first hundred are looked for among all of a large county.
    """

    most = COUNT_CAP + 1

    def __init__(
        self, actor: Actor, county: County, known: tuple[int, int] | None = None, *, listing: str = ""
    ) -> None:
        self.actor, self.county, self.known, self.listing = actor, county, known, listing

    @property
    def numbers(self) -> tuple[int, int]:
        """Both counts, each at most `most`; asked for where the page has not counted itself (`known`)."""
        return self._asked[:2] if self.known is None else self.known

    @cached_property
    def _asked(self) -> tuple[int, int, list[dict[str, Any]]]:
        office = self.actor.office
        assert self.actor.user is not None and office is not None
        given = (self.county.pk, self.actor.user.pk, office.pk, self.actor.duties, self.actor.steps, self.listing)
        ((unread, waiting, views),) = _counted.ask(given)
        return unread, waiting, json.loads(views) if isinstance(views, str) else views

    def views(self) -> list[dict[str, Any]]:
        """The filters of the list that the person keeps under a name: `pk`, `name`, `query`."""
        return self._asked[2] if self.listing else []

    def unread(self) -> int | str:
        """Notices not read yet, as shown."""
        return capped(self.numbers[0])

    def waiting(self) -> int | str:
        """Work that waits for the office, as shown."""
        return capped(self.numbers[1])


def capped(number: int) -> int | str:
    """A count as it is shown: exact up to the cap, then `99+`."""
    return f"{COUNT_CAP}+" if number > COUNT_CAP else number


def url_of(entry: stages.MenuEntry, actor: Actor, county: County) -> str:
    """The first address of an entry that the person may open, or nothing."""
    for name, permissions in entry.addresses:
        if not permissions or any(actor.may(permission) for permission in permissions):
            return address(name, county)
    return ""


def first_page(actor: Actor, county: County) -> str:
    """Where a person begins for whom no work ever waits: the first entry that leads them, or nothing."""
    return next((url for entry in stages.menu() if entry.leads and (url := url_of(entry, actor, county))), "")


def menu(actor: Actor, county: County, path: str) -> list[dict[str, Any]]:
    """The entries the person may use, the current one marked."""
    below = path.removeprefix(f"/{county.code}/").split("/")[0]
    return [
        {
            "key": entry.key,
            "label": str(entry.label),
            "icon": entry.icon,
            "url": url,
            "active": below in entry.home,
        }
        for entry in stages.menu()
        if (url := url_of(entry, actor, county)) and (entry.key != "queue" or actor.duties)
    ]


def person_menu(memberships: list[Membership], county: County | None) -> list[dict[str, Any]]:
    """What stands under the person's name: settings, other roles here, password, two-step sign-in."""
    links: list[tuple[str, County | None, str]] = [
        ("account_change_password", None, _("Change password")),
        ("mfa_index", None, _("Two-step sign-in")),
    ]
    if county is not None:
        links.insert(0, ("workflow:settings", county, _("My settings")))
        links.insert(1, ("workflow:jobs", county, _("My jobs")))
        links.insert(2, ("workflow:help", county, _("How it is used")))
        here = [membership for membership in memberships if membership.county_id == county.pk]
        links.insert(1, ("workflow:delegations", county, _("Absence and delegation")))
        if len(here) + sum(len(membership.delegations) for membership in here) > 1:
            links.insert(0, ("accounts:roles", county, _("Act in another role")))
    return [{"label": label, "url": url} for name, of, label in links if (url := address(name, of))]


def _role_shown(actor: Actor) -> str:
    assert actor.membership is not None
    role = actor.membership.get_role_display()
    return f"{role} · {_('for %(name)s') % {'name': actor.on_behalf_of}}" if actor.on_behalf_of else role


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of templates/base.html. Costs one query (the counts), and only where they are shown."""
    user = getattr(request, "user", None)
    context: dict[str, Any] = {"home_url": "/", "nav": [], "rules_url": ""}
    context["frame_values"] = lambda: _frame_values(request, context)
    if user is None or not user.is_authenticated:
        return context
    context["person_name"] = str(user)
    county: County | None = getattr(request, "county", None)
    actor: Actor | None = getattr(request, "actor", None)
    if county is None or actor is None or actor.membership is None:
        context["person_menu"] = person_menu([], None)
        return context
    memberships: list[Membership] = getattr(request, "memberships", [])
    known, listing = getattr(request, "frame_counts", None), getattr(request, "keeps_views_of", "")
    counts = Counts(actor, county, known, listing=listing)
    others = {m.county.code: m.county for m in memberships if m.county_id != county.pk}
    may_search = actor.may("project.view") or actor.may("declaration.view_own")
    context |= {
        "county": county,
        "actor": actor,
        "membership": actor.membership,
        "person_roles": _role_shown(actor),
        "home_url": f"/{county.code}/",
        "nav": menu(actor, county, request.path),
        "unread_count": counts.unread,
        "waiting_count": counts.waiting,
        "kept_views": counts.views,
        "notices_url": address("workflow:notices", county),
        "search_url": stages.page("projects", county.code) if may_search else "",
        "other_counties": [{"name": other.name, "url": f"/{code}/"} for code, other in others.items()],
        "person_menu": person_menu(memberships, county),
        "rules_url": stages.page("rules", county.code),
        "counts_url": address("workflow:counts", county),
    }
    if actor.membership.hint_closed_at is None and any(entry["url"] == request.path for entry in context["nav"]):
        context["hint"] = HINTS[actor.membership.role]
    return context


IN_FRAME = (
    *("home_url", "nav", "person_name", "person_roles", "notices_url"),
    *("search_url", "other_counties", "person_menu", "hint"),
)


def _frame_values(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the bar and the menu show, as plain values: the parts of the frame are kept by them."""
    county, membership = context.get("county"), context.get("membership")
    unread, waiting = (context[name]() if name in context else 0 for name in ("unread_count", "waiting_count"))
    search_text = request.GET.get("q", "") if request.path == context.get("search_url") else ""
    return {name: context[name] for name in IN_FRAME if name in context} | {
        "county_name": county.name if county else "",
        "office_name": membership.office.name if membership else "",
        "help_url": f"{address('workflow:help', county)}?page={membership.role}" if county and membership else "",
        "hint_closed_url": address("workflow:hint_closed", county) if county else "",
        "signs_in": request.path == address("account_login"),
        "has_unread": bool(unread),
        "has_waiting": bool(waiting),
        "put_unread": unread,
        "put_waiting": waiting,
        "put_search_text": search_text,
        "put_address": request.get_full_path(),
    }
