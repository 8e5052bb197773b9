"""Return for correction, handing in again, withdrawing: nothing restarts."""

import datetime as dt
import re

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.models import Office
from accounts.refusals import NotPermitted, Refusal, Stale, WrongState
from jurisdictions.scope import enter
from projects.access import has_filed
from projects.models import Declaration, Project, Standing
from projects.services.sheets import changes_between, reading_context
from projects.services.submission import DECLARATION, start_declaration
from tests.people import Person, Town, client_for
from tests.projects import filling
from workflow.filings import handed_in
from workflow.filings import services as filings
from workflow.models import CorrectionItem, Document, Duty, FilingState, Message, Step, StepState, WorkItem
from workflow.route import steps as route

pytestmark = pytest.mark.django_db


def returned(town: Town, *sections: str) -> tuple[Project, Step, Declaration]:
    project = filling.hand_in(town)
    step = Step.objects.get(project=project, state=StepState.OPEN)
    step = Step.objects.select_related("project", "office").get(pk=step.pk)
    filings.send_back(
        actor=town.by_duty[step.office.authorities[0]].actor,
        step=step,
        items=[{"section": key, "field": "", "text": f"请补充{key}"} for key in sections],
    )
    return project, step, Declaration.objects.select_related("project__applicant").get(project=project)


@pytest.mark.article("DA-19")
def test_only_the_named_sections_unlock_and_the_step_waits(alpha: Town) -> None:
    with enter(alpha.county):
        project, step, declaration = returned(alpha, "purpose")
        assert declaration.state == FilingState.RETURNED
        assert declaration.unlocked == ["purpose"]
        assert Step.objects.get(pk=step.pk).state == StepState.WAITING
        item = WorkItem.objects.get(project=project, duty=Duty.CORRECT, closed_at=None)
        assert item.office == alpha.units[0]
        assert Message.objects.filter(user=alpha.filer.user, kind="returned").count() == 1
        before = declaration.content["money"]["investment"]
        declaration = filings.save(
            actor=alpha.filer.actor,
            filing=declaration,
            content={"purpose": {"goal": "补充后的目的", "content": "内容"}},
        )
        assert declaration.content["purpose"]["goal"] == "补充后的目的"
        assert declaration.content["money"]["investment"] == before
    page = client_for(alpha.filer).get(f"/dean/filings/{declaration.pk}/edit/").content.decode()
    assert "请补充purpose" in page
    form = page[page.index('id="declaration"') :]
    controls = re.findall(r"<(?:input|select|textarea)\b[^>]*>", form[: form.index("</form>")])
    names = {found[1] for one in controls if "disabled" not in one and (found := re.search(r'name="([^"]+)"', one))}
    sent = {name.partition("-")[0] for name in names}
    assert sent == {"csrfmiddlewaretoken", "shown", "version", "purpose"}


def test_resubmission_goes_on_at_the_same_step_and_shows_what_changed(alpha: Town) -> None:
    with enter(alpha.county):
        project, step, declaration = returned(alpha, "purpose")
        opened = Step.objects.get(pk=step.pk).opened_at
        content = {"purpose": {**declaration.content["purpose"], "goal": "补充后的目的"}}
        filings.save(actor=alpha.filer.actor, filing=declaration, content=content)
        declaration = filings.resubmit(actor=alpha.filer.actor, filing=declaration)
        again = Step.objects.get(pk=step.pk)
        assert (again.state, again.opened_at) == (StepState.OPEN, opened)
        assert (
            Step.objects.filter(project=project, state=StepState.DONE).count() == 1
        )  # the declaration, not done twice
        assert not WorkItem.objects.filter(project=project, duty=Duty.CORRECT, closed_at=None).exists()
        assert not CorrectionItem.objects.filter(answered_at=None).exists()
        first, second = declaration.revisions.all()
        second.filing = declaration
        changes = changes_between(first, second)
        assert [change["field"] for change in changes] == ["purpose-goal"]
        assert changes[0]["new"] == "补充后的目的"
        assert changes[0]["label"]
        assert Message.objects.filter(user=alpha.secretary.user, kind="resubmitted").count() <= 1
        shown = handed_in.rounds_of(declaration)
        assert [one["round"] for one in shown] == [1]


