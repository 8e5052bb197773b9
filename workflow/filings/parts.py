"""The parts a form is made of: sections, fields, groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from jurisdictions.amounts import FACTORS, in_unit
from jurisdictions.templatetags.xunzhang import wan, yuan
from workflow.filings.content import DEEPEST, Content, amount_or_none, at, is_blank, put, rows_at, text_at

Choices = Sequence[tuple[str, Any]]


def in_words(amount: Decimal, unit: str) -> str:
    """An amount in yuan as people read it in a unit."""
    return f"{wan(amount)} {_('ten thousand yuan')}" if unit == "wan" else f"{yuan(amount)} {_('yuan')}"


class Missing(Refusal):
    """Something that must be there is not there yet."""

    code = "missing"


@dataclass
class Field:
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
    unit_from: str = ""  # of an amount: the field in which its unit is chosen
    limit: int = 0
    purpose: str = ""  # of a paper: its key in the rules
    files: Sequence[Any] = ()
    elsewhere: Any = ""  # where it is answered, if not here
    folded: bool = False  # shown behind the line that opens the folded fields of its section
    sets_unit: bool = False  # amounts of the form take their unit from it
    locked: bool = False
    problems: list[Refusal] = field(default_factory=list)
    corrections: list[Any] = field(default_factory=list)
    doubt: str = ""

    @property
    def key(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("-")[2]

    @property
    def is_row_paper(self) -> bool:
        """Whether it is the paper of a row: its value names the paper."""
        return self.kind == "paper" and self.name.count("-") == DEEPEST - 1

    @property
    def upload_name(self) -> str:
        """The name of the control that takes its file."""
        return f"{self.name.removesuffix('-document')}-file" if self.is_row_paper else self.name

    @property
    def shown_value(self) -> str:
        """The value as a reader sees it: the label of a choice."""
        if self.kind in ("choice", "radio"):
            return str(dict(self.choices).get(self.value, self.value))
        if self.kind == "amount" and self.value.strip():
            return self.value.strip() if self.yuan is None else in_words(self.yuan, self.unit)
        return self.value if self.value.strip() else str(self.elsewhere)

    @property
    def yuan(self) -> Decimal | None:
        """An amount in yuan, None where it cannot be read."""
        return amount_or_none(self.value, unit=self.unit) if self.kind == "amount" else None

    @property
    def is_empty(self) -> bool:
        return not (self.files if self.kind == "paper" else self.value.strip())


def typed_field(content: Mapping[str, Any], name: str, label: Any, **more: Any) -> Field:
    """A field that shows what was typed at its name."""
    return Field(name=name, label=label, value=str(at(content, name)), **more)


def in_chosen_unit(
    content: Content, fields_of: Callable[[Content], Iterable[Field]], shown: Mapping[str, Any]
) -> Content:
    """The content with its amounts in the unit chosen in it: without a script they stand as the page showed them.

    `shown` has the unit that they stand in by "shown:" and the name of the field that chooses it.
    """
    for name, before in shown.items():
        chosen = name.removeprefix("shown:")
        unit = text_at(content, chosen)
        if chosen == name or before == unit or not {before, unit} <= FACTORS.keys():
            continue
        for one in fields_of(content):
            if one.unit_from == chosen and (typed := text_at(content, one.name)):
                content = put(content, one.name, in_unit(typed, shown=before, unit=unit))
    return content


class Row:
    """Fields beside each other, found by their keys (the last part of their names)."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {one.key: one for one in fields}

    def __getitem__(self, key: str) -> Field:
        return self._fields[key]

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed in it."""
        return is_blank({one.key: one.value for one in self if one.kind != "fact"})


@dataclass
class Group:
    """Rows of fields that a person adds as needed. `name` is the path of the rows: section and key."""

    name: str
    title: Any
    columns: Row  # blank fields, as the next row would begin
    rows: list[Row]
    help: Any = ""
    articles: Sequence[str] = ()
    problems: list[Refusal] = field(default_factory=list)
    add_label: Any = ""
    required: bool = False  # the rules ask for these rows
    total: str = ""  # the field that the amounts of the rows add up to
    ask_label: Any = ""  # of the button that asks others to confirm the rows; empty for none

    @classmethod
    def of(
        cls,
        content: Mapping[str, Any],
        name: str,
        title: Any,
        make: Callable[[str, Mapping[str, str]], Iterable[Field]],
        *,
        least: int = 0,
        **more: Any,
    ) -> Group:
        """The rows typed at `name`, at least so many; `make` gives the fields of one from its name and texts."""
        typed = rows_at(content, name)
        typed += [{} for _more in range(least - len(typed))]
        rows = [Row(make(f"{name}-{index}", one)) for index, one in enumerate(typed)]
        return cls(name, title, Row(make(f"{name}-0", {})), rows, **more)

    @property
    def typed(self) -> list[Row]:
        """The rows in which something was typed."""
        return [row for row in self.rows if not row.is_blank]


@dataclass
class Section:
    """A section of the form, as the county's regulation asks for it."""

    key: str
    title: Any
    number: str = ""
    help: Any = ""
    articles: Sequence[str] = ()
    fields: list[Field] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    locked: bool = False
    returned: bool = False
    problems: list[Refusal] = field(default_factory=list)
    corrections: list[Any] = field(default_factory=list)
    optional: bool = False
    answer_all: Any = ""  # of the button that answers all its questions with no; empty for none
    fold_label: Any = ""  # of the line that opens the folded fields

    def all_fields(self) -> Iterator[Field]:
        """Every field, those of rows included."""
        yield from self.fields
        for group in self.groups:
            for row in group.rows:
                yield from row

    @property
    def id(self) -> str:
        """The section's name on the page."""
        return self.key

    @property
    def open_fields(self) -> list[Field]:
        return [one for one in self.fields if not one.folded]

    @property
    def folded_fields(self) -> list[Field]:
        return [one for one in self.fields if one.folded]

    @property
    def must_unfold(self) -> bool:
        """Whether a folded field wants something: it is missing, wrong or to be corrected."""
        return any(one.problems or one.corrections for one in self.folded_fields)

    def gather(self) -> None:
        """Bring the problems of fields and groups together, in the order of the section."""
        self.problems = [
            *(problem for one in self.all_fields() for problem in one.problems),
            *(problem for group in self.groups for problem in group.problems),
        ]

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
    """The whole of one form."""

    sections: list[Section]
    general: list[Refusal] = field(default_factory=list)  # what no single section can put right
    is_whole: bool = True  # else some of its sections, looked through after a change in them

    def __post_init__(self) -> None:
        for number, section in enumerate(self.sections, 1):
            section.number = str(number)

    def section(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)

    def field(self, name: str) -> Field | None:
        """A field by its name."""
        return next((one for section in self.sections for one in section.all_fields() if one.name == name), None)

    def group(self, name: str) -> Group | None:
        """A group of rows by its name."""
        return next((one for section in self.sections for one in section.groups if one.name == name), None)

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

    def lock(self, *, unlocked: Iterable[str] = ()) -> None:
        """Make everything read-only but the sections of a return: for who may not write, or not there."""
        open_now = set(unlocked)
        for section in self.sections:
            section.locked, section.returned = section.key not in open_now, section.key in open_now
            for one in section.all_fields():
                one.locked = section.locked

    def note(self, corrections: Sequence[Any]) -> None:
        """Put what is to be corrected at its section and field; an item without a section stands at each."""
        for section in self.sections:
            section.corrections = [one for one in corrections if one.section in (section.key, "")]
            for one in section.all_fields():
                one.corrections = [item for item in section.corrections if item.field == one.name]

    @property
    def has_locked_problems(self) -> bool:
        """Whether something is missing or wrong where nothing can be changed."""
        return bool(self.general) or any(section.problems for section in self.sections if section.locked)

    def forgive(self, before: Sheet) -> None:
        """Leave out what is missing or wrong in locked sections and was so in the form `before`, too."""
        stood = {(one.field, one.message) for one in before.problems}

        def new(problems: list[Refusal]) -> list[Refusal]:
            return [one for one in problems if (one.field, one.message) not in stood]

        self.general = new(self.general)
        for section in self.sections:
            if section.locked:
                for one in section.all_fields():
                    one.problems = new(one.problems)
                for group in section.groups:
                    group.problems = new(group.problems)
                section.gather()

    @property
    def problems(self) -> list[Refusal]:
        return [*self.general, *(problem for section in self.sections for problem in section.problems)]

    @property
    def complete(self) -> int:
        return sum(1 for section in self.sections if not section.problems)
