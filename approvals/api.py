"""Steps, opinions and decisions for programs: the same services, permissions and errors as the pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ERRORS, CountyAPIView, DayField
from approvals.changes import api as changes
from approvals.forms import PROCUREMENT_FIELDS
from approvals.kinds.records import RECORDED, Record, record_result
from approvals.kinds.reviews import Review, decide
from approvals.models import Conclusion, Opinion, PlatformRecord, PlatformStage
from approvals.platform.keeping import KEPT, keep
from approvals.services import concerned, opinions, reopening
from jurisdictions.facts import Importance
from jurisdictions.fields import whole
from jurisdictions.rules.vocabulary import PROCUREMENT_MODES
from projects.models import Project
from workflow import stages
from workflow.filings import services as filings
from workflow.listings.listing import PAGE
from workflow.listings.paging import AFTER, by_pk, page_of
from workflow.models import Step, StepState
from workflow.route.hindrances import DEPARTURES
from workflow.route.kinds import StepKind

READERS = ("project.view", "declaration.view_own")
# What a decision records besides its outcome and reason.
STATED = ("importance", "rank", DEPARTURES, "number", "on", "valid_until", "amount", "conditions")
RECORDED_BESIDES = ("plan_year", "rank", *PROCUREMENT_FIELDS, DEPARTURES)


class OpinionSerializer(serializers.ModelSerializer[Opinion]):
    """An office's opinion in a joint review."""

    office = serializers.CharField(source="office_name")

    class Meta:
        model = Opinion
        fields = [
            "office",
            "authority",
            "state",
            "conclusion",
            "text",
            "conditions",
            "objections",
            "given_at",
        ]


class StepSerializer(serializers.ModelSerializer[Step]):
    """A step of a project's route and what became of it."""

    name = serializers.CharField()
    office = serializers.CharField(source="office_name")
    opinions = OpinionSerializer(many=True)

    class Meta:
        model = Step
        fields = [
            "id",
            "project_id",
            "key",
            "round",
            "name",
            "phase",
            "kind",
            "state",
            "authority",
            "participants",
            "office",
            "articles",
            "opened_at",
            "closed_at",
            "outcome",
            "reason",
            "record",
            "version",
            "opinions",
        ]


class StepsPage(serializers.Serializer[Any]):
    """Steps in their order and the cursor of the next page (null on the last)."""

    results = StepSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)


def outcomes_of(kind: type[StepKind]) -> dict[str, str]:
    """How steps of a kind may end, in all stages: key to word."""
    kinds = [one for one in stages.step_kinds().values() if isinstance(one, kind)]
    return {outcome.key: str(outcome.word) for one in kinds for outcome in one.outcomes}


class Reasons(serializers.DictField):
    """Reasons for departing from what the rules ask in principle only, by the key after `depart-` in the refusal."""

    child = serializers.CharField(max_length=1000)


class ConditionRequest(serializers.Serializer[Any]):
    """A condition of a reply, and by when it is to be fulfilled."""

    text = serializers.CharField(max_length=1000)
    due_on = DayField(required=False)


