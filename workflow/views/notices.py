"""Notices, and how a person wants to be told."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.models import NoticeChoice, User
from accounts.services import keep_own_settings
from accounts.views.entrance import usual_county
from accounts.views.people import attempt
from jurisdictions.fields import whole
from workflow.listings.listing import Table
from workflow.listings.paging import AFTER, BEFORE, PAGING, page_of, paged
from workflow.models import Message
from workflow.notices import notify as service
from workflow.notices.message_listing import MESSAGES

UNREAD_SHOWN = 200


def _own(request: CountyRequest) -> QuerySet[Message]:
    return Message.objects.filter(user=request.actor.user)


@require_GET
@needs()
def notices(request: CountyRequest) -> HttpResponse:
    """What the person was told: unread first, then read, newest first."""
    is_first = not any(name in request.GET for name in PAGING)
    unread = list(_own(request).filter(read_at=None).order_by("-pk")[:UNREAD_SHOWN]) if is_first else []
    read = page_of(_own(request).filter(read_at__isnull=False), MESSAGES.order, request.GET, size=MESSAGES.size)
    return render(
        request,
        "workflow/notices.html",
        {
            "unread": [(notice, service.sentence(notice)) for notice in unread],
            "read": [(notice, service.sentence(notice)) for notice in read.rows],
            "newer_url": paged(request.GET, AFTER, read.newer),
            "older_url": paged(request.GET, BEFORE, read.older),
            "table": Table(MESSAGES, request, request.GET, [], [], "", ""),
            "newest": unread[0].pk if unread else None,
        },
    )


@require_POST
@needs()
def open_notice(request: CountyRequest, pk: int) -> HttpResponse:
    """Mark a notice read and go to the page it is about."""
    notice = get_object_or_404(_own(request), pk=pk)
    service.mark_read(actor=request.actor, notice=notice)
    own_page = reverse("workflow:notices", kwargs={"county": request.county.code})
    target = notice.path if "mark" not in request.POST else own_page
    if not target or not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = own_page
    return _see(target)


def _see(target: str) -> HttpResponse:
    response = HttpResponseRedirect(target)
    response.status_code = 303
    return response


@require_POST
@needs()
def read_all(request: CountyRequest) -> HttpResponse:
    """Mark everything read that the person saw: up to the newest notice the page showed."""
    count = service.mark_all_read(actor=request.actor, newest=whole(request.POST.get("newest")))
    messages.success(request, _("%(count)s notices marked as read.") % {"count": count})
    return _see(reverse("workflow:notices", kwargs={"county": request.county.code}))


class SettingsForm(forms.ModelForm):
    """How a person is told, and in which language."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, required=False)

    class Meta:
        model = User
        fields = ["email", "notice_choice"]
        widgets = {"notice_choice": forms.RadioSelect}

    def _post_clean(self) -> None:
        """Values go through the service, which also tells what is taken; the form changes no record."""


@require_http_methods(["GET", "POST"])
@needs()
def my_settings(request: CountyRequest) -> HttpResponse:
    """My e-mail address, my choice of notices and my language."""
    user = User.objects.get(pk=request.actor.user.pk)  # type: ignore[union-attr]
    form = SettingsForm(
        request.POST or None, instance=user, initial={"language": user.language or settings.LANGUAGE_CODE}
    )
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "notice_choice": form.cleaned_data["notice_choice"] or NoticeChoice.AT_ONCE}
        if not attempt(form, lambda: keep_own_settings(actor=request.actor, **values))[0]:
            return render(request, "workflow/settings.html", {"form": form}, status=422)
        messages.success(request, _("Your settings are kept."))
        response = _see(reverse("workflow:settings", kwargs={"county": request.county.code}))
        if form.cleaned_data["language"]:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                form.cleaned_data["language"],
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response
    return render(request, "workflow/settings.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def own_address(request: HttpRequest) -> HttpResponse:
    """In place of the sign-in library's own list of addresses: a person has the one of their settings, and no other."""
    user = request.user
    assert isinstance(user, User)
    county = None if user.is_operator else usual_county(request, user)
    return redirect("workflow:settings", county=county.code) if county is not None else redirect("accounts:home")
