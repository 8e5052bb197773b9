"""Filling in a declaration as a careful filer would: every question its own form asks, whatever county's it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from projects.models import Declaration, Project, Round, RoundState
from projects.services.calls import create_call, open_call_for_filing
from projects.services.sheets import sheet_of
from projects.services.submission import start_declaration
from tests.people import Person, Town
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.filings.content import Content

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def paper(name: str = "paper.pdf") -> SimpleUploadedFile:
    """A small PDF file."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def open_call(town: Town, *, closes_in: int = 30) -> Round:
    """A call of the county that is open today (inside its scope)."""
    found = Round.objects.filter(state=RoundState.OPEN).first()
    if found is not None:
        return found
    call = create_call(
        actor=town.head.actor,
        title="年度项目征集",
        plan_year=today().year + 1,
        opens_on=today() - dt.timedelta(days=1),
        closes_on=today() + dt.timedelta(days=closes_in),
    )
    return open_call_for_filing(actor=town.head.actor, call=call)


def answers(*, name: str = "智慧校园综合管理平台", amount: str = "600000", content: str = "", **basics: Any) -> Content:
    """What a filer types that the form cannot tell from itself."""
    year = str(today().year + 1)
    return {
        "basics": {
            "name": name,
            "action": "new",
            "category": "application",
            "place": "县城",
            "contact": "张三",
            "phone": "0792-1234567",
            "basis": "上级文件要求建设。",
            "starts_on": (today() + dt.timedelta(days=400)).isoformat(),
            "ends_on": (today() + dt.timedelta(days=700)).isoformat(),
            **basics,
        },
        "purpose": {
            "goal": f"解决{name}所涉业务的问题。",
            "content": content or f"建设{name}的业务系统、数据接口和配套服务。",
        },
        "money": {
            "unit": "yuan",
            "investment": amount,
            "funding_source": "fiscal",
            "om_cost": "20000",
            "lines": [{"source": "", "year": year, "amount": amount}],
        },
    }


def complete(declaration: Declaration, person: Person, typed: Content | None = None) -> Declaration:
    """Answer everything the form still asks, and add every paper it requires."""
    content: Content = {**declaration.content, **(typed or answers())}
    for _round in range(4):
        declaration = filings.save(actor=person.actor, filing=declaration, content=content)
        declaration = Declaration.objects.select_related("project__county", "project__applicant").get(pk=declaration.pk)
        sheet = sheet_of(declaration)
        missing = [problem for problem in sheet.problems if problem.code == "missing"]
        if not missing:
            break
        content = dict(declaration.content)
        for section in sheet.sections:
            for one in section.all_fields():
                if one.kind == "paper" and one.required and one.is_empty:
                    filings.attach(actor=person.actor, filing=declaration, purpose=one.purpose, upload=paper())
                elif one.kind == "radio" and one.required and one.is_empty:
                    _put(content, one.name, "no")
                elif one.kind == "date" and one.required and one.is_empty:
                    _put(content, one.name, (today() - dt.timedelta(days=3)).isoformat())
                elif one.kind == "choice" and one.is_empty and one.name.endswith("-source"):
                    _put(content, one.name, one.choices[0][0])
                elif one.required and one.is_empty and one.kind in ("text", "area"):
                    _put(content, one.name, f"已就“{one.label}”作出安排。")
            if section.key == "quotes":
                asked = section.groups[0]
                content["quotes"] = {
                    "rows": [
                        {"vendor": f"第{index + 1}家公司", "amount": str(590000 + index)}
                        for index in range(max(3, len(asked.rows)))
                    ]
                }
    return declaration


def _put(content: Content, name: str, value: str) -> None:
    parts = name.split("-")
    here: Any = content
    for part in parts[:-1]:
        here = here[int(part)] if isinstance(here, list) else here.setdefault(part, {})
    here[parts[-1]] = value


def draft(person: Person, **typed: Any) -> Declaration:
    """A complete draft of the person's unit, not handed in."""
    declaration = start_declaration(actor=person.actor)
    return complete(declaration, person, answers(**typed))


def hand_in(town: Town, person: Person | None = None, **typed: Any) -> Project:
    """A declaration handed in under an open call; gives its project."""
    open_call(town)
    person = person or town.filer
    declaration = filings.submit(actor=person.actor, filing=draft(person, **typed))
    return declaration.project


def yuan(value: str) -> Decimal:
    """An amount."""
    return Decimal(value)
