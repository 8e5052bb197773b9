"""Every page of projects opens for the people it is for."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from approvals.kinds.reviews import REFUSED, decide
from jurisdictions.scope import enter
from projects.services.submission import start_declaration
from tests.people import Person, Town
from tests.projects import filling
from workflow.filings import services as filings
from workflow.models import Step

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person], Client]


def at(town: Town, name: str, **values: object) -> str:
    return reverse(f"projects:{name}", kwargs={"county": town.code, **values})


def test_lists_open_for_filer_and_reviewer(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
    for person, names in (
        (alpha.filer, ["declarations", "new", "classified", "projects"]),
        (alpha.head, ["projects", "calls", "new_call", "reserve", "plans"]),
        (alpha.reviewer, ["projects", "reserve", "plans"]),
    ):
        client = client_for(person)
        for name in names:
            answer = client.get(at(alpha, name))
            assert answer.status_code == 200, (name, answer.status_code)
    assert project.name in client.get(at(alpha, "projects")).content.decode()


def test_project_pages_open(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
    for person in (alpha.filer, alpha.reviewer):
        client = client_for(person)
        for name in ("project", "papers", "money"):
            answer = client.get(at(alpha, name, pk=project.pk))
            assert answer.status_code == 200
            assert project.number in answer.content.decode()


def test_form_shows_every_section_of_the_rules(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = start_declaration(actor=alpha.filer.actor)
    page = client_for(alpha.filer).get(f"/{alpha.code}/filings/{declaration.pk}/edit/").content.decode()
    for section in ("basics", "purpose", "plan", "money", "quotes", "negative", "prerequisites", "papers"):
        assert f'id="section-{section}"' in page


def test_form_shows_each_part_once(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    page = client_for(alpha.filer).get(f"/{alpha.code}/filings/{declaration.pk}/edit/").content.decode()
    shown = re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL)
    ids = Counter(re.findall(r'\sid="([^"]+)"', shown))
    assert ids["route-preview"] == 1
    assert [name for name, times in ids.items() if times > 1] == []


def test_only_who_may_confirm_a_part_is_led_to_it(beta: Town, client_for: ClientFor) -> None:
    unit = beta.units[0]
    with enter(beta.county):
        filling.draft(beta.other_filer, cross_department="yes", partners=[{"office": str(unit.pk), "part": "接口"}])
    pages = {person: client_for(person).get(at(beta, "declarations")) for person in (beta.filer, beta.owner)}
    assert all("请贵单位确认承担的内容" in page.content.decode() for page in pages.values())
    assert "/partner/" in pages[beta.filer].content.decode()
    assert "/partner/" not in pages[beta.owner].content.decode()


def test_no_paper_is_added_to_a_project_that_has_ended(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor, name="智慧停车")
        filings.withdraw(actor=alpha.filer.actor, filing=declaration, reason="不再需要")
    url = at(alpha, "papers", pk=declaration.project_id)
    data = {"purpose": "construction_basis", "upload": filling.paper()}
    assert client_for(alpha.filer).post(url, data).status_code == 403


def test_a_refused_project_says_where_and_why_at_the_top(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        step = Step.objects.select_related("project", "office").get(project=project, state="open")
        decide(actor=alpha.secretary.actor, step=step, outcome=REFUSED.key, reason="与已建平台重复。")
    page = client_for(alpha.filer).get(at(alpha, "project", pk=project.pk)).content.decode()
    head = page.split('class="route"')[0]
    assert step.name in head and "与已建平台重复。" in head
