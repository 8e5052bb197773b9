"""Answers for machines: whether the house stands, and how it does."""

import hmac

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView


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
