"""What a person who files finds on their first page: open calls, confirmations that wait, drafts to go on with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Office
from jurisdictions.models import County
from jurisdictions.templatetags.xunzhang import day
from projects.models import TO_CONFIRM, Declaration, PartnerUnit
from projects.services.drafts import open_calls
from workflow.models import FilingState
from workflow.stages import Offer

SHOWN = 20


def news(office: Office | None) -> dict[str, Any]:
    """The calls that are open, the projects whose lead unit asks the office to confirm its part, and its drafts.

    One query.
    """
    asked = PartnerUnit.objects.filter(TO_CONFIRM, office=OuterRef("pk")).order_by("pk")
    drafts = Declaration.objects.filter(unit=OuterRef("pk"), state=FilingState.DRAFT).order_by("-pk")
    row = JSONObject(name="project__name", declaration="project__declaration__pk")
    draft = JSONObject(name="project__name", declaration="pk")
    calls = open_calls().values_list(JSONObject(title="title", closes_on="closes_on"), flat=True)
    found: Any = (
        Office.objects.filter(pk=office.pk if office else 0)
        .annotate(
            asked=ArraySubquery(asked.values_list(row, flat=True)[:SHOWN]),
            drafts=ArraySubquery(drafts.values_list(draft, flat=True)[:SHOWN]),
            calls=ArraySubquery(calls),
        )
        .first()
    )
    if found is None:
        return {"calls": [], "asked": [], "drafts": []}
    for call in found.calls:
        call["closes_on"] = dt.date.fromisoformat(call["closes_on"])
    return {"calls": found.calls, "asked": found.asked, "drafts": found.drafts}


def of_filer(actor: Actor, county: County) -> Iterator[Offer]:
    """What somebody who files can do now, what others wait for first."""
    if not actor.may("declaration.file"):
        return
    found = news(actor.office)
    for one in found["asked"]:
        said = _("“%(project)s”: the lead unit asks yours to confirm its part.") % {"project": one["name"]}
        url = reverse("projects:partner", kwargs={"county": county.code, "pk": one["declaration"]})
        yield Offer(said, _("Read and confirm"), url, is_awaited=True)
    new = reverse("projects:new", kwargs={"county": county.code})
    for call in found["calls"]:
        said = _("“%(title)s” is open until %(day)s.") % {"title": call["title"], "day": day(call["closes_on"])}
        yield Offer(said, _("Declare a project"), new)
    if not found["calls"]:
        yield Offer(_("No call is open now; drafts are kept."), _("Declare a project"), new)
    for one in found["drafts"]:
        url = reverse("workflow:filing_edit", kwargs={"county": county.code, "pk": one["declaration"]})
        yield Offer(_("“%(project)s” is a draft.") % {"project": one["name"]}, _("Go on with the form"), url)
