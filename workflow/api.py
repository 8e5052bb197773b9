"""Lists and filings for programs: as on the pages, with the same columns, filters, checks and services."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ERRORS, CountyAPIView
from jurisdictions.fields import whole
from workflow import stages
from workflow.filings import services
from workflow.filings.content import cleaned
from workflow.filings.handed_in import keep_unsent
from workflow.filings.kinds import kind_of
from workflow.listings.listing import PAGE, Listing
from workflow.listings.paging import AFTER, BEFORE, by_pk, onward, page_of
from workflow.models import EDITABLE, Filing, FilingState


class ListName(serializers.Serializer):
    """A list: `key` is given as `list`."""

    key = serializers.CharField()
    title = serializers.CharField()


class ListColumn(serializers.Serializer):
    """A column: `form` is text, amount (yuan as text), count, day or moment."""

    key = serializers.CharField()
    title = serializers.CharField()
    form = serializers.CharField()


class ListAnswer(serializers.Serializer):
    """Without `list`: the lists there are for the person. With it: a page of rows, each with a value a column.

    `next` is the query of the page that follows, null on the last.
    """

    lists = ListName(many=True, required=False)
    key = serializers.CharField(required=False)
    columns = ListColumn(many=True, required=False)
    results = serializers.ListField(child=serializers.DictField(), required=False)
    next = serializers.DictField(child=serializers.CharField(), allow_null=True, required=False)


class Lists(CountyAPIView):
    """The lists of the pages."""

    permissions = ()
    serializer_class = ListAnswer

    @extend_schema(
        operation_id="lists",
        parameters=[
            OpenApiParameter("list", str, description="a list's key; its filters are those of the page's address"),
            OpenApiParameter(AFTER, str, description="from `next` of the page before"),
            OpenApiParameter(BEFORE, str, description="from `next` of the page before"),
        ],
        responses={200: ListAnswer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """A page of a list, or which lists there are."""
        key, query = request.query_params.get("list"), request._request.GET
        if key is None:
            mine = [one for one in stages.listings().values() if one.is_exported and one.is_open_to(self.actor)]
            return Response({"lists": [{"key": one.key, "title": str(one.title)} for one in mine]})
        listing: Listing | None = stages.listings().get(key)
        if listing is None:
            raise Http404
        if not listing.is_exported or not listing.is_open_to(self.actor):
            raise exceptions.PermissionDenied
        if listing.of and self.number(listing.of) is None:
            raise exceptions.ValidationError({listing.of: _("Please say by its number of which the list is.")})
        page = listing.page(self.actor, query)
        answer: dict[str, Any] = {
            "key": listing.key,
            "columns": [
                {"key": column.key, "title": str(column.label), "form": column.form} for column in listing.columns
            ],
            "results": [listing.answer_row(row) for row in page.rows],
            "next": {onward(listing.sorting(query)): page.older} if page.older else None,
        }
        return Response(answer)


# --- what units hand in -------------------------------------------------------------------------------------------

DECLARED = "declaration"  # has addresses of its own
WRITERS = ("declaration.file", "owner.record")
FILING_READERS = ("declaration.view_own", "project.view")


class FilingSerializer(serializers.ModelSerializer[Filing]):
    """What a unit hands in for a step, or a request to change: `content` is `{section: {field: text}}` as typed."""

    unit = serializers.CharField(source="unit.name")
    missing = serializers.SerializerMethodField()

    class Meta:
        model = Filing
        fields = [
            *("id", "kind", "project_id", "step_id", "unit", "state", "version", "content", "content_version"),
            *("round", "unlocked", "return_reason", "correct_by", "saved_at", "submitted_at", "missing"),
        ]

    def get_missing(self, filing: Filing) -> list[dict[str, Any]]:
        """What hinders handing it in."""
        if filing.state not in EDITABLE:
            return []
        return [
            {"field": one.field, "message": one.message, "articles": list(one.articles), "code": one.code}
            for one in kind_of(filing).checked(filing).problems
        ]


class FilingLine(serializers.ModelSerializer[Filing]):
    """A filing in a list."""

    unit = serializers.CharField(source="unit.name")

    class Meta:
        model = Filing
        fields = ["id", "kind", "project_id", "step_id", "unit", "state", "content_version", "submitted_at"]


class FilingsPage(serializers.Serializer[Any]):
    """Filings, the newest first; `next` is given back as `before`."""

    results = FilingLine(many=True)
    next = serializers.IntegerField(allow_null=True)


class FilingContent(serializers.Serializer[Any]):
    """Fields to save; what is not given stays. `content_version` is the version last read: an older one is refused."""

    content = serializers.JSONField()
    content_version = serializers.IntegerField(min_value=0)


class FilingSeen(serializers.Serializer[Any]):
    """`content_version` is the version last read (optional)."""

    content_version = serializers.IntegerField(min_value=0, required=False)


class FilingPaper(serializers.Serializer[Any]):
    """A paper: its kind (a document key of the rules) and its file, as multipart."""

    purpose = serializers.CharField(max_length=60)
    file = serializers.FileField()


class FilingReason(serializers.Serializer[Any]):
    """The reason stands in the history."""

    reason = serializers.CharField(max_length=2000)


class FilingView(CountyAPIView):
    """What the views of one filing share."""

    serializer_class = FilingSerializer

    def find(self, pk: int) -> Filing:
        """A filing of the person's own unit, or one that was handed in, as others read it; else 404."""
        rows = Filing.objects.exclude(kind=DECLARED).select_related("unit", "step", "project__county")
        found = rows.select_related("project__owner_unit", "project__rule_version", "project__declaration")
        filing: Filing = get_object_or_404(found, pk=pk)
        is_read = filing.submitted_at is not None and self.actor.may("project.view")
        if not kind_of(filing).is_own(self.actor, filing) and not is_read:
            raise Http404
        keep_unsent(self.actor, filing)
        return filing

    def answer(self, pk: int, status: int = 200) -> Response:
        """The filing as it is now."""
        return Response(FilingSerializer(self.find(pk)).data, status=status)


