"""The parts of a rule version as a document: chapters, articles, tables, rows in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from jurisdictions.citations import written
from jurisdictions.rules.shapes import plain_article

SHORT = 2  # rules


@dataclass(frozen=True)
class Entry:
    """One row in words. `details`: (label, texts); `gone`: the step is not taken by this row."""

    text: str
    articles: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    details: tuple[tuple[str, tuple[str, ...]], ...] = ()
    gone: bool = False
    marks: tuple[str, ...] = ()

    @property
    def main(self) -> str:
        """The article the row cites first: there it stands in full."""
        return plain_article(self.articles[0])

    @property
    def words(self) -> str:
        """Everything the entry says, for the search."""
        texts = (text for _label, texts in self.details for text in texts)
        return " ".join((self.text, written(self.articles), *self.articles, *self.conditions, *texts, *self.marks))


@dataclass(frozen=True)
class Block:
    """One table of rules (or the part of it that cites an article)."""

    key: str
    group: str
    title: str
    entries: tuple[Entry, ...]
    note: str = ""

    @property
    def taken(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.gone]

    @property
    def gone(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.gone]

    @property
    def is_plain(self) -> bool:
        """Whether a list says it all: no row has a condition or anything beside its text."""
        return not any(entry.conditions or entry.details or entry.gone or entry.marks for entry in self.entries)

    @property
    def has_conditions(self) -> bool:
        return any(entry.conditions for entry in self.entries if not entry.gone)


@dataclass(frozen=True)
class Left:
    """Steps that the same words leave out under the same conditions."""

    steps: tuple[str, ...]
    entry: Entry


@dataclass(frozen=True)
class Aside:
    """A row that rests on the article too, but stands in full under `main`, the article it cites first."""

    title: str
    entry: Entry
    main: str


@dataclass
class ArticlePart:
    """An article with what hangs on it."""

    id: str
    name: str
    heading: str
    blocks: list[Block] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    @property
    def rule_count(self) -> int:
        """How many rules rest on it."""
        return sum(len(block.entries) for block in self.blocks) + len(self.left) + len(self.asides)

    @property
    def is_short(self) -> bool:
        """Whether its rules are few enough to stand open beside the text."""
        return self.rule_count <= SHORT

    @property
    def words(self) -> str:
        """Everything that stands below the article, for the search."""
        entries = [entry for block in self.blocks for entry in block.entries]
        entries += [left.entry for left in self.left] + [aside.entry for aside in self.asides]
        steps = [step for left in self.left for step in left.steps]
        titles = [block.title for block in self.blocks] + [aside.title for aside in self.asides]
        return " ".join((self.id, self.name, self.heading, *titles, *steps, *(e.words for e in entries)))


@dataclass
class Chapter:
    id: str
    title: str
    articles: list[ArticlePart] = field(default_factory=list)


@dataclass(frozen=True)
class DoubleBound:
    """An amount two articles both claim, and the row that settles it."""

    table: str
    bound: str
    claims: tuple[Entry, ...]
    settled: tuple[Entry, ...]


@dataclass
class Reading:
    """A whole version in words."""

    chapters: list[Chapter]
    blocks: list[Block]
    bounds: list[DoubleBound]
