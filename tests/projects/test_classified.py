"""A classified project leaves a stub and nothing else."""

import pytest

from accounts.refusals import Refusal
from jurisdictions.scope import enter
from projects.models import Declaration, Project, Standing
from projects.services.drafts import classified_refusal, register_classified
from tests import people
from tests.people import Town
from tests.projects import filling
from workflow.documents import storage
from workflow.models import Document, Step

pytestmark = pytest.mark.django_db


def stub(town: Town) -> Project:
    return register_classified(
        actor=town.filer.actor, owner_unit=town.units[0], handling_office=next(iter(town.duty.values()))
    )


@pytest.mark.article("DA-7", "LC-2", "CJ-2", "JH-40")
@pytest.mark.parametrize(
    ("code", "article"), [("dean", "DA-7"), ("lingchuan", "LC-2"), ("changji", "CJ-2"), ("jinhu", "JH-40")]
)
def test_only_number_owner_and_handling_office_are_kept(code: str, article: str) -> None:
    town = people.make_town(code)
    with enter(town.county):
        project = stub(town)
        assert project.standing == Standing.STUB
        assert project.number and project.owner_unit and project.handling_office
        assert not project.summary and project.investment is None
        assert not Declaration.objects.exists() and not Step.objects.exists()
        assert article in classified_refusal(project).articles


@pytest.mark.article("DA-7")
def test_files_and_texts_are_refused_with_the_article(alpha: Town) -> None:
    with enter(alpha.county):
        project = stub(alpha)
        with pytest.raises(Refusal):
            storage.store(actor=alpha.filer.actor, project=project, purpose="technical_plan", upload=filling.paper())
        assert not Document.objects.exists()
    client = people.client_for(alpha.filer)
    answer = client.post(
        f"/dean/projects/{project.pk}/papers/", {"purpose": "technical_plan", "upload": filling.paper()}
    )
    assert answer.status_code == 422
    assert "DA-7" in answer.content.decode()
    answer = client.post(
        "/dean/declarations/classified/",
        {"owner_unit": alpha.units[0].pk, "handling_office": alpha.units[1].pk, "summary": "机密内容"},
    )
    assert answer.status_code == 422
    assert "DA-7" in answer.content.decode()


@pytest.mark.article("DA-7")
def test_stub_is_seen_by_its_unit_and_opens_nothing(alpha: Town) -> None:
    with enter(alpha.county):
        project = stub(alpha)
        assert list(Project.objects.visible_to(alpha.filer.actor)) == [project]
        assert not Project.objects.visible_to(alpha.other_filer.actor).exists()
    page = people.client_for(alpha.filer).get(f"/dean/projects/{project.pk}/")
    assert page.status_code == 200
    assert "DA-7" in page.content.decode()
