"""Answers for machines, whether the house stands and how it does; and the page for addresses that lead nowhere."""

import hmac

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView

from accounts.api import error_data
from accounts.memberships import actor_of
from jurisdictions.counties import county_by_code
from jurisdictions.scope import enter


@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 when the program runs and its database answers; used by compose and by load balancers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Measurements for Prometheus, for whoever sends `METRICS_TOKEN` as a bearer token.

    Without a token they are shown in development alone.
    """
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN:
        if not hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
            raise Http404
    elif settings.PRODUCTION:
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response


@never_cache
def bad_request(
    request: HttpRequest, exception: Exception | None = None, *, reason: str = "", field: str = ""
) -> HttpResponse:
    """400 for what cannot be read before a view is asked: to programs in the one form of an error."""
    if request.path_info.startswith("/api/"):
        said = error_data("invalid", reason or _("The request cannot be read."), field=field)
        return JsonResponse({"error": said}, status=400, json_dumps_params={"ensure_ascii": False})
    return render(request, "400.html", {"reason": reason}, status=400)


@never_cache
def nothing_here(request: HttpRequest) -> HttpResponse:
    """404 for an address without a page: in the frame of its county for those who belong there, plain for others.

    The plain page is the same whether or not there is such a county.
    """
    code = request.path_info.strip("/").split("/")[0]
    user = request.user
    county = county_by_code(code) if user.is_authenticated else None
    if county is None:
        return render(request, "404.html", status=404)
    with enter(county, user_id=user.pk):
        actor = actor_of(request, county)
        if actor is not None:
            request.county, request.actor = county, actor  # type: ignore[attr-defined]
        return render(request, "404.html", status=404)
