"""The lists of projects, declarations, calls, reserve and annual plans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Value
from django.db.models.functions import Coalesce, JSONObject
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from accounts.actors import Actor
from accounts.models import Office
from jurisdictions.fields import whole
from jurisdictions.rules.vocabulary import PHASES, STEPS
from projects import planning
from projects.models import (
    CostLine,
    PlanEntry,
    Project,
    ReserveEntry,
    ReserveState,
    Round,
    Standing,
)
from projects.ruling import ruleset_of
from workflow import stages
from workflow.clocks.clock import today
from workflow.filings.content import WAN, amount_or_none
from workflow.filings.kinds import kind_of
from workflow.listings import cells
from workflow.listings.listing import AMOUNT, COUNT, DAY, MOMENT, Column, Filter, Listing, Rows, Words, one_of
from workflow.listings.paging import Term, by_pk
from workflow.models import FilingState, Step

LAST_RANK = 32_767
RESERVE_TONES = {"valid": "good", "used": "done", "expired": "warn", "removed": "neutral"}
PLAN_PAGE = 200  # a county's plan of a year stands on one page, and prints as one


def address(name: str, request: CountyRequest, **kwargs: Any) -> str:
    """The address of a page of this app."""
    return reverse(f"projects:{name}", kwargs={"county": request.county.code, **kwargs})


def project_columns(of: Callable[[Any], Project], href: Callable[[Any, CountyRequest], str]) -> tuple[Column, ...]:
    """Name, number and applicant of a row's project: the first columns of every list of projects."""

    def name(row: Any, request: CountyRequest) -> SafeString:
        return cells.link(href(row, request), of(row).name, sub=of(row).mark)

    return (
        Column("name", gettext_lazy("Project"), lambda row: of(row).name, cell=name, is_heading=True),
        Column("number", gettext_lazy("Number of the project"), lambda row: of(row).number, on_page=False),
        Column("applicant", gettext_lazy("Applicant unit"), lambda row: of(row).applicant.name),
    )


def investment(of: Callable[[Any], Project]) -> Column:
    """The total investment, in yuan; nothing of a classified project."""

    def amount(row: Any) -> Decimal | None:
        return None if of(row).classified else of(row).investment

    return Column("investment", gettext_lazy("Total investment (10,000 yuan)"), amount, form=AMOUNT)


# --- projects -------------------------------------------------------------------------------------------------


def _itself(row: Project) -> Project:
    return row


def _project_href(row: Project, request: CountyRequest) -> str:
    return stages.page("project", request.county.code, pk=row.pk)


def _amount(text: str) -> Decimal | None:
    return amount_or_none(text, unit="wan")


def _in_words(label: Words) -> Callable[[Decimal], str]:
    def say(amount: Decimal) -> str:
        wan = f"{amount / WAN:f}"
        wan = wan.rstrip("0").rstrip(".") if "." in wan else wan
        return str(label) % {"amount": _("%(wan)s ten thousand yuan") % {"wan": wan}}

    return say


def _with_text(rows: Any, text: str, actor: Actor) -> Rows:
    return rows.holding(text)


def _at_step(rows: Rows, key: str, actor: Actor) -> Rows:
    now = Step.objects.active().filter(project=OuterRef("pk"), key=key)
    return rows.filter(Exists(now))


def _unit_name(pk: int) -> str:
    return Office.objects.filter(pk=pk).values_list("name", flat=True).first() or str(pk)


def _with_open_steps(rows: Rows) -> Rows:
    now = Step.objects.active().filter(project=OuterRef("pk")).order_by("position")
    step = JSONObject(key="key", name="rule__name", phase="phase", office="office__name", opened_at="opened_at")
    return (
        rows.select_related("applicant")
        .defer("summary")
        .annotate(open_steps=ArraySubquery(now.values_list(step, flat=True)))
    )


def _named_steps(rows: list[Any], actor: Actor) -> list[Any]:
    for row in rows:
        for step in row.open_steps:
            step["name"] = step["name"] or str(STEPS.get(step["key"], step["key"]))
            step["phase"] = str(PHASES.get(step["phase"], step["phase"]))
    return rows


def _of_open_steps(key: str) -> Callable[[Any], Any]:
    """What the steps that are open say of themselves, each thing once."""
    return lambda row: _(", ").join(dict.fromkeys(step[key] for step in row.open_steps if step[key])) or None


def _since(row: Any) -> dt.datetime | None:
    return min(
        (dt.datetime.fromisoformat(step["opened_at"]) for step in row.open_steps if step["opened_at"]), default=None
    )


