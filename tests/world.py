"""One record of every kind in each county, for tests that knock at every address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import AnsweredRequest, Delegation, Membership, Office
from approvals.models import (
    Advice,
    Attendance,
    ChangeRequest,
    Condition,
    DelayFinding,
    Draw,
    Expert,
    ExpertImport,
    ExpertLink,
    ExpertOpinion,
    FeeRate,
    Matter,
    Meeting,
    MeetingItem,
    Milestone,
    Opinion,
    Panel,
    PlatformRecord,
    Reply,
    Sanction,
    Seat,
    Speciality,
)
from funding.models import Amendment, Contract, ContractLine, Instalment, Payment
from jurisdictions.scope import enter
from projects.models import (
    AnnualPlan,
    CostLine,
    Declaration,
    Likeness,
    PartnerUnit,
    PlanEntry,
    PlannedMoney,
    Project,
    ProjectFact,
    ProjectState,
    ReserveEntry,
    Round,
    SimilarFinding,
    VendorQuote,
)
from tests.people import Town
from workflow.clocks.clock import today
from workflow.documents.storage import path_of
from workflow.jobs.services import result_path
from workflow.models import (
    AuditEntry,
    CorrectionItem,
    Deadline,
    DeadlineChange,
    DeadlineExtension,
    DeadlinePause,
    Document,
    Duty,
    Filing,
    FilingRevision,
    FilingState,
    Job,
    KeptForecast,
    Message,
    Outbox,
    RecordedDate,
    SavedView,
    Step,
    StepState,
    WorkItem,
)
from workflow.trail import audit

DAY = dt.date(2026, 3, 2)


@dataclass
class World:
    """A county with a project of its first unit under joint review, and everything that hangs on it."""

    town: Town
    project: Project
    other: Project
    declaration: Declaration
    call: Round
    step: Step
    opinion: Opinion
    condition: Condition
    clock: Deadline
    change: ChangeRequest
    sent: Filing  # handed in, as others read it
    document: Document
    contract: Contract
    payment: Payment
    amendment: Amendment
    finding: SimilarFinding
    notice: Message
    job: Job
    meeting: Meeting
    plan: AnnualPlan
    expert: Expert
    expert_import: ExpertImport
    panel: Panel
    draw: Draw
    delay_finding: DelayFinding
    matter: Matter
    advice: Advice
    milestone: Milestone
    office: Office
    membership: Membership
    delegation: Delegation


def make_world(town: Town) -> World:
    """Make it; `filer` is who filed and who the notice is for."""
    with enter(town.county):
        return _make(town)


def _make(town: Town) -> World:
    county, now = town.county, timezone.now()
    filer, unit, bureau = town.filer.user, town.units[0], town.duty["data_bureau"]
    call = Round.objects.create(plan_year=2027, title="2027", opens_on=DAY, closes_on=DAY)

    def project(number: str, **values: Any) -> Project:
        return Project.objects.create(
            number=number,
            name=f"项目{number}",
            applicant=unit,
            owner_unit=unit,
            filed_by=filer,
            rule_version=town.rules,
            investment=600000,
            state=ProjectState.RUNNING,
            **values,
        )

    one, two = project("1"), project("2")
    declaration, _other = (
        Declaration.objects.create(
            project=which, call=call, content={}, round=1, submitted_at=now, state=FilingState.SUBMITTED
        )
        for which in (one, two)
    )
    step = Step.objects.create(
        project=one,
        position=1,
        key="joint_review",
        phase="initiation",
        kind="joint",
        authority="data_bureau",
        participants=["finance"],
        articles=["DA-19"],
        office=bureau,
        state=StepState.OPEN,
        opened_at=now,
    )
    reply = Reply.objects.create(county=town.county, step=step, number="德发改〔2026〕1号", replied_on=today())
    PlatformRecord.objects.create(project=one, step=step, code=f"2026-{town.code}-01")
    condition = Condition.objects.create(county=town.county, reply=reply, text="落实云资源")
    asked = Filing.objects.create(kind="change", project=one, unit=unit)
    change = ChangeRequest.objects.create(filing=asked, project=one, number=1)
    sent = Filing.objects.create(kind="change", project=one, unit=unit, submitted_at=now)
    opinion = Opinion.objects.create(step=step, office=town.duty["finance"], authority="finance")
    item = WorkItem.objects.create(project=one, step=step, office=bureau, duty=Duty.DECIDE, opened_at=now, due_on=DAY)
    deadline = Deadline.objects.create(
        project=one,
        step=step,
        work_item=item,
        key="joint_review",
        party="authority",
        started_on=DAY,
        due_on=DAY,
        due_at=now,
        remind_on=DAY,
    )
    RecordedDate.objects.create(project=one, event="contract_signed", on=DAY)
    DeadlinePause.objects.create(deadline=deadline, key="owner_revision", reason="x", from_day=DAY)
    DeadlineChange.objects.create(
        deadline=deadline,
        old_due_on=DAY,
        old_provisional=True,
        new_due_on=DAY,
        new_provisional=False,
        reason="x",
    )
    KeptForecast.objects.create(project=one, occasion="route", made_on=DAY)
    DeadlineExtension.objects.create(
        deadline=deadline, reason="x", wanted_on=DAY, asked_by=filer, unit=unit, office=bureau, old_due_on=DAY
    )
    document = Document.objects.create(
        project=one,
        step=step,
        subject_type="workflow.step",
        subject_id=step.pk,
        purpose="declaration_form",
        name="a.pdf",
        size=1,
        content_type="application/pdf",
        sha256="0" * 64,
        uploaded_by=filer,
    )
    path = path_of(document)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    FilingRevision.objects.create(
        filing=declaration, round=1, content={}, facts={}, submitted_at=now, submitted_by=filer
    )
    CorrectionItem.objects.create(
        filing=declaration,
        step=step,
        round=1,
        section="money",
        text="x",
        asked_by=town.reviewer.user,
        asked_at=now,
    )
    PlannedMoney.objects.create(declaration=declaration, source="fiscal", year=2027, amount=1)
    CostLine.objects.create(project=one, stage="rough_estimate", line="undivided", amount=1, origin="declaration")
    VendorQuote.objects.create(declaration=declaration, vendor="x", amount=1, document=document)
    PartnerUnit.objects.create(project=one, office=town.administration)
    ProjectFact.objects.create(project=one, key="listed_in_plan", yes_no=True)
    contract = Contract.objects.create(project=one, title="x", made_by=filer)
    ContractLine.objects.create(contract=contract, line="hardware", amount=1)
    Instalment.objects.create(contract=contract, position=1, name="x", amount=1, condition="contract_signed")
    amendment = Amendment.objects.create(
        contract=contract, number="x", signed_on=DAY, delta=1, grounds="x", made_by=filer
    )
    payment = Payment.objects.create(contract=contract, amount=1, paid_on=DAY, voucher="x", made_by=filer)
    finding = SimilarFinding.objects.create(project=one, other=two, kind=Likeness.SIMILAR)
    ReserveEntry.objects.create(project=two, entered_on=DAY)
    plan = AnnualPlan.objects.create(year=2027, title="2027")
    PlanEntry.objects.create(plan=plan, project=two, entered_on=DAY)
    meeting = Meeting.objects.create(
        body="conference", title="x", held_on=DAY, minutes=document, prepared_by=town.secretary.user
    )
    MeetingItem.objects.create(meeting=meeting, step=step)
    Speciality.objects.create(name="网络安全")
    FeeRate.objects.create(name="高级职称", a_day=800)
    expert = Expert.objects.create(name="王某", employer="某大学", employer_folded="某大学", specialities=["网络安全"])
    reading = ExpertImport.objects.create(name="x.xlsx", rows=[], made_by=town.reviewer.user)
    panel = Panel.objects.create(
        project=one, step=step, office=bureau, purpose="x", asked_by=town.reviewer.user, due_on=DAY, size=1
    )
    draw = Draw.objects.create(
        panel=panel, number=1, places=[], candidates=[], candidates_hash="0", commitment="0", seed="0" * 64
    )
    seat = Seat.objects.create(panel=panel, expert=expert, draw=draw, name="王某", employer="某大学")
    ExpertLink.objects.create(
        seat=seat, token_hash=f"{county.pk}", made_by=town.reviewer.user, expires_at=now + dt.timedelta(1)
    )
    ExpertOpinion.objects.create(
        seat=seat, round=1, conclusion="agree", text="x", statement="x", signed_name="王某", signed_at=now, sha256="0"
    )
    Attendance.objects.create(seat=seat, days=1, rate_name="高级职称", a_day=800, amount=800)
    delay_finding = DelayFinding.objects.create(
        project=one, unit=unit, office=bureau, days=30, opened_on=DAY, opened_by=town.reviewer.user, state_by=DAY
    )
    advice = Advice.objects.create(
        project=one, step=step, kind="word", office=bureau, asked_by=filer, asking_office=bureau, question="x"
    )
    matter = Matter.objects.create(
        project=one,
        unit=unit,
        office=bureau,
        measure="incident",
        kind="delay",
        title="x",
        happened_on=DAY,
        text="x",
        opened_by=filer,
    )
    Sanction.objects.create(matter=matter, project=one, kind="criticism", reason="x", imposed_by=town.reviewer.user)
    milestone = Milestone.objects.create(
        project=one, name="x", first_planned_on=DAY, planned_on=DAY, percent=50, made_by=filer
    )
    notice = Message.objects.create(user=filer, project=one, key=f"{county.pk}-1", kind="returned", path="/")
    Outbox.objects.create(message=notice, user=filer, kind="at_once", key=f"{county.pk}-1", subject="x", send_after=now)
    job = Job.objects.create(
        owner=filer, membership=town.filer.membership, kind="x", title="x", result_name="a.csv", result_until=DAY
    )
    result_path(job).parent.mkdir(parents=True, exist_ok=True)
    result_path(job).write_bytes(b"x")
    delegation = Delegation.objects.create(
        giver=town.second_filer.membership, taker=town.filer.membership, first_day=DAY, last_day=DAY
    )
    AnsweredRequest.objects.create(user=filer, key="x", content="x", status=303, answer="/")
    SavedView.objects.create(user=filer, page="queue", name="x", query="q=1")
    if not AuditEntry.objects.exists():
        audit.entry(actor=town.filer.actor, action="project.made", record=one, project=one)
    return World(
        town=town,
        project=one,
        other=two,
        declaration=declaration,
        call=call,
        step=step,
        opinion=opinion,
        condition=condition,
        clock=deadline,
        change=change,
        sent=sent,
        document=document,
        contract=contract,
        payment=payment,
        amendment=amendment,
        finding=finding,
        notice=notice,
        job=job,
        meeting=meeting,
        plan=plan,
        expert=expert,
        expert_import=reading,
        panel=panel,
        draw=draw,
        delay_finding=delay_finding,
        matter=matter,
        advice=advice,
        milestone=milestone,
        office=unit,
        membership=town.second_filer.membership,
        delegation=delegation,
    )
