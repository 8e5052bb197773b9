"""Forms of people, offices and counties."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.urls import Resolver404, resolve
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Office, User
from accounts.roles import ROLE_HELP, Role
from jurisdictions.models import County

NAME_HELP = _("The person's own name, as 张伟; it stands under what they decide.")
EMAIL_HELP = _("For notices and a forgotten password, as zhangwei@example.org.")
PHONE_HELP = _("Where colleagues reach them, as 0792-1234567.")


def office_field(**kwargs: Any) -> forms.ModelChoiceField:
    """A choice among the county's offices in use."""
    return forms.ModelChoiceField(
        queryset=Office.objects.none(),
        label=_("Office or unit"),
        help_text=_("For which the person acts. A new one is added under “Offices” first."),
        **kwargs,
    )


class RoleForm(forms.Form):
    """An office and a role in it."""

    office = office_field()
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, format_lazy("{}：{}", role.label, ROLE_HELP[role])) for role in Role],
        widget=forms.RadioSelect,
    )

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


class AccountForm(forms.Form):
    """What a new account begins with."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("Letters, digits and . _ - @, as zhangwei; it is typed at sign-in and does not change."),
    )
    name = forms.CharField(label=_("Name"), max_length=60, help_text=NAME_HELP)
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=EMAIL_HELP)

    def clean_username(self) -> str:
        username: str = User.normalize_username(self.cleaned_data["username"])
        User._meta.get_field("username").run_validators(username)
        return username


class NewPersonForm(RoleForm, AccountForm):
    """A new account with its first role."""

    field_order = ("username", "name", "email", "phone", "office", "role")
    phone = forms.CharField(label=_("Telephone"), max_length=30, required=False, help_text=PHONE_HELP)


class ExistingPersonForm(RoleForm):
    """A role for somebody who has an account in another county."""

    field_order = ("username", "office", "role")
    username = forms.CharField(
        label=_("User name"), max_length=150, help_text=_("With which the person signs in, as zhangwei.")
    )


class OfficeForm(forms.ModelForm):
    """An office with its duties by the regulation, in the county's own words."""

    field_order = ("name", "code", "owner_kind", "parent", "authorities", "is_active")
    parent: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=Office.objects.none(),
        label=_("Belongs to or is linked with"),
        required=False,
        help_text=_("As a hospital to the health commission: their projects are compared as those of one unit."),
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
        help_texts = {
            "name": _("In full, as on its seal. Renamed: change it here; what was decided keeps the old name."),
            "code": _("A short name in Latin letters that programs use, as finance; people do not see it."),
            "owner_kind": _("The rules ask for it: an agency, a school or hospital, an enterprise go different ways."),
            "is_active": _("Open work must be handed over before the office is closed."),
        }

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
        now = {name: self._plain(getattr(self.instance, name)) for name in self.fields}
        self.shown = self.data.get("before") or json.dumps(now)

    def changes(self) -> dict[str, Any]:
        """What the person changed on the page as it was shown: what others changed meanwhile is left alone."""
        try:
            shown = dict(json.loads(self.data.get("before") or "{}"))
        except (TypeError, ValueError):
            shown = {}
        new = self.cleaned_data
        return {name: value for name, value in new.items() if name not in shown or self._plain(value) != shown[name]}

    @staticmethod
    def _plain(value: Any) -> Any:
        return value.pk if isinstance(value, Office) else sorted(value) if isinstance(value, list) else value

    def _post_clean(self) -> None:
        """Values go through the service; the form changes no record."""


class CountyForm(forms.ModelForm):
    """A county as the platform knows it."""

    class Meta:
        model = County
        fields = ("code", "prefix", "name", "region", "is_active")
        labels = {"name": _("Name of the county")}
        help_texts = {
            "code": _("In the county's addresses: small Latin letters, as jiaxian. It does not change later."),
            "prefix": _("Before the numbers of articles: with JX article 24 is JX-24."),
            "name": _("As people call it, as 甲县."),
            "region": _("To which it belongs, as 某省某市."),
            "is_active": _("Without it nobody of the county can work; nothing is lost."),
        }
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
