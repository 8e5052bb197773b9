"""Random people do random things to projects through the real services; nothing ever ends outside of the diagrams.

By default more than five thousand acts; `XUNZHANG_LONG=1` asks for a hundred thousand.
"""

from __future__ import annotations

import datetime as dt
import os
import pickle
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Refusal
from approvals.kinds.meetings import MeetingDecision
from approvals.kinds.records import record_result
from approvals.kinds.reviews import Review, decide
from approvals.models import Condition, ConditionState, Opinion, OpinionState
from approvals.services import opinions, replies
from jurisdictions.scope import enter
from projects.models import Project, ProjectState
from tests.approvals.work import add_papers_of, declared, paper
from tests.people import Person, Town
from workflow.clocks import pauses
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.models import EDITABLE, AuditHead, Deadline, Duty, Filing, FilingState, Step, StepState, WorkItem
from workflow.route.kinds import kind_of
from workflow.route.steps import finish
from workflow.route.taking_back import take_back
from workflow.trail.verification import verify

pytestmark = pytest.mark.django_db

LONG = bool(os.environ.get("XUNZHANG_LONG"))
LIVES, EACH = (1000, 100) if LONG else (52, 100)
AMOUNTS = ("1999999.99", "2000000.00", "49999999.99", "50000000.00")
MOSTLY = st.sampled_from([True, True, True, True, False])
# One rule with weights, not several: hypothesis leaves whole rules out of a run.
ACTS = (
    *("end",) * 10,
    *("hand_in",) * 6,
    *("send_back", "opinion", "opinion", "clock", "condition", "correct", "take_back", "take_back"),
)


@dataclass(frozen=True)
class Draw:
    """What chance gave for one act."""

    number: int
    index: int
    right: bool
    text: str
    day: dt.date
    outcome: str
    amount: Decimal | None
    reply: str
    total: str


DRAWS = st.builds(
    Draw,
    number=st.integers(0, 5),
    index=st.integers(0, 40),
    right=MOSTLY,
    text=st.sampled_from(["同意", "需补充材料", "可行", "", "\u200b"]),
    day=st.integers(-40, 40).map(lambda days: today() + dt.timedelta(days=days)),
    outcome=st.sampled_from(["approve"] * 8 + ["recorded"] * 4 + ["refuse", "pass", "nonsense"]),
    amount=st.sampled_from([Decimal("1500000.00"), Decimal("1500000.00"), None, Decimal(0)]),
    reply=st.sampled_from(["批〔2026〕1号", "批〔2026〕1号", ""]),
    total=st.sampled_from(["150", "150", "1,5", "-3", ""]),
)


