"""A form described by data: parts with what they ask, built into a sheet from what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow.filings.content import text_at
from workflow.filings.parts import Choices, Field, Group, Section, Sheet


@dataclass(frozen=True)
class Ask:
    """One question of a part. `kind` is that of a `Field`; a paper is kept under its key."""

    key: str
    label: Any
    kind: str = "text"
    required: bool = False
    help: Any = ""
    limit: int = 0
    choices: Choices = ()
    unit: str = "yuan"  # of an amount
    articles: Sequence[str] = ()

    def field(self, name: str, value: str, papers: Mapping[str, Sequence[Any]]) -> Field:
        """The question as a field of that name."""
        is_paper = self.kind == "paper"
        return Field(
            name,
            self.label,
            self.kind,
            value,
            required=self.required,
            help=self.help,
            articles=self.articles,
            choices=self.choices,
            unit=self.unit if self.kind == "amount" else "",
            limit=self.limit,
            purpose=self.key if is_paper else "",
            files=papers.get(self.key, ()) if is_paper else (),
        )


@dataclass(frozen=True)
class Rows:
    """Rows that a person adds as needed."""

    key: str
    title: Any
    columns: Sequence[Ask]
    help: Any = ""
    add_label: Any = ""
    articles: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """A section of a form."""

    key: str
    title: Any
    asks: Sequence[Ask] = ()
    rows: Sequence[Rows] = ()
    help: Any = ""
    optional: bool = False
    articles: Sequence[str] = ()

    def section(self, content: Mapping[str, Any], papers: Mapping[str, Sequence[Any]]) -> Section:
        """The part with what was typed."""
        return Section(
            self.key,
            self.title,
            help=self.help,
            optional=self.optional,
            articles=self.articles,
            fields=[ask.field(name := f"{self.key}-{ask.key}", text_at(content, name), papers) for ask in self.asks],
            groups=[_group(content, f"{self.key}-{one.key}", one, papers) for one in self.rows],
        )


def _group(content: Mapping[str, Any], name: str, rows: Rows, papers: Mapping[str, Sequence[Any]]) -> Group:
    def row(base: str, typed: Mapping[str, str]) -> list[Field]:
        return [ask.field(f"{base}-{ask.key}", typed.get(ask.key, ""), papers) for ask in rows.columns]

    more: dict[str, Any] = {"help": rows.help, "add_label": rows.add_label, "articles": rows.articles}
    return Group.of(content, name, rows.title, row, **more)


def build(parts: Iterable[Part], content: Mapping[str, Any], papers: Mapping[str, Sequence[Any]]) -> Sheet:
    """The form of these parts with what was typed and the papers that are there (by their keys)."""
    return Sheet([part.section(content, papers) for part in parts])
