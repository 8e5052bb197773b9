"""The base of the programs' interface under /api/v1/: sign-in, county, permissions, errors.

A view of a county:

    class ProjectList(CountyAPIView):
        permissions = ("project.view", "declaration.view_own")   # any of them; () is every member
        # or by method: permissions = {"GET": ("project.view",), "POST": ("declaration.file",)}

        @extend_schema(responses=ProjectSerializer(many=True))
        def get(self, request: Request) -> Response:
            rows = Project.objects.visible_to(self.actor)         # the county's scope is entered
            return Response(ProjectSerializer(rows, many=True).data)

    urlpatterns = [path("<slug:county>/projects/", ProjectList.as_view(), name="project_list")]

in `<app>/api.py`; `config/api.py` adds it, so that it reverses as `api:project_list`. The view gets no `county`
argument: `self.county` and `self.actor` are there as on pages. `Refusal`s may be raised: they become the error below.
Everything of a request is one transaction; with an answer of 400 and above nothing is written.

Bodies are JSON (papers: multipart), at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes and `bodies.DEEPEST` levels.
Every error has one form: {"error": {"code", "message", "field", "articles", "items"}}.

A POST may carry `Idempotency-Key`: sent again with the same body within `repeats.KEPT_FOR` it gets the same answer and
nothing is done twice; another body under the same key is refused (422), one still at work too (409). What was refused
was not done: its key is free. Asking the rules changes nothing, and a new token only ends the one before: there the
header has no effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError, transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.authtoken.models import Token
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView
from rest_framework.views import exception_handler as rest_exception_handler

from accounts import repeats
from accounts.actors import Actor
from accounts.memberships import actor_of
from accounts.models import AnsweredRequest, User
from accounts.refusals import Incomplete, NotPermitted, Refusal
from accounts.tokens import DatedTokenAuthentication
from jurisdictions.counties import county_by_code
from jurisdictions.fields import known_day, whole
from jurisdictions.models import County
from jurisdictions.rules.facts import FactError
from jurisdictions.scope import enter, is_deadlock

ACTING_AS = "X-Acting-As"
IDEMPOTENCY_KEY = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,120}")


class Repeated(Exception):
    """A request that was carried out before; it gets the answer it got then."""

    def __init__(self, earlier: AnsweredRequest) -> None:
        super().__init__(earlier.key)
        self.earlier = earlier


class InProgress(Refusal):
    """The same request is being carried out."""

    code = "in_progress"
    status = 409


class CountyAPIMixin(APIView):
    """Enters the county of the address as pages do: 404 for a stranger, scope, one transaction, the person's role.

    With several roles in the county a program names one: header `X-Acting-As: <membership id>`. One that is not
    theirs here is refused. A POST with `Idempotency-Key` that was carried out gets the same answer again.
    """

    permissions: Sequence[str] | Mapping[str, Sequence[str]] = ()
    county: County
    actor: Actor

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self._code = kwargs.pop("county", "")
        try:
            return self._answer(request, *args, **kwargs)
        except OperationalError as error:  # at the end of the transaction, after the view
            if not is_deadlock(error):
                raise
            return JsonResponse({"error": busy()}, status=409)

    def _answer(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self._stack:
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response) and not response.is_rendered:
                response.render()
            if hasattr(self, "county") and response.status_code >= 400:
                transaction.set_rollback(True)
            elif hasattr(self, "_repeatable"):
                key, content = self._repeatable
                answer = cast(HttpResponse, response).content.decode()
                repeats.keep(self.actor.user, key, content=content, status=response.status_code, answer=answer)
            return response

    def handle_exception(self, exc: Exception) -> Any:
        """A request sent again is answered as it was."""
        if isinstance(exc, Repeated):
            earlier = exc.earlier
            headers = {"Idempotent-Replayed": "true"}
            return HttpResponse(earlier.answer, "application/json", status=earlier.status, headers=headers)
        return super().handle_exception(exc)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        county = county_by_code(self._code)
        if county is None:
            raise Http404
        self._stack.enter_context(enter(county, user_id=request.user.pk))
        self.county = county
        given = request.headers.get(ACTING_AS)
        named = whole(given)
        actor = actor_of(request, county, acting_as=named)
        if actor is None:
            raise Http404
        if given is not None and named is None:
            raise exceptions.ValidationError({ACTING_AS: _("Please name the membership to act in by its number.")})
        if given is not None and (actor.membership is None or actor.membership.pk != named):
            # Never the first role instead: a program would decide for another office unknowingly.
            raise NotPermitted(_("You have no such membership in this county; nothing was done."), field=ACTING_AS)
        self.actor = actor
        needed = self.needed(request.method or "GET")
        if needed and not any(actor.may(permission) for permission in needed):
            raise exceptions.PermissionDenied(_("Your role does not open this."))
        if request.method == "POST" and (key := request.headers.get(IDEMPOTENCY_KEY)) is not None:
            self._look_for_repetition(request, actor, key)

    def _look_for_repetition(self, request: Request, actor: Actor, key: str) -> None:
        if not KEY.fullmatch(key):
            raise exceptions.ValidationError({IDEMPOTENCY_KEY: _("The key takes 1 to 120 characters, without spaces.")})
        said = dict(request.POST.lists()) if request.FILES or request.POST else request.data
        where = f"{actor.membership and actor.membership.pk} {request.get_full_path()}"
        content = repeats.content_hash(where, said, dict(request.FILES.lists()))
        kept_as, user = f"api {key}", request.user
        if not repeats.hold(user, kept_as):
            raise InProgress(_("The same request is being carried out. Please ask again a little later."))
        earlier = repeats.find(user, kept_as)
        if earlier is None:
            self._repeatable = (kept_as, content)
        elif earlier.content == content:
            raise Repeated(earlier)
        else:
            raise Refusal(
                _("This key was used for another request. Please give each request a key of its own."),
                field=IDEMPOTENCY_KEY,
            )

    @classmethod
    def needed(cls, method: str) -> Sequence[str]:
        """The permissions of which one is needed for a method; none: every member of the county."""
        if isinstance(cls.permissions, Mapping):
            return cls.permissions.get("GET" if method == "HEAD" else method, ())
        return cls.permissions


class CountyAPIView(CountyAPIMixin, GenericAPIView):
    """A view below a county. What is wrong with a body or a parameter raises `ValidationError`."""

    def read(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The checked body."""
        body = kind(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def number(self, name: str) -> int | None:
        """The whole number that a parameter gives."""
        value = self.request.query_params.get(name)
        number = whole(value)
        if value is not None and number is None:
            raise exceptions.ValidationError({name: _("Please give a whole number.")})
        return number

    def state(self, states: Sequence[str]) -> str | None:
        """The state that is asked for."""
        value = self.request.query_params.get("state")
        if value is not None and value not in states:
            raise exceptions.ValidationError({"state": _("There is no such state.")})
        return value


class DayField(serializers.DateField):
    """A day as 2026-03-02, within the years the pages take, too."""

    def to_internal_value(self, value: Any) -> date:
        """Raises the pages' own sentences."""
        try:
            return known_day(value)
        except DjangoValidationError as error:
            raise exceptions.ValidationError(error.messages) from error


# --- Errors -------------------------------------------------------------------------------------------------------


def refusal_data(refusal: Refusal) -> dict[str, Any]:
    """A refusal as programs get it."""
    items = refusal.items if isinstance(refusal, Incomplete) else []
    return error_data(
        refusal.code,
        refusal.message,
        field=refusal.field,
        articles=refusal.articles,
        items=[refusal_data(item) for item in items],
    )


def error_data(
    code: str, message: str, *, field: str = "", articles: Sequence[str] = (), items: Sequence[Any] = ()
) -> dict[str, Any]:
    """The one form of an error."""
    return {
        "code": code,
        "message": str(message),
        "field": field,
        "articles": list(articles),
        "items": list(items),
    }


def busy() -> dict[str, Any]:
    """What a program is told that acted together with another and must act again."""
    return error_data("busy", _("Somebody acted at the same moment; nothing was written. Please send it again."))


def on_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every foreseen error in the one form; others go on as they are (500)."""
    if isinstance(error, Refusal):
        return Response({"error": refusal_data(error)}, status=error.status)
    if isinstance(error, FactError):
        return Response({"error": error_data("bad_fact", error.message, field=error.field)}, status=400)
    if isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(serializers.as_serializer_error(error))
    if isinstance(error, RequestDataTooBig):
        message = _("The request is too large: at most %s.") % filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return Response({"error": error_data("too_large", message)}, status=413)
    if isinstance(error, SuspiciousOperation):
        return Response({"error": error_data("invalid", _("The request cannot be read."))}, status=400)
    if is_deadlock(error):
        return Response({"error": busy()}, status=409)
    response = rest_exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        items = list(_items(error.get_full_details()))
        first = items[0] if items else error_data("invalid", _("The data are not valid."))
        message = _("Please put the following right.") if len(items) > 1 else first["message"]
        data = error_data("invalid", message, field=first["field"], items=items)
    elif isinstance(error, Http404):
        data = error_data("not_found", _("There is nothing here, or nothing you may see."))
    elif isinstance(error, PermissionDenied):
        data = error_data("not_permitted", str(error) or _("Your role does not allow this."))
    else:
        assert isinstance(error, exceptions.APIException)
        code = error.get_codes()
        code = "not_permitted" if isinstance(error, exceptions.PermissionDenied) else str(code)
        data = error_data(code, str(error.detail))
    response.data = {"error": data}
    return response


def _items(details: Any, field: str = "") -> Iterator[dict[str, Any]]:
    if isinstance(details, Mapping) and set(details) == {"message", "code"} and isinstance(details["code"], str):
        yield error_data(details["code"], details["message"], field=field)
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            own = "" if name in ("non_field_errors", "__all__") else str(name)
            yield from _items(inner, ".".join(part for part in (field, own) if part))
    elif isinstance(details, Sequence) and not isinstance(details, str):
        plural = len(details) > 1 and all(isinstance(inner, Mapping) and "code" not in inner for inner in details)
        for index, inner in enumerate(details):
            yield from _items(inner, f"{field}.{index}" if plural else field)


class ErrorBody(serializers.Serializer):
    """What went wrong, in words for people; `articles` cite the rule, `items` are the faults one by one."""

    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    articles = serializers.ListField(child=serializers.CharField())
    items = serializers.ListField(child=serializers.DictField())


class ErrorAnswer(serializers.Serializer):
    """The one form of an error."""

    error = ErrorBody()


ERRORS: dict[int, Any] = {status: OpenApiResponse(ErrorAnswer) for status in (400, 401, 403, 404, 409, 422, 429)}


# --- Sign-in ------------------------------------------------------------------------------------------------------


class TokenThrottle(AnonRateThrottle):
    """Attempts to sign in, by address; those of one account are counted by the sign-in itself."""

    scope = "token"

    def allow_request(self, request: Request, view: APIView) -> bool:
        return request.method != "POST" or super().allow_request(request, view)


class TokenRequest(serializers.Serializer):
    """Name (or e-mail) and password; with two-step sign-in also the code of the app or a recovery code."""

    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class TokenAnswer(serializers.Serializer):
    """The token, sent with each request as `Authorization: Token …`."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class TokenView(APIView):
    """Sign-in of programs: a token for a name and a password; DELETE ends it."""

    authentication_classes = [DatedTokenAuthentication]
    permission_classes = [AllowAny]
    throttle_classes = [TokenThrottle]

    @extend_schema(request=TokenRequest, responses={200: TokenAnswer, **ERRORS}, auth=[])
    def post(self, request: Request) -> Response:
        """Get a token. A new one ends the one before."""
        asked = TokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        key = "email" if "@" in given["username"] else "username"
        try:
            credentials = {key: given["username"], "password": given["password"]}
            user = get_adapter(request._request).authenticate(request._request, **credentials)
            known = user is not None and user.is_active and _second_step(user, given["code"])
        except DjangoValidationError as error:
            raise exceptions.Throttled(detail=" ".join(error.messages)) from error
        if not known:
            raise exceptions.AuthenticationFailed(_("Name, password or code is wrong."))
        if user.must_change_password:
            raise exceptions.AuthenticationFailed(_("Please change your initial password first."))
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once: the later token stands
            Token.objects.filter(user=user).delete()
            token = Token.objects.create(user=user)
        expires = token.created + timedelta(days=settings.API_TOKEN_DAYS)
        return Response({"token": token.key, "expires_at": expires.isoformat()})

    @extend_schema(request=None, responses={204: None, **ERRORS})
    def delete(self, request: Request) -> Response:
        """End the token in use."""
        if not request.auth:
            raise exceptions.NotAuthenticated
        Token.objects.filter(key=request.auth.key).delete()
        return Response(status=204)


@transaction.atomic
def _second_step(user: User, code: str) -> bool:
    """Whether the code of two-step sign-in is right, where the person uses it. Attempts are counted."""
    if not get_mfa_adapter().is_mfa_enabled(user):
        return True
    forget_attempts = check_rate_limit(user)
    for authenticator in Authenticator.objects.filter(user=user):
        if authenticator.type == Authenticator.Type.TOTP and TOTP(authenticator).validate_code(code):
            forget_attempts()
            return True
        is_recovery = authenticator.type == Authenticator.Type.RECOVERY_CODES
        if is_recovery and RecoveryCodes(authenticator).validate_code(code):
            forget_attempts()
            return True
    return False


class NothingHere(APIView):
    """Any other address below /api/v1/: the one form of an error instead of a page."""

    permission_classes = [AllowAny]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