def life_in(town: Town, reached: Counter[str]) -> type[RuleBasedStateMachine]:
    """The machine of one county: its people, and one project a run; counts the steps that were reached."""
    people: list[Person] = list(town.people.values())
    fresh: dict[tuple[str, str, str], int] = {}

    class Life(RuleBasedStateMachine):
        """One project from its declaration or its start notice on; in the end all is rolled back, for the next life."""

        project: Project
        looked_at = 0

        def __init__(self) -> None:
            super().__init__()
            self.life = ExitStack()
            self.kept: dict[str, list[bytes]] = {}  # what acts choose from, until something is written

        @initialize(
            amount=st.sampled_from(AMOUNTS),
            owner=st.sampled_from(["agency", "soe"]),
            begins=st.sampled_from(["", "start_notice", "start_notice", "start_notice"]),
        )
        def begin(self, amount: str, owner: str, begins: str) -> None:
            key = (amount, owner, begins)
            if key not in fresh:
                fresh[key] = declared(town, until=begins, investment=amount, owner_kind=owner).pk
            self.life.enter_context(transaction.atomic())
            self.project = Project.objects.get(pk=fresh[key])

        @rule(what=st.sampled_from(ACTS), draw=DRAWS)
        def act(self, what: str, draw: Draw) -> None:
            """Somebody does something: a refusal is an answer, anything else a fault."""
            try:
                with transaction.atomic():
                    getattr(self, f"act_{what}")(draw)
            except Refusal as refusal:
                assert str(refusal).strip()

        def who(self, step: Step, draw: Draw) -> Actor:
            """Mostly who has the step, else anybody."""
            office, duty = kind_of(step).holder(step)
            wanted = "owner.record" if duty == Duty.PREPARE else kind_of(step).permission(step)
            able = [one for one in people if office and one.actor.in_office(office.pk) and one.actor.may(wanted)]
            among = able if draw.right and able else people
            return among[draw.index % len(among)].actor

        def anybody(self, draw: Draw) -> Actor:
            return people[draw.index % len(people)].actor

        def filer(self, draw: Draw) -> Actor:
            return town.filer.actor if draw.right else self.anybody(draw)

        def one_of(self, what: str, rows: QuerySet[Any], draw: Draw) -> Any:
            """One of the rows as they lie in the database, which are read again once something was written."""
            if what not in self.kept:
                self.kept[what] = [pickle.dumps(row) for row in rows]
            found = self.kept[what]
            return pickle.loads(found[draw.number % len(found)]) if found else None

        def a_step(self, draw: Draw) -> Step | None:
            rows = Step.objects.active().filter(project=self.project)
            step: Step | None = self.one_of("steps", rows.select_related("office", "project__owner_unit"), draw)
            return step

        def act_end(self, draw: Draw) -> None:
            step = self.a_step(draw)
            if step is None:
                return
            actor, kind = self.who(step, draw), kind_of(step)
            if isinstance(kind, MeetingDecision):
                finish(actor=SYSTEM, step=step, outcome="approve", reason="会议审定")
                return
            if draw.right:
                add_papers_of(town, step, actor)
            on = today() if draw.right else draw.day
            if isinstance(kind, Review):
                record = {
                    "number": draw.reply,
                    "on": on,
                    "amount": draw.amount,
                    "points": dict.fromkeys(step.rule.get("asks") or (), "可行"),
                    "conditions": [{"text": "落实云资源", "due_on": draw.day}] if draw.number == 0 else [],
                }
                outcome = "approve" if draw.outcome == "recorded" else draw.outcome
                decide(
                    actor=actor, step=step, outcome=outcome, reason=draw.text, missing_reason=draw.text, record=record
                )
            else:
                outcome = kind.outcomes[0].key if draw.outcome == "approve" and kind.outcomes else draw.outcome
                record_result(actor=actor, step=step, outcome=outcome, on=on, number=draw.reply, reason=draw.text)

        def act_send_back(self, draw: Draw) -> None:
            if (step := self.a_step(draw)) is not None:
                items = [{"section": "", "field": "", "text": draw.text}]
                filings.send_back(actor=self.who(step, draw), step=step, items=items, reason=draw.text)

        def act_take_back(self, draw: Draw) -> None:
            """Mostly the last that was decided; sometimes an opinion."""
            done = Step.objects.filter(project=self.project, state=StepState.DONE, decided_by__isnull=False)
            step = done.select_related("project__owner_unit", "office").order_by("-closed_at").first()
            given = Opinion.objects.filter(step__project=self.project, state=OpinionState.GIVEN)
            opinion = given.select_related("step__project", "office").first() if draw.number == 0 else None
            if opinion is not None:
                opinions.revise_opinion(actor=self.anybody(draw), opinion=opinion)
            elif step is not None:
                own = [one.actor for one in people if one.user.pk == step.decided_by_id]
                actor = own[0] if draw.right and own else self.anybody(draw)
                take_back(actor=actor, step=step, reason=draw.text)
                reached["taken back"] += 1

        def act_hand_in(self, draw: Draw) -> None:
            rows = Filing.objects.filter(project=self.project, state__in=EDITABLE).exclude(kind="declaration")
            wanted = ("step", "unit", "project__owner_unit", "project__rule_version")
            filing = self.one_of("filings", rows.select_related(*wanted), draw)
            if filing is None:
                return
            actor, total = self.filer(draw), "150" if draw.right else draw.total
            content = {"content": {"summary": "建设内容", "beyond": "no"}, "money": {"total": total, "lines": []}}
            saved = filings.save(actor=actor, filing=filing, content=content)
            for purpose in filing.step_rule.get("hands_in") or () if draw.right else ():
                filings.attach(actor=actor, filing=saved, purpose=purpose, upload=paper())
            again = saved.state == FilingState.RETURNED
            (filings.resubmit if again else filings.submit)(actor=actor, filing=saved)

        def act_correct(self, draw: Draw) -> None:
            if self.project.declaration is not None:
                filings.resubmit(actor=self.filer(draw), filing=self.project.declaration)

        def act_opinion(self, draw: Draw) -> None:
            asked = Opinion.objects.filter(step__project=self.project, state=OpinionState.ASKED)
            one = self.one_of("opinions", asked.select_related("step", "office"), draw)
            if one is not None:
                one.step.project = self.project
                able = [each.actor for each in people if each.actor.in_office(one.office_id)]
                actor = able[0] if draw.right and able else self.anybody(draw)
                opinions.give_opinion(actor=actor, opinion=one, conclusion="agree", text=draw.text)

        def act_clock(self, draw: Draw) -> None:
            rows = Deadline.objects.unended().filter(project=self.project, step__isnull=False)
            row = self.one_of("clocks", rows.select_related("step", "project"), draw)
            if row is not None and row.state == "running":
                pauses.pause(
                    actor=self.anybody(draw), deadline=row, key="owner_revision", reason="编修", from_day=draw.day
                )
            elif row is not None:
                pauses.resume(actor=self.anybody(draw), deadline=row, until_day=draw.day)

        def act_condition(self, draw: Draw) -> None:
            rows = Condition.objects.filter(reply__step__project=self.project)
            wanted = ("reply__step__project__owner_unit", "reply__step__office")
            one = self.one_of("conditions", rows.select_related(*wanted), draw)
            if one is not None and one.state == ConditionState.OPEN:
                replies.report(actor=self.filer(draw), condition=one, text=draw.text)
            elif one is not None:
                outcome = ("confirm", "reject", "waive")[draw.number % 3]
                replies.answer(actor=self.who(one.reply.step, draw), condition=one, outcome=outcome, text=draw.text)

        @invariant()
        def work_clocks_and_state_agree(self) -> None:
            if not hasattr(self, "project"):
                return
            end = AuditHead.objects.values_list("sequence", flat=True).get()
            if end != self.looked_at:  # else nothing was written since
                self.looked_at = end
                self.kept.clear()
                agree(Project.objects.get(pk=self.project.pk))

        def teardown(self) -> None:
            with self.life:
                if not hasattr(self, "project"):
                    return
                done = Step.objects.filter(project=self.project, state=StepState.DONE)
                reached.update(done.values_list("key", flat=True))
                assert verify(town.county).broken is None
                transaction.set_rollback(True)

    return Life