def _open_steps(row: Any, request: CountyRequest) -> SafeString:
    parts = ((step["name"], (step["phase"], step["office"])) for step in row.open_steps)
    return cells.several([cells.with_sub(name, " · ".join(filter(None, sub))) for name, sub in parts])


PROJECTS = Listing(
    key="projects",
    keeps_views=True,
    name=gettext_lazy("Projects"),
    title=gettext_lazy("Projects, newest first"),
    permissions=("project.view", "declaration.view_own"),
    queryset=lambda actor: Project.objects.visible_to(actor),
    order=(by_pk(descending=True),),
    shown=_with_open_steps,
    prepare=_named_steps,
    href=_project_href,
    filters=(
        Filter("q", _with_text, word=lambda text: f"“{text}”"),
        Filter(
            "state",
            lambda rows, state, actor: rows.filter(standing=state),
            read=one_of(Standing.values),
            word=lambda state: str(Standing(state).label),
        ),
        Filter("step", _at_step, read=one_of(STEPS), word=lambda key: str(STEPS[key])),
        Filter("unit", lambda rows, unit, actor: rows.filter(applicant_id=unit), read=whole, word=_unit_name),
        Filter(
            "from",
            lambda rows, amount, actor: rows.filter(investment__gte=amount),
            read=_amount,
            word=_in_words(gettext_lazy("from %(amount)s")),
        ),
        Filter(
            "to",
            lambda rows, amount, actor: rows.filter(investment__lte=amount),
            read=_amount,
            word=_in_words(gettext_lazy("up to %(amount)s")),
        ),
    ),
    columns=(
        *project_columns(_itself, _project_href),
        investment(_itself),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: row.get_standing_display(),
            cell=lambda row, request: cells.badge(stages.tone("project", row.standing), row.get_standing_display()),
        ),
        Column("step", gettext_lazy("Step now"), _of_open_steps("name"), cell=_open_steps),
        Column("phase", gettext_lazy("Phase"), _of_open_steps("phase"), on_page=False),
        Column("office", gettext_lazy("Office in charge"), _of_open_steps("office"), on_page=False),
        Column(
            "since",
            gettext_lazy("Since"),
            _since,
            form=MOMENT,
            cell=lambda row, request: cells.text(cells.shortday(_since(row))),
        ),
    ),
)


# --- declarations ---------------------------------------------------------------------------------------------


def _own(actor: Actor) -> Rows:
    return Project.objects.filter(Q(applicant=actor.office) | Q(owner_unit=actor.office))


def _with_declaration(rows: Rows) -> Rows:
    found = rows.select_related("owner_unit", "applicant", "handling_office", "declaration")
    return found.defer("summary", "declaration__content")


def _declaration_href(row: Any, request: CountyRequest) -> str:
    declaration = getattr(row, "declaration", None)
    if declaration is not None and declaration.state in (FilingState.DRAFT, FilingState.RETURNED):
        return kind_of(declaration).url(declaration)
    return address("project", request, pk=row.pk)


def _declaration_state(row: Any) -> str:
    declaration = getattr(row, "declaration", None)
    return str(row.get_standing_display() if row.classified or declaration is None else declaration.get_state_display())


def _declaration_badge(row: Any, request: CountyRequest) -> SafeString:
    declaration = getattr(row, "declaration", None)
    tone = stages.tone("filing", declaration.state) if declaration else "neutral"
    return cells.badge(tone, _declaration_state(row))


def _saved_at(row: Any) -> dt.datetime | None:
    declaration = getattr(row, "declaration", None)
    return row.created_at if row.classified or declaration is None else declaration.saved_at


DECLARATIONS = Listing(
    key="declarations",
    name=gettext_lazy("Declarations"),
    title=gettext_lazy("Declarations, newest first"),
    permissions=("declaration.file", "declaration.view_own"),
    queryset=_own,
    order=(by_pk(descending=True),),
    shown=_with_declaration,
    href=_declaration_href,
    size=25,
    filters=(
        Filter(
            "state",
            lambda rows, state, actor: rows.filter(declaration__state=state),
            read=one_of(FilingState.values),
        ),
    ),
    columns=(
        *(one for one in project_columns(_itself, _declaration_href) if one.key != "applicant"),
        Column("owner_unit", gettext_lazy("Owner unit"), lambda row: row.owner_unit.name),
        investment(_itself),
        Column("plan_year", gettext_lazy("Plan year"), lambda row: row.plan_year),
        Column("state", gettext_lazy("State"), _declaration_state, cell=_declaration_badge),
        Column("saved", gettext_lazy("Saved"), _saved_at, form=MOMENT),
    ),
)


