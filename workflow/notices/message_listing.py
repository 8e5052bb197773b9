"""What a person was told, as a list."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from workflow.listings.listing import MOMENT, Column, Listing
from workflow.listings.paging import by_pk
from workflow.models import Message
from workflow.notices.notify import sentence


def _said(rows: list[Any], actor: Actor) -> list[Any]:
    for row in rows:
        row.said = sentence(row)
    return rows


MESSAGES = Listing(
    key="messages",
    title=gettext_lazy("What I was told"),
    queryset=lambda actor: Message.objects.filter(user=actor.user),
    order=(by_pk(descending=True),),
    prepare=_said,
    columns=(
        Column("at", gettext_lazy("When"), lambda row: row.created_at, form=MOMENT),
        Column("what", gettext_lazy("What"), lambda row: row.said, is_heading=True),
        Column("read_at", gettext_lazy("Read"), lambda row: row.read_at, form=MOMENT),
    ),
)
