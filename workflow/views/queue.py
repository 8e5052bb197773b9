"""The queue: what waits for me or my office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.actors import Actor
from accounts.refusals import Refusal
from accounts.views.entrance import safe_next
from jurisdictions.fields import whole
from jurisdictions.rules.vocabulary import STEPS
from workflow import stages
from workflow.desk import came_from, claims, saved_views
from workflow.desk import queue as service
from workflow.desk.frame import Counts, first_page
from workflow.desk.queue_listing import QUEUE
from workflow.desk.queue_rows import Row, rows_of, url_of
from workflow.desk.said import said_together
from workflow.desk.unchanged import while_unchanged
from workflow.listings.paging import PAGING, Page, address
from workflow.models import WorkItem
from workflow.route.kinds import Together, together_for
from workflow.trail import audit

DONE = 303
# Who takes work for themselves: reviewers theirs, people of a unit what it prepares and corrects.
CLAIMING = ("step.claim", "declaration.file", "owner.record")


@needs()
def home(request: CountyRequest) -> HttpResponse:
    """A county's own address leads to the queue; those for whom no work ever waits, to what they look after."""
    actor = request.actor
    county, queue_page = request.county, reverse("workflow:queue", kwargs={"county": request.county.code})
    if actor.duties:
        return redirect(queue_page)
    return redirect(first_page(actor, county) or queue_page)


@needs()
@never_cache
def counts(request: CountyRequest) -> JsonResponse:
    """The counts of the frame, for a page that stays open."""
    numbers = Counts(request.actor, request.county)
    return JsonResponse({"unread_count": numbers.unread(), "nav_queue": numbers.waiting()})


@require_GET
@needs()
def queue(request: CountyRequest) -> HttpResponse:
    """What waits for the person's office, most urgent first."""
    return render(request, "workflow/queue.html", _context(request))


@require_GET
@needs()
def next_item(request: CountyRequest) -> HttpResponse:
    """Lead to what the person works on next of the filters they came from; to the queue where nothing is left.

    Where nothing of those is left, the whole queue follows, and the page says so.
    """
    filters = came_from.of_request(request)
    item = service.next_for(request.actor, service.Filters.read(QueryDict(filters)))
    if item is None and filters:
        item, filters = service.next_for(request.actor, service.Filters()), ""
        messages.info(request, _("Nothing is left of what you had filtered; the whole queue follows."))
    if item is None:
        return redirect("workflow:queue", county=request.county.code)
    return redirect(came_from.carry(url_of(item, request.county.code), filters, next="1"))


def _context(request: CountyRequest) -> dict[str, Any]:
    actor, query = request.actor, request.GET
    filters = service.Filters.read(query)
    personal = service.personal_of(actor)
    membership = actor.membership.pk if actor.membership else None
    behalf = actor.delegation.pk if actor.delegation is not None else None
    asked = (request.county.pk, membership, behalf, actor.role, query.urlencode(), QUEUE.size)
    page, totals, units = while_unchanged(personal.end, asked, lambda: _read(actor, query, filters))
    table = QUEUE.table(request, page=page)
    request.frame_counts = (personal.unread, min(totals.waiting, Counts.most))  # type: ignore[attr-defined]
    total, is_capped = min(totals.shown, service.COUNT_CAP), totals.capped
    is_filtered = filters != service.Filters()
    of_both = {"county": {"code": request.county.code}, "kept_query": query.urlencode()}
    return {
        "offers": [] if is_filtered else stages.offers(actor, request.county),
        "table": table,
        "rows": table.rows,
        "filters": filters,
        "totals": totals,
        "views": personal.views,
        "total": total,
        "capped": is_capped,
        "newer_url": table.newer_url,
        "older_url": table.older_url,
        "is_filtered": is_filtered,
        "filter_values": of_both
        | {
            "filters": {name: getattr(filters, name) for name in TYPED},
            "standing_chips": _standing_chips(query, totals),
            "filter_chips": filters.chips(query),
            "searched": service.searched() if filters.text else "",
            "kept_chip": _chosen(query),
            "step_choices": [(key, STEPS.get(key, key)) for key in totals.steps],
            "unit_options": units,
            "views": personal.views,
            "is_filtered": is_filtered,
            "is_folded_open": bool(filters.unit or filters.at_least or filters.at_most or filters.within is not None),
        },
        "table_values": of_both
        | {
            "caption": table.caption,
            "head": table.head,
            "put_body": table.body if table.rows else "",
            "table": {"listing": {"key": QUEUE.key, "is_exported": QUEUE.is_exported}, "query": table.query},
            "shown": len(table.rows),
            "total": total,
            "capped": is_capped,
            "newer_url": table.newer_url,
            "older_url": table.older_url,
            "may_claim": any(map(actor.may, CLAIMING)),
            "may_decide": any(map(actor.may, ("step.decide", "step.record", "opinion.give"))),
        },
    }