# --- calls ----------------------------------------------------------------------------------------------------


def _call_href(row: Any, request: CountyRequest) -> str:
    return address("call", request, pk=row.pk)


CALLS = Listing(
    key="calls",
    name=gettext_lazy("Annual calls"),
    title=gettext_lazy("Calls, newest first"),
    permissions=("call.manage",),
    queryset=lambda actor: Round.objects.all(),
    order=(Term("plan_year", lambda row: row.plan_year, descending=True), by_pk(descending=True)),
    shown=lambda rows: rows.annotate(
        drafts=Count("filings", filter=Q(filings__state="draft")),
        handed_in=Count("filings", filter=~Q(filings__state__in=("draft", "withdrawn"))),
    ),
    href=_call_href,
    columns=(
        Column(
            "title",
            gettext_lazy("Call"),
            lambda row: row.title,
            cell=lambda row, request: cells.link(_call_href(row, request), row.title),
            is_heading=True,
        ),
        Column("plan_year", gettext_lazy("Plan year"), lambda row: row.plan_year),
        Column("opens_on", gettext_lazy("Opens on"), lambda row: row.opens_on, form=DAY),
        Column("closes_on", gettext_lazy("Closes on"), lambda row: row.closes_on, form=DAY),
        Column("drafts", gettext_lazy("Drafts"), lambda row: row.drafts, form=COUNT),
        Column("handed_in", gettext_lazy("Handed in"), lambda row: row.handed_in, form=COUNT),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: row.get_state_display(),
            cell=lambda row, request: cells.badge(stages.tone("call", row.state), row.get_state_display()),
        ),
    ),
)


# --- reserve --------------------------------------------------------------------------------------------------


def _of_entry(row: Any) -> Project:
    return row.project


def _entry_href(row: Any, request: CountyRequest) -> str:
    return address("project", request, pk=row.project_id)


def _reserve_name(row: Any, request: CountyRequest) -> SafeString:
    cited = cells.articles(row.articles, stages.page("rules", request.county.code))
    sub = cells.html("{} {}", row.project.number, cited)
    return cells.link(_entry_href(row, request), row.project.name, sub=sub)


def _days_in_reserve(row: Any) -> int | None:
    if row.expires_on is None or row.state != ReserveState.VALID:
        return None
    return (row.expires_on - today()).days


def _left_in_reserve(row: Any, request: CountyRequest) -> SafeString:
    left = _days_in_reserve(row)
    return cells.DASH if left is None else cells.days_left(left, unit="date")


def _valid_until(row: Any, request: CountyRequest) -> SafeString:
    if row.expires_on is None:
        return cells.html('<span class="muted">{}</span>', _("no end"))
    return cells.text(row.expires_on.isoformat())


RESERVE = Listing(
    key="reserve",
    title=gettext_lazy("Reserve of projects"),
    permissions=("reserve.view",),
    queryset=lambda actor: ReserveEntry.objects.all(),
    order=(by_pk(descending=True),),
    shown=lambda rows: rows.select_related("project__applicant"),
    href=_entry_href,
    filters=(
        Filter(
            "state",
            lambda rows, state, actor: rows.filter(state=state),
            read=one_of(ReserveState.values),
            default=ReserveState.VALID,
        ),
    ),
    columns=(
        Column("name", gettext_lazy("Project"), lambda row: row.project.name, cell=_reserve_name, is_heading=True),
        *(one for one in project_columns(_of_entry, _entry_href) if one.key != "name"),
        investment(_of_entry),
        Column("entered_on", gettext_lazy("Entered"), lambda row: row.entered_on, form=DAY),
        Column("expires_on", gettext_lazy("Valid until"), lambda row: row.expires_on, form=DAY, cell=_valid_until),
        Column("left", gettext_lazy("Left"), _days_in_reserve, form=COUNT, cell=_left_in_reserve, css="tight"),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: row.get_state_display(),
            cell=lambda row, request: cells.badge(RESERVE_TONES[row.state], row.get_state_display()),
        ),
    ),
)


# --- annual plans ---------------------------------------------------------------------------------------------


def _of_year(rows: Rows, year: int, actor: Actor) -> Rows:
    return rows.filter(plan__year=year)


def _plan_entries(actor: Actor) -> Rows:
    return PlanEntry.objects.all()


