"""Declarations and projects for programs: the services of the pages, their permissions and their errors."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ERRORS, CountyAPIView
from accounts.models import Office
from accounts.refusals import Refusal
from jurisdictions.fields import whole
from projects import project_page
from projects.models import Declaration, Project, Standing
from projects.services.calls import admit_late
from projects.services.drafts import by_todays_rules
from projects.services.submission import DECLARATION, start_declaration
from workflow.filings import services as filings
from workflow.filings.content import MOST_ROWS, cleaned
from workflow.listings.listing import PAGE
from workflow.listings.paging import by_pk, page_of
from workflow.models import FilingState, StepState

READERS = ("project.view", "declaration.view_own")
FILERS = ("declaration.file",)


class OfficeSerializer(serializers.ModelSerializer):
    """A unit or office."""

    class Meta:
        model = Office
        fields = ["id", "code", "name"]


class ProjectSerializer(serializers.ModelSerializer):
    """A project; `investment` in yuan as text."""

    applicant = OfficeSerializer()
    owner_unit = OfficeSerializer()
    declaration: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    state = serializers.ChoiceField(source="standing", choices=Standing.choices)

    class Meta:
        model = Project
        fields = [
            "id",
            "number",
            "name",
            "summary",
            "applicant",
            "owner_unit",
            "on_behalf_of",
            "part_of",
            "plan_year",
            "investment",
            "action",
            "category",
            "owner_kind",
            "funding_source",
            "importance",
            "classified",
            "cross_department",
            "engineering",
            "superior_key",
            "superior_decided",
            "major_deployment",
            "emergency",
            "state",
            "version",
            "declaration",
            "created_at",
        ]


class RouteStepSerializer(serializers.Serializer):
    """A step of a project's route and where it stands."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    phase = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=StepState.choices)
    office = serializers.CharField(allow_null=True)
    articles = serializers.ListField(child=serializers.CharField())
    opened_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField(allow_blank=True)


class ProjectDetailSerializer(ProjectSerializer):
    """A project with its route and the notices of its rules."""

    route = serializers.SerializerMethodField()
    notices = serializers.JSONField(source="warnings")
    rule_version = serializers.IntegerField(source="rule_version.number")

    class Meta(ProjectSerializer.Meta):
        fields = [*ProjectSerializer.Meta.fields, "rule_version", "notices", "route"]

    @extend_schema(responses=RouteStepSerializer(many=True))
    def get_route(self, project: Project) -> list[dict[str, Any]]:
        return [
            {
                "id": step.pk,
                "key": step.key,
                "name": step.name,
                "phase": step.phase,
                "kind": step.kind,
                "state": step.state,
                "office": step.office_name or None,
                "articles": step.articles,
                "opened_at": step.opened_at,
                "closed_at": step.closed_at,
                "outcome": step.outcome,
            }
            for step in project_page.route_steps(project)
        ]


class DeclarationSerializer(serializers.ModelSerializer):
    """A declaration: `content` is `{section: {field: text}}` as typed; `missing` is what hinders handing it in."""

    project = ProjectSerializer()
    missing = serializers.SerializerMethodField()

    class Meta:
        model = Declaration
        fields = [
            "id",
            "project",
            "call",
            "state",
            "version",
            "content",
            "content_version",
            "round",
            "unlocked",
            "saved_at",
            "submitted_at",
            "missing",
        ]

    def get_missing(self, declaration: Declaration) -> list[dict[str, Any]]:
        if declaration.state not in (FilingState.DRAFT, FilingState.RETURNED):
            return []
        return [
            {"field": one.field, "message": one.message, "articles": one.articles, "code": one.code}
            for one in DECLARATION.checked(declaration).problems
        ]


class DeclarationLineSerializer(serializers.ModelSerializer):
    """A declaration in a list."""

    project = ProjectSerializer()

    class Meta:
        model = Declaration
        fields = ["id", "project", "call", "state", "content_version", "round", "saved_at", "submitted_at"]


class ProjectsPage(serializers.Serializer):
    """Projects, the newest first; `next` is given back as `before`."""

    results = ProjectSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)


class DeclarationsPage(serializers.Serializer):
    """Declarations of the person's unit, the newest first; `next` is given back as `before`."""

    results = DeclarationLineSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)


