"""Changes and replies for programs: the same services, permissions and errors as the pages."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ERRORS, CountyAPIView
from approvals.changes import anew
from approvals.changes.filing import begin
from approvals.models import ChangeRequest, Condition, Reply
from approvals.services import replies
from projects import project_page
from workflow.models import Filing

READERS = ("project.view", "declaration.view_own")


class ChangeSerializer(serializers.ModelSerializer[ChangeRequest]):
    """A request to change what was approved: amounts in yuan; `filing` is read and written at /filings/."""

    state = serializers.CharField(source="filing.state")

    class Meta:
        model = ChangeRequest
        fields = [
            *("id", "project_id", "number", "title", "outcome", "text", "articles", "base", "moved", "delta", "ratio"),
            *("filing_id", "state", "decided_at", "anew_id"),
        ]


class ChangeList(serializers.Serializer[Any]):
    """The changes of a project, the newest first."""

    results = ChangeSerializer(many=True)


class ProjectChanges(CountyAPIView):
    """Changes of a project."""

    permissions = {"GET": READERS, "POST": ("owner.record",)}
    serializer_class = ChangeSerializer

    @extend_schema(operation_id="changes_list", responses={200: ChangeList, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        """Those handed in, and the draft of one's own unit."""
        project = project_page.seen_by(self.actor, pk)
        rows = ChangeRequest.objects.filter(project=project).select_related("filing").order_by("-number")
        if not self.actor.in_office(project.owner_unit_id):
            rows = rows.filter(filing__submitted_at__isnull=False)
        return Response(ChangeList({"results": rows}).data)

    @extend_schema(operation_id="changes_begin", request=None, responses={201: ChangeSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Begin a request."""
        filing = begin(actor=self.actor, project=project_page.seen_by(self.actor, pk))
        row = ChangeRequest.objects.select_related("filing").get(filing=filing)
        return Response(ChangeSerializer(row).data, status=201)


class Redeclared(serializers.Serializer[Any]):
    """The declaration that was begun instead."""

    declaration = serializers.IntegerField()


class ChangeRedeclared(CountyAPIView):
    """What cannot be changed."""

    permissions = ("declaration.file",)
    serializer_class = Redeclared

    @extend_schema(operation_id="changes_redeclare", request=None, responses={201: Redeclared, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Declare it anew."""
        rows = Filing.objects.filter(change__isnull=False, unit=self.actor.office)
        filing: Filing = get_object_or_404(rows.select_related("project", "unit", "step"), pk=pk)
        made = anew.redeclare(actor=self.actor, filing=filing)
        return Response({"declaration": made.pk}, status=201)


class ReplyCondition(serializers.ModelSerializer[Condition]):
    """A condition of a reply."""

    class Meta:
        model = Condition
        fields = ["id", "text", "due_on", "state", "reported", "answer", "version"]


class ReplySerializer(serializers.ModelSerializer[Reply]):
    """A reply to what a unit handed in: `amount` in yuan, of `money_stage`."""

    conditions = ReplyCondition(many=True)

    class Meta:
        model = Reply
        fields = ["id", "step_id", "number", "replied_on", "valid_until", "money_stage", "amount", "conditions"]


class ReplyList(serializers.Serializer[Any]):
    """The replies of a project, the oldest first."""

    results = ReplySerializer(many=True)


class ProjectReplies(CountyAPIView):
    """Replies of a project."""

    permissions = READERS
    serializer_class = ReplySerializer

    @extend_schema(operation_id="replies_list", responses={200: ReplyList, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        """With their sums and conditions."""
        rows = Reply.objects.of_project(project_page.seen_by(self.actor, pk)).prefetch_related("conditions")
        return Response(ReplyList({"results": rows}).data)


class ConditionAct(serializers.Serializer[Any]):
    """`report` of the unit; `confirm`, `reject` (not taken so) or `waive` of the office that set it, with a reason."""

    act = serializers.ChoiceField(choices=["report", "confirm", "reject", "waive"])
    text = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    version = serializers.IntegerField(required=False, min_value=0)


class ReplyConditionView(CountyAPIView):
    """One condition of a reply."""

    permissions = ("owner.record", "step.decide")
    serializer_class = ReplyCondition

    @extend_schema(operation_id="conditions_act", request=ConditionAct, responses={200: ReplyCondition, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Report it as fulfilled, or answer a report."""
        rows = Condition.objects.select_related("reply__step__office", "reply__step__project__owner_unit")
        found: Condition = get_object_or_404(rows, pk=pk)
        project_page.seen_by(self.actor, found.reply.step.project_id)  # else 404
        data = self.read(ConditionAct)
        said: dict[str, Any] = {"actor": self.actor, "condition": found, "text": data["text"]}
        if data["act"] == "report":
            replies.report(**said, seen_version=data.get("version"))
        else:
            replies.answer(**said, outcome=data["act"], seen_version=data.get("version"))
        return Response(ReplyCondition(Condition.objects.get(pk=pk)).data)
