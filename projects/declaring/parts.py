"""The parts a declaration form is made of: sections, fields, rows of fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from jurisdictions.templatetags.xunzhang import wan, yuan
from projects.declaring.content import amount_or_none

Choices = Sequence[tuple[str, Any]]


class Missing(Refusal):
    """Something that must be there is not there yet."""

    code = "missing"


def shown(articles: Sequence[str]) -> list[str]:
    """Citations as a page shows them: a plain number is left out where its paragraph is cited."""
    paragraphs = {one.partition("(")[0] for one in articles if "(" in one}
    return [one for one in articles if one not in paragraphs]


class Cited:
    """Something with citations."""

    articles: Sequence[str]

    @property
    def cited(self) -> list[str]:
        """The citations as shown."""
        return shown(self.articles)


@dataclass
class Field(Cited):
    """One question of the form. `kind`: text, area, choice, radio, check, date, year, amount, paper, fact."""

    name: str
    label: Any
    kind: str = "text"
    value: str = ""
    required: bool = False
    help: Any = ""
    articles: Sequence[str] = ()
    choices: Choices = ()
    unit: str = ""
    limit: int = 0
    purpose: str = ""  # of a paper: its key in the rules
    files: Sequence[Any] = ()
    locked: bool = False
    problems: list[Refusal] = field(default_factory=list)
    corrections: list[Any] = field(default_factory=list)
    doubt: str = ""

    @property
    def shown_value(self) -> str:
        """The value as a reader sees it: the label of a choice."""
        if self.kind in ("choice", "radio"):
            return str(dict(self.choices).get(self.value, self.value))
        if self.kind == "amount" and self.value.strip():
            in_unit = wan if self.unit == "wan" else yuan
            figure = in_unit(self.yuan) or self.value.strip()
            return f"{figure} {_('ten thousand yuan') if self.unit == 'wan' else _('yuan')}"
        return self.value

    @property
    def yuan(self) -> Decimal | None:
        """An amount in yuan, None where it cannot be read."""
        return amount_or_none(self.value, unit=self.unit) if self.kind == "amount" else None

    @property
    def is_empty(self) -> bool:
        return not (self.files if self.kind == "paper" else self.value.strip())


@dataclass
class RowGroup(Cited):
    """Rows of fields that a filer adds as needed."""

    key: str
    title: Any
    columns: Sequence[Field]  # blank fields, as the next row would begin
    rows: list[list[Field]]
    help: Any = ""
    articles: Sequence[str] = ()
    problems: list[Refusal] = field(default_factory=list)
    add_label: Any = ""
    required: bool = False  # the rules ask for these rows

    @property
    def name(self) -> str:
        return self.key


@dataclass
class Section(Cited):
    """A section of the form, as the county's regulation asks for it."""

    key: str
    title: Any
    number: str = ""
    help: Any = ""
    articles: Sequence[str] = ()
    fields: list[Field] = field(default_factory=list)
    groups: list[RowGroup] = field(default_factory=list)
    locked: bool = False
    returned: bool = False
    problems: list[Refusal] = field(default_factory=list)
    corrections: list[Any] = field(default_factory=list)
    optional: bool = False

    def all_fields(self) -> Iterator[Field]:
        """Every field, those of rows included."""
        yield from self.fields
        for group in self.groups:
            for row in group.rows:
                yield from row

    @property
    def id(self) -> str:
        return self.key

    @property
    def missing(self) -> int:
        return len(self.problems)

    @property
    def state(self) -> str:
        """For the outline: locked, returned, missing, optional, complete."""
        if self.locked:
            return "locked"
        if self.problems:
            return "missing"
        if self.returned:
            return "returned"
        if self.optional and all(one.is_empty for one in self.all_fields()):
            return "optional"
        return "complete"


@dataclass
class Sheet:
    """The whole form of one declaration."""

    sections: list[Section]
    general: list[Refusal] = field(default_factory=list)  # what no single section can put right

    def section(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)

    def field(self, name: str) -> Field | None:
        """A field by its name."""
        return next((one for section in self.sections for one in section.all_fields() if one.name == name), None)

    def labels(self) -> dict[str, str]:
        """Names to labels, with the section before it and, in rows, the number of the row."""
        found = {}
        for section in self.sections:
            for one in section.fields:
                found[one.name] = f"{section.title} · {one.label}"
            for group in section.groups:
                for number, row in enumerate(group.rows, 1):
                    for one in row:
                        found[one.name] = f"{group.title} · {_('row %(number)s') % {'number': number}} · {one.label}"
        return found

    def lock(self) -> None:
        """Make everything read-only: for somebody who may read but not write."""
        for section in self.sections:
            section.locked, section.returned = True, False
            for one in section.all_fields():
                one.locked = True

    @property
    def problems(self) -> list[Refusal]:
        return [*self.general, *(problem for section in self.sections for problem in section.problems)]

    @property
    def complete(self) -> int:
        return sum(1 for section in self.sections if not section.problems)
