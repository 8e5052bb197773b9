"""Reading YAML safely: duplicate keys found, numbers as Decimal, dates as dates, places with lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import yaml
from django.utils.translation import gettext as _

Path = tuple[str | int, ...]

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)$")
_INTEGER = re.compile(r"^[-+]?[0-9]+$")
#: Characters, values and levels of one file; a county's has a hundred thousand, a few thousand and eight.
MOST_CHARACTERS = 2_000_000
_MOST_NODES = 100_000
_MOST_LEVELS = 30
_MOST_DIGITS = 30
_SPLIT_NUMBER = re.compile(r"^[0-9]{3}$")


class _Loader(_Base):
    """YAML 1.2 scalars: only true and false are yes/no, only plain decimals are numbers."""

    yaml_implicit_resolvers: dict[str, Any] = {}


def _decimal(loader: Any, node: Any) -> Decimal:
    return Decimal(loader.construct_scalar(node))


def _integer(loader: Any, node: Any) -> int | str:
    text = str(loader.construct_scalar(node))
    return int(text) if len(text) <= _MOST_DIGITS else text  # the schema refuses what is no number of a rule


def _date(loader: Any, node: Any) -> date | str:
    text = loader.construct_scalar(node)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return str(text)  # the schema refuses it where a date is expected, and names the place


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+0123456789."))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:timestamp", re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), list("0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])
_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)


@dataclass
class Document:
    """What a YAML text holds: the data, the line of every path, and what was wrong while reading."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    errors: list[tuple[Path, int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest place above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_yaml(text: str) -> Document:
    """Read one YAML document. What cannot be read at all is an error in the result, not an exception."""
    if len(text) > MOST_CHARACTERS:
        return Document(None, errors=[((), 1, _("The file is too large: at most %d characters.") % MOST_CHARACTERS)])
    loader = _Loader(text)
    try:
        if (refused := _refused(text)) is not None:
            return Document(None, errors=[((), *refused)])
        node = loader.get_single_node()
        document = Document(None)
        if node is None:
            document.errors.append(((), 1, _("The file is empty.")))
            return document
        document.lines.update((path, line) for path, line in _walk(node, (), document.errors))
        if all(path for path, _line, _message in document.errors):
            document.data = loader.construct_document(node)
            if document.data is None:
                document.errors.append(((), 1, _("The file is empty.")))
        return document
    except yaml.YAMLError as error:
        return Document(None, errors=[((), *_yaml_fault(text, error))])
    except RecursionError:
        return Document(None, errors=[((), 1, _("Not readable as YAML: nested too deeply."))])
    finally:
        loader.dispose()


def _refused(text: str) -> tuple[int, str] | None:
    """Line and reason where a file is too large or too deep to be read, repetitions by `*` counted in full."""
    sizes: dict[str, int] = {}  # of what has a name, once it is whole
    opened: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                return line, _("“*%s” repeats something that is not there or contains itself.") % event.anchor
            total += sizes[event.anchor]
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            total += 1
            opened.append((event.anchor, total))
            if len(opened) > _MOST_LEVELS:
                return line, _("Nested too deeply: at most %d levels.") % _MOST_LEVELS
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            anchor, before = opened.pop()
            if anchor is not None:
                sizes[anchor] = total - before + 1
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        if total > _MOST_NODES:
            return line, _("The file is too large: at most %d values, repetitions by * counted.") % _MOST_NODES
    return None


def _yaml_fault(text: str, error: yaml.YAMLError) -> tuple[int, str]:
    """Line and reason of a text that is no YAML, with what to write instead for the slips people make."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    if here[: len(here) - len(here.lstrip())].find("\t") >= 0:
        return line, _("The line begins with a tab: indent with spaces, two for each level.")
    for number, each in ((line, here), (line - 1, lines[line - 2] if 1 < line <= len(lines) + 1 else "")):
        if "：" in each and ":" not in each:
            return number, _("The colon is a full-width one: write “key: value” with a half-width colon and a space.")
    problem = getattr(error, "problem", None) or str(error)
    return line, _("Not readable as YAML: %s") % problem


def _walk(node: Any, path: Path, errors: list[tuple[Path, int, str]]) -> Iterator[tuple[Path, int]]:
    stack: list[tuple[Any, Path]] = [(node, path)]
    while stack:
        current, place = stack.pop()
        line = current.start_mark.line + 1
        yield place, line
        if isinstance(current, yaml.MappingNode):
            keys: set[str] = set()
            for key_node, value_node in current.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    errors.append((place, line, _("A key must be a single word.")))
                    continue
                key = key_node.value
                key_line = key_node.start_mark.line + 1
                if _SPLIT_NUMBER.match(key) and getattr(value_node, "value", None) == "":
                    errors.append((place, key_line, _("Write a number without separators, as 5000000.")))
                elif key in keys and key != "<<":
                    errors.append(((*place, key), key_line, _("The key “%s” stands here twice.") % key))
                keys.add(key)
                stack.append((value_node, (*place, key)))
        elif isinstance(current, yaml.SequenceNode):
            for index, item in enumerate(current.value):
                stack.append((item, (*place, index)))


def plain(value: Any) -> Any:
    """The data as JSON holds it: decimals and dates as text. The same data always gives the same text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value
