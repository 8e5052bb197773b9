"""The rules, asked by programs: the same questions and answers as `manage.py ask` and the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from django.urls import re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jurisdictions.calendar_store import current_calendars
from jurisdictions.rules.questions import LINE_LIMIT, QUESTIONS, answer, read_line
from jurisdictions.versions import current_registry

ANSWERS = dict.fromkeys((200, 400, 401, 404, 429), OpenApiTypes.OBJECT)


class ExactJSONParser(BaseParser):
    """JSON with amounts as exact decimals, and keys given twice refused."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        return read_line(stream.read(LINE_LIMIT + 1))


class Question(APIView):
    """Ask the rules of a county: `route`, `change`, `funding` or `deadline`."""

    parser_classes = [ExactJSONParser]

    @extend_schema(
        parameters=[OpenApiParameter("ask", str, required=True, description="The question as a JSON object.")],
        responses=ANSWERS,
        operation_id="rules_ask_get",
    )
    def get(self, request: Request, question: str) -> Response:
        """Ask by address: `?ask={"jurisdiction": "…", "facts": {…}}`."""
        return self.reply(question, lambda: read_line(request.query_params.get("ask", "")))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=ANSWERS, operation_id="rules_ask_post")
    def post(self, request: Request, question: str) -> Response:
        """Ask with a JSON object as the body."""
        return self.reply(question, lambda: request.data)

    def reply(self, question: str, read: Callable[[], Any]) -> Response:
        """The rules' answer; 404 for a question there is none of."""
        if question not in QUESTIONS:
            raise NotFound
        return Response(answer(question, read(), registry=current_registry(), calendars=current_calendars()))


urlpatterns = [re_path(r"^rules/(?P<question>[a-z_]+)/?$", Question.as_view(), name="rules_ask")]
