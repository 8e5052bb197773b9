"""The last pages of a filing: a second look at what is handed in, and the receipt that says what comes next."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import CountyRequest
from workflow.clocks import due
from workflow.filings.kinds import kind_of
from workflow.filings.parts import Sheet
from workflow.models import EDITABLE, Filing, Step


def page(request: CountyRequest, filing: Filing, context: dict[str, Any]) -> HttpResponse:
    """What is about to be handed in, where it is complete; the receipt of what was; else the form."""
    kind = kind_of(filing)
    if filing.state not in EDITABLE:
        return render(request, "filings/receipt.html", {**context, "next": _next(filing)})
    sheet = kind.checked(filing) if kind.may_file(request.actor, filing) else None
    if sheet is None or sheet.problems:
        return redirect(kind.url(filing) + "?check=1")
    more = {"summary": kind.summary(filing), "papers": _papers(sheet)}
    return render(request, "filings/confirm.html", {**context, **more})


def _papers(sheet: Sheet) -> list[Any]:
    fields = [one for section in sheet.sections for one in section.all_fields()]
    return list({file.pk: file for one in fields for file in one.files}.values())


def _next(filing: Filing) -> list[dict[str, Any]]:
    """The steps that wait now, and for whom."""
    if filing.project is None:
        return []
    steps = list(due.with_work(Step.objects.active().filter(project=filing.project).order_by("position")))
    hanging = due.hanging_by_step(steps, due.clocks_of(filing.project, steps))
    return [{"name": step.name, "hanging": hanging[step.pk]} for step in steps if step.pk in hanging]
