"""Filling in a declaration as a careful filer would: the county's own questions, answered from the fixture's texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.actors import Actor
from accounts.models import Office
from approvals.changes.filing import CHANGE
from approvals.changes.ruling import FLAGS
from demo import texts
from demo.papers import paper
from jurisdictions.amounts import in_unit
from jurisdictions.facts import YES_NO_FACTS
from jurisdictions.rules.ruleset import Ruleset
from projects.declaring.setting import QUOTE_PAPER, YES, facts_typed
from projects.models import Declaration
from projects.ruling import ruleset_of
from projects.services.sheets import sheet_of
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.filings.content import Content
from workflow.models import Filing, Step

Spec = Mapping[str, Any]
PRICES = (Decimal("0.985"), Decimal("1.042"), Decimal("1.016"))  # vendors' prices beside the amount
LARGE = Decimal(1_000_000)  # from here on the money comes in two years
DAYS_AGO = 12


def basics(spec: Spec, unit: Office) -> Content:
    """What is typed first: what the project is, where, when, and what for."""
    said = texts.read("texts")
    start = today() + dt.timedelta(days=int(spec.get("starts_in", 150)))
    typed = {
        "name": spec["name"],
        "action": spec.get("action", "new"),
        "category": spec.get("category", "application"),
        "place": spec.get("place", unit.name),
        "contact": spec.get("contact", said["contact"]),
        "phone": said["phone"],
        "basis": spec.get("basis", said["basis"]).format(name=spec["name"], unit=unit.name),
        "starts_on": start.isoformat(),
        "ends_on": (start + dt.timedelta(days=240)).isoformat(),
    }
    typed |= {fact: YES for fact in YES_NO_FACTS if spec.get(fact)}
    typed |= {key: spec[key] for key in ("on_behalf_of", "part_of") if key in spec}
    return {"basics": typed, "purpose": {"goal": spec["goal"], "content": spec["content"]}}


def wan(yuan: Decimal) -> str:
    """An amount as people type it: in ten thousand yuan."""
    return in_unit(str(yuan), shown="yuan", unit="wan")


def money(amount: Decimal, source: str, kind: str, year: int, om_cost: str = "") -> dict[str, Any]:
    """Money lines that add up: one year, or two for larger amounts."""
    later = (amount * Decimal("0.3")).quantize(Decimal(1)) if amount >= LARGE else Decimal(0)
    lines = [{"source": source, "year": str(year), "amount": wan(amount - later)}]
    if later:
        lines.append({"source": source, "year": str(year + 1), "amount": wan(later)})
    return {
        "unit": "wan",
        "investment": wan(amount),
        "funding_source": kind,
        "lines": lines,
        "om_cost": om_cost or wan((amount * Decimal("0.06")).quantize(Decimal(1))),
    }


def answers(spec: Spec, unit: Office, rules: Ruleset, year: int) -> Content:
    """Everything else the county's form asks, section by section."""
    said, names = texts.read("texts"), {"name": spec["name"], "unit": unit.name}
    wanted = spec.get("source", rules.rules.sources[0].key)
    source = next(one for one in rules.rules.sources if one.key == wanted)
    amount = Decimal(str(spec["amount"]))
    content = basics(spec, unit)
    content["money"] = money(amount, source.key, source.source, year)
    facts = facts_typed(content, owner_kind=unit.owner_kind)
    content["plan"] = {one.key: said["statements"][one.key].format(**names) for one in rules.statements_for(facts)}
    content["form"] = {
        box.key: said["form"].get(box.key, said["form"]["any"]).format(**names)
        for form in rules.forms_for(facts)
        for box in rules.form_fields_for(form, facts)
        if box.ask == "required"
    }
    yes = spec.get("negative", {})
    content["negative"] = {
        one.key: {"answer": YES, "note": yes[one.key]} if one.key in yes else {"answer": "no"}
        for one in rules.negative_items_for(facts)
    }
    content["prerequisites"] = {
        one.then.key: said["prerequisites"][one.then.key].format(**names)
        if one.then.evidence == "statement"
        else (today() - dt.timedelta(days=DAYS_AGO)).isoformat()
        for one in rules.prerequisites_for(facts)
        if one.then.evidence != "document"
    }
    if "priority" in spec:
        content["priority"] = {**dict.fromkeys(spec["priority"], YES), "note": said["priority"].format(**names)}
    asked = rules.quotes_for(facts)
    if asked is not None and asked.then.minimum:
        vendors = said["vendors"]
        first = sum(map(ord, spec["name"])) % len(vendors)
        content["quotes"] = {
            "rows": [
                {
                    "vendor": vendors[(first + index) % len(vendors)],
                    "amount": wan((amount * price).quantize(Decimal(100))),
                }
                for index, price in enumerate(PRICES)
            ]
        }
    return content


