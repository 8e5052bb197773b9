"""Every page of projects opens for the people it is for."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from approvals.kinds.reviews import REFUSED, decide
from jurisdictions.scope import enter
from projects.services.drafts import register_classified
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
        for name in ("project", "declaration", "papers", "money"):
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


def plain(html: str) -> str:
    """A page's text, its spaces made one."""
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def test_project_says_on_top_what_goes_on_and_whose_turn_it_is(alpha: Town, client_for: ClientFor) -> None:
    with time_machine.travel(dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC), tick=False), enter(alpha.county):
        project = filling.hand_in(alpha)
        step = Step.objects.select_related("office").get(project=project, state="open")
        reviewer = alpha.by_duty[step.office.authorities[0]]
    with time_machine.travel(dt.datetime(2026, 3, 5, 4, tzinfo=dt.UTC), tick=False):
        mine, other, filer = (
            plain(client_for(person).get(at(alpha, "project", pk=project.pk)).content.decode())
            for person in (reviewer, alpha.by_duty["finance"], alpha.filer)
        )
        sentence = f"现在：{step.name} · {step.office.name} · 已等 3 个工作日 · 办法未规定时限"
        assert sentence in mine and f"{sentence} · 您无需办理" not in mine
        assert f"{sentence} · 您无需办理" in other and f"{sentence} · 您无需办理" in filer
        with enter(alpha.county):
            items = [{"section": "purpose", "field": "", "text": "请补充目的"}]
            filings.send_back(actor=reviewer.actor, step=step, items=items, reason="总体论证不足")
        sentence = f"现在：{step.name} · 退回补正 · {project.applicant.name} · 今天到达"
        for person, is_asked in ((alpha.filer, True), (reviewer, False)):
            page = client_for(person).get(at(alpha, "project", pk=project.pk)).content.decode()
            assert sentence in plain(page) and ("您无需办理" in page) != is_asked
            assert "总体论证不足" in page
            assert page.count("退回补正</span>") >= 2  # beside the name, and in the sentence


def test_phases_are_lines_and_citations_of_a_phase_are_one(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        steps = list(project.steps.all())
    page = client_for(alpha.reviewer).get(at(alpha, "project", pk=project.pk)).content.decode()
    folds = re.findall(r"<details\s+class=\"phase phase-(\w+)\" (open)?", page)
    assert [is_open for _state, is_open in folds] == ["open", *[""] * (len(folds) - 1)]
    assert len(folds) == len({step.phase for step in steps})
    route = page[page.index('class="phases"') : page.index("</section>", page.index('class="phases"'))]
    assert route.count("cites-fold") == len(folds)
    assert set(re.findall(r'tabindex="(-?\d)"', route)) == {"-1"}
    assert all(step.name in route for step in steps)


def test_classified_stub_has_no_declaration_to_read(alpha: Town, client_for: ClientFor) -> None:
    with enter(alpha.county):
        stub = register_classified(actor=alpha.filer.actor, owner_unit=alpha.units[0], handling_office=alpha.units[1])
    assert client_for(alpha.filer).get(at(alpha, "declaration", pk=stub.pk)).status_code == 404
