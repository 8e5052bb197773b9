"""Lists for programs: each list of the pages, with the same columns, filters and paging."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ERRORS, CountyAPIView
from workflow import stages
from workflow.listings.listing import Listing
from workflow.listings.paging import AFTER, BEFORE, onward


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


urlpatterns = [path("<slug:county>/lists/", Lists.as_view(), name="lists")]
