"""Programs repeat safely: the same POST under the same key acts once, and PATCH touches what it names."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.models import AnsweredRequest
from accounts.roles import Role
from jurisdictions.scope import enter
from projects.models import Declaration
from tests.people import Person, Town, join, make_town
from tests.projects import filling
from workflow.models import AuditEntry, Document

ADDRESS = "/api/v1/dean/declarations/"


def api(person: Person) -> APIClient:
    client = APIClient()
    client.force_authenticate(person.user)
    return client


def begin(client: APIClient, key: str, name: str = "接口平台", **headers: str) -> Any:
    return client.post(ADDRESS, {"name": name}, format="json", headers={"Idempotency-Key": key, **headers})


def drafts(town: Town) -> int:
    with enter(town.county):
        return Declaration.objects.count()


@pytest.mark.django_db
class TestKey:
    def test_the_same_again_gets_the_same_answer_and_nothing_twice(self, alpha: Town) -> None:
        client = api(alpha.filer)
        first, again = begin(client, "a-1"), begin(client, "a-1")
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
        assert drafts(alpha) == 1
        with enter(alpha.county):
            assert AuditEntry.objects.filter(action="declaration.start").count() == 1

    def test_another_body_or_address_under_the_same_key_is_refused(self, alpha: Town) -> None:
        client = api(alpha.filer)
        pk = begin(client, "a-1").json()["id"]
        other = begin(client, "a-1", name="另一个")
        assert (other.status_code, other.json()["error"]["field"]) == (422, "Idempotency-Key")
        elsewhere = client.post(
            f"{ADDRESS}{pk}/withdraw/", {"name": "接口平台"}, format="json", headers={"Idempotency-Key": "a-1"}
        )
        assert elsewhere.status_code == 422
        assert drafts(alpha) == 1

    def test_keys_belong_to_a_person_and_act_in_one_role(self, alpha: Town) -> None:
        assert begin(api(alpha.filer), "a-1").status_code == 201
        assert begin(api(alpha.other_filer), "a-1").status_code == 201
        second = join(alpha.filer.user, alpha, alpha.units[1], Role.FILER).membership
        assert begin(api(alpha.filer), "a-1", **{"X-Acting-As": str(second.pk)}).status_code == 422
        assert drafts(alpha) == 2

    def test_what_was_refused_was_not_done_and_may_be_sent_anew(self, alpha: Town) -> None:
        client = api(alpha.filer)
        with enter(alpha.county):
            filling.open_call(alpha)
        pk = begin(client, "a-1").json()["id"]
        for _time in range(2):
            refused = client.post(f"{ADDRESS}{pk}/submit/", {}, format="json", headers={"Idempotency-Key": "b-1"})
            assert refused.status_code == 422
        with enter(alpha.county):
            filling.complete(Declaration.objects.select_related("project__county").get(pk=pk), alpha.filer)
        for _time in range(2):
            done = client.post(f"{ADDRESS}{pk}/submit/", {}, format="json", headers={"Idempotency-Key": "b-1"})
            assert done.status_code == 200, done.content

    def test_a_paper_is_the_same_by_its_content_whatever_parts_the_body_is_cut_in(self, alpha: Town) -> None:
        client = api(alpha.filer)
        pk = begin(client, "a-1").json()["id"]

        def attach(content: bytes) -> Any:
            data = {"purpose": "technical_plan", "file": SimpleUploadedFile("a.pdf", content)}
            return client.post(f"{ADDRESS}{pk}/papers/", data, headers={"Idempotency-Key": "p-1"})

        assert [attach(b"%PDF-1.4\n").status_code for _time in range(2)] == [201, 201]
        assert attach(b"%PDF-1.4\nother").status_code == 422
        with enter(alpha.county):
            assert Document.objects.count() == 1

    @pytest.mark.parametrize("key", ["", " ", "a b", "x" * 121, "键", "a\tb"])
    def test_what_is_no_key_is_refused(self, alpha: Town, key: str) -> None:
        answer = begin(api(alpha.filer), key)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "Idempotency-Key")
        assert drafts(alpha) == 0

    def test_a_body_that_cannot_be_read_is_told_as_ever(self, alpha: Town) -> None:
        answer = api(alpha.filer).post(
            ADDRESS, "{", content_type="application/json", headers={"Idempotency-Key": "a-1"}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parse_error")

    def test_an_answer_is_kept_for_its_county_alone(self, alpha: Town, beta: Town) -> None:
        begin(api(alpha.filer), "a-1")
        with enter(alpha.county):
            assert AnsweredRequest.objects.count() == 1
        with enter(beta.county):
            assert AnsweredRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_still_at_work_is_told_so() -> None:
    town = make_town("dean")
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", ["api a-1", town.filer.user.pk])
            answer = begin(api(town.filer), "a-1")
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "in_progress")
        other.rollback()
        assert begin(api(town.filer), "a-1").status_code == 201
    finally:
        other.close()
    assert connection.get_autocommit()


def test_every_post_of_a_county_describes_the_key(db: None) -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    posts = {path: entry["post"] for path, entry in paths.items() if "post" in entry and "{county}" in path}
    assert len(posts) > 5
    for path, entry in posts.items():
        assert "Idempotency-Key" in {one["name"] for one in entry["parameters"]}, path


# --- PATCH ----------------------------------------------------------------------------------------------------


def patched() -> set[Any]:
    """The addresses that take PATCH."""
    found = set()
    for entry in get_resolver().url_patterns:
        for inner in getattr(entry, "url_patterns", []) if str(entry.pattern) == "api/v1/" else []:
            for one in [inner] if isinstance(inner, URLPattern) else inner.url_patterns:
                if hasattr(getattr(one.callback, "view_class", None), "patch"):
                    found.add(one.name)
    return found


@pytest.mark.django_db
def test_patch_touches_what_it_names_and_nothing_else(alpha: Town) -> None:
    assert patched() == {"declaration", "filing"}  # a new one is walked, too; a filing in `approvals/test_changes`
    client = api(alpha.filer)
    with enter(alpha.county):
        pk = filling.draft(alpha.filer).pk
    before = client.get(f"{ADDRESS}{pk}/").json()
    content = {"purpose": {"goal": "只改这一项"}, "money": {"investment": "700000"}}
    saved = client.patch(
        f"{ADDRESS}{pk}/", {"content": content, "content_version": before["content_version"]}, format="json"
    )
    assert saved.status_code == 200, saved.content
    after = saved.json()["content"]
    expected = {section: {**part, **content.get(section, {})} for section, part in before["content"].items()}
    assert after == expected
    strange: list[Any] = [{"content": {"no": {"such": "x"}}, "content_version": 9}, {"content": {}}, {}]
    for body in strange:
        assert client.patch(f"{ADDRESS}{pk}/", body, format="json").status_code in (200, 400, 409)
    assert client.get(f"{ADDRESS}{pk}/").json()["content"] == expected
