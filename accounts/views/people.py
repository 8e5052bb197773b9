"""People of a county and their roles, one by one; their list stands in `workflow.views.people`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import services, signals
from accounts.access import CountyRequest, needs
from accounts.forms import DetailsForm, ExistingPersonForm, NewPersonForm, RoleForm
from accounts.models import Membership, User
from accounts.refusals import NotPermitted, Refusal
from accounts.shown import creating, leads_to

MANAGE = services.MANAGE


def attempt(form: forms.BaseForm | None, write: Callable[[], Any]) -> tuple[bool, Any]:
    """Carry a write out; a refusal becomes an error of the form, at its field where it names one."""
    try:
        with transaction.atomic():
            return True, write()
    except Refusal as refusal:
        if form is None:
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False, None


def status_of(refusal: Refusal) -> int:
    """403 for what the person may not do, else 409."""
    return 403 if isinstance(refusal, NotPermitted) else 409


@creating
@needs(MANAGE)
@never_cache
def new_person(request: CountyRequest) -> HttpResponse:
    """A new account; its initial password is shown once, on the answer to this form."""
    form = NewPersonForm(request.POST or None, initial={"office": request.GET.get("office")})
    if request.method == "POST" and form.is_valid():
        done, made = attempt(form, lambda: services.add_person(actor=request.actor, **form.cleaned_data))
        if done:
            person, password = made
            answer = render(request, "accounts/initial_password.html", {"person": person, "password": password})
            address = reverse("accounts:person", kwargs={"county": request.county.code, "pk": person.pk})
            return leads_to(answer, address)  # the password is shown once
    status = 422 if form.errors else 200
    return render(request, "accounts/new_person.html", {"form": form}, status=status)


@creating
@needs(MANAGE)
def existing_person(request: CountyRequest) -> HttpResponse:
    """A role in this county for somebody with an account elsewhere, by their user name."""
    form = ExistingPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        person = User.objects.filter(username=values.pop("username"), is_active=True).first()
        if person is None:
            form.add_error("username", _("There is no active account of this name."))
        elif attempt(form, lambda: services.add_membership(actor=request.actor, person=person, **values))[0]:
            messages.success(request, _("%(name)s now has a role in this county.") % {"name": person})
            return redirect("accounts:person", county=request.county.code, pk=person.pk)
    status = 422 if form.errors else 200
    return render(request, "accounts/existing_person.html", {"form": form}, status=status)


def _person(pk: int) -> User:
    """A person with a role in the county, now or once; 404 for anybody else."""
    return get_object_or_404(User.objects.filter(pk__in=Membership.objects.values("user")), pk=pk)


def _show(request: CountyRequest, person: User, *, status: int = 200, **forms_given: Any) -> HttpResponse:
    held: list[Any] = list(
        Membership.objects.filter(user=person).select_related("office", "user").order_by("-is_active", "pk")
    )
    answers: list[tuple[Any, Any]] = signals.holdings.send(sender=User, person=person)
    claims = [line for _receiver, lines in answers for line in lines]
    for role in held:
        role.claims = [text for office, text in claims if office == role.office_id]
        role.colleagues = services.colleagues(role) if role.is_active and role.claims else []
    context = {
        "person": person,
        "held": held,
        "is_self": request.actor.user is not None and person.pk == request.actor.user.pk,
        "is_ours": services.is_ours_alone(person),
        "details": forms_given.get("details") or DetailsForm(instance=person),
        "role_form": forms_given.get("role_form") or RoleForm(prefix="new"),
        "refusal": forms_given.get("refusal"),
    }
    return render(request, "accounts/person.html", context, status=status)


@needs(MANAGE)
def person(request: CountyRequest, pk: int) -> HttpResponse:
    """A person: details, roles, sign-in."""
    found = _person(pk)
    if request.method != "POST":
        return _show(request, found)
    details = DetailsForm(request.POST, instance=User.objects.get(pk=pk))
    if details.is_valid():
        values = details.cleaned_data
        if attempt(details, lambda: services.edit_person(actor=request.actor, person=found, **values))[0]:
            messages.success(request, _("Saved."))
            return redirect("accounts:person", county=request.county.code, pk=pk)
    return _show(request, _person(pk), details=details, status=422)


@require_POST
@needs(MANAGE)
def add_role(request: CountyRequest, pk: int) -> HttpResponse:
    """Give the person another role."""
    found = _person(pk)
    form = RoleForm(request.POST, prefix="new")
    if form.is_valid():
        values = form.cleaned_data
        if attempt(form, lambda: services.add_membership(actor=request.actor, person=found, **values))[0]:
            messages.success(request, _("The role has been given."))
            return redirect("accounts:person", county=request.county.code, pk=pk)
    return _show(request, found, role_form=form, status=422)


def _carry_out(request: CountyRequest, found: User, write: Callable[[], Any], said: str) -> HttpResponse:
    try:
        attempt(None, write)
    except Refusal as refusal:
        return _show(request, _person(found.pk), refusal=refusal, status=status_of(refusal))
    messages.success(request, said)
    return redirect("accounts:person", county=request.county.code, pk=found.pk)


@require_POST
@needs(MANAGE)
def end_role(request: CountyRequest, pk: int, membership: int) -> HttpResponse:
    """Take a role from the person."""
    found = _person(pk)
    rows = Membership.objects.select_related("user", "office")
    held: Membership = get_object_or_404(rows, pk=membership, user_id=found.pk)
    to = next((one for one in services.colleagues(held) if str(one.pk) == request.POST.get("to")), None)
    return _carry_out(
        request,
        found,
        lambda: services.end_membership(actor=request.actor, membership=held, to=to),
        _("The role has ended."),
    )


@require_POST
@needs(MANAGE)
def deactivate(request: CountyRequest, pk: int) -> HttpResponse:
    """End all roles of the person in the county."""
    found = _person(pk)
    return _carry_out(
        request,
        found,
        lambda: services.deactivate(actor=request.actor, person=found),
        _("The person has no role in this county any more."),
    )


@require_POST
@needs(MANAGE)
@never_cache
def renew_password(request: CountyRequest, pk: int) -> HttpResponse:
    """A new initial password, shown once on this answer."""
    found = _person(pk)
    try:
        _done, password = attempt(None, lambda: services.renew_password(actor=request.actor, person=found))
    except Refusal as refusal:
        return _show(request, _person(pk), refusal=refusal, status=status_of(refusal))
    return render(request, "accounts/initial_password.html", {"person": found, "password": password})