class NewDeclaration(serializers.Serializer):
    """A new draft of the person's unit. `owner_unit` is an office's id (default: the unit itself)."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    owner_unit = serializers.IntegerField(required=False)
    content = serializers.JSONField(required=False, default=dict)


class SavedContent(serializers.Serializer):
    """Fields to save; what is not given stays. `content_version` is the version last read: an older one is refused."""

    content = serializers.JSONField()
    content_version = serializers.IntegerField(min_value=0)


class Handed(serializers.Serializer):
    """`content_version` is the version last read (optional)."""

    content_version = serializers.IntegerField(min_value=0, required=False)


class Withdrawn(serializers.Serializer):
    """The reason stands in the history."""

    reason = serializers.CharField(max_length=2000)


BEFORE = OpenApiParameter("before", int, description="the `next` of the page before")


def newest_first(rows: QuerySet[Any], before: int | None) -> tuple[list[Any], int | None]:
    """A page of records below a key, and the key of the next page."""
    at = {} if before is None else {"before": str(before)}
    page = page_of(rows, (by_pk(descending=True),), at, size=PAGE)
    return page.rows, whole(page.older)


class ProjectList(CountyAPIView):
    """Projects the person may see."""

    permissions = READERS
    serializer_class = ProjectsPage

    @extend_schema(
        operation_id="projects_list",
        parameters=[BEFORE, OpenApiParameter("state", str, enum=Standing.values), OpenApiParameter("q", str)],
        responses={200: ProjectsPage, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = Project.objects.visible_to(self.actor).select_related("applicant", "owner_unit", "declaration")
        rows = rows.defer("declaration__content")
        state, text = self.state(Standing.values), request.query_params.get("q", "")
        before = self.number("before")
        if state:
            rows = rows.filter(standing=state)
        if text:
            rows = rows.holding(text[:80])
        found, following = newest_first(rows, before)
        return Response(ProjectsPage({"results": found, "next": following}).data)


class ProjectDetail(CountyAPIView):
    """One project."""

    permissions = READERS
    serializer_class = ProjectDetailSerializer

    @extend_schema(operation_id="projects_retrieve", responses={200: ProjectDetailSerializer, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        """A project with its route."""
        return Response(ProjectDetailSerializer(project_page.seen_by(self.actor, pk)).data)


class DeclarationView(CountyAPIView):
    """What the views of one declaration share."""

    serializer_class = DeclarationSerializer

    def find(self, pk: int) -> Declaration:
        """A declaration of the person's own unit, or (handed in) of the county for its reviewers; else 404."""
        declaration = (
            Declaration.objects.select_related(
                "call", "project__applicant", "project__owner_unit", "project__rule_version", "project__county"
            )
            .filter(pk=pk)
            .first()
        )
        if declaration is None or not declaration.project.is_visible_to(self.actor):
            raise Http404
        declaration.project.declaration = declaration
        project_page.keep_unsent(self.actor, declaration.project)
        return by_todays_rules(declaration)

    def answer(self, pk: int, status: int = 200) -> Response:
        """The declaration as it is now."""
        return Response(DeclarationSerializer(self.find(pk)).data, status=status)