TYPED = ("text", "steps", "unit", "at_least", "at_most", "within")


def _read(actor: Actor, query: QueryDict, filters: service.Filters) -> tuple[Page, service.Totals, SafeString]:
    """The page, the counts, and the units to choose from as options."""
    totals = service.totals_of(actor, filters)
    chosen = ((one["pk"], " selected" if one["pk"] == filters.unit else "", one["name"]) for one in totals.units)
    units = format_html_join("\n", '<option value="{}"{}>{}</option>', chosen)
    return QUEUE.page(actor, query), totals, units


STANDING = ("claimed", "overdue", "soon", "awaited")


def _chosen(query: QueryDict) -> dict[str, str]:
    return {name: value for name in STANDING if (value := query.get(name, ""))}


def _standing_chips(query: QueryDict, totals: service.Totals) -> list[dict[str, Any]]:
    """One is chosen at a time: all, mine, late, soon, waiting for others."""
    choices = [
        ({}, _("All"), totals.all),
        ({"claimed": "me"}, _("Mine"), totals.mine),
        ({"claimed": "nobody"}, _("Not claimed"), totals.unclaimed),
        ({"overdue": "1"}, _("Overdue"), totals.overdue),
        ({"soon": "1"}, _("Due soon"), totals.soon),
        ({"awaited": "1"}, _("Waiting for others"), totals.awaited),
    ]
    none: dict[str, Any] = dict.fromkeys(STANDING, "")
    chosen = _chosen(query)
    return [
        {"label": label, "url": address(query, **(none | asked)), "active": chosen == asked, "count": _count(count)}
        for asked, label, count in choices
    ]


def _count(number: int) -> str:
    return f"{service.COUNT_CAP}+" if number > service.COUNT_CAP else str(number)


def back_to_queue(request: HttpRequest, county_code: str) -> HttpResponseRedirect:
    """To the list the form was sent from; to the queue as it was filtered then."""
    query = QueryDict(request.POST.get("query", "")).urlencode()
    response = HttpResponseRedirect(
        safe_next(request, reverse("workflow:queue", kwargs={"county": county_code}) + (f"?{query}" if query else ""))
    )
    response.status_code = DONE
    return response


@require_POST
@needs(*CLAIMING)
def claim(request: CountyRequest) -> HttpResponse:
    """Claim the marked items, or let them go with `release`."""
    act = claims.release if "release" in request.POST else claims.claim
    done = 0
    with audit.gathered():
        for item in sorted(service.marked(request.actor, request.POST.getlist("marked")), key=lambda one: one.pk):
            try:
                act(actor=request.actor, item=item)
            except Refusal as refusal:
                messages.error(request, f"{item.project.name}：{refusal.message}")
            else:
                done += 1
    if done:
        said = _("%(count)s released.") if act is claims.release else _("%(count)s claimed.")
        messages.success(request, said % {"count": done})
    return back_to_queue(request, request.county.code)


@require_POST
@needs("step.decide", "step.record", "opinion.give")
def decide(request: CountyRequest) -> HttpResponse:
    """Decisions on many: first what will happen, then, confirmed, each carried out by itself."""
    marked = service.marked(request.actor, request.POST.getlist("marked"))
    gone = service.no_longer_waiting(request.actor, request.POST.getlist("marked"), marked)
    together = [item for item in marked if together_for(item) is not None]
    outcomes = _common_outcomes([together_for(item) for item in together])
    context: dict[str, Any] = {
        "items": together,
        "rows": _rows(request, together),
        "alone": _rows(request, [item for item in marked if item not in together]),
        "outcomes": outcomes,
        "outcome": request.POST.get("outcome", ""),
        "reason": request.POST.get("reason", ""),
        "query": request.POST.get("query", ""),
        "errors": [_left_standing(request, item, _("This work is done already.")) for item in gone],
    }
    if "confirm" not in request.POST:
        return render(request, "workflow/decide.html", context)
    if errors := _form_errors(together, context["outcome"], context["reason"], outcomes):
        return render(request, "workflow/decide.html", {**context, "errors": [*context["errors"], *errors]}, status=422)
    return _carry_out(request, together, context)


