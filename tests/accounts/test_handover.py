"""An office that closes, merges or splits gives its open work on; past records keep the names of their day."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone

from accounts import services
from accounts.actors import SYSTEM
from accounts.models import Membership, Office
from accounts.refusals import Refusal
from accounts.roles import Role
from approvals.models import Opinion, OpinionState
from approvals.services.opinions import give_opinion
from jurisdictions.scope import enter
from projects.models import Declaration, PartnerUnit, Project
from projects.services.drafts import ask_partners
from tests.approvals.work import current, declared, step_of
from tests.people import Town, client_for
from tests.projects import filling
from workflow import stages
from workflow.filings import services as filings
from workflow.models import AuditEntry, Deadline, Duty, Message, Step, WorkItem
from workflow.notices import notify
from workflow.people import handover
from workflow.people.unattended import needed, unattended
from workflow.route.steps import close_items, finish

# Where a record names an office as it was then: it stays when the office closes.
KEPT = {"Message", "AuditEntry", "FilingRevision", "AnnualPlan"}


def test_every_record_that_names_an_office_says_how_it_is_handed_over() -> None:
    known = {work.model for work in stages.open_work()}
    naming = {
        model
        for model in apps.get_models()
        if any(field.related_model is Office for field in model._meta.concrete_fields)
        and model.__name__ not in KEPT
        and not model._meta.proxy
    }
    assert naming <= known, "register it in the stage's `open_work`, or name it in KEPT"


@pytest.fixture
def reviewed(alpha: Town) -> Step:
    """A project under joint review."""
    return current(alpha, declared(alpha, until="joint_review"))


def merge(town: Town, office: Office, receiver: Office, **more):
    with enter(town.county):
        shares = handover.shares_of(office)
        return handover.hand_over(
            actor=town.admin.actor,
            office=office,
            receivers={share.key: receiver for share in shares},
            mark=handover.seen(shares),
            closes=True,
            **more,
        )


def test_office_with_open_work_does_not_close_and_says_what_is_open(alpha: Town, reviewed: Step) -> None:
    finance = alpha.duty["finance"]
    with enter(alpha.county), pytest.raises(Refusal, match="意见 1") as refused:
        services.save_office(actor=alpha.admin.actor, office=finance, is_active=False)
    assert refused.value.field == "is_active"


def test_merged_office_gives_everything_to_one_and_its_people_go_on(alpha: Town, reviewed: Step) -> None:
    finance, drc, clerk = alpha.duty["finance"], alpha.duty["drc"], alpha.finance
    with enter(alpha.county):
        WorkItem.objects.filter(office=finance, duty=Duty.OPINION).update(claimed_by=clerk.user)
        coming = Step.objects.filter(office=finance, state="coming").count()
    merge(alpha, finance, drc)
    with enter(alpha.county):
        finance.refresh_from_db()
        assert not finance.is_active and finance.authorities == []
        receiver = Office.objects.get(pk=drc.pk)
        assert "finance" in receiver.authorities
        assert not handover.shares_of(finance)
        assert coming and not Step.objects.filter(office=finance).exists()
        # Both had been asked: one opinion of the office that is left, no second.
        states = set(Opinion.objects.filter(step=reviewed).values_list("office", "state"))
        assert (receiver.pk, OpinionState.ASKED) in states and (finance.pk, OpinionState.MISSING) in states
        assert WorkItem.objects.open().filter(step=reviewed, office=receiver, duty=Duty.OPINION).count() == 1
        moved = Membership.objects.get(user=clerk.user, is_active=True)
        assert (moved.office_id, moved.role) == (receiver.pk, clerk.membership.role)
        assert not Deadline.objects.unended().filter(office=finance).exists()
        said = AuditEntry.objects.filter(action="project.hand_over", project=reviewed.project)
        assert {(one.old["holder"], one.new["holder"]) for one in said} == {(finance.name, receiver.name)}
    call_command("verify_audit")
    history = client_for(alpha.secretary).get(f"/{alpha.code}/projects/{reviewed.project_id}/history/").content.decode()
    assert receiver.name in history and not re.search(r"办理单位：\s*\d", history)


def test_opinion_moves_with_its_item_its_day_and_its_claim(alpha: Town, reviewed: Step) -> None:
    finance, bureau, clerk = alpha.duty["finance"], alpha.duty["data_bureau"], alpha.finance
    with enter(alpha.county):
        item = WorkItem.objects.get(office=finance, duty=Duty.OPINION)
        WorkItem.objects.filter(pk=item.pk).update(claimed_by=clerk.user)
        day = Deadline.objects.get(step=reviewed, party="finance").due_on
    merge(alpha, finance, bureau)
    with enter(alpha.county):
        item.refresh_from_db()
        assert (item.office_id, item.claimed_by, item.due_on) == (bureau.pk, clerk.user, day)
        opinion = Opinion.objects.get(step=reviewed, authority="finance")
        person = Membership.objects.select_related("office").get(user=clerk.user, is_active=True)
        give_opinion(actor=type(clerk)(clerk.user, person).actor, opinion=opinion, conclusion="agree")


def test_unit_gives_each_project_to_another_and_the_rest_stays(alpha: Town) -> None:
    one, two = declared(alpha, until="joint_review"), declared(alpha, until="joint_review")
    unit, other = alpha.units
    with enter(alpha.county):
        shares = handover.shares_of(unit)
        chosen = {f"project-{one.pk}": other}
        handover.hand_over(actor=alpha.admin.actor, office=unit, receivers=chosen, mark=handover.seen(shares))
        units = {row.pk: (row.applicant_id, row.owner_unit_id) for row in Project.objects.all()}
        assert units == {one.pk: (other.pk, other.pk), two.pk: (unit.pk, unit.pk)}
        assert not Step.objects.unended().filter(project=one, office=unit).exists()
        assert Step.objects.unended().filter(project=two, office=unit).exists()
        assert Step.objects.get(project=one, key="declaration").office == unit  # done by it then
    page = client_for(alpha.other_filer).get(f"/{alpha.code}/projects/{one.pk}/history/").content.decode()
    assert unit.name in page and other.name in page


def test_what_was_typed_names_the_receiver_so_that_the_next_save_keeps_it(alpha: Town) -> None:
    unit, other = alpha.units
    with enter(alpha.county):
        third = Office.objects.create(code="third", name="县图书馆", owner_kind=unit.owner_kind)
        declaration = filling.draft(alpha.filer, owner_unit=str(other.pk), cross_department="yes")
        partners = [{"office": str(other.pk), "part": "接入"}]
        content = {"basics": {**declaration.content["basics"], "partners": partners}}
        declaration = filings.save(actor=alpha.filer.actor, filing=declaration, content=content)
        shares = handover.shares_of(other)
        receivers = {f"project-{declaration.project_id}": third}
        handover.hand_over(actor=alpha.admin.actor, office=other, receivers=receivers, mark=handover.seen(shares))
        seen = Declaration.objects.get(pk=declaration.pk)
        assert seen.content_version == declaration.content_version + 2  # the owner, the partner
        content = {
            "basics": {**seen.content["basics"], "contact": "李四", "partners": seen.content["basics"]["partners"]}
        }
        saved = filings.save(actor=alpha.filer.actor, filing=seen, content=content)
        project = Project.objects.get(pk=saved.project.pk)
        assert project.owner_unit == third and project.partners.get().office == third


def test_a_partner_that_receives_another_s_part_stands_once_in_the_form(alpha: Town) -> None:
    unit, other = alpha.units
    with enter(alpha.county):
        declaration = filling.draft(alpha.filer, cross_department="yes")
        partners = [{"office": str(other.pk), "part": "接入"}]
        content = {"basics": {**declaration.content["basics"], "partners": partners}}
        declaration = filings.save(actor=alpha.filer.actor, filing=declaration, content=content)
        shares = handover.shares_of(other)
        receivers = {f"project-{declaration.project_id}": unit}
        handover.hand_over(actor=alpha.admin.actor, office=other, receivers=receivers, mark=handover.seen(shares))
        assert Declaration.objects.get(pk=declaration.pk).content["basics"]["partners"] == []
        assert not PartnerUnit.objects.exists()


def test_pages_choose_preview_and_do_it_once(alpha: Town, reviewed: Step) -> None:
    browser, finance, bureau = client_for(alpha.admin), alpha.duty["finance"], alpha.duty["data_bureau"]
    path = f"/{alpha.code}/offices/{finance.pk}/hand-over/"
    assert reviewed.project.name in browser.get(path).content.decode()
    assert browser.post(path, {"closes": "1"}).status_code == 422
    preview = browser.post(path, {"everything": bureau.pk, "people": "end", "closes": "1"})
    assert preview.status_code == 200 and finance.is_active
    sent = {"confirm": "1", "closes": "1", "people": "end", "duty-finance": bureau.pk}
    stale = browser.post(path, {**sent, "mark": "old"})
    assert stale.status_code == 409
    assert browser.post(path, {**sent, "mark": preview.context["mark"]}).status_code == 302
    with enter(alpha.county):
        assert not Office.objects.get(pk=finance.pk).is_active
        assert not Membership.objects.filter(office=finance, is_active=True).exists()
    assert browser.get(path).status_code == 404


def test_renamed_office_keeps_its_old_name_where_it_decided_then(alpha: Town, reviewed: Step) -> None:
    finance, bureau = alpha.duty["finance"], alpha.duty["data_bureau"]
    was, is_now = finance.name, "县财政金融局"
    with enter(alpha.county):
        opinion = Opinion.objects.select_related("step__project", "office").get(office=finance)
        give_opinion(actor=alpha.finance.actor, opinion=opinion, conclusion="agree")
        services.save_office(actor=alpha.admin.actor, office=finance, name=is_now)
        services.save_office(actor=alpha.admin.actor, office=bureau, name="县大数据中心")
        opinion = Opinion.objects.select_related("office").get(pk=opinion.pk)
        done = Step.objects.select_related("office").get(project=reviewed.project, key="declaration")
        assert opinion.office_name == was and Office.objects.get(pk=finance.pk).name == is_now
        assert done.office_name == done.office.name
        assert finance.name_on(timezone.now() + dt.timedelta(days=1)) == is_now
    page = client_for(alpha.reviewer).get(f"/{alpha.code}/projects/{reviewed.project_id}/opinions/").content.decode()
    assert was in page and "县大数据中心" in page
    call_command("verify_audit")


def test_claims_of_who_leaves_go_to_the_colleague_named(alpha: Town, reviewed: Step) -> None:
    reviewer, head = alpha.reviewer, alpha.head
    with enter(alpha.county):
        WorkItem.objects.filter(step=reviewed, duty=Duty.DECIDE).update(claimed_by=reviewer.user)
    browser, page = client_for(alpha.admin), f"/{alpha.code}/people/{reviewer.user.pk}/"
    shown = browser.get(page).content.decode()
    assert reviewed.project.name in shown and head.user.name in shown
    assert browser.post(f"{page}roles/{reviewer.membership.pk}/end/", {"to": head.user.pk}).status_code == 302
    with enter(alpha.county):
        assert WorkItem.objects.get(step=reviewed, duty=Duty.DECIDE).claimed_by == head.user


def test_nothing_open_lets_an_office_close(alpha: Town) -> None:
    project = declared(alpha, until="joint_review")
    with enter(alpha.county):
        empty = Office.objects.create(code="empty", name="空")
        services.save_office(actor=alpha.admin.actor, office=empty, is_active=False)
        close_items(step_of(alpha, project, "joint_review"))
        assert not Office.objects.get(pk=empty.pk).is_active


class TestWorkBeforeNobody:
    """A return, a step, an opinion for an office in which nobody can act."""

    @pytest.fixture
    def emptied(self, alpha: Town) -> Office:
        unit = alpha.units[0]
        with enter(alpha.county):
            Membership.objects.filter(office=unit, role=Role.FILER).update(is_active=False)
        return unit

    def test_who_returns_it_and_the_administrators_are_told_at_once(self, alpha: Town, emptied: Office) -> None:
        step = current(alpha, declared(alpha, until="joint_review"))
        browser = client_for(alpha.reviewer)
        sent = {"version": step.version, "reason": "", "section-basics": "请补充预算明细"}
        assert browser.post(f"/{alpha.code}/steps/{step.pk}/return/", sent).status_code == 302
        said = [str(one) for one in browser.get(f"/{alpha.code}/queue/").context["messages"]]
        assert any("通知" in one and " 0 人" in one for one in said)
        assert any(emptied.name in one and "无人能办" in one for one in said)
        with enter(alpha.county):
            told = Message.objects.filter(kind="nobody_acts").values_list("user", flat=True)
            assert set(told) == {alpha.admin.user.pk, alpha.second_admin.user.pk}
        for page in ("offices", "people"):
            listed = client_for(alpha.admin).get(f"/{alpha.code}/{page}/").context["unattended"]
            assert [(row.office, row.duty, row.count) for row in listed] == [(emptied, Duty.CORRECT, 1)]

    def test_decision_names_the_next_office_without_people(self, alpha: Town) -> None:
        step = current(alpha, declared(alpha, until="joint_review"))
        with enter(alpha.county), notify.counting() as told:
            conference = alpha.duty["conference"]
            Membership.objects.filter(office=conference).update(is_active=False)
            finish(actor=SYSTEM, step=step, outcome="approve", reason="同意")
            assert (told.nobody, told.count) == ({conference.pk: conference.name}, 0)
            assert [row.office for row in unattended()] == [conference]

    def test_record_of_a_unit_needs_other_people_than_an_office_s(self) -> None:
        assert needed(Duty.RECORD, own=True) == {"owner.record"}
        assert needed(Duty.RECORD, own=False) == {"step.record"}

    def test_last_one_who_leaves_is_told_of_like_a_return(self, alpha: Town) -> None:
        step = current(alpha, declared(alpha, until="joint_review"))
        clerk = alpha.finance
        page = f"/{alpha.code}/people/{clerk.user.pk}/roles/{clerk.membership.pk}/end/"
        answer = client_for(alpha.admin).post(page, follow=True)
        assert any("无人能办" in str(one) for one in answer.context["messages"])
        with enter(alpha.county):
            assert step.state == "open"
            assert Message.objects.filter(kind="nobody_acts", user=alpha.second_admin.user).count() == 1

    def test_partner_unit_without_filers_is_told_of(self, alpha: Town) -> None:
        with enter(alpha.county), notify.counting() as told:
            Membership.objects.filter(office=alpha.units[1]).update(is_active=False)
            declaration = filling.draft(alpha.filer)
            PartnerUnit.objects.create(project=declaration.project, office=alpha.units[1], part="分工")
            ask_partners(actor=alpha.filer.actor, declaration=declaration)
            assert list(told.nobody.values()) == [alpha.units[1].name]


def test_renamed_person_keeps_their_old_name_where_they_decided_then(alpha: Town, reviewed: Step) -> None:
    person, was = alpha.finance.user, alpha.finance.user.name
    with enter(alpha.county):
        opinion = Opinion.objects.select_related("step__project", "office").get(office=alpha.duty["finance"])
        give_opinion(actor=alpha.finance.actor, opinion=opinion, conclusion="agree")
        services.edit_person(actor=alpha.admin.actor, person=person, name="欧阳改名", email=person.email, phone="")
    person.refresh_from_db()
    assert (person.name_on(None), [one["name"] for one in person.former_names]) == ("欧阳改名", [was])
    page = client_for(alpha.reviewer).get(f"/{alpha.code}/projects/{reviewed.project_id}/opinions/").content.decode()
    assert f"{was} ·" in page and "欧阳改名" not in page
