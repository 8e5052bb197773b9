"""Facts that only one county's rules ask for: asked in its form, kept in columns, and obeyed by the route."""

import pytest

from jurisdictions.scope import enter
from projects.models import Project, ProjectFact
from projects.ruling import facts_of, route_of
from projects.services.sheets import sheet_of
from tests import people
from tests.people import Town
from tests.projects import filling
from workflow.models import Step

pytestmark = pytest.mark.django_db


@pytest.fixture
def prefecture() -> Town:
    """The county whose rules ask whether the money stands in the budget."""
    return people.make_town("changji")


def route_keys(project: Project) -> list[str]:
    return list(Step.objects.filter(project=project).order_by("position").values_list("key", flat=True))


@pytest.mark.article("CJ-15")
def test_a_fact_of_the_countys_own_decides_the_route(prefecture: Town) -> None:
    with enter(prefecture.county):
        project = filling.hand_in(prefecture, amount="800000", own_outside_budget="yes")
        kept = ProjectFact.objects.get(project=project)
        assert (kept.key, kept.yes_no, kept.amount, kept.count, kept.choice) == ("outside_budget", True, None, None, "")
        assert {"government_decision", "party_committee_review"} <= set(route_keys(project))
        facts = facts_of(project)
        assert facts is not None and dict(facts.own) == {"outside_budget": True}


@pytest.mark.article("CJ-15")
def test_without_the_fact_the_route_is_the_usual_one(prefecture: Town) -> None:
    with enter(prefecture.county):
        project = filling.hand_in(prefecture, amount="800000")
        assert ProjectFact.objects.get(project=project).yes_no is False
        assert not {"government_decision", "party_committee_review"} & set(route_keys(project))


def test_the_form_asks_it_with_its_article(prefecture: Town) -> None:
    with enter(prefecture.county):
        sheet = sheet_of(filling.draft(prefecture.filer))
        asked = sheet.field("basics-own_outside_budget")
        assert asked is not None
        assert (asked.label, list(asked.articles)) == ("资金是否未纳入当年州财政预算", ["CJ-15"])


def test_other_counties_ask_nothing_of_it() -> None:
    other = people.make_town("jinhu")
    with enter(other.county):
        declaration = filling.draft(other.filer, own_outside_budget="yes")
        assert sheet_of(declaration).field("basics-own_outside_budget") is None
        assert not ProjectFact.objects.exists()


@pytest.mark.article("DA-34")
@pytest.mark.parametrize(("inner", "authority", "reviewed"), [("yes", "secrecy", True), ("no", "data_bureau", False)])
def test_public_operation_goes_to_whom_the_article_names(inner: str, authority: str, reviewed: bool) -> None:
    town = people.make_town("dean")
    with enter(town.county):
        basics = {"action": "operate", "category": "infrastructure", "own_inner_network": inner}
        declaration = filling.draft(town.filer, amount="300000", **basics)
        route = route_of(Project.objects.get(pk=declaration.project.pk))
        declared = route.step("declaration")
        assert declared is not None and declared.authority == authority
        assert ("party_committee_review" in route.keys) is reviewed