def _rows(request: CountyRequest, items: list[WorkItem]) -> list[tuple[Row, WorkItem]]:
    """Items with their lines, in the order of the queue."""
    keys = WorkItem.objects.filter(pk__in=[item.pk for item in items]).values("pk")
    of_pk = {item.pk: item for item in items}
    return [(row, of_pk[row.pk]) for row in rows_of(keys, actor=request.actor, county_code=request.county.code)]


def _carry_out(request: CountyRequest, items: list[WorkItem], context: dict[str, Any]) -> HttpResponse:
    """Decide each item; those that are refused are shown again with why, the others stay decided."""
    results = service.decide_marked(
        actor=request.actor,
        items=items,
        outcome=context["outcome"],
        reason=context["reason"],
        versions=_versions(request, items),
    )
    refused = [(one.item, one.refusal) for one in results if one.refusal is not None]
    done = [(one.ended, one.word) for one in results if one.refusal is None]
    if done:
        messages.success(request, said_together(done))
    if not refused and not context["errors"]:
        return back_to_queue(request, request.county.code)
    left = [item for item, _refusal in refused]
    context |= {
        "rows": _rows(request, left),
        "items": left,
        "left_standing": _("Left as it was"),
        "errors": [
            *context["errors"],
            *(_left_standing(request, item, refusal.message, refusal.articles) for item, refusal in refused),
        ],
    }
    return render(request, "workflow/decide.html", context, status=409)


def _left_standing(request: CountyRequest, item: WorkItem, why: str, articles: Sequence[str] = ()) -> dict[str, Any]:
    """A marked item that is left as it is, with why, leading to where it is worked on by itself."""
    url = url_of(item, request.county.code)
    return {"text": f"{item.project.name}：{why}", "articles": articles, "url": url}


def _common_outcomes(ways: list[Together | None]) -> dict[str, Any]:
    """What can be decided for every one of the items."""
    known = [way for way in ways if way is not None]
    if not known:
        return {}
    return {
        key: {"label": label, "needs_reason": any(key in one.reason_for for one in known)}
        for key, label in known[0].outcomes.items()
        if all(key in one.outcomes for one in known)
    }


def _form_errors(items: list[WorkItem], outcome: str, reason: str, outcomes: dict[str, Any]) -> list[dict[str, str]]:
    if not items:
        return [{"text": _("Nothing is marked that can be decided together. Please mark work in the queue.")}]
    if outcome not in outcomes:
        return [{"text": _("Please choose a decision."), "field": "outcome"}]
    if outcomes[outcome]["needs_reason"] and not reason.strip():
        return [{"text": _("A decision against the unit needs a reason."), "field": "reason"}]
    return []


def _versions(request: HttpRequest, items: list[WorkItem]) -> dict[int, int]:
    """The version of each step as the summary showed it: what was acted on since is refused as out of date."""
    seen = {}
    for item in items:
        version = whole(request.POST.get(f"version_{item.pk}"))
        if version is not None:
            seen[item.pk] = version
    return seen


@require_POST
@needs()
def save_view(request: CountyRequest) -> HttpResponse:
    """Keep the present filters of a list (`page`) under a name, or take a kept view away with `remove`."""
    page = request.POST.get("page", QUEUE.key)
    if page not in stages.listings():
        raise Http404
    remove = request.POST.get("remove", "")
    if remove:
        saved_views.remove(actor=request.actor, page=page, pk=whole(remove) or 0)
        return back_to_queue(request, request.county.code)
    query = QueryDict(request.POST.get("query", "")[:500], mutable=True)
    for paging in PAGING:
        query.pop(paging, None)
    try:
        kept = saved_views.keep(
            actor=request.actor, page=page, name=request.POST.get("name", ""), query=query.urlencode()
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("View “%(name)s” kept.") % {"name": kept.name})
    return back_to_queue(request, request.county.code)
