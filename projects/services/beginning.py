"""What a new declaration begins with: what its person or unit wrote the last time and would write again."""

from __future__ import annotations

from accounts.actors import Actor
from projects.models import Declaration
from workflow.filings.content import Content, text_at

KEPT = ("owner_unit", "place", "contact", "phone")  # of the basic facts
UNIT = "wan"


def beginning(actor: Actor) -> Content:
    """What the form shows filled in: the person's own unit of amounts, the place and contact of the last one."""
    assert actor.user is not None
    before = Declaration.objects.filter(unit=actor.office).order_by("-pk")
    own = before.filter(editors__contains=[actor.user.pk]).values_list("content", flat=True).first() or {}
    last = own or before.values_list("content", flat=True).first() or {}
    basics = {key: text for key in KEPT if (text := text_at(last, f"basics-{key}"))}
    basics.setdefault("contact", actor.user.name)
    basics.setdefault("phone", actor.user.phone)
    return {"basics": basics, "money": {"unit": text_at(own, "money-unit") or UNIT}}
