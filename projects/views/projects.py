"""Project list, project page, papers and money; a reviewer's verdict on what looks alike."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.models import Office
from accounts.refusals import NotPermitted, Refusal
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import STEPS
from projects import likeness, progress, project_page
from projects.access import may_file
from projects.declaring.setting import QUOTE_PAPER
from projects.listings import MONEY, PROJECTS
from projects.models import Project, ProjectState, SimilarFinding, Standing, VendorQuote
from projects.money import table_of
from projects.ruling import ruleset_of
from projects.search import SEARCHED
from projects.services.drafts import classified_refusal, secrecy_articles
from projects.services.submission import WITHDRAWABLE
from projects.views.shared import list_tabs
from workflow.clocks import delays, due, foreseen
from workflow.desk.errors import as_errors
from workflow.desk.words import word
from workflow.documents import storage
from workflow.models import Document

READERS = ("project.view", "declaration.view_own")
MOST_PAPERS = 500


@require_GET
@needs(*READERS)
def projects(request: CountyRequest) -> HttpResponse:
    """All projects a person may see, the newest first, filtered by the address, paged by key."""
    units = {}
    if request.actor.may("project.view"):
        units = dict(Office.objects.filter(is_active=True).order_by("pk").values_list("pk", "name"))
    context = {
        "table": PROJECTS.table(request),
        "states": Standing.choices,
        "tabs": list_tabs(request, "projects"),
        "steps": STEPS.items(),
        "units": units.items(),
        "get": request.GET,
        "searched": SEARCHED,
    }
    return render(request, "projects/projects.html", context)


@require_GET
@needs(*READERS)
def project(request: CountyRequest, pk: int) -> HttpResponse:
    """Where a project stands, what is asked of me, its route, what was declared."""
    found = project_page.find_project(request, pk)
    if found.classified:
        rules = ruleset_of(found.rule_version)
        context = {
            **project_page.header(request, found, steps=[]),
            "secrecy_articles": secrecy_articles(rules),
            "project_tabs": [],
        }
        return render(request, "projects/project.html", context)
    steps = project_page.route_steps(found)
    rows = delays.clocks_of(found, steps, with_changes=False) if found.routed_on else []
    clocks = due.running_of(rows)
    hanging = due.hanging_by_step(steps, clocks)
    laid = [one for one in steps if not one.is_beside]
    context = {
        **project_page.header(request, found, tab="overview", steps=steps),
        **project_page.review_context(found, actor=request.actor),
        "steps": steps,
        "now": progress.now_of(request.actor, found, steps, hanging),
        "delays": delays.of_project(found, rows),
        "outlook": foreseen.outlook(found, steps, rows) if found.state == ProjectState.RUNNING else None,
        "phases": progress.phases_of(progress.route_line(found, laid, clocks, hanging)),
        "reserve": getattr(found, "reserve", None),
        "may_withdraw": may_file(actor=request.actor, project=found) and found.standing in WITHDRAWABLE,
    }
    return render(request, "projects/project.html", context)


@require_GET
@needs(*READERS)
def declaration(request: CountyRequest, pk: int) -> HttpResponse:
    """The declaration as it was handed in, section by section."""
    found = project_page.find_project(request, pk)
    reading = project_page.reading_of(found)
    if reading is None:
        raise Http404
    context = {**project_page.header(request, found, tab="declaration"), "sheet": reading.sheet}
    return render(request, "projects/declaration.html", context)


@require_http_methods(["GET", "POST"])
@needs(*READERS)
def papers(request: CountyRequest, pk: int) -> HttpResponse:
    """All papers of a project; a paper can be added by those who may."""
    found = project_page.find_project(request, pk)
    rules = ruleset_of(found.rule_version)
    may_add = request.actor.may("document.upload") and not found.classified and found.state != ProjectState.ENDED
    context: dict[str, Any] = {
        **project_page.header(request, found, tab="papers"),
        **storage.limits(),
        "may_add": may_add,
        "purposes": sorted(
            ((key, paper.name) for key, paper in rules.rules.documents.items()), key=lambda pair: pair[1]
        ),
    }
    status = 200
    if request.method == "POST":
        try:
            _add_paper(request, found, rules, may_add=may_add)
        except Refusal as refusal:
            context["errors"], status = as_errors(refusal), refusal.status
        else:
            messages.success(request, _("Added to the papers."))
            return redirect("projects:papers", county=request.county.code, pk=pk)
    rows: list[Any] = list(
        Document.objects.filter(project=found).select_related("uploaded_by", "step").order_by("-pk")[:MOST_PAPERS]
    )
    for row in rows:
        known = rules.rules.documents.get(row.purpose)
        row.purpose_name = (
            known.name if known else _("Vendor quote") if row.purpose == QUOTE_PAPER else word(row.purpose)
        )
    return render(request, "projects/papers.html", {**context, "rows": rows}, status=status)


def _add_paper(request: CountyRequest, project: Project, rules: Ruleset, *, may_add: bool) -> None:
    """Add the chosen paper to a project. Raises `Refusal` that says why not."""
    if project.classified:
        raise classified_refusal(project)
    if not may_add:
        raise NotPermitted(_("No paper can be added here: the project has ended, or your role adds none."))
    purpose, upload = request.POST.get("purpose", ""), request.FILES.get("upload")
    if purpose not in rules.rules.documents:
        raise Refusal(_("Please choose what kind of paper it is."), field="purpose")
    if upload is None:
        raise Refusal(_("Please choose a file first."), field="upload")
    storage.store(actor=request.actor, project=project, purpose=purpose, upload=upload)


@require_GET
@needs(*READERS)
def money(request: CountyRequest, pk: int) -> HttpResponse:
    """The sums of all stages on the cost lines, by year and source, each by itself; the vendor quotes."""
    found = project_page.find_project(request, pk)
    context = {
        **project_page.header(request, found, tab="money"),
        "table": table_of(found),
        "lines": MONEY.table(request, QueryDict(f"project={pk}")),
        "quotes": list(VendorQuote.objects.filter(declaration__project=found).select_related("document")),
    }
    return render(request, "projects/money.html", context)


@require_POST
@needs("step.decide")
def judge(request: CountyRequest, pk: int) -> HttpResponse:
    """Record the verdict on a project that looks like another."""
    finding: SimilarFinding = get_object_or_404(
        SimilarFinding.objects.select_related("project__applicant", "project__owner_unit"), pk=pk
    )
    if not finding.project.is_visible_to(request.actor):
        raise Http404
    try:
        likeness.judge_finding(
            actor=request.actor,
            finding=finding,
            verdict=request.POST.get("verdict", ""),
            note=request.POST.get("verdict_note", ""),
        )
        messages.success(request, _("Your verdict is recorded."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith(f"/{request.county.code}/"):
        return redirect(f"{back}#finding-{pk}")
    return redirect("projects:project", county=request.county.code, pk=finding.project_id)
