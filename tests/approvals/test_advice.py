"""A word asked of others before a step is decided, and copies passed on to be read."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.refusals import Incomplete, NotPermitted, WrongState
from approvals.kinds.reviews import decide
from approvals.models import Advice
from approvals.services import advice
from jurisdictions.scope import enter
from tests.approvals.work import current, declared, step_of
from tests.people import Town, client_for
from workflow.models import Message, Step, StepState, WorkItem

pytestmark = pytest.mark.django_db


def reviewed(town: Town) -> Step:
    """A joint review that lies before the bureau."""
    return step_of(town, declared(town, until="joint_review"), "joint_review")


def test_an_awaited_word_holds_the_decision_up_until_it_is_there_or_withdrawn(alpha: Town) -> None:
    step = reviewed(alpha)
    bureau, drc, asked = alpha.reviewer.actor, alpha.drc, {"question": "接口费用是否合理？"}
    with enter(alpha.county):
        word: dict[str, Any] = {"actor": bureau, "step": step, "kind": "word", "is_awaited": True, **asked}
        offices, colleagues = advice.askable(step, bureau)
        assert drc.office in offices and step.project.owner_unit not in offices
        assert alpha.reviewer.user not in [one.user for one in colleagues]
        with pytest.raises(Incomplete) as refused:
            advice.ask(**{**word, "kind": "x", "question": " "})
        assert [one.field for one in refused.value.items] == ["kind", "question", "to"]
        with pytest.raises(Incomplete) as refused:
            advice.ask(**word, offices=[step.project.owner_unit])
        assert [one.field for one in refused.value.items] == ["to"]
        with pytest.raises(NotPermitted):
            advice.ask(**{**word, "actor": drc.actor}, offices=[drc.office])
        [first] = advice.ask(**word, offices=[drc.office])
        with pytest.raises(Incomplete):  # the same from a second window
            advice.ask(**word, offices=[drc.office])
        assert WorkItem.objects.open().get(about="advice").office == drc.office
        assert [one.key for one in advice.awaited(step)] == ["advice"]
        with pytest.raises(NotPermitted):
            advice.answer(actor=bureau, advice=first, conclusion="agree", text="x")
        with pytest.raises(Incomplete) as refused:
            advice.answer(actor=drc.actor, advice=first)
        assert [one.field for one in refused.value.items] == ["conclusion", "answer_text"]
        advice.answer(actor=drc.actor, advice=first, conclusion="conditions", text="压减一成", seen_version=0)
        assert list(advice.awaited(step)) == []
        assert not WorkItem.objects.open().filter(about="advice").exists()
        with pytest.raises(WrongState):
            advice.withdraw(actor=bureau, advice=first)
        [second] = advice.ask(**word, offices=[drc.office])
        advice.withdraw(actor=bureau, advice=second)
        assert list(advice.awaited(step)) == []
        assert {"advice_word", "advice_answered"} <= set(Message.objects.values_list("kind", flat=True))


def test_a_copy_holds_nothing_up_and_the_pages_say_who_was_asked(alpha: Town) -> None:
    step = reviewed(alpha)
    bureau, drc = client_for(alpha.reviewer), client_for(alpha.drc)
    page = f"/{alpha.code}/steps/{step.pk}/others/"
    assert "加签、传阅" in bureau.get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    empty = bureau.post(page, {"kind": "copy", "question": "请知悉"})
    assert empty.status_code == 422 and "请知悉" in empty.content.decode()
    assert bureau.post(page, {"kind": "copy", "question": "x", "to": ["o0"]}).status_code == 422
    sent = {"kind": "copy", "question": "请知悉", "to": [f"o{alpha.drc.office.pk}"], "is_awaited": "on"}
    assert bureau.post(page, sent).status_code == 302
    assert drc.post(page, {**sent, "to": [f"o{alpha.finance.office.pk}"]}).status_code == 403
    with enter(alpha.county):
        copy = Advice.objects.get()
        assert not copy.is_awaited and list(advice.awaited(step)) == []
    own = f"/{alpha.code}/advice/{copy.pk}/"
    assert "已阅" in drc.get(own).content.decode()
    assert bureau.post(own, {"act": "answer", "version": 0}).status_code == 403
    assert drc.post(own, {"act": "x", "version": 0}).status_code == 404
    assert drc.post(own, {"act": "answer", "version": 0}).status_code == 302
    assert drc.post(own, {"act": "answer", "version": 0}).status_code == 409
    assert "已答复" in bureau.get(page).content.decode()
    assert client_for(alpha.other_filer).get(own).status_code == 404


def test_a_decision_waits_for_the_word(alpha: Town) -> None:
    project = declared(alpha, until="preliminary_evaluation")
    step = current(alpha, project)
    with enter(alpha.county):
        person = next(
            one for one in alpha.people.values() if one.actor.in_office(step.office_id) and one.actor.may("step.decide")
        )
        advice.ask(
            actor=person.actor, step=step, kind="word", offices=[alpha.drc.office], question="x", is_awaited=True
        )
        with pytest.raises(WrongState) as waits:
            decide(actor=person.actor, step=current(alpha, project), outcome="approve", reason="同意", record={})
        assert alpha.drc.office.name in waits.value.message
        assert Step.objects.get(pk=step.pk).state == StepState.OPEN