class DeclarationList(DeclarationView):
    """The unit's own declarations."""

    permissions = {"GET": ("declaration.view_own",), "POST": FILERS}

    @extend_schema(
        operation_id="declarations_list",
        parameters=[BEFORE, OpenApiParameter("state", str, enum=FilingState.values)],
        responses={200: DeclarationsPage, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = Declaration.objects.filter(project__applicant=self.actor.office).defer("content")
        rows = rows.select_related("project__applicant", "project__owner_unit")
        state, before = self.state(FilingState.values), self.number("before")
        if state:
            rows = rows.filter(state=state)
        found, following = newest_first(rows, before)
        for one in found:
            one.project.declaration = one
        return Response(DeclarationsPage({"results": found, "next": following}).data)

    @extend_schema(
        operation_id="declarations_create", request=NewDeclaration, responses={201: DeclarationSerializer, **ERRORS}
    )
    def post(self, request: Request) -> Response:
        """Begin a draft."""
        given = self.read(NewDeclaration)
        owner = None
        if given.get("owner_unit") is not None:
            owner = Office.objects.filter(pk=given["owner_unit"], is_active=True).first()
            if owner is None:
                raise Refusal(_("There is no such unit in this county."), field="owner_unit")
        declaration = start_declaration(
            actor=self.actor, name=given["name"], owner_unit=owner, content=cleaned(given["content"])
        )
        return self.answer(declaration.pk, status=201)


class DeclarationDetail(DeclarationView):
    """One declaration."""

    permissions = {"GET": READERS, "PATCH": FILERS}

    @extend_schema(operation_id="declarations_retrieve", responses={200: DeclarationSerializer, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        """A declaration with its content and what is missing."""
        return self.answer(pk)

    @extend_schema(
        operation_id="declarations_save", request=SavedContent, responses={200: DeclarationSerializer, **ERRORS}
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Save fields as typed."""
        declaration = self.find(pk)
        given = self.read(SavedContent)
        filings.save(
            actor=self.actor,
            filing=declaration,
            content=cleaned(given["content"]),
            seen_content_version=given["content_version"],
        )
        return self.answer(pk)


class DeclarationSubmission(DeclarationView):
    """Handing in."""

    permissions = FILERS

    @extend_schema(operation_id="declarations_submit", request=Handed, responses={200: DeclarationSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Hand a draft in, or a returned declaration in again."""
        declaration = self.find(pk)
        given = self.read(Handed)
        hand_in = filings.resubmit if declaration.state == FilingState.RETURNED else filings.submit
        hand_in(actor=self.actor, filing=declaration, seen_content_version=given.get("content_version"))
        return self.answer(pk)


class NewPaper(serializers.Serializer):
    """A paper: its kind (a document key of the rules) and its file, as multipart."""

    purpose = serializers.CharField(max_length=60)
    file = serializers.FileField()
    quote_row = serializers.IntegerField(min_value=0, max_value=MOST_ROWS - 1, required=False)


class LateRequest(serializers.Serializer):
    """Why it is taken outside the call."""

    reason = serializers.CharField(max_length=1000)


class DeclarationAdmission(CountyAPIView):
    """Letting a draft in outside the call, where the rules refuse that in principle only."""

    permissions = ("call.manage",)
    serializer_class = LateRequest

    @extend_schema(operation_id="declarations_admit_late", request=LateRequest, responses={204: None, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Let it in; its filers are told."""
        declaration = Declaration.objects.filter(pk=pk).first()
        if declaration is None:
            raise Http404
        admit_late(actor=self.actor, declaration=declaration, **self.read(LateRequest))
        return Response(status=204)


class DeclarationPapers(DeclarationView):
    """Papers of a declaration."""

    permissions = ("declaration.file", "document.upload")
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="declarations_attach", request=NewPaper, responses={201: DeclarationSerializer, **ERRORS}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Add a paper; with `quote_row` (from 0) it is that vendor quote's."""
        declaration = self.find(pk)
        given = self.read(NewPaper)
        row = given.get("quote_row")
        filings.attach(
            actor=self.actor,
            filing=declaration,
            purpose=given["purpose"],
            upload=given["file"],
            at="" if row is None else f"quotes-rows-{row}-document",
        )
        return self.answer(pk, status=201)


class DeclarationWithdrawal(DeclarationView):
    """Withdrawing."""

    permissions = FILERS

    @extend_schema(
        operation_id="declarations_withdraw", request=Withdrawn, responses={200: DeclarationSerializer, **ERRORS}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Withdraw with a reason."""
        declaration = self.find(pk)
        given = self.read(Withdrawn)
        filings.withdraw(actor=self.actor, filing=declaration, reason=given["reason"])
        return self.answer(pk)


urlpatterns = [
    path("<slug:county>/projects/", ProjectList.as_view(), name="project_list"),
    path("<slug:county>/projects/<int:pk>/", ProjectDetail.as_view(), name="project"),
    path("<slug:county>/declarations/", DeclarationList.as_view(), name="declaration_list"),
    path("<slug:county>/declarations/<int:pk>/", DeclarationDetail.as_view(), name="declaration"),
    path("<slug:county>/declarations/<int:pk>/submit/", DeclarationSubmission.as_view(), name="declaration_submit"),
    path("<slug:county>/declarations/<int:pk>/papers/", DeclarationPapers.as_view(), name="declaration_papers"),
    path("<slug:county>/declarations/<int:pk>/admit-late/", DeclarationAdmission.as_view(), name="declaration_admit"),
    path("<slug:county>/declarations/<int:pk>/withdraw/", DeclarationWithdrawal.as_view(), name="declaration_withdraw"),
]
