"""The life of one project of the demonstration, event by event, each by the person whose work it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import Refusal
from approvals.changes import filing as changes
from approvals.guards import missing_papers
from approvals.kinds.implementation import PROCUREMENT
from approvals.kinds.meetings import MeetingDecision
from approvals.kinds.records import OutsideRecord, PlanEntry, Record, record_result
from approvals.kinds.reviews import JointReview, decide
from approvals.models import Opinion, OpinionState
from approvals.services import findings, opinions, replies
from demo import contracts, experts, filling, texts, works
from demo.papers import paper
from demo.stage import Stage
from demo.timeline import Story
from funding.models import Contract
from projects.models import Declaration, PartnerUnit, Project
from projects.ruling import ruleset_of
from projects.services.drafts import ask_partners, confirm_part, register_classified
from projects.services.submission import start_declaration
from workflow.clocks import pauses
from workflow.clocks.clock import ONE, today
from workflow.desk import claims
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.models import Deadline, DeadlineState, Step, WorkItem
from workflow.route.hindrances import required_papers
from workflow.route.kinds import awaits_filing, kind_of
from workflow.route.offices import office_for

PACE = 2  # working days from one event to the next
DRAFTED = 5  # working days a filer takes
HEARD = 5  # working days from today that a unit has for its statement
DUE = 12  # working days from one payment to the next
AWARDED = Decimal("0.96")  # of the amount, where a procurement comes to its award


class Life:
    """One declaration of the fixture and the project it becomes."""

    def __init__(self, stage: Stage, spec: Mapping[str, Any]) -> None:
        self.stage, self.spec = stage, spec
        self.unit: Office = stage.staff.units[spec["unit"]]
        self.day = stage.filing_day(spec)
        self.project_id = 0

    # --- who and when -----------------------------------------------------------------------------------------

    @property
    def filer(self) -> Actor:
        return self.stage.staff.actor(self.unit, "declaration.file")

    def next(self, working_days: int = PACE) -> dt.datetime:
        """The moment of the next event."""
        self.day = self.stage.timeline.later(self.day, int(self.spec.get("pace", working_days)))
        return self.stage.timeline.moment(self.day)

    @property
    def project(self) -> Project:
        found = Project.objects.select_related("applicant", "owner_unit", "county", "rule_version")
        return found.get(pk=self.project_id)

    @property
    def declaration(self) -> Declaration:
        found = Declaration.objects.select_related(
            "project__county", "project__applicant", "project__owner_unit", "project__rule_version"
        )
        return found.get(project_id=self.project_id)

    def step(self) -> Step | None:
        """The step that is open now."""
        found = Step.objects.active().filter(project_id=self.project_id).first()
        if found is not None:
            found.project = self.project
        return found

    # --- the story --------------------------------------------------------------------------------------------

    def tell(self) -> Story:
        """From the first line typed to where the fixture leaves it."""
        spec = self.spec
        filed, self.day = self.day, self.stage.timeline.working_day(self.day - DRAFTED * ONE)
        yield self.stage.timeline.moment(self.day)
        if spec.get("classified"):
            register_classified(actor=self.filer, owner_unit=self.unit, handling_office=self.stage.secrecy)
            return
        owner = self.stage.staff.units[spec["owner"]] if "owner" in spec else None
        typed = None if spec.get("fill") == "name" else filling.basics(spec, self.unit)
        started = start_declaration(actor=self.filer, owner_unit=owner, content=typed, name=spec["name"])
        self.project_id = started.project.pk
        if spec.get("fill") in ("name", "basics"):
            return
        yield self.next(1)
        self.fill()
        if "partners" in spec:
            yield self.next(1)
            self.ask_partners()
            if not spec.get("unconfirmed"):
                yield self.next(1)
                self.confirm_parts()
        if "fill" in spec:
            return
        self.day = max(filed, self.day)
        yield self.stage.timeline.moment(self.day)
        filling.add_papers(self.filer, self.declaration)
        filings.submit(actor=self.filer, filing=self.declaration)
        for event in spec.get("then", []):
            ((verb, value),) = event.items()
            yield from getattr(self, f"then_{verb}")(value)

    def fill(self) -> None:
        """Answer what the form asks."""
        declaration = self.declaration
        rules = ruleset_of(declaration.project.rule_version)
        content = filling.answers(self.spec, self.unit, rules, declaration.project.plan_year or today().year + 1)
        if "owner" in self.spec:
            content["basics"]["owner_unit"] = str(self.stage.staff.units[self.spec["owner"]].pk)
        if "partners" in self.spec:
            content["basics"]["partners"] = [
                {"office": str(self.stage.staff.units[key].pk), "part": part}
                for key, part in self.spec["partners"].items()
            ]
        filings.save(actor=self.filer, filing=declaration, content=content)
        if self.spec.get("fill") != "no papers":
            filling.add_papers(self.filer, self.declaration)

    def ask_partners(self) -> None:
        ask_partners(actor=self.filer, declaration=self.declaration)

    def confirm_parts(self) -> None:
        for partner in PartnerUnit.objects.filter(project_id=self.project_id).select_related("office", "project"):
            confirm_part(actor=self.stage.staff.actor(partner.office, "declaration.file"), partner=partner)

    # --- what the fixture may say under `then` ----------------------------------------------------------------

    def then_until(self, key: str) -> Story:
        """Pass every step until the one named is open (`end`: until nothing is open)."""
        while (step := self.step()) is not None and step.key != key:
            before, was_awaited = step.pk, awaits_filing(step)
            yield from self._pass(step)
            if not was_awaited and (after := self.step()) is not None and after.pk == before:
                return  # no meeting has come to it yet

    def then_resume(self, days: int) -> Story:
        """Nothing happens until so many days before today."""
        timeline = self.stage.timeline
        self.day = max(self.day, timeline.working_day(timeline.today - days * ONE))
        yield timeline.moment(self.day)

    def then_opinions(self, given: Mapping[str, str]) -> Story:
        """Some offices give their opinions: authority to conclusion."""
        for authority, conclusion in given.items():
            yield self.next(1)
            self._give(authority, conclusion)

    def then_consolidate(self, text: str) -> Story:
        """The lead office sums the opinions up and passes it on."""
        yield self.next()
        step = self._open()
        decide(actor=self._decider(step), step=step, outcome="approve", reason=text, record=self._facts(step))

    def then_experts(self, how: str) -> Story:
        """Experts are drawn for the open step and sign; `sorted`: their opinions are consolidated too."""
        yield self.next()
        step = self._open()
        lead = self._decider(step)
        panel = experts.convene(lead, step, due_on=self.stage.timeline.today + 14 * ONE)
        for _seat in experts.sign(lead, panel):
            yield self.next(1)
            panel.refresh_from_db()
            if how == "begun":
                return
        experts.consolidate(lead, panel)

    def then_return(self, items: list[dict[str, str]]) -> Story:
        """The office returns it for correction."""
        yield self.next()
        step = self._open()
        filings.send_back(actor=self._decider(step), step=step, items=items)

    def then_resubmit(self, changes: Mapping[str, Any]) -> Story:
        """The unit corrects what was named, and hands it in again."""
        yield self.next()
        declaration = self.declaration
        content: dict[str, Any] = {}
        for name, value in changes.items():
            section, field = name.split("-", 1)
            content.setdefault(section, dict(declaration.content[section]))[field] = value
        if "money" in content:
            typed = content["money"]
            line = typed["lines"][0]
            content["money"] = filling.money(
                Decimal(typed["investment"]), line["source"], typed["funding_source"], int(line["year"])
            )
        filings.save(actor=self.filer, filing=declaration, content=content)
        yield self.next(1)
        filling.add_papers(self.filer, self.declaration)
        filings.resubmit(actor=self.filer, filing=self.declaration)

    def then_change(self, typed: Mapping[str, Any]) -> Story:
        """The unit asks for a change of what was approved: its form by section and field."""
        yield self.next()
        actor = self._unit()
        filing = changes.begin(actor=actor, project=self.project)
        filing = filings.save(actor=actor, filing=filing, content=filling.change(typed))
        filling.add_change_papers(actor, filing)
        yield self.next(1)
        filings.submit(actor=actor, filing=filing)

    def then_refuse(self, reason: str) -> Story:
        """The office, or the meeting, refuses it."""
        yield self.next()
        step = self._open()
        kind = kind_of(step)
        if isinstance(kind, MeetingDecision):
            yield from self._meet(step, "refuse", reason)
        elif isinstance(kind, OutsideRecord):
            yield from self._record(step, outcome="fail", reason=reason)
        else:
            decide(actor=self._decider(step), step=step, outcome="refuse", reason=reason)

    def then_meeting(self, outcome: str) -> Story:
        """A meeting deals with it: approve, postpone, return; prepared: it stands on the next agenda."""
        yield from self._meet(self._open(), outcome, texts.read("texts")["meeting"].get(outcome, ""))

    def then_withdraw(self, reason: str) -> Story:
        """The unit takes it back."""
        yield self.next()
        filings.withdraw(actor=self.filer, filing=self.declaration, reason=reason)

    def then_claim(self, _value: Any) -> Story:
        """Somebody of the office takes the work."""
        yield self.next(1)
        step = self._open()
        item = WorkItem.objects.open().filter(step=step, office=step.office).first()
        if item is not None:
            claims.claim(actor=self._decider(step), item=item)

    def then_pause(self, reason: str) -> Story:
        """The clocks of the open step are stopped."""
        yield self.next(1)
        step = self._open()
        for row in Deadline.objects.filter(step=step, state=DeadlineState.RUNNING):
            pauses.pause(actor=self._decider(step), deadline=row, key="owner_supplement", reason=reason)

    def then_finding(self, grounds: str) -> Story:
        """The bureau opens a finding of delay; the unit is still to be heard."""
        yield self.next(1)
        project = self.project
        office = office_for(authority="data_bureau", project=project)
        findings.propose(
            actor=self.stage.staff.other(office, "step.decide", project),
            project=project,
            grounds=grounds,
            state_by=self.stage.timeline.later(self.stage.timeline.today, HEARD),
        )

    def then_contract(self, typed: Mapping[str, Any]) -> Story:
        """The unit signs a contract."""
        yield self.next()
        number = f"{self.project.county.prefix}-HT-{today().year}-{self.stage.paper_number()}"
        contracts.sign(self._unit(), self.project, number, typed)

    def then_pay(self, times: int) -> Story:
        """Finance pays so many instalments of the last contract, each as it is due."""
        for _number in range(times):
            self.day = self.stage.timeline.later(self.day, DUE)
            yield self.stage.timeline.moment(self.day)
            contract = Contract.objects.filter(project_id=self.project_id).latest("pk")
            contract.project = self.project
            office = office_for(authority="finance", project=contract.project)
            actor = self.stage.staff.other(office, "funding.pay", contract.project)
            contracts.pay_next(actor, contract, f"记-{self.stage.paper_number()}")

    def then_milestones(self, rows: Mapping[str, Any]) -> Story:
        """The unit plans its milestones."""
        yield self.next(1)
        works.plan(self._unit(), self.project, rows, self.stage.timeline.today)

    def then_reached(self, said: Mapping[str, str]) -> Story:
        """The unit reaches a milestone; with what it does where that is late."""
        yield self.next(1)
        works.reach(self._unit(), self.project, said["name"], said.get("measures", ""))

    def then_incident(self, said: Mapping[str, Any]) -> Story:
        """The unit reports an incident."""
        yield self.next(1)
        works.report(self._unit(), self.project, said)

    def then_correct(self, said: Mapping[str, Any]) -> Story:
        """An office orders what was reported or found to be put right."""
        yield self.next(1)
        works.order(self._of(said.get("by", "data_bureau")), self.project, said)

    def then_corrected(self, text: str) -> Story:
        """The unit reports what it put right."""
        yield self.next(1)
        works.answer(self._unit(), self.project, text)

    def then_sanction(self, said: Mapping[str, str]) -> Story:
        """The office lets something follow from the matter."""
        yield self.next(1)
        works.impose(self._of(said.get("by", "data_bureau")), self.project, said["kind"], said["reason"])

    def _of(self, authority: str) -> Actor:
        office = office_for(authority=authority, project=self.project)
        return self.stage.staff.other(office, "step.decide", self.project)

    # --- how a step is passed ---------------------------------------------------------------------------------

    def _open(self) -> Step:
        step = self.step()
        if step is None:
            raise LookupError(f"{self.spec['name']}: no step is open")
        return step

    def _pass(self, step: Step) -> Story:
        said = texts.read("texts")
        kind = kind_of(step)
        if awaits_filing(step):
            yield self.next(int(self.spec.get("prepares", DRAFTED)))
            filling.prepare(self._unit(), self._open(), self.spec)
        elif isinstance(kind, MeetingDecision):
            yield from self._meet(step, "approve", "")
        elif isinstance(kind, Record):
            yield from self._record(step, outcome=kind.outcomes[0].key)
        elif isinstance(kind, JointReview):
            for opinion in Opinion.objects.filter(step=step, state=OpinionState.ASKED):
                yield self.next(1)
                self._give(opinion.authority, "agree")
            yield from self.then_consolidate(said["consolidated"])
        else:
            yield self.next()
            step = self._open()
            decide(
                actor=self._decider(step),
                step=step,
                outcome="approve",
                reason=said["approved"],
                record=self._facts(step),
            )

    def _record(self, step: Step, *, outcome: str, reason: str = "") -> Story:
        yield self.next()
        step = self._open()
        actor = self._decider(step)
        rules = ruleset_of(step.project.rule_version)
        for key in dict.fromkeys([*missing_papers(step), *required_papers(step)]):
            upload = paper(rules.document(key).name, f"项目：{step.project.name}", texts.read("texts")["paper"])
            storage.store(actor=actor, project=step.project, purpose=key, upload=upload, step=step)
        number = f"{step.project.county.prefix}-{today().year}-{self.stage.paper_number()}"
        record_result(
            actor=actor, step=step, outcome=outcome, on=today(), number=number, reason=reason, record=self._facts(step)
        )

    def _meet(self, step: Step, outcome: str, note: str) -> Story:
        """Wait until a meeting has dealt with the step; ends without, where none comes before today."""
        self.stage.agenda.want(step, outcome, note)
        if outcome == "prepared":
            return
        while self.day < self.stage.timeline.today:
            yield self.next(1)
            if not self.stage.agenda.waits(step):
                return

    def _give(self, authority: str, conclusion: str) -> None:
        step = self._open()
        opinion = Opinion.objects.select_related("step", "office").get(step=step, authority=authority)
        opinion.step = step
        said = texts.read("texts")["opinions"][conclusion]
        text = said.get(authority, said["any"])
        opinions.give_opinion(
            actor=self.stage.staff.other(opinion.office, "opinion.give", step.project),
            opinion=opinion,
            conclusion=conclusion,
            text=text,
            conditions=said.get("conditions", ""),
        )

    def _decider(self, step: Step) -> Actor:
        assert step.office is not None
        if step.authority == "owner":
            return self.stage.staff.actor(step.office, kind_of(step).permission(step))
        return self.stage.staff.other(step.office, kind_of(step).permission(step), step.project)

    def _unit(self) -> Actor:
        """Who prepares what the owner unit hands in."""
        return self.stage.staff.actor(self.project.owner_unit, "owner.record")

    def _facts(self, step: Step) -> dict[str, Any]:
        said = texts.read("texts")
        points = {key: said["points"].get(key, said["points"]["any"]) for key in step.rule.get("asks", [])}
        facts: dict[str, Any] = {"points": points} if points else {}
        if "importance" in step.rule.get("sets", []):
            facts |= {"importance": self.spec.get("importance", "general"), "rank": self.spec.get("rank", 3)}
        if isinstance(kind_of(step), PlanEntry):
            facts["rank"] = self.spec.get("rank", 3)
        if step.key == PROCUREMENT:
            vendors = said["vendors"]
            amount = (Decimal(self.spec["amount"]) * AWARDED).quantize(Decimal(100))
            supplier = vendors[len(self.spec["name"]) % len(vendors)]
            facts |= {"mode": "competitive_consultation", "supplier": supplier, "amount": amount}
        if replies.are_needed(step):
            county = step.project.county.prefix
            facts |= {"number": f"{county}〔{today().year}〕{self.stage.paper_number()}号", "on": today()}
            if step.rule.get("decides"):
                facts["amount"] = Decimal(self.spec["amount"])
        return facts


class StoryFailed(Exception):
    """A story of the fixture that the services refuse: which one, and why."""


def lives(stage: Stage, specs: list[dict[str, Any]]) -> Iterator[Story]:
    """The stories of a county's declarations."""
    for spec in specs:
        yield _named(str(spec["name"]), Life(stage, spec).tell())


def _named(name: str, story: Story) -> Story:
    try:
        yield from story
    except Refusal as refusal:
        reasons = "; ".join(str(one) for one in getattr(refusal, "items", None) or [refusal])
        raise StoryFailed(f"{name}: {reasons}") from refusal