@pytest.mark.article("DA-20")
def test_amount_corrected_below_the_bound_lays_the_route_anew_without_restarting(alpha: Town) -> None:
    with enter(alpha.county):
        project, step, declaration = returned(alpha, "money", "quotes")
        money = declaration.content["money"]
        content = {"money": {**money, "investment": "400000", "lines": [{**money["lines"][0], "amount": "400000"}]}}
        filings.save(actor=alpha.filer.actor, filing=declaration, content=content)
        filings.resubmit(actor=alpha.filer.actor, filing=declaration)
        assert Step.objects.get(project=project, key="joint_review").state == StepState.SKIPPED
        assert Step.objects.get(pk=step.pk).state == StepState.OPEN
        assert Step.objects.get(project=project, key="declaration").state == StepState.DONE


def test_return_without_saying_what_is_refused(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        step = Step.objects.select_related("project", "office").get(project=project, state=StepState.OPEN)
        with pytest.raises(Refusal):
            filings.send_back(actor=SYSTEM, step=step, items=[{"section": "purpose", "text": " "}])
        with pytest.raises(Refusal):
            filings.send_back(actor=SYSTEM, step=step, items=[{"section": "no_such", "text": "x"}])
        with pytest.raises(NotPermitted):
            filings.send_back(actor=alpha.filer.actor, step=step, items=[{"section": "", "text": "x"}])
        assert Step.objects.get(pk=step.pk).state == StepState.OPEN


def test_withdrawal_needs_a_reason_and_ends_the_route(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        declaration = project.declaration
        with pytest.raises(Refusal):
            filings.withdraw(actor=alpha.filer.actor, filing=declaration, reason=" ")
        filings.withdraw(actor=alpha.filer.actor, filing=declaration, reason="需求有变")
        assert Project.objects.get(pk=project.pk).standing == Standing.WITHDRAWN
        assert not Step.objects.filter(project=project, state__in=("coming", "open", "waiting")).exists()
        assert not WorkItem.objects.filter(project=project, closed_at=None).exists()
        with pytest.raises(WrongState):
            filings.submit(actor=alpha.filer.actor, filing=declaration)


@pytest.mark.article("DA-19")
def test_refusal_at_the_first_review_ends_the_project(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        step = Step.objects.select_related("project", "office").get(project=project, state=StepState.OPEN)
        route.finish(actor=SYSTEM, step=step, outcome="refuse", reason="需求不明确", negative=True)
        assert Project.objects.get(pk=project.pk).standing == Standing.REFUSED
        assert Declaration.objects.get(project=project).state == FilingState.REFUSED
        assert set(Step.objects.filter(project=project).values_list("state", flat=True)) == {
            "done",
            "refused",
            "cancelled",
        }
        assert Message.objects.filter(user=alpha.filer.user, kind="refused").exists()


def test_papers_of_a_section_that_was_not_returned_stay_as_they_are(alpha: Town) -> None:
    with enter(alpha.county):
        _project, _step, declaration = returned(alpha, "purpose")
        paper = Document.objects.filter(project=declaration.project).exclude(purpose="vendor_quote")[0]
        with pytest.raises(Refusal):
            filings.detach(actor=alpha.filer.actor, filing=declaration, document=paper)
        with pytest.raises(Refusal) as refused:
            filings.attach(actor=alpha.filer.actor, filing=declaration, purpose=paper.purpose, upload=filling.paper())
        assert refused.value.field == f"papers-{paper.purpose}"
        with pytest.raises(Refusal):
            filings.attach(
                actor=alpha.filer.actor,
                filing=declaration,
                purpose="vendor_quote",
                upload=filling.paper(),
                at="quotes-rows-0-document",
            )


def test_papers_of_a_returned_section_can_be_changed(alpha: Town) -> None:
    with enter(alpha.county):
        _project, _step, declaration = returned(alpha, "papers", "prerequisites", "plan")
        paper = Document.objects.filter(project=declaration.project).exclude(purpose="vendor_quote")[0]
        filings.detach(actor=alpha.filer.actor, filing=declaration, document=paper)
        with pytest.raises(WrongState):  # a second press
            filings.detach(actor=alpha.filer.actor, filing=declaration, document=paper)
        filings.attach(actor=alpha.filer.actor, filing=declaration, purpose=paper.purpose, upload=filling.paper())
        assert Document.objects.filter(project=declaration.project, purpose=paper.purpose, withdrawn_at=None).exists()


def test_paper_of_another_declaration_is_not_taken_out_through_this_one(alpha: Town) -> None:
    with enter(alpha.county):
        handed_in = filling.hand_in(alpha)
        paper = Document.objects.filter(project=handed_in)[0]
        other = start_declaration(actor=alpha.filer.actor)
        with pytest.raises(Refusal):
            filings.detach(actor=alpha.filer.actor, filing=other, document=paper)
        assert Document.objects.get(pk=paper.pk).withdrawn_at is None


def test_route_laid_anew_leaves_steps_done_and_open_with_the_office_they_lie_with(alpha: Town) -> None:
    with enter(alpha.county):
        project, step, declaration = returned(alpha, "money", "quotes")
        assert step.office is not None
        duties = list(step.office.authorities)
        Office.objects.filter(pk=step.office.pk).update(authorities=[])
        heir = Office.objects.create(county=alpha.county, code="heir", name="新设机构", authorities=duties)
        money = declaration.content["money"]
        content = {"money": {**money, "investment": "400000", "lines": [{**money["lines"][0], "amount": "400000"}]}}
        filings.save(actor=alpha.filer.actor, filing=declaration, content=content)
        filings.resubmit(actor=alpha.filer.actor, filing=declaration)
        again = Step.objects.get(pk=step.pk)
        item = WorkItem.objects.get(step=step, closed_at=None)
        assert again.office_id == item.office_id == step.office_id
        coming = Step.objects.filter(project=project, state=StepState.COMING, authority__in=duties)
        assert {one.office for one in coming} <= {heir}


def test_who_hands_a_declaration_in_has_filed_it_though_a_colleague_wrote_it(alpha: Town) -> None:
    """Nobody decides what they filed."""
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        filings.submit(actor=alpha.second_filer.actor, filing=declaration)
        assert has_filed(actor=alpha.second_filer.actor, project=Project.objects.get(pk=declaration.project.pk))


def test_years_of_a_declaration_handed_in_after_midnight_are_those_of_the_county(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
        declaration.submitted_at = dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC)  # one o'clock of the new year here
        assert reading_context(declaration).years[0] == 2026


def test_a_change_in_a_section_that_was_not_returned_is_refused_and_named(alpha: Town) -> None:
    with enter(alpha.county):
        _project, _step, declaration = returned(alpha, "plan")
        before = declaration.content
        with pytest.raises(Stale) as refused:
            filings.save(
                actor=alpha.filer.actor,
                filing=declaration,
                content={"basics": {**before["basics"], "name": "改了名字的项目"}},
            )
        assert refused.value.field == "basics-name"
        whole = {**before, "plan": {**before["plan"], "added": "补充说明"}}
        filings.save(actor=alpha.filer.actor, filing=declaration, content=whole)
        assert Declaration.objects.get(pk=declaration.pk).content == whole


def test_reviewers_read_what_was_handed_in_until_the_correction_is(alpha: Town) -> None:
    with enter(alpha.county):
        project, step, declaration = returned(alpha, "purpose")
        content = {"purpose": {**declaration.content["purpose"], "goal": "还没有交来的修改。"}}
        filings.save(actor=alpha.filer.actor, filing=declaration, content=content)

    def shown(person: Person) -> list[bool]:
        browser = client_for(person)
        places = (f"projects/{project.pk}/declaration/", f"steps/{step.pk}/")
        return ["还没有交来的修改" in browser.get(f"/{alpha.code}/{one}").content.decode() for one in places]

    assert (shown(alpha.filer), shown(alpha.secretary)) == ([True, True], [False, False])
    with enter(alpha.county):
        filings.resubmit(actor=alpha.filer.actor, filing=declaration)
    assert shown(alpha.secretary) == [True, True]


def test_what_changed_names_the_paper_taken_out_beside_the_one_added(alpha: Town) -> None:
    with enter(alpha.county):
        _project, _step, declaration = returned(alpha, "")
        old = Document.objects.filter(project=declaration.project, purpose__gt="").exclude(purpose="vendor_quote")[0]
        filings.detach(actor=alpha.filer.actor, filing=declaration, document=old)
        filings.attach(
            actor=alpha.filer.actor, filing=declaration, purpose=old.purpose, upload=filling.paper("新的文件.pdf")
        )
        filings.resubmit(actor=alpha.filer.actor, filing=declaration)
        (shown,) = handed_in.rounds_of(Declaration.objects.select_related("project").get(pk=declaration.pk))
        assert [(one["old"], one["new"]) for one in shown["changes"]] == [(old.name, ""), ("", "新的文件.pdf")]


def test_what_was_met_at_first_is_not_asked_again_of_sections_that_stay_locked(alpha: Town) -> None:
    with enter(alpha.county):
        _project, step, declaration = returned(alpha, "purpose")
        late = dt.datetime.fromisoformat(declaration.content["basics"]["starts_on"] + "T12:00+08:00")
        Office.objects.filter(pk=declaration.unit_id).update(is_active=False)  # of the choices of a locked field
        with time_machine.travel(late + dt.timedelta(days=30), tick=False):
            sheet = DECLARATION.checked(declaration)
            assert [one.field for one in sheet.problems] == []
            filings.save(
                actor=alpha.filer.actor,
                filing=declaration,
                content={"purpose": {"goal": "补充后的目的", "content": "内容"}},
            )
            filings.resubmit(actor=alpha.filer.actor, filing=declaration)
        assert Step.objects.get(pk=step.pk).state == StepState.OPEN


def test_a_section_that_was_returned_is_checked_by_the_day_it_is_handed_in_again(alpha: Town) -> None:
    with enter(alpha.county):
        _project, _step, declaration = returned(alpha, "basics")
        late = dt.datetime.fromisoformat(declaration.content["basics"]["starts_on"] + "T12:00+08:00")
        with time_machine.travel(late, tick=False):
            assert "basics-starts_on" in [one.field for one in DECLARATION.checked(declaration).problems]


def test_a_return_is_widened_while_it_waits_and_the_unit_is_told(alpha: Town) -> None:
    with enter(alpha.county):
        project, step, declaration = returned(alpha, "purpose")
        assert step.office is not None
        reviewer = alpha.by_duty[step.office.authorities[0]]
        item = {"section": "money", "field": "", "text": "资金来源与附件不一致"}
        with pytest.raises(NotPermitted):
            filings.send_back(actor=alpha.filer.actor, step=step, items=[item])
        version = Step.objects.get(pk=step.pk).version
        with pytest.raises(Stale):
            filings.send_back(actor=reviewer.actor, step=step, items=[item], seen_version=version - 1)
    form = {"version": str(version), "pick-money": "on", "section-money": "资金来源与附件不一致"}
    page = client_for(reviewer).get(f"/dean/steps/{step.pk}/").content.decode()
    assert "增加补正要求" in page
    assert client_for(reviewer).post(f"/dean/steps/{step.pk}/return/", form).status_code == 302
    with enter(alpha.county):
        declaration.refresh_from_db()
        assert declaration.unlocked == ["money", "purpose"]
        assert Step.objects.get(pk=step.pk).state == StepState.WAITING
        assert Message.objects.filter(user=alpha.filer.user, kind="returned").count() == 2
        assert WorkItem.objects.filter(project=project, duty=Duty.CORRECT, closed_at=None).count() == 1
        filings.resubmit(actor=alpha.filer.actor, filing=declaration)
        assert not CorrectionItem.objects.filter(filing=declaration, answered_at=None).exists()
        assert Step.objects.get(pk=step.pk).state == StepState.OPEN


def test_a_correction_opens_the_sections_that_it_makes_incomplete(alpha: Town) -> None:
    with enter(alpha.county):
        _project, _step, declaration = returned(alpha, "basics")
        basics = {**declaration.content["basics"], "major_deployment": "yes"}
        saved = filings.save(actor=alpha.filer.actor, filing=declaration, content={"basics": basics})
        assert saved.unlocked == ["basics", "papers"]  # a major deployment shows its paper
        filings.attach(actor=alpha.filer.actor, filing=saved, purpose="major_deployment_paper", upload=filling.paper())
        filings.resubmit(actor=alpha.filer.actor, filing=saved)
