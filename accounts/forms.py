"""Forms of people, offices and counties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from accounts.models import Office, User
from accounts.roles import Role
from jurisdictions.models import County


def office_field(**kwargs: Any) -> forms.ModelChoiceField:
    """A choice among the county's offices in use."""
    return forms.ModelChoiceField(queryset=Office.objects.none(), label=_("Office or unit"), **kwargs)


class RoleForm(forms.Form):
    """An office and a role in it."""

    office = office_field()
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = self.fields["office"]
        assert isinstance(offices, forms.ModelChoiceField)
        offices.queryset = Office.objects.filter(is_active=True).order_by("pk")


class DetailsForm(forms.ModelForm):
    """Name, address and telephone."""

    class Meta:
        model = User
        fields = ("name", "email", "phone")

    def _post_clean(self) -> None:
        """Values go through the service, which also tells what is taken; the form changes no record."""


class NewPersonForm(RoleForm):
    """A new account with its first role."""

    field_order = ("username", "name", "email", "phone", "office", "role")
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("Letters, digits and . _ - @; it is typed at sign-in and does not change."),
    )
    name = forms.CharField(label=_("Name"), max_length=60)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=30, required=False)

    def clean_username(self) -> str:
        username: str = User.normalize_username(self.cleaned_data["username"])
        User._meta.get_field("username").run_validators(username)
        return username


class ExistingPersonForm(RoleForm):
    """A role for somebody who has an account in another county."""

    field_order = ("username", "office", "role")
    username = forms.CharField(label=_("User name"), max_length=150)


class OfficeForm(forms.ModelForm):
    """An office with its duties by the regulation, in the county's own words."""

    field_order = ("name", "code", "owner_kind", "parent", "authorities", "is_active")
    parent: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=Office.objects.none(), label=_("Belongs to or is linked with"), required=False
    )
    authorities = forms.MultipleChoiceField(
        label=_("Duties"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the county's regulation lays on this office. A unit that only files has none."),
    )

    class Meta:
        model = Office
        # Not `parent`: a field made from the model would ask for offices while no county is in force.
        fields = ("name", "code", "owner_kind", "authorities", "is_active")
        labels = {"name": _("Name of the office or unit")}

    def __init__(self, *args: Any, duties: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.instance.authorities or []
        known = {**duties, **{key: key for key in chosen if key not in duties}}
        authorities, parent = self.fields["authorities"], self.fields["parent"]
        assert isinstance(authorities, forms.MultipleChoiceField) and isinstance(parent, forms.ModelChoiceField)
        authorities.choices = list(known.items())
        others = Office.objects.filter(is_active=True).order_by("pk")
        parent.queryset = others.exclude(pk=self.instance.pk) if self.instance.pk else others
        parent.initial = self.instance.parent_id
        if self.instance.pk is None:
            del self.fields["is_active"]

    def _post_clean(self) -> None:
        """Values go through the service; the form changes no record."""


class CountyForm(forms.ModelForm):
    """A county as the platform knows it."""

    class Meta:
        model = County
        fields = ("code", "prefix", "name", "region", "is_active")
        labels = {"name": _("Name of the county")}
        error_messages = {
            "code": {"unique": _("Another county has this code.")},
            "prefix": {"unique": _("Another county has this article prefix.")},
        }

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            own = [resolve(f"/{code}/{page}/").kwargs for page in ("role", "arrangements")]
            taken = any("county" not in kwargs for kwargs in own)
        except Resolver404:
            taken = True
        if taken or code in RESERVED:
            raise forms.ValidationError(_("This word is an address of the program. Please choose another code."))
        return code


RESERVED = frozenset(
    {
        "accounts",
        "api",
        "demo",
        "healthz",
        "i18n",
        "metrics",
        "platform",
        "static",
        "media",
        "gallery",
        "token",
        "schema",
        "docs",
        "rules",
    }
)


class FirstAdminForm(forms.Form):
    """The account of a county's administrator."""

    username = forms.CharField(label=_("User name"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=60)
    email = forms.EmailField(label=_("E-mail"), required=False)
    clean_username = NewPersonForm.clean_username


class ArrangementsForm(forms.ModelForm):
    """What the county arranges where its regulation names no time."""

    opinion_days = forms.IntegerField(
        label=County._meta.get_field("opinion_days").verbose_name, min_value=1, max_value=60
    )
    reserve_warn_days = forms.IntegerField(
        label=County._meta.get_field("reserve_warn_days").verbose_name, min_value=1, max_value=365
    )

    class Meta:
        model = County
        fields = ["opinion_days", "reserve_warn_days"]