def _basis(row: Any, request: CountyRequest) -> SafeString:
    if row.step is None:
        return cells.text(None)
    return cells.html(
        "{} {}", row.step.name, cells.articles(row.step.articles, stages.page("rules", request.county.code))
    )


def _entered(row: Any, request: CountyRequest) -> SafeString:
    if row.entered_on is None:
        return cells.badge("neutral", _("Proposed"))
    return cells.text(cells.shortday(row.entered_on))


RANK_KEY = Coalesce(F("rank"), Value(LAST_RANK + 1), output_field=IntegerField())

PLAN = Listing(
    key="plan",
    title=gettext_lazy("Annual plan"),
    permissions=("reserve.view",),
    queryset=_plan_entries,
    order=(
        Term("plan__year", lambda row: row.plan.year),
        Term(RANK_KEY, lambda row: row.rank, none=LAST_RANK + 1),
        by_pk(),
    ),
    shown=planning.with_money,
    href=_entry_href,
    size=PLAN_PAGE,
    filters=(Filter("year", _of_year, read=whole),),
    columns=(
        Column("year", gettext_lazy("Year"), lambda row: row.plan.year, on_page=False),
        Column(
            "rank",
            gettext_lazy("Rank"),
            lambda row: row.rank,
            form=COUNT,
            cell=lambda row, request: cells.html("{}", row.rank or "—"),
        ),
        *project_columns(_of_entry, _entry_href),
        investment(_of_entry),
        Column("owner_unit", gettext_lazy("Owner unit"), lambda row: row.project.owner_unit.name, on_page=False),
        Column("kind", gettext_lazy("Type of project"), planning.kind, on_page=False),
        Column("content", gettext_lazy("Main content"), lambda row: row.project.summary or None, on_page=False),
        Column("period", gettext_lazy("From year to year"), planning.period, on_page=False),
        Column("before", gettext_lazy("Arranged before (10,000 yuan)"), planning.before, form=AMOUNT, on_page=False),
        Column("this_year", gettext_lazy("This year (10,000 yuan)"), planning.this_year, form=AMOUNT, on_page=False),
        Column("sources", gettext_lazy("This year, by source"), planning.sources_said, on_page=False),
        Column("later", gettext_lazy("Later years (10,000 yuan)"), planning.later, form=AMOUNT, on_page=False),
        Column("entered_on", gettext_lazy("Entered"), lambda row: row.entered_on, form=DAY, cell=_entered),
        Column("basis", gettext_lazy("Basis"), lambda row: planning.basis(row) or None, cell=_basis),
        Column("note", gettext_lazy("Note"), lambda row: row.note or None, on_page=False),
    ),
)


# --- the sums of one project ----------------------------------------------------------------------------------


class MoneyListing(Listing):
    """The sums of one project; without one there are none."""

    def narrow(self, rows: Rows, query: QueryDict, actor: Actor) -> Rows:
        """Keep those of the project asked for."""
        pk = whole(query.get("project"))
        return rows.filter(project_id=pk) if pk is not None else rows.none()


def _sums(actor: Actor) -> Rows:
    visible = Project.objects.visible_to(actor).order_by().values("pk")
    return CostLine.objects.filter(project__in=visible)


def _with_source_names(rows: list[Any], actor: Actor) -> list[Any]:
    for row in rows:
        named = {one.key: str(one.name) for one in ruleset_of(row.project.rule_version).rules.sources}
        row.source_name = named.get(row.source, row.source)
    return rows


MONEY = MoneyListing(
    key="money",
    title=gettext_lazy("Sums on the cost lines"),
    permissions=("project.view", "declaration.view_own"),
    queryset=_sums,
    of="project",
    order=(by_pk(),),
    shown=lambda rows: rows.select_related("project__rule_version", "step"),
    prepare=_with_source_names,
    size=PLAN_PAGE,
    columns=(
        Column("stage", gettext_lazy("Stage"), lambda row: row.get_stage_display(), is_heading=True),
        Column("line", gettext_lazy("Cost line"), lambda row: row.get_line_display()),
        Column("year", gettext_lazy("Year"), lambda row: row.year),
        Column("source", gettext_lazy("Source"), lambda row: row.source_name or None),
        Column("amount", gettext_lazy("Amount (10,000 yuan)"), lambda row: row.amount, form=AMOUNT),
        Column("note", gettext_lazy("Basis of calculation"), lambda row: row.note or None),
        Column("step", gettext_lazy("Settled by"), lambda row: row.step.name if row.step is not None else None),
    ),
)

LISTINGS = (PROJECTS, DECLARATIONS, CALLS, RESERVE, PLAN, MONEY)
