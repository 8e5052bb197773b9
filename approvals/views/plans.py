"""The page of a year's plan: the table, ranks, and its moves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.services import plans as service
from jurisdictions.fields import version_shown, whole
from projects import planning
from projects.listings import PLAN, PLAN_PAGE
from projects.models import AnnualPlan, PlanState
from projects.views.shared import list_tabs
from workflow import stages
from workflow.desk.errors import as_errors
from workflow.filings.content import read_day

SAID = {
    "save": gettext_lazy("Saved."),
    "compile": gettext_lazy("Compiled from the projects of the year."),
    "reopen": gettext_lazy("The plan is being compiled again."),
    "file": gettext_lazy("The filing with the city is recorded, also for each project."),
    "approve": gettext_lazy("The approval is recorded."),
    "sign": gettext_lazy("The plan is signed; it can be issued."),
    "issue": gettext_lazy("The plan is issued: its projects are in it, finance and the commission are told."),
}
LABELS = {
    "file": gettext_lazy("Record the filing with the city"),
    "approve": gettext_lazy("Record the approval of the government"),
    "issue": gettext_lazy("Issue the plan"),
}


@require_POST
@needs("step.record")
def compile_plan(request: CountyRequest) -> HttpResponse:
    """Begin the plan of a year, or bring it up to date."""
    try:
        plan = service.compile_plan(actor=request.actor, year=whole(request.POST.get("year")))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("projects:plans", county=request.county.code)
    messages.success(request, str(SAID["compile"]))
    return redirect("approvals:plan", county=request.county.code, pk=plan.pk)


@require_GET
@needs("reserve.view")
def plan(request: CountyRequest, pk: int) -> HttpResponse:
    """A year's plan as people know it."""
    return _page(request, get_object_or_404(AnnualPlan, pk=pk))


@require_POST
@needs("step.record")
def act(request: CountyRequest, pk: int, what: str) -> HttpResponse:
    """Save ranks and notes, compile anew, reopen, or move the plan on."""
    if what not in SAID:
        raise Http404
    found = get_object_or_404(AnnualPlan, pk=pk)
    actor, seen, typed = request.actor, version_shown(request.POST), request.POST
    try:
        if what == "compile":
            service.compile_plan(actor=actor, year=found.year)
        elif what == "save":
            service.save(actor=actor, plan=found, typed=typed.dict(), seen_version=seen)
        elif what == "sign":
            service.sign(actor=actor, plan=found, seen_version=seen)
        elif what == "reopen":
            service.reopen(actor=actor, plan=found, reason=typed.get("text", ""), seen_version=seen)
        else:
            service.move(
                actor=actor,
                plan=found,
                what=what,
                on=read_day(typed.get("on", ""), field="on") if typed.get("on", "").strip() else None,
                number=typed.get("number", ""),
                text=typed.get("text", ""),
                seen_version=seen,
            )
    except Refusal as refusal:
        return _page(request, get_object_or_404(AnnualPlan, pk=pk), refusal=refusal, typed=typed.dict())
    messages.success(request, str(SAID[what]))
    return redirect("approvals:plan", county=request.county.code, pk=pk)


def _page(
    request: CountyRequest, found: AnnualPlan, *, refusal: Refusal | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    given = typed or {}
    rows: list[Any] = list(planning.with_money(found.entries.all())[:PLAN_PAGE])
    sources: dict[str, str] = {}
    for row in rows:
        sources |= planning.source_names(row) if not sources else {}
    for key in {key for row in rows for key in planning.by_source(row)} - sources.keys():
        sources[key] = key or _("not said")
    for number, row in enumerate(rows, 1):
        money = planning.by_source(row)
        row.number = number
        row.kind, row.period, row.basis = planning.kind(row), planning.period(row), planning.basis(row)
        row.before, row.later, row.year_sum = planning.before(row), planning.later(row), planning.this_year(row)
        row.by_source = [(label, money.get(key)) for key, label in sources.items()]
        row.typed_rank = given.get(f"rank-{row.pk}", str(row.rank or ""))
        row.typed_note = given.get(f"note-{row.pk}", row.note)
    may_compile = planning.may_compile(request.actor)
    may_sign = request.actor.may("step.record") and found.state != PlanState.ISSUED and found.signed_at is None
    steps = service.steps_of(found) if may_compile or may_sign else []
    left = service.moves_left(found, steps) if rows and steps else []
    signer = service.signer_of(steps) if left == ["issue"] and found.signed_at is None else None
    context = {
        "plan": found,
        "tone": stages.tone("plan", found.state),
        "rows": rows,
        "sources": list(sources.values()),
        "units": _by_unit(rows),
        "totals": _totals(rows, list(sources.values())),
        "may_compile": may_compile and found.state != PlanState.ISSUED,
        "may_reopen": may_compile and found.state in (PlanState.FILED, PlanState.APPROVED),
        "next": (left[0], LABELS[left[0]]) if left and may_compile else None,
        "signer": signer,
        "may_sign": signer is not None and request.actor.in_office(signer.pk),
        "names": [(name, label, given.get(name, getattr(found, name))) for name, label in service.NAMES.items()],
        "given": given,
        "errors": as_errors(refusal) if refusal is not None else [],
        "table": {"listing": PLAN, "query": f"year={found.year}"},
        "tabs": list_tabs(request, "plans"),
    }
    return render(request, "approvals/plan.html", context, status=refusal.status if refusal else 200)


def _totals(rows: list[Any], sources: list[str]) -> dict[str, Any]:
    def total(name: str) -> Decimal:
        return sum((getattr(row, name) for row in rows), Decimal(0))

    return {
        "investment": sum((row.project.investment or Decimal(0) for row in rows), Decimal(0)),
        "before": total("before"),
        "year": total("year_sum"),
        "later": total("later"),
        "by_source": [
            sum((row.by_source[place][1] or Decimal(0) for row in rows), Decimal(0)) for place in range(len(sources))
        ],
    }


def _by_unit(rows: list[Any]) -> list[dict[str, Any]]:
    """How many projects and how much money each unit has."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row.project.owner_unit.name
        unit = found.setdefault(name, {"name": name, "count": 0, "investment": Decimal(0), "year": Decimal(0)})
        unit["count"] += 1
        unit["investment"] += row.project.investment or Decimal(0)
        unit["year"] += row.year_sum
    return list(found.values())
