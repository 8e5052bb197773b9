"""The reserve and the annual plan: entry, validity, expiry by timer."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.refusals import Refusal
from jurisdictions.scope import enter
from projects.handlers import last_valid_day
from projects.models import AnnualPlan, Declaration, PlanEntry, Project, ReserveEntry, ReserveState, Standing
from tests import people
from tests.budgets import budget
from tests.people import Town, client_for
from tests.projects import filling
from tests.workflow.work import make_project, take_as_handed_in
from workflow.clocks import timers
from workflow.clocks.clock import end_of, today
from workflow.machines.runner import perform
from workflow.models import Deadline, DeadlineState, FilingState, Message, Step, StepState
from workflow.route import steps as route
from workflow.route.kinds import awaits_filing

pytestmark = pytest.mark.django_db


def pass_until(project: Project, key: str, **record: str | int) -> None:
    """Let every step pass up to and with `key`."""
    for _step in range(30):
        opened = Step.objects.select_related(
            "project__applicant", "project__owner_unit", "project__rule_version", "office"
        ).filter(project=project, state=StepState.OPEN)
        step = opened.earliest("position")
        if awaits_filing(step):
            take_as_handed_in(step)
        route.finish(actor=SYSTEM, step=step, outcome="approve", record=record)
        if step.key == key:
            return


@pytest.mark.parametrize(
    ("first", "amount", "unit", "last"),
    [
        (dt.date(2026, 3, 2), 2, "year", dt.date(2028, 3, 1)),
        (dt.date(2024, 2, 29), 1, "year", dt.date(2025, 2, 27)),
        (dt.date(2026, 8, 31), 6, "month", dt.date(2027, 2, 27)),
        (dt.date(2026, 3, 2), 10, "day", dt.date(2026, 3, 11)),
    ],
)
def test_validity_ends_the_day_before_its_anniversary(first: dt.date, amount: int, unit: str, last: dt.date) -> None:
    assert last_valid_day(first, amount, unit) == last


@pytest.mark.article("DA-11")
def test_project_enters_the_reserve_for_two_years_and_leaves_it_by_timer(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        pass_until(project, "reserve_admission")
        entry = ReserveEntry.objects.get(project=project)
        assert entry.expires_on == last_valid_day(today(), 2, "year")
        assert "DA-11" in entry.articles
        assert Project.objects.get(pk=project.pk).standing == Standing.IN_RESERVE
    page = client_for(alpha.reviewer).get("/dean/reserve/").content.decode()
    assert project.name in page
    assert entry.expires_on.isoformat() in page
    assert 'href="/dean/plans/"' in page and 'href="/dean/projects/"' in page
    with time_machine.travel(end_of(entry.expires_on) - dt.timedelta(minutes=1), tick=False):
        timers.sweep()
    with enter(alpha.county):
        assert ReserveEntry.objects.get(project=project).state == ReserveState.VALID
    with time_machine.travel(end_of(entry.expires_on) + dt.timedelta(minutes=1), tick=False):
        timers.sweep()
        timers.sweep()
    with enter(alpha.county):
        assert ReserveEntry.objects.get(project=project).state == ReserveState.EXPIRED
        assert Project.objects.get(pk=project.pk).standing == Standing.EXPIRED
        assert not Step.objects.filter(project=project, state__in=("coming", "open", "waiting")).exists()
        assert Deadline.objects.get(project=project, key="reserve_expiry").state == DeadlineState.LAPSED
        assert Message.objects.filter(user=alpha.filer.user, kind="reserve_expired").count() == 1


@pytest.mark.article("DA-12", "DA-19")
def test_plan_entry_uses_up_the_place_in_the_reserve(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        pass_until(project, "annual_plan", rank="3")
        entry = PlanEntry.objects.select_related("plan").get(project=project)
        assert (entry.rank, entry.plan.year) == (3, project.plan_year)
        assert ReserveEntry.objects.get(project=project).state == ReserveState.USED
        assert Project.objects.get(pk=project.pk).standing == Standing.PLANNED
    page = client_for(alpha.reviewer).get("/dean/plans/").content.decode()
    assert project.name in page
    with time_machine.travel(end_of(today() + dt.timedelta(days=800)), tick=False):
        timers.sweep()
    with enter(alpha.county):
        assert Project.objects.get(pk=project.pk).standing == Standing.PLANNED


def test_a_long_plan_is_paged_by_rank_and_its_total_is_the_whole_plans(alpha: Town) -> None:
    with enter(alpha.county):
        first = make_project(alpha, investment=Decimal(10_000))
        names = [f"项目{number:03d}号" for number in range(450)]
        copies = []
        for name in names:
            copy = Project.objects.get(pk=first.pk)
            copy.pk, copy.name, copy.number = None, name, name
            copies.append(copy)
        made = Project.objects.bulk_create(copies)
        plan = AnnualPlan.objects.create(county=alpha.county, year=2027, title="2027年度计划")
        ranks = [number // 3 + 1 if number < 400 else None for number in range(450)]
        PlanEntry.objects.bulk_create(
            PlanEntry(county=alpha.county, plan=plan, project=project, rank=rank, entered_on=today())
            for project, rank in zip(made, ranks, strict=True)
        )
    browser, address = client_for(alpha.reviewer), "/dean/plans/?year=2027"
    shown: list[str] = []
    while address:
        with budget(8 if shown else 12):  # the first page of a session also notes its time
            page = browser.get(address)
        assert "450 个项目" in page.content.decode() and page.context["whole"]["total"] == 4_500_000
        shown += [row.project.name for row in page.context["table"].rows]
        older = page.context["table"].older_url
        address = older and f"/dean/plans/{older}"
    assert shown == names


def lose_the_place(town: Town) -> Project:
    """A project about to enter the plan whose place in the reserve has just ended."""
    project = filling.hand_in(town)
    pass_until(project, "reserve_admission")
    entry = ReserveEntry.objects.select_related("project").get(project=project)
    perform(entry, "expire", actor=SYSTEM)
    return project


@pytest.mark.article("DA-17")
def test_project_without_its_place_in_the_reserve_enters_no_plan(alpha: Town) -> None:
    with enter(alpha.county):
        project = lose_the_place(alpha)
        with pytest.raises(Refusal) as refusal:
            pass_until(project, "annual_plan", rank="3")
        assert "DA-11" in refusal.value.articles
        assert not PlanEntry.objects.filter(project=project).exists()


@pytest.mark.article("DA-17")
def test_rules_that_take_a_project_outside_the_reserve_let_it_enter_the_plan(alpha: Town) -> None:
    with enter(alpha.county):
        project = lose_the_place(alpha)
        Project.objects.filter(pk=project.pk).update(major_deployment=True)
        pass_until(project, "annual_plan", rank="3")
        assert PlanEntry.objects.filter(project=project).exists()


@pytest.mark.article("JH-7", "JH-9", "JH-13")
def test_consultation_sets_the_class_and_the_route_follows_it() -> None:
    town = people.make_town("jinhu")
    with enter(town.county):
        project = filling.hand_in(town)
        keys = set(Step.objects.filter(project=project).values_list("key", flat=True))
        assert "expert_argumentation" in keys and "plan_review" not in keys
        pass_until(project, "consultation", importance="key", rank="1")
        project.refresh_from_db()
        assert project.importance == "key"
        states = dict(Step.objects.filter(project=project).values_list("key", "state"))
        assert states["plan_review"] == StepState.COMING
        assert states["expert_argumentation"] == StepState.SKIPPED
        assert states["city_filing"] == StepState.OPEN
        assert ReserveEntry.objects.get(project=project).expires_on is None


def test_declaration_is_accepted_with_the_last_step_of_the_initiation(beta: Town) -> None:
    with enter(beta.county):
        project = filling.hand_in(beta, amount="590000")  # below the budget review, for which the unit hands in
        last = Step.objects.filter(project=project, phase="initiation").order_by("-position").first()
        assert last is not None
        pass_until(project, last.key)
        assert Declaration.objects.get(project=project).state == FilingState.ACCEPTED
        assert Project.objects.get(pk=project.pk).standing == Standing.PLANNED


def test_plan_entry_of_another_year_than_declared_enters_that_years_plan(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        later = today().year + 2
        assert project.plan_year != later
        pass_until(project, "annual_plan", plan_year=later)
        assert PlanEntry.objects.select_related("plan").get(project=project).plan.year == later
        assert Project.objects.get(pk=project.pk).plan_year == later
