"""Changes of a project: all of them, a new one, and what the rules say of the one that is being written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.changes import anew
from approvals.changes.filing import CHANGE, begin, may_begin
from approvals.changes.listings import CHANGES
from approvals.changes.ruling import base_of
from approvals.changes.words import TONES, percent, shown
from approvals.models import ChangeRequest
from approvals.step_page import READERS
from jurisdictions.rules.ruleset import RuleMissing
from projects import project_page
from projects.models import Project
from projects.ruling import facts_of, ruleset_of
from workflow import stages
from workflow.desk.errors import as_errors
from workflow.filings.content import from_post
from workflow.filings.saving import merged
from workflow.models import HANDED_IN, Filing, FilingState, Step

UNENDED = (FilingState.DRAFT, *HANDED_IN)
# The values by which counties name the largest share of a change.
LIMITS = ("adjustment_limit", "change_ratio")


@require_GET
@needs("project.view", "declaration.view_own")
def all_changes(request: CountyRequest) -> HttpResponse:
    """The changes of the county, or of the unit, newest first."""
    return render(request, "approvals/changes.html", {"table": CHANGES.table(request)})


@require_GET
@needs(*READERS)
def of_project(request: CountyRequest, pk: int) -> HttpResponse:
    """The changes of a project: what each came to, and what share is left."""
    return _page(request, pk)


def _page(request: CountyRequest, pk: int, *, refusal: Refusal | None = None) -> HttpResponse:
    project = project_page.find_project(request, pk)
    is_own = request.actor.in_office(project.owner_unit_id)
    rows: list[Any] = list(
        ChangeRequest.objects.filter(project=project).select_related("filing__step__office", "anew").order_by("-number")
    )
    rows = [one for one in rows if is_own or one.filing.submitted_at is not None]
    steps: dict[str, list[Step]] = {}
    for step in Step.objects.filter(project=project, key=CHANGE.key).select_related("office", "reply"):
        steps.setdefault(str(step.rule.get("change", "")), []).append(step)
    for one in rows:
        one.tone = stages.tone("filing", one.filing.state)
        one.outcome_tone = TONES.get(one.outcome, "neutral")
        one.share = percent(one.ratio)
        one.steps = steps.get(str(one.pk), [])
        one.url = CHANGE.url(one.filing) if is_own or one.filing.submitted_at else ""
        one.is_editable = is_own and one.filing.state in (FilingState.DRAFT, FilingState.RETURNED)
    context = {
        **project_page.header(request, project, tab="changes"),
        "changes": rows,
        "may_begin": may_begin(request.actor, project) and not any(one.filing.state in UNENDED for one in rows),
        "share": _share(project),
        "errors": as_errors(refusal) if refusal is not None else [],
    }
    return render(request, "approvals/project_changes.html", context, status=refusal.status if refusal else 200)


def _share(project: Project) -> dict[str, Any]:
    """The share moved so far, the largest that the rules name, and what is left."""
    base, rules, facts = base_of(project), ruleset_of(project.rule_version), facts_of(project)
    found: dict[str, Any] = {"base": base.amount, "now": base.now, "moved": base.earlier, "limit": "", "left": None}
    if not base.amount:
        return found
    found["so_far"] = percent(base.earlier / base.amount)
    rule = rules.rules.change_base
    found["articles"] = list(rule.articles) if rule is not None else []
    for name in LIMITS if facts is not None else ():
        try:
            limit = rules.parameter(name, facts)  # type: ignore[arg-type]
        except RuleMissing:
            continue
        found |= {"limit": percent(limit.value), "left": max(limit.value * base.amount - base.earlier, 0)}
    return found


@require_POST
@needs("owner.record")
def new(request: CountyRequest, pk: int) -> HttpResponse:
    """Begin a request."""
    project = project_page.find_project(request, pk)
    try:
        filing = begin(actor=request.actor, project=project)
    except Refusal as refusal:
        return _page(request, pk, refusal=refusal)
    return redirect(CHANGE.url(filing))


def _find(request: CountyRequest, pk: int) -> Filing:
    """A request of the person's own unit. Raises `Http404`."""
    rows = Filing.objects.filter(kind=CHANGE.key).select_related("unit", "step", "project__county")
    rows = rows.select_related("project__owner_unit", "project__rule_version", "project__declaration")
    filing: Filing = get_object_or_404(rows, pk=pk)
    if not CHANGE.is_own(request.actor, filing):
        raise Http404
    return filing


@require_POST
@needs("owner.record")
def preview(request: CountyRequest, pk: int) -> HttpResponse:
    """What the rules say of the change as it is typed."""
    filing = _find(request, pk)
    typed = from_post(request.POST.dict(), CHANGE.sections())
    judged = CHANGE.judged(filing, merged(filing.content, typed))
    context = {
        "filing": filing,
        "judged": judged,
        "judged_lines": shown(filing.project, judged),
        "may_redeclare": request.actor.may("declaration.file"),
    }
    return render(request, "approvals/_change_answer.html", context)


@require_POST
@needs("declaration.file")
def redeclare(request: CountyRequest, pk: int) -> HttpResponse:
    """Declare anew what cannot be changed."""
    filing = _find(request, pk)
    try:
        declaration = anew.redeclare(actor=request.actor, filing=filing)
    except Refusal as refusal:
        return _page(request, filing.project.pk, refusal=refusal)
    messages.success(request, _("The new declaration is a draft; the request to change was ended."))
    return redirect("workflow:filing_edit", county=request.county.code, pk=declaration.pk)
