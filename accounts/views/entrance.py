"""The start page, the demonstration's sign-in, roles, counts and languages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from accounts.access import CountyRequest, needs
from accounts.actors import Actor
from accounts.adapters import speak
from accounts.memberships import CHOSEN, choose, memberships_of, ways_to_act
from accounts.models import User
from accounts.services import keep_language
from jurisdictions.models import County


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The page to go on to: only one of this host."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    secure = request.is_secure()
    is_address = wanted.startswith(("/", "http:", "https:"))  # not a word that Django would look up as a page's name
    allowed = is_address and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=secure)
    return wanted if allowed else default


@login_required
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """On to one's own queue: of the county used last, else the first; operators to the platform."""
    user = request.user
    assert isinstance(user, User)
    if user.is_operator:
        return redirect("accounts:platform")
    county = usual_county(request, user)
    if county is not None:
        return redirect(f"/{county.code}/")
    return render(request, "accounts/no_county.html", status=200)


def usual_county(request: HttpRequest, user: User) -> County | None:
    """The county a person used last, else their first; none for somebody who belongs to none."""
    mine = {m.county.code: m.county for m in memberships_of(user) if m.is_active and m.county.is_active}
    last = next(reversed(request.session.get(CHOSEN) or {}), "")
    return mine.get(last) or next(iter(mine.values()), None)


@needs()
def roles(request: CountyRequest) -> HttpResponse:
    """The roles a person has in the county: act in another one."""
    ways = ways_to_act([m for m in request.memberships if m.county_id == request.county.pk])
    if request.method == "POST":
        for membership, behalf, value, _name in ways:
            if request.POST.get("membership") == value:
                choose(request, membership, behalf)
                return redirect(safe_next(request, f"/{request.county.code}/"))
        raise Http404
    now = request.actor.delegation.pk if request.actor.delegation is not None else None
    return render(request, "accounts/roles.html", {"ways": ways, "behalf": now})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language of the pages; a person signed in keeps it."""
    response: HttpResponse = django_set_language(request)
    language = request.POST.get("language", "")
    user = request.user
    if language in dict(settings.LANGUAGES) and isinstance(user, User):
        keep_language(actor=Actor(user=user, membership=None), language=language)
    speak(response, language)
    return response