class FilingList(FilingView):
    """What was handed in, and what the person's own unit writes; declarations have addresses of their own."""

    permissions = FILING_READERS

    @extend_schema(
        operation_id="filings_list",
        parameters=[
            OpenApiParameter("project", int),
            OpenApiParameter("state", str, enum=FilingState.values),
            OpenApiParameter(BEFORE, int, description="the `next` of the page before"),
        ],
        responses={200: FilingsPage, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        own = Q(unit=self.actor.office) if self.actor.may("declaration.view_own") else Q(pk=None)
        handed_in = Q(submitted_at__isnull=False) if self.actor.may("project.view") else Q(pk=None)
        rows = Filing.objects.filter(own | handed_in).exclude(kind=DECLARED).defer("content").select_related("unit")
        if (state := self.state(FilingState.values)) is not None:
            rows = rows.filter(state=state)
        if (project := self.number("project")) is not None:
            rows = rows.filter(project_id=project)
        self.number(BEFORE)
        page = page_of(rows, (by_pk(descending=True),), request.query_params, size=PAGE)
        return Response({"results": FilingLine(page.rows, many=True).data, "next": whole(page.older)})


class FilingDetail(FilingView):
    """One filing."""

    permissions = {"GET": FILING_READERS, "PATCH": WRITERS}

    @extend_schema(operation_id="filings_retrieve", responses={200: FilingSerializer, **ERRORS})
    def get(self, request: Request, pk: int) -> Response:
        """A filing with its content and what is missing."""
        return self.answer(pk)

    @extend_schema(operation_id="filings_save", request=FilingContent, responses={200: FilingSerializer, **ERRORS})
    def patch(self, request: Request, pk: int) -> Response:
        """Save fields as typed."""
        filing, given = self.find(pk), self.read(FilingContent)
        services.save(
            actor=self.actor,
            filing=filing,
            content=cleaned(given["content"]),
            seen_content_version=given["content_version"],
        )
        return self.answer(pk)


class FilingSubmission(FilingView):
    """Handing in."""

    permissions = WRITERS

    @extend_schema(operation_id="filings_submit", request=FilingSeen, responses={200: FilingSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Hand a draft in, or what was returned in again."""
        filing, given = self.find(pk), self.read(FilingSeen)
        hand_in = services.resubmit if filing.state == FilingState.RETURNED else services.submit
        hand_in(actor=self.actor, filing=filing, seen_content_version=given.get("content_version"))
        return self.answer(pk)


class FilingPapers(FilingView):
    """Papers of a filing."""

    permissions = ("declaration.file", "document.upload")
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="filings_attach", request=FilingPaper, responses={201: FilingSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Add a paper."""
        filing, given = self.find(pk), self.read(FilingPaper)
        services.attach(actor=self.actor, filing=filing, purpose=given["purpose"], upload=given["file"])
        return self.answer(pk, status=201)


class FilingWithdrawal(FilingView):
    """Withdrawing."""

    permissions = WRITERS

    @extend_schema(operation_id="filings_withdraw", request=FilingReason, responses={200: FilingSerializer, **ERRORS})
    def post(self, request: Request, pk: int) -> Response:
        """Withdraw with a reason."""
        filing, given = self.find(pk), self.read(FilingReason)
        services.withdraw(actor=self.actor, filing=filing, reason=given["reason"])
        return self.answer(pk)


urlpatterns = [
    path("<slug:county>/lists/", Lists.as_view(), name="lists"),
    path("<slug:county>/filings/", FilingList.as_view(), name="filing_list"),
    path("<slug:county>/filings/<int:pk>/", FilingDetail.as_view(), name="filing"),
    path("<slug:county>/filings/<int:pk>/submit/", FilingSubmission.as_view(), name="filing_submit"),
    path("<slug:county>/filings/<int:pk>/papers/", FilingPapers.as_view(), name="filing_papers"),
    path("<slug:county>/filings/<int:pk>/withdraw/", FilingWithdrawal.as_view(), name="filing_withdraw"),
]
