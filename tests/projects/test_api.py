"""The interface for programs does what the pages do, with the same refusals."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from jurisdictions.scope import enter
from projects.models import Declaration
from tests.people import Person, Town
from tests.projects import filling
from workflow.models import Document, FilingState

pytestmark = pytest.mark.django_db


def api(person: Person) -> APIClient:
    client = APIClient()
    client.force_authenticate(person.user)
    return client


def test_draft_is_made_saved_refused_and_handed_in(alpha: Town) -> None:
    client = api(alpha.filer)
    with enter(alpha.county):
        filling.open_call(alpha)
    made = client.post("/api/v1/dean/declarations/", {"name": "接口平台"}, format="json")
    assert made.status_code == 201, made.content
    pk, version = made.data["id"], made.data["content_version"]
    address = f"/api/v1/dean/declarations/{pk}/"
    saved = client.patch(
        address, {"content": {"money": {"unit": "wan", "investment": "60"}}, "content_version": version}, format="json"
    )
    assert saved.status_code == 200
    assert saved.data["project"]["investment"] == "600000.00"
    stale = client.patch(address, {"content": {"purpose": {"goal": "x"}}, "content_version": version}, format="json")
    assert stale.status_code == 409
    assert stale.data["error"]["code"] == "stale"
    refused = client.post(address + "submit/", {}, format="json")
    assert refused.status_code == 422
    fields = {item["field"]: item for item in refused.data["error"]["items"]}
    assert "DA-17" in fields["papers-technical_plan"]["articles"]
    with enter(alpha.county):
        filling.complete(Declaration.objects.select_related("project__county").get(pk=pk), alpha.filer)
    done = client.post(address + "submit/", {}, format="json")
    assert done.status_code == 200, done.content
    assert done.data["state"] == FilingState.SUBMITTED
    again = client.post(address + "submit/", {}, format="json")
    assert again.status_code == 409
    project = api(alpha.reviewer).get(f"/api/v1/dean/projects/{done.data['project']['id']}/")
    assert project.status_code == 200
    assert [step["key"] for step in project.data["route"]][:2] == ["declaration", "preliminary_evaluation"]


def test_others_see_neither_drafts_nor_another_county(alpha: Town, beta: Town) -> None:
    with enter(alpha.county):
        declaration = filling.draft(alpha.filer)
    address = f"/api/v1/dean/declarations/{declaration.pk}/"
    assert api(alpha.other_filer).get(address).status_code == 404
    assert api(alpha.reviewer).get(address).status_code == 404
    assert api(beta.filer).get(address).status_code == 404
    assert api(beta.filer).get(f"/api/v1/lingchuan/declarations/{declaration.pk}/").status_code == 404
    assert api(alpha.reviewer).post("/api/v1/dean/declarations/", {}, format="json").status_code == 403
    assert APIClient().get("/api/v1/dean/projects/").status_code in (401, 403)


def test_withdrawal_needs_its_reason(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
    address = f"/api/v1/dean/declarations/{project.declaration.pk}/withdraw/"
    assert api(alpha.filer).post(address, {"reason": ""}, format="json").status_code == 400
    done = api(alpha.filer).post(address, {"reason": "需求有变"}, format="json")
    assert done.status_code == 200
    assert done.data["state"] == FilingState.WITHDRAWN


@pytest.mark.parametrize(
    "content", [[], "text", {"basics": "text"}, {"basics": {"name": {"a": {"b": {"c": {"d": 1}}}}}}]
)
def test_content_that_is_none_is_refused(alpha: Town, content: object) -> None:
    answer = api(alpha.filer).post("/api/v1/dean/declarations/", {"content": content}, format="json")
    assert answer.status_code in (400, 422), answer.content


def test_paper_is_added_under_its_kind_and_a_wrong_one_refused(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = filling.draft(alpha.filer)
    address = f"/api/v1/dean/declarations/{declaration.pk}/papers/"
    client = api(alpha.filer)
    done = client.post(address, {"purpose": "construction_basis", "file": filling.paper()}, format="multipart")
    assert done.status_code == 201, done.content
    for purpose, person in (("no_such_kind", alpha.filer), ("construction_basis", alpha.other_filer)):
        answer = api(person).post(address, {"purpose": purpose, "file": filling.paper()}, format="multipart")
        assert answer.status_code in (404, 422)
    with enter(alpha.county):
        assert Document.objects.filter(purpose="construction_basis").count() == 1


@pytest.mark.parametrize("name, page", [("projects", "before"), ("declarations", "before"), ("steps", "after")])
def test_a_list_asked_for_wrongly_says_so_instead_of_showing_everything(alpha: Town, name: str, page: str) -> None:
    client = api(alpha.filer)
    for field, value in (("state", "nothing"), ("state", ""), (page, "x"), (page, "²"), (page, "9" * 30)):
        answer = client.get(f"/api/v1/dean/{name}/", {field: value})
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), value


def test_a_classified_project_has_no_declaration_and_the_description_says_so(alpha: Town) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    assert schema["components"]["schemas"]["Project"]["properties"]["declaration"]["nullable"] is True
