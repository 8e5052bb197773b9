"""Signing in to the demonstration by one click."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.adapters import speak
from accounts.memberships import choose, memberships_of
from accounts.models import User
from accounts.views.entrance import safe_next
from demo import sign_in as demo
from jurisdictions.fields import whole

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """All people of the demonstration, one button each; 404 where there is no demonstration."""
    if not demo.is_open():
        raise Http404
    context = {"demo_counties": demo.counties, "demo_operators": demo.operators}
    return render(request, "demo/page.html", context)


@require_POST
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a demo person by one click; 404 for other accounts and outside development."""
    person, _dash, wanted = request.POST.get("person", "").partition("-")
    pk = whole(person)
    if pk is None or not demo.is_open():
        raise Http404
    user = get_object_or_404(User, pk=pk, is_demo=True, is_active=True)
    login(request, user, backend=BACKEND)
    home = "/"
    for membership in memberships_of(user):
        if wanted == str(membership.pk) and membership.is_active:
            choose(request, membership)
            home = f"/{membership.county.code}/"
    response = redirect(safe_next(request, home))
    speak(response, user.language)
    return response