def agree(project: Project) -> None:
    """What lies in the queues is what is open, and every running clock has a party who can act."""
    waiting: dict[int, set[tuple[int, str]]] = {}
    for item in WorkItem.objects.open().filter(project=project):
        assert item.step_id is not None
        found = waiting.setdefault(item.step_id, set())
        assert (item.office_id, item.duty) not in found
        found.add((item.office_id, item.duty))
    asked: dict[int, set[tuple[int, str]]] = {}
    for one in Opinion.objects.filter(step__project=project, state=OpinionState.ASKED):
        asked.setdefault(one.step_id, set()).add((one.office_id, Duty.OPINION))
    steps = list(Step.objects.filter(project=project).select_related("office", "project__owner_unit"))
    for step in steps:
        expected: set[tuple[int, str]] = set()
        if step.state in (StepState.OPEN, StepState.WAITING):
            office, duty = kind_of(step).holder(step)
            assert office is not None
            expected = {(office.pk, duty)} | asked.get(step.pk, set())
        if step.state == StepState.WAITING:
            (returned,) = {
                (one.unit_id, Duty.CORRECT)
                for one in Filing.objects.filter(corrections__step=step, state=FilingState.RETURNED)
            }
            expected.add(returned)
        assert waiting.get(step.pk, set()) == expected, (step.key, step.state)
    ended = {step.pk for step in steps if step.state not in (StepState.COMING, StepState.OPEN, StepState.WAITING)}
    for clock in Deadline.objects.unended().filter(project=project).select_related("office"):
        assert clock.step_id not in ended, clock.key
        assert clock.office is not None and clock.office.is_active
        assert clock.office.memberships.filter(is_active=True).exists()
    if project.state == ProjectState.ENDED:
        assert not waiting
    for condition in Condition.objects.filter(reply__step__project=project):
        assert condition.is_open == (condition.state in (ConditionState.OPEN, ConditionState.REPORTED))


def test_whatever_people_do_queues_clocks_and_trail_agree_with_the_state(alpha: Town) -> None:
    reached: Counter[str] = Counter()
    with enter(alpha.county):
        run_state_machine_as_test(
            life_in(alpha, reached),
            settings=settings(
                max_examples=LIVES,
                stateful_step_count=EACH,
                deadline=None,
                derandomize=not LONG,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    # It went far enough to say something: whole approvals were passed.
    assert {"technical_review", "feasibility", "taken back"} <= reached.keys(), reached