def add_papers(actor: Actor, declaration: Declaration) -> None:
    """Add every paper the form requires now, and the quotes' own."""
    project, rules = declaration.project, ruleset_of(declaration.project.rule_version)
    for section in sheet_of(declaration).sections:
        for one in section.all_fields():
            if one.kind != "paper" or not one.is_empty:
                continue
            if one.purpose == QUOTE_PAPER:
                row = int(one.name.split("-")[2])
                vendor = declaration.content["quotes"]["rows"][row]
                upload = paper(f"{vendor['vendor']}报价单", f"项目：{project.name}", f"报价：{vendor['amount']} 万元")
                filings.attach(
                    actor=actor,
                    filing=declaration,
                    purpose=QUOTE_PAPER,
                    upload=upload,
                    at=f"quotes-rows-{row}-document",
                )
            elif one.required:
                title = rules.document(one.purpose).name
                upload = paper(
                    title, f"项目：{project.name}", f"单位：{project.applicant.name}", texts.read("texts")["paper"]
                )
                filings.attach(actor=actor, filing=declaration, purpose=one.purpose, upload=upload)


def prepare(actor: Actor, step: Step, spec: Mapping[str, Any]) -> None:
    """Fill in and hand in what the unit prepares for a step."""
    filing = Filing.objects.select_related("unit", "project__owner_unit", "project__rule_version").get(
        step=step, kind=step.key
    )
    filing.step = step
    content: dict[str, Any] = {"content": {"summary": spec["content"], "beyond": "no"}}
    if step.rule.get("decides"):
        total = f"{Decimal(spec['amount']) / 10_000:f}"
        line = {"line": "application_software", "amount": total, "note": "询价"}
        content["money"] = {"total": total, "lines": [line]}
    filing = filings.save(actor=actor, filing=filing, content=content)
    rules = ruleset_of(step.project.rule_version)
    for key in step.rule["hands_in"]:
        upload = paper(rules.document(key).name, f"项目：{step.project.name}", texts.read("texts")["paper"])
        filings.attach(actor=actor, filing=filing, purpose=key, upload=upload)
    filings.submit(actor=actor, filing=filing)


def change(typed: Mapping[str, Any]) -> Content:
    """A request to change what was approved: what the story says, and no to every other question."""
    asked = {key: "yes" if key in typed.get("holds", ()) else "no" for key in FLAGS}
    return {
        "change": {key: typed[key] for key in ("title", "what", "reason", "why")},
        "facts": asked,
        "money": {"lines": [dict(one) for one in typed.get("lines", ())]},
    }


def add_change_papers(actor: Actor, filing: Filing) -> None:
    """Add the papers that the county's rules ask for with a change."""
    rules = ruleset_of(filing.project.rule_version)
    for key in CHANGE.judged(filing).papers:
        upload = paper(rules.document(key).name, f"项目：{filing.project.name}", texts.read("texts")["paper"])
        filings.attach(actor=actor, filing=filing, purpose=key, upload=upload)
