"""The platform operator's pages: counties and the accounts of their administrators. No tenant content."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import services, shown
from accounts.actors import Actor
from accounts.forms import AccountForm, CountyForm
from accounts.models import User
from accounts.views.people import attempt
from jurisdictions.models import County


def operators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a page to the platform's operators; nobody else finds it."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return shown.to_sign_in(request)
        if not isinstance(user, User) or not user.is_operator:
            raise Http404
        request.is_platform = True  # type: ignore[attr-defined]
        page, _is_chosen = shown.take(request)
        response = view(request, *args, actor=Actor(user=user, membership=None), **kwargs)
        if page is not None and response.status_code < 400:
            shown.tell_done(request, response, page)
        return response

    return checked


@operators_only
def platform(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """All counties."""
    return render(request, "accounts/platform.html", {"counties": County.objects.order_by("code")})


@operators_only
def platform_county(request: HttpRequest, *, actor: Actor, pk: int | None = None) -> HttpResponse:
    """One county, or a new one."""
    found = get_object_or_404(County, pk=pk) if pk else County()
    form = CountyForm(request.POST or None, instance=County.objects.get(pk=pk) if pk else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if attempt(form, lambda: services.save_county(actor=actor, county=found, **values))[0]:
            messages.success(request, _("Saved."))
            return redirect("accounts:platform")
    status = 422 if form.errors else 200
    return render(request, "accounts/platform_county.html", {"form": form, "found": found}, status=status)


@operators_only
@never_cache
def platform_admin(request: HttpRequest, *, actor: Actor, pk: int) -> HttpResponse:
    """The account of a county's administrator; its initial password is shown once."""
    found = get_object_or_404(County, pk=pk)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "office_name": _("Administration")}
        done, made = attempt(form, lambda: services.add_first_admin(actor=actor, county=found, **values))
        if done:
            person, password = made
            context = {"person": person, "password": password, "back": "accounts:platform"}
            return render(request, "accounts/initial_password.html", context)
    status = 422 if form.errors else 200
    return render(request, "accounts/platform_admin.html", {"form": form, "found": found}, status=status)
