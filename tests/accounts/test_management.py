"""Pages of the county administrator and of the platform's operator."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts import services
from accounts.actors import Actor
from accounts.models import Membership, Office, User
from accounts.refusals import NotPermitted, Refusal
from accounts.roles import ROLE_HELP, Role
from jurisdictions.models import County
from jurisdictions.scope import enter
from tests.budgets import budget
from tests.people import Cast, Town, client_for, join
from tests.world import make_world
from workflow.models import AuditEntry, WorkItem
from workflow.people.people_listings import PEOPLE

NEW = {"username": "li.ming", "name": "李明", "email": "li.ming@example.org", "phone": "0792-1234567"}


@pytest.fixture
def browser(alpha: Town) -> Client:
    return client_for(alpha.admin)


def entries(town: Town) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    with enter(town.county):
        rows = AuditEntry.objects.order_by("sequence")
        return [(entry.action, entry.old, entry.new) for entry in rows]


def add(browser: Client, town: Town, **values: Any):
    given = {**NEW, "office": town.units[0].pk, "role": Role.FILER, **values}
    return browser.post(f"/{town.code}/people/new/", given)


class TestPeople:
    def test_new_person_gets_a_password_shown_once_and_must_change_it(self, browser, alpha: Town) -> None:
        response = add(browser, alpha)
        password = response.context["password"]
        assert password in response.content.decode() and "no-store" in response["Cache-Control"]
        person = User.objects.get(username="li.ming")
        assert person.check_password(password) and person.must_change_password
        fresh = Client()
        fresh.post("/accounts/login/", {"login": "li.ming", "password": password})
        assert fresh.get(f"/{alpha.code}/role/")["Location"] == "/accounts/password/change/"

    def test_adding_is_audited_without_the_password(self, browser, alpha: Town) -> None:
        password = add(browser, alpha).context["password"]
        role = {"office": alpha.units[0].name, "role": "filer", "user": "li.ming"}
        assert entries(alpha) == [("user.add", {}, NEW), ("membership.add", {}, role)]
        assert password not in str(entries(alpha))

    def test_taken_name_or_address_is_told_at_the_field_and_nothing_typed_is_lost(self, browser, alpha) -> None:
        taken = add(browser, alpha, username=alpha.filer.user.username.upper())
        assert taken.status_code == 422 and list(taken.context["form"].errors) == ["username"]
        assert "李明" in taken.content.decode()
        taken = add(browser, alpha, email=alpha.filer.user.email.upper())
        assert list(taken.context["form"].errors) == ["email"]
        assert not User.objects.filter(name="李明").exists() and entries(alpha) == []

    def test_address_of_somebody_else_is_told_at_the_field_of_every_form(self, browser, alpha: Town) -> None:
        taken, said = alpha.head.user.email.title(), "每个邮箱只能属于一个账号"
        own = {"email": taken, "notice_choice": "at_once"}
        answers = [
            add(browser, alpha, email=taken),
            browser.post(f"/{alpha.code}/people/{alpha.filer.user.pk}/", {"name": "x", "email": taken, "phone": ""}),
            browser.post(f"/{alpha.code}/settings/", own),
        ]
        for answer in answers:
            form = answer.context.get("details") or answer.context["form"]
            assert (answer.status_code, list(form.errors)) == (422, ["email"])
            assert said in form.errors["email"][0] and alpha.head.user.name not in form.errors["email"][0]

    def test_address_is_kept_in_small_letters_by_every_way(self, browser, alpha: Town) -> None:
        add(browser, alpha, email="Li.Ming@Example.org")
        assert entries(alpha)[0][2]["email"] == "li.ming@example.org"
        browser.post(f"/{alpha.code}/settings/", {"email": "ADMIN@Example.org", "notice_choice": "at_once"})
        User.objects.bulk_create([User(username="bulk", email="Bulk@Example.org")])
        User.objects.filter(pk=alpha.filer.user.pk).update(email="Filer@Example.org")
        pks = [alpha.admin.user.pk, alpha.filer.user.pk]
        kept = User.objects.exclude(email="").values_list("email", flat=True)
        assert {"li.ming@example.org", "bulk@example.org"} <= set(kept)
        assert set(User.objects.filter(pk__in=pks).values_list("email", flat=True)) == {
            "admin@example.org",
            "filer@example.org",
        }

    def test_office_of_another_county_cannot_be_chosen(self, browser, cast: Cast) -> None:
        response = add(browser, cast.alpha, office=cast.beta.units[0].pk)
        assert list(response.context["form"].errors) == ["office"]

    def test_list_finds_by_name_office_and_state(self, browser, cast: Cast, alpha: Town, beta: Town) -> None:
        page = f"/{alpha.code}/people/"

        def names(**query: Any) -> set[str]:
            return {person.name for person in browser.get(page, query).context["table"].rows}

        assert {"filer", "reviewer", "both"} <= names()
        assert names(q="second_fil") == {"second_filer"}
        assert names(office=alpha.units[1].pk) == {"other_filer"}
        assert names(state="ended") == set()
        shown = {person.username for person in browser.get(page).context["table"].rows}
        assert not {name for name in shown if name.startswith(beta.code)}

    def test_list_pages_by_key(self, browser, alpha: Town, monkeypatch) -> None:
        monkeypatch.setattr(PEOPLE, "size", 5)
        page, seen = f"/{alpha.code}/people/", []
        url = page
        while url:
            table = browser.get(url).context["table"]
            seen += [person.pk for person in table.rows]
            url = page + table.older_url if table.older_url else ""
        assert seen == sorted(set(seen)) and len(seen) > 15
        back = browser.get(f"{page}?before={seen[5]}").context["table"]
        assert [person.pk for person in back.rows] == seen[:5] and not back.newer_url

    def test_list_costs_the_same_with_many_people(self, browser, alpha: Town) -> None:
        browser.get(f"/{alpha.code}/people/")
        with enter(alpha.county):
            users = User.objects.bulk_create(User(username=f"u{n}", name=f"u{n}") for n in range(60))
            Membership.objects.bulk_create(
                Membership(county=alpha.county, user=user, office=alpha.units[n % 2], role=Role.FILER)
                for n, user in enumerate(users)
            )
        with budget(10):  # two of them say where nobody can act
            browser.get(f"/{alpha.code}/people/")

    def test_details_are_changed_and_audited(self, browser, alpha: Town) -> None:
        person = alpha.filer.user
        values = {"name": "王芳", "email": "wang@example.org", "phone": ""}
        assert browser.post(f"/{alpha.code}/people/{person.pk}/", values).status_code == 302
        person.refresh_from_db()
        assert (person.name, person.email) == ("王芳", "wang@example.org")
        action, old, new = entries(alpha)[-1]
        assert action == "user.edit" and (old["name"], new["name"]) == ("filer", "王芳")

    def test_role_is_given_ended_and_given_again(self, browser, alpha: Town) -> None:
        person, page = alpha.filer.user, f"/{alpha.code}/people/{alpha.filer.user.pk}/"
        given = {"new-office": alpha.units[1].pk, "new-role": Role.OWNER_UNIT}
        assert browser.post(f"{page}roles/", given).status_code == 302
        with enter(alpha.county):
            membership = Membership.objects.get(user=person, role=Role.OWNER_UNIT)
        assert browser.post(f"{page}roles/{membership.pk}/end/").status_code == 302
        assert browser.post(f"{page}roles/", given).status_code == 302
        with enter(alpha.county):
            assert Membership.objects.get(pk=membership.pk).is_active
        assert [action for action, _old, _new in entries(alpha)] == [
            "membership.add",
            "membership.end",
            "membership.add",
        ]
        assert browser.post(f"{page}roles/", given).status_code == 422

    def test_what_cannot_be_taken_back_is_said_before_it_is_done(self, browser, alpha: Town) -> None:
        page = browser.get(f"/{alpha.code}/people/{alpha.filer.user.pk}/").content.decode()
        assert alpha.filer.membership is not None
        for name, action in (
            ("deactivate", "deactivate/"),
            ("renew", "password/"),
            (f"end-{alpha.filer.membership.pk}", f"roles/{alpha.filer.membership.pk}/end/"),
        ):
            target = f'action="/{alpha.code}/people/{alpha.filer.user.pk}/{action}"'
            dialog = page.split(f'<dialog class="dialog" id="{name}"')[1].split("</dialog>")[0]
            assert target in dialog and page.count(target) == 1  # no other form does it unasked

    def test_deactivated_person_is_out_at_once(self, browser, alpha: Town) -> None:
        theirs = client_for(alpha.filer)
        assert browser.post(f"/{alpha.code}/people/{alpha.filer.user.pk}/deactivate/").status_code == 302
        assert theirs.get(f"/{alpha.code}/role/").status_code == 302
        assert not User.objects.get(pk=alpha.filer.user.pk).is_active

    def test_person_of_two_counties_keeps_their_account_when_one_county_ends_their_role(
        self, browser, cast: Cast
    ) -> None:
        person, page = cast.both.user, f"/{cast.alpha.code}/people/{cast.both.user.pk}/"
        assert browser.post(f"{page}password/").status_code == 403
        assert browser.post(page, {"name": "x", "email": "", "phone": ""}).status_code == 422
        assert browser.post(f"{page}deactivate/").status_code == 302
        person.refresh_from_db()
        assert person.is_active and person.name == "both"
        assert client_for(cast.both).get(f"/{cast.alpha.code}/role/").status_code == 404
        assert client_for(cast.both).get(f"/{cast.beta.code}/role/").status_code == 200

    def test_person_of_another_county_is_given_a_role_by_their_user_name(self, browser, cast: Cast) -> None:
        page = f"/{cast.alpha.code}/people/existing/"
        given = {"office": cast.alpha.units[0].pk, "role": Role.FILER}
        name = cast.beta.filer.user.username
        assert browser.post(page, {**given, "username": name}).status_code == 302
        assert client_for(cast.beta.filer).get(f"/{cast.alpha.code}/role/").status_code == 200
        assert browser.post(page, {**given, "username": "nobody"}).status_code == 422

    def test_new_password_ends_the_old_one(self, browser, alpha: Town) -> None:
        theirs = client_for(alpha.filer)
        response = browser.post(f"/{alpha.code}/people/{alpha.filer.user.pk}/password/")
        person = User.objects.get(pk=alpha.filer.user.pk)
        assert person.check_password(response.context["password"]) and person.must_change_password
        assert theirs.get(f"/{alpha.code}/role/").status_code == 302

    def test_nobody_manages_their_own_account(self, browser, alpha: Town) -> None:
        page = f"/{alpha.code}/people/{alpha.admin.user.pk}/"
        own = alpha.admin.membership.pk
        given = {"new-office": alpha.units[0].pk, "new-role": Role.FILER}
        assert browser.post(f"{page}roles/", given).status_code == 422
        for action in (f"roles/{own}/end/", "deactivate/", "password/"):
            response = browser.post(f"{page}{action}")
            assert response.status_code == 403 and "不能管理自己的账号" in response.content.decode()
        assert browser.post(page, {"name": "me", "email": "", "phone": ""}).status_code == 422
        with enter(alpha.county):
            assert list(Membership.objects.filter(user=alpha.admin.user).values_list("role", "is_active")) == [
                (Role.COUNTY_ADMIN, True)
            ]

    def test_last_administrator_stays(self, browser, alpha: Town) -> None:
        other = alpha.second_admin
        page = f"/{alpha.code}/people/{other.user.pk}/"
        assert browser.post(f"{page}roles/{other.membership.pk}/end/").status_code == 302
        with enter(alpha.county), pytest.raises(Refusal, match="最后一位管理员"):
            services.end_membership(actor=other.actor, membership=alpha.admin.membership)

    @pytest.mark.parametrize(("person", "role"), [("auditor", Role.COUNTY_ADMIN), ("second_admin", Role.AUDITOR)])
    def test_system_and_audit_administration_are_never_one_account(self, browser, alpha, person, role) -> None:
        held = getattr(alpha, person)
        given = {"new-office": alpha.administration.pk, "new-role": role}
        response = browser.post(f"/{alpha.code}/people/{held.user.pk}/roles/", given)
        assert response.status_code == 422 and "不得由同一账号" in response.content.decode()

    def test_separation_holds_across_counties_and_for_operators(self, cast: Cast) -> None:
        alpha = cast.alpha
        for person in (cast.beta.auditor.user, cast.operator.user):
            with enter(alpha.county), pytest.raises(Refusal):
                services.add_membership(
                    actor=alpha.admin.actor, person=person, office=alpha.administration, role=Role.COUNTY_ADMIN
                )

    def test_operator_gets_no_role_and_somebody_with_a_role_is_not_made_operator(self, browser, cast: Cast) -> None:
        alpha, operator = cast.alpha, cast.operator.user
        given = {"username": operator.username, "office": alpha.units[0].pk, "role": Role.REVIEWER}
        answer = browser.post(f"/{alpha.code}/people/existing/", given)
        assert answer.status_code == 422
        assert "平台运维不查看任何县的内容" in answer.context["form"].errors["username"][0]
        assert client_for(operator).get(f"/{alpha.code}/queue/").status_code == 404
        with pytest.raises(Refusal, match="先结束其角色"):
            services.make_operator(person=alpha.filer.user)
        assert not User.objects.get(pk=alpha.filer.user.pk).is_operator
        assert services.make_operator(person=cast.stranger.user).is_operator

    def test_only_administrators_write(self, alpha: Town) -> None:
        with enter(alpha.county), pytest.raises(NotPermitted):
            services.deactivate(actor=alpha.head.actor, person=alpha.filer.user)

    def test_claimed_work_is_free_again_when_somebody_leaves(self, alpha: Town) -> None:
        make_world(alpha)
        with enter(alpha.county):
            item = WorkItem.objects.get()
            WorkItem.objects.filter(pk=item.pk).update(claimed_by=alpha.reviewer.user)
            services.end_membership(actor=alpha.admin.actor, membership=alpha.reviewer.membership)
            item.refresh_from_db()
        assert item.claimed_by is None and item.closed_at is None


class TestOffices:
    def test_list_names_duties_by_the_county_and_those_nobody_has(self, browser, alpha: Town) -> None:
        with enter(alpha.county):
            Office.objects.filter(pk=alpha.duty["secrecy"].pk).update(authorities=[])
        context = browser.get(f"/{alpha.code}/offices/").context
        assert context["missing"] == [alpha.rules.data.content["authorities"]["secrecy"]["name"]]

    def test_office_is_added_changed_and_audited(self, browser, alpha: Town) -> None:
        values = {
            "name": "县林业局",
            "code": "forestry",
            "owner_kind": "agency",
            "parent": alpha.units[0].pk,
            "authorities": ["secrecy"],
        }
        assert browser.post(f"/{alpha.code}/offices/new/", values).status_code == 302
        with enter(alpha.county):
            office = Office.objects.get(code="forestry")
        assert (office.authorities, office.parent_id) == (["secrecy"], alpha.units[0].pk)
        changed = {**values, "name": "县林业和草原局", "is_active": "on"}
        assert browser.post(f"/{alpha.code}/offices/{office.pk}/", changed).status_code == 302
        (added, _, _), (edited, old, new) = entries(alpha)
        assert (added, edited) == ("office.add", "office.edit")
        assert (old["name"], new["name"]) == ("县林业局", "县林业和草原局")

    def test_office_with_people_stays_open_and_codes_are_told_apart(self, browser, alpha: Town) -> None:
        unit = alpha.units[0]
        values = {"name": unit.name, "code": unit.code, "owner_kind": "agency", "parent": ""}
        closed = browser.post(f"/{alpha.code}/offices/{unit.pk}/", values)
        assert closed.status_code == 422 and list(closed.context["form"].errors) == ["is_active"]
        taken = browser.post(f"/{alpha.code}/offices/new/", values)
        assert taken.status_code == 422 and list(taken.context["form"].errors) == ["code"]

    def test_office_of_another_county_is_neither_shown_nor_linked(self, browser, cast: Cast) -> None:
        assert browser.get(f"/{cast.alpha.code}/offices/{cast.beta.units[0].pk}/").status_code == 404
        values = {"name": "x", "code": "x", "owner_kind": "agency", "parent": cast.beta.units[0].pk}
        assert browser.post(f"/{cast.alpha.code}/offices/new/", values).status_code == 422

    def test_links_do_not_go_in_circles(self, alpha: Town) -> None:
        one, two = alpha.units
        with enter(alpha.county):
            services.save_office(actor=alpha.admin.actor, office=two, parent=one)
            with pytest.raises(Refusal, match="自身"):
                services.save_office(actor=alpha.admin.actor, office=one, parent=two)


class TestPlatform:
    def test_operator_makes_a_county_and_its_administrator(self, cast: Cast) -> None:
        browser = client_for(cast.operator)
        values = {"code": "gamma", "prefix": "GA", "name": "丙县", "region": "", "is_active": "on"}
        assert browser.post("/platform/counties/new/", values).status_code == 302
        county = County.objects.get(code="gamma")
        given = {"username": "gamma-admin", "name": "赵敏", "email": ""}
        response = browser.post(f"/platform/counties/{county.pk}/admin/", given)
        assert response.context["password"]
        with enter(county):
            membership = Membership.objects.get()
            assert (membership.role, membership.user.name) == (Role.COUNTY_ADMIN, "赵敏")
            rows = list(AuditEntry.objects.order_by("sequence").values_list("action", "actor_role"))
        assert rows == [("county.add", "operator"), ("membership.add", "operator")]

    @pytest.mark.parametrize("code", ["platform", "api", "accounts", "demo", "static"])
    def test_addresses_of_the_program_are_no_codes(self, cast: Cast, code: str) -> None:
        values = {"code": code, "prefix": "GA", "name": "丙县", "region": "", "is_active": "on"}
        assert client_for(cast.operator).post("/platform/counties/new/", values).status_code == 422

    def test_a_code_of_another_county_is_told_at_its_field_in_chinese(self, cast: Cast) -> None:
        values = {"code": cast.alpha.code, "prefix": cast.alpha.county.prefix, "name": "丙县", "region": ""}
        page = client_for(cast.operator).post("/platform/counties/new/", values)
        assert page.status_code == 422
        assert "已有县域使用该代码" in page.content.decode() and "County" not in page.content.decode()

    def test_closed_county_is_gone_at_once(self, cast: Cast, django_capture_on_commit_callbacks) -> None:
        alpha, theirs = cast.alpha, client_for(cast.alpha.filer)
        assert theirs.get(f"/{alpha.code}/role/").status_code == 200
        values = {"code": alpha.code, "prefix": "DA", "name": alpha.county.name, "region": ""}
        with django_capture_on_commit_callbacks(execute=True):
            client_for(cast.operator).post(f"/platform/counties/{alpha.county.pk}/", values)
        assert theirs.get(f"/{alpha.code}/role/").status_code == 404

    def test_operator_sees_no_content_and_nobody_else_the_platform(self, cast: Cast) -> None:
        assert client_for(cast.operator).get(f"/{cast.alpha.code}/people/").status_code == 404
        for person in (cast.alpha.admin, cast.alpha.auditor, cast.stranger):
            assert client_for(person).get("/platform/").status_code == 404
        actor = Actor(user=cast.operator.user, membership=None)
        assert not actor.may("people.manage") and not actor.is_system

    def test_operator_with_a_role_from_elsewhere_still_sees_no_content(self, cast: Cast) -> None:
        join(cast.operator.user, cast.alpha, cast.alpha.duty["data_bureau"], Role.REVIEWER)
        browser = client_for(cast.operator)
        assert browser.get(f"/{cast.alpha.code}/projects/").status_code == 404
        assert browser.get("/")["Location"] == "/platform/"

    def test_operator_cannot_be_an_administrator(self, cast: Cast) -> None:
        join(cast.stranger.user, cast.alpha, cast.alpha.units[0], Role.FILER)
        User.objects.filter(pk=cast.stranger.user.pk).update(is_operator=True)
        with enter(cast.alpha.county), pytest.raises(Refusal):
            services.add_membership(
                actor=cast.alpha.admin.actor,
                person=User.objects.get(pk=cast.stranger.user.pk),
                office=cast.alpha.administration,
                role=Role.COUNTY_ADMIN,
            )


class TestWhatFieldsMean:
    """Who makes a county, an office or a person is told what each field means, most with an example."""

    @pytest.mark.parametrize("page", ["people/new/", "people/existing/", "offices/new/"])
    def test_every_field_of_the_county_s_pages_has_its_help(self, browser, alpha: Town, page: str) -> None:
        form = browser.get(f"/{alpha.code}/{page}").context["form"]
        assert [name for name, field in form.fields.items() if not field.help_text and name != "role"] == []

    def test_every_field_of_the_platform_s_pages_has_its_help(self, cast: Cast) -> None:
        browser = client_for(cast.operator)
        for page in ("new/", f"{cast.alpha.county.pk}/admin/"):
            form = browser.get(f"/platform/counties/{page}").context["form"]
            assert [name for name, field in form.fields.items() if not field.help_text] == []

    def test_each_role_says_what_it_is_for(self, browser, alpha: Town) -> None:
        shown = browser.get(f"/{alpha.code}/people/new/").content.decode()
        assert "填写、提交本单位的申报" in shown and set(ROLE_HELP) == set(Role)

    def test_administrator_is_not_sent_to_the_administrator(self, browser, alpha: Town) -> None:
        denied = browser.get(f"/{alpha.code}/projects/")
        assert denied.status_code == 403
        assert "联系" not in denied.content.decode() and "县管理员管理机构" in denied.content.decode()
        other = client_for(alpha.filer).get(f"/{alpha.code}/offices/")
        assert "县管理员管理机构" not in other.content.decode()


def test_page_of_an_office_saves_what_was_changed_on_it_and_nothing_else(browser, alpha: Town) -> None:
    office = alpha.duty["secrecy"]
    path = f"/{alpha.code}/offices/{office.pk}/"
    shown = browser.get(path).context["form"].shown
    with enter(alpha.county):  # meanwhile another administrator hands it a duty and moves it
        services.save_office(
            actor=alpha.second_admin.actor, office=office, authorities=["secrecy", "audit"], parent=alpha.units[0]
        )
    typed = {"name": "县保密局", "code": office.code, "owner_kind": office.owner_kind, "parent": "", "is_active": "on"}
    assert browser.post(path, {**typed, "authorities": ["secrecy"], "before": shown}).status_code == 302
    with enter(alpha.county):
        kept = Office.objects.get(pk=office.pk)
        assert (kept.name, kept.authorities, kept.parent_id) == ("县保密局", ["secrecy", "audit"], alpha.units[0].pk)
        assert AuditEntry.objects.order_by("-sequence").first().new == {"name": "县保密局"}
    assert browser.post(path, {**typed, "authorities": [], "before": "{"}).status_code == 302
    assert browser.post(path, {**typed, "authorities": [], "before": "7"}).status_code == 302
