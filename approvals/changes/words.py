"""What the rules say of a change, in words."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from approvals.changes.ruling import Judgement
from approvals.models import Outcome
from jurisdictions.rules.vocabulary import STEPS
from jurisdictions.templatetags.xunzhang import wan
from projects.models import Project
from projects.ruling import ruleset_of

TONES = {"free": "good", "file": "good", "approve": "info", "redeclare": "warn", "forbidden": "bad", "silent": "info"}


def percent(ratio: Decimal | None) -> str:
    """A share as people read it: to a hundredth of a percent."""
    if ratio is None:
        return ""
    return f"{(ratio * 100).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP).normalize():f}%"


def shown(project: Project, judged: Judgement) -> list[dict[str, Any]]:
    """The answer as lines: `label`, `value`."""
    rules, base = ruleset_of(project.rule_version), judged.base
    unit = _("ten thousand yuan")

    def line(label: str, value: Any) -> dict[str, Any]:
        return {"label": label, "value": value}

    found = []
    if judged.outcome:
        found.append(line(_("By the rules"), Outcome(judged.outcome).label))
    if judged.acts:
        offices = " → ".join(rules.authority_name(one["authority"]) for one in judged.acts)
        found.append(line(_("Before whom it goes"), offices))
    if judged.needs:
        found.append(line(_("To be gone through first"), "、".join(str(STEPS.get(key, key)) for key in judged.needs)))
    if judged.papers:
        found.append(line(_("Papers"), "、".join(str(rules.document(key).name) for key in judged.papers)))
    if judged.refers_to:
        found.append(line(_("Decided by other rules"), judged.refers_to))
    found.append(line(_("Base of the share"), f"{wan(base.amount)} {unit}"))
    if base.earlier:
        found.append(line(_("Moved by earlier changes"), f"{wan(base.earlier)} {unit}"))
    found.append(line(_("Moved by this one"), f"{wan(judged.moved)} {unit}"))
    if judged.ratio is not None:
        found.append(line(_("Share"), percent(judged.ratio)))
    found.append(line(_("Total afterwards"), f"{wan(judged.total)} {unit}"))
    return found