class DecisionRequest(serializers.Serializer[Any]):
    """A decision on a review."""

    outcome = serializers.ChoiceField(choices=[])
    reason = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    missing_reason = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")
    importance = serializers.ChoiceField(choices=Importance.choices, required=False)
    rank = serializers.IntegerField(required=False, min_value=1, max_value=9999)
    departures = Reasons(required=False)
    number = serializers.CharField(required=False, max_length=60)  # of the reply to what the unit handed in
    on = DayField(required=False)
    valid_until = DayField(required=False)
    amount = serializers.DecimalField(required=False, max_digits=16, decimal_places=2, min_value=0)  # yuan
    conditions = ConditionRequest(many=True, required=False)
    version = serializers.IntegerField(required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome: Any = self.fields["outcome"]
        outcome.choices = outcomes_of(Review)


class RecordRequest(serializers.Serializer[Any]):
    """What was done or decided elsewhere."""

    outcome = serializers.ChoiceField(choices=[], default=RECORDED.key)
    on = DayField()
    number = serializers.CharField(required=False, allow_blank=True, max_length=60, default="")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    plan_year = serializers.IntegerField(required=False, min_value=2000, max_value=2100)
    rank = serializers.IntegerField(required=False, min_value=1, max_value=9999)
    mode = serializers.ChoiceField(choices=list(PROCUREMENT_MODES.items()), required=False)
    published_on = DayField(required=False)
    opened_on = DayField(required=False)
    supplier = serializers.CharField(required=False, max_length=120)
    amount = serializers.DecimalField(required=False, max_digits=16, decimal_places=2)
    departures = Reasons(required=False)
    version = serializers.IntegerField(required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome: Any = self.fields["outcome"]
        outcome.choices = outcomes_of(Record)


class OpinionRequest(serializers.Serializer[Any]):
    """One's own office's opinion."""

    conclusion = serializers.ChoiceField(choices=Conclusion.choices)
    text = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    conditions = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")


class CorrectionRequest(serializers.Serializer[Any]):
    """A section that must be corrected, and what is wrong in it."""

    section = serializers.CharField(max_length=40)
    field = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")
    text = serializers.CharField(max_length=2000)


class ReturnRequest(serializers.Serializer[Any]):
    """Return for correction."""

    items = CorrectionRequest(many=True, allow_empty=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    correct_by = DayField(required=False)
    reopen = serializers.BooleanField(required=False, default=False)  # a major change: the earlier step goes back too
    version = serializers.IntegerField(required=False, min_value=0)


class StepView(CountyAPIView):
    """What the views of one step share."""

    serializer_class = StepSerializer

    def find(self, pk: int) -> Step:
        """The step where this person may see its project, else 404."""
        step = (
            Step.objects.select_related("office", "project__applicant", "project__owner_unit", "project__rule_version")
            .filter(pk=pk)
            .first()
        )
        if step is None or not step.project.is_visible_to(self.actor):
            raise Http404
        return step

    def answer(self, pk: int) -> Response:
        """The step as it is now."""
        found = Step.objects.select_related("office").prefetch_related("opinions__office").get(pk=pk)
        return Response(StepSerializer(found).data)


class StepList(StepView):
    """Steps the person may see."""

    permissions = READERS

    @extend_schema(
        operation_id="steps_list",
        parameters=[
            OpenApiParameter("state", str, enum=StepState.values),
            OpenApiParameter("project", int),
            OpenApiParameter("after", int, description="the `next` of the page before"),
        ],
        responses={200: StepsPage, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        rows = Step.objects.filter(project__in=Project.objects.visible_to(self.actor).values("pk"))
        if (state := self.state(StepState.values)) is not None:
            rows = rows.filter(state=state)
        if (project := self.number("project")) is not None:
            rows = rows.filter(project_id=project)
        self.number(AFTER)
        rows = rows.select_related("office").prefetch_related("opinions__office")
        page = page_of(rows, (by_pk(),), request.query_params, size=PAGE)
        return Response({"results": StepSerializer(page.rows, many=True).data, "next": whole(page.older)})


class StepDetail(StepView):
    """One step."""

    permissions = READERS

    @extend_schema(operation_id="steps_retrieve", responses={200: StepSerializer, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.find(pk).pk)


class StepDecision(StepView):
    """Decide a single or joint review."""

    permissions = ("step.decide",)

    @extend_schema(operation_id="steps_decide", request=DecisionRequest, responses={200: StepSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        step = self.find(pk)
        data = self.read(DecisionRequest)
        decide(
            actor=self.actor,
            step=step,
            outcome=data["outcome"],
            reason=data["reason"],
            missing_reason=data["missing_reason"],
            seen_version=data.get("version"),
            record={name: data[name] for name in STATED if data.get(name)},
        )
        return self.answer(pk)


class StepRecord(StepView):
    """Record what was done or decided elsewhere."""

    permissions = ("step.record", "owner.record")

    @extend_schema(operation_id="steps_record", request=RecordRequest, responses={200: StepSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        step = self.find(pk)
        data = self.read(RecordRequest)
        record_result(
            actor=self.actor,
            step=step,
            outcome=data["outcome"],
            on=data["on"],
            number=data["number"],
            reason=data["reason"],
            seen_version=data.get("version"),
            record={name: data[name] for name in RECORDED_BESIDES if name in data},
        )
        return self.answer(pk)


class StepOpinion(StepView):
    """Give one's office's opinion."""

    permissions = ("opinion.give",)

    @extend_schema(operation_id="steps_opinion", request=OpinionRequest, responses={200: StepSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        step = self.find(pk)
        data = self.read(OpinionRequest)
        opinion = Opinion.objects.select_related("office").filter(step=step, office=self.actor.office).first()
        if opinion is None:
            raise Http404
        opinion.step = step
        opinions.give_opinion(actor=self.actor, opinion=opinion, **data)
        return self.answer(pk)


class ConcernedOffice(serializers.Serializer[Any]):
    """An office that a joint review may concern, by the duty it carries."""

    duty = serializers.CharField()
    office = serializers.CharField()


class ConcernedOffices(serializers.Serializer[Any]):
    """Whom the lead may ask besides."""

    results = ConcernedOffice(many=True)


class ConcernedRequest(serializers.Serializer[Any]):
    """The duties of the offices concerned (none: no other is), and why."""

    duties = serializers.ListField(child=serializers.CharField(max_length=40), max_length=50)
    reason = serializers.CharField(max_length=1000)


class StepConcerned(StepView):
    """Offices concerned, where the rules leave it to the lead whom to ask."""

    permissions = ("step.decide",)

    @extend_schema(operation_id="steps_concerned_list", responses={200: ConcernedOffices, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        """Whom one may ask."""
        found = concerned.choices(self.find(pk))
        return Response({"results": [{"duty": duty, "office": office.name} for duty, office in found.items()]})

    @extend_schema(operation_id="steps_concerned", request=ConcernedRequest, responses={200: StepSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Ask them for their opinion."""
        step = self.find(pk)
        concerned.ask_concerned(actor=self.actor, step=step, **self.read(ConcernedRequest))
        return self.answer(pk)


class StepReturn(StepView):
    """Return the declaration for correction."""

    permissions = ("step.decide",)

    @extend_schema(operation_id="steps_return", request=ReturnRequest, responses={200: StepSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        step = self.find(pk)
        data = self.read(ReturnRequest)
        give_back = reopening.send_back_both if data["reopen"] else filings.send_back
        give_back(
            actor=self.actor,
            step=step,
            items=[dict(item) for item in data["items"]],
            reason=data["reason"],
            correct_by=data.get("correct_by"),
            seen_version=data.get("version"),
        )
        return self.answer(pk)


class PlatformSerializer(serializers.ModelSerializer[PlatformRecord]):
    """A project on the platform of approvals that its county's rules name."""

    class Meta:
        model = PlatformRecord
        fields = ["project_id", "name", *KEPT, "updated_at", "version"]

    name = serializers.CharField()


class PlatformRequest(serializers.Serializer[Any]):
    """Number and progress on the platform."""

    code = serializers.CharField(max_length=40)
    filed_on = DayField()
    stage = serializers.ChoiceField(choices=PlatformStage.choices)
    percent = serializers.IntegerField(required=False, min_value=0, max_value=100)
    progress = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    progress_on = DayField(required=False)
    version = serializers.IntegerField(required=False, min_value=0)


class ProjectPlatform(CountyAPIView):
    """A project on the platform of approvals."""

    permissions = READERS
    serializer_class = PlatformSerializer

    def find(self, pk: int) -> PlatformRecord:
        """The record of a project that the person may see, else 404."""
        rows = PlatformRecord.objects.select_related("step", "project__owner_unit")
        visible = Project.objects.visible_to(self.actor).values("pk")
        return get_object_or_404(rows, project=pk, project__in=visible)

    @extend_schema(operation_id="platform_retrieve", responses={200: PlatformSerializer, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        """Number and progress there."""
        return Response(PlatformSerializer(self.find(pk)).data)

    @extend_schema(operation_id="platform_keep", request=PlatformRequest, responses={200: PlatformSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Enter them."""
        record, data = self.find(pk), self.read(PlatformRequest)
        keep(actor=self.actor, record=record, values=data, seen_version=data.get("version"))
        return Response(PlatformSerializer(self.find(pk)).data)


urlpatterns = [
    path("<slug:county>/projects/<int:pk>/changes/", changes.ProjectChanges.as_view(), name="project_changes"),
    path("<slug:county>/changes/<int:pk>/redeclare/", changes.ChangeRedeclared.as_view(), name="change_redeclare"),
    path("<slug:county>/projects/<int:pk>/replies/", changes.ProjectReplies.as_view(), name="project_replies"),
    path("<slug:county>/conditions/<int:pk>/", changes.ReplyConditionView.as_view(), name="condition"),
    path("<slug:county>/projects/<int:pk>/platform/", ProjectPlatform.as_view(), name="project_platform"),
    path("<slug:county>/steps/", StepList.as_view(), name="step_list"),
    path("<slug:county>/steps/<int:pk>/", StepDetail.as_view(), name="step"),
    path("<slug:county>/steps/<int:pk>/decide/", StepDecision.as_view(), name="step_decide"),
    path("<slug:county>/steps/<int:pk>/record/", StepRecord.as_view(), name="step_record"),
    path("<slug:county>/steps/<int:pk>/opinion/", StepOpinion.as_view(), name="step_opinion"),
    path("<slug:county>/steps/<int:pk>/concerned/", StepConcerned.as_view(), name="step_concerned"),
    path("<slug:county>/steps/<int:pk>/return/", StepReturn.as_view(), name="step_return"),
]
