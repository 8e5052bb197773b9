"""Finding projects: by number, name, unit, person, amount or first letters; every word typed must be found.

The rarest piece of each word is looked up in the index of grams (`projects.grams`), and what it finds is compared with
the words themselves. A word that may stand for much (a character in the names of most units) is compared alone: a page
of the newest is soon full.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Office
from jurisdictions.amounts import FACTORS, Unclear, read_yuan
from jurisdictions.folding import folded, is_in, words
from jurisdictions.scope import current_county
from projects.grams import ProjectGram

if TYPE_CHECKING:
    from projects.models import Projects

SEARCHED = gettext_lazy(
    "Searched: number, project name, unit, filer, total investment and first letters. Every word must be found."
)
NOWHERE = Q(pk=0)  # a condition, not `none()`: it stands in the SQL of the queue's totals
FEW = 2_000  # more than these are no longer looked up by several pieces, nor counted
COUNTED = """
    SELECT gram, (SELECT count(*) FROM (SELECT 1 FROM projects_projectgram AS one
        WHERE one.county_id = %(county)s AND one.gram = sought.gram LIMIT %(few)s) AS few)
    FROM unnest(%(grams)s) AS sought (gram)
"""


@dataclass
class Word:
    """A word with what it may stand for, and the pieces by which either is found."""

    text: str
    amounts: list[Decimal]
    units: list[int]
    people: list[int]
    grams: list[str] = field(init=False)  # all of these in its project
    wholes: list[str] = field(init=False)  # or one of these

    def __post_init__(self) -> None:
        self.grams = [one + other for one, other in zip(self.text, self.text[1:], strict=False)] or [self.text]
        self.wholes = [f"#{self.text}"]
        if self.running and (whole := self.running.zfill(5)) != self.text:
            self.wholes.append(f"#{whole}")
        self.wholes += [f"={amount.normalize():f}" for amount in self.amounts]
        self.wholes += [f"@{unit}" for unit in self.units] + [f"&{person}" for person in self.people]

    @property
    def running(self) -> str:
        """The running number it may be, without the zeros before it; "" for none."""
        return self.text.lstrip("0") if self.text.isdigit() else ""

    def condition(self) -> Q:
        """What is true of a project that it is found in."""
        wanted = Q(searched__contains=self.text)
        if self.running:
            wanted |= Q(number__regex=rf"(^|\D|\d{{4}})0*{self.running}$")
        elif self.text.isascii():
            wanted |= Q(number__iregex="^" + r"\W*".join(self.text))
        for column, values in (
            ("investment", self.amounts),
            ("applicant_id", self.units),
            ("owner_unit_id", self.units),
            ("filed_by_id", self.people),
        ):
            if values:
                wanted |= Q(**{f"{column}__in": values})
        return wanted

    def pieces(self, counted: dict[str, int]) -> list[str]:
        """The pieces of which a project must have one: what the word may stand for, and its own rarest pair."""
        rarest = min(self.grams, key=counted.__getitem__)
        return [piece for piece in (rarest, *self.wholes) if counted[piece]]


def read(text: str) -> list[Word]:
    """What was typed, word by word. Two queries: the county's units and people, of which a word may name some."""
    typed = words(text)
    if not typed:
        return []
    units = [
        (pk, [name, *(one["name"] for one in former)])
        for pk, name, former in Office.objects.order_by().values_list("pk", "name", "former_names")
    ]
    people = list(Membership.objects.order_by().values_list("user_id", "user__name").distinct())
    return [
        Word(
            word,
            _amounts(one),
            [pk for pk, names in units if any(is_in(word, name) for name in names)],
            [pk for pk, name in people if is_in(word, name)],
        )
        for one in typed
        for word in (folded(one),)
    ]


def _amounts(word: str) -> list[Decimal]:
    """The amounts, in yuan, that a word may mean; digits alone may be 万元 or 元."""
    try:
        return list(dict.fromkeys(read_yuan(word, unit=unit) for unit in FACTORS))
    except Unclear:
        return []


def narrowed(rows: Projects, text: str) -> Projects:
    """Those of the projects in which each word is found; all where nothing is looked for. Three queries."""
    sought = read(text)
    if not sought:
        return rows.filter(NOWHERE) if text.strip() else rows
    county: Any = current_county()
    counted = _counted(county.pk, sorted({gram for word in sought for gram in (*word.grams, *word.wholes)}))
    for word in sought:
        pieces = word.pieces(counted)
        if not pieces:
            return rows.filter(NOWHERE)
        if len(pieces) == 1:
            # Joined, the newest come first out of the index of grams: reading stops when a page is full.
            rows = rows.filter(grams__county=county, grams__gram=pieces[0])
        elif sum(counted[piece] for piece in pieces) < FEW:
            rows = rows.filter(pk__in=ProjectGram.objects.filter(gram__in=pieces).values("project_id"))
        rows = rows.filter(word.condition())
    return rows


def _counted(county: int, grams: list[str]) -> dict[str, int]:
    """How many projects of the county have each of the pieces, as far as it matters."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"county": county, "few": FEW, "grams": grams})
        return dict(cursor.fetchall())
