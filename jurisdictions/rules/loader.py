"""Loading a rule file: read, shape, references and exact checks, with every error at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from .check import Finding, check_table, describe
from .coherence import coherence_problems
from .compiling import Compiled, compile_rules
from .labels import model_at, says
from .schema import RuleFile
from .shapes import ARTICLE_PATTERN, plain_article
from .tables import clocks_that_never_start, decision_tables, list_tables
from .yaml_text import Document, plain, read_yaml

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class RuleError:
    """One fault of a rule file: where it stands and what is wrong."""

    file: str
    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path or '(file)'}: {self.message}"


class RuleFileError(Exception):
    """A rule file that cannot be used; `errors` lists every fault."""

    def __init__(self, errors: Iterable[RuleError]) -> None:
        self.errors = list(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


@dataclass
class LoadResult:
    """What came of a rule file: typed rules (where its shape is right), all errors, all findings."""

    file: str
    data: Any = None
    content_data: Any = None
    turns: tuple[date, ...] = ()
    rules: RuleFile | None = None
    errors: list[RuleError] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def resolved(self) -> list[Finding]:
        """Findings that explicit rows settle: shown, no errors."""
        return [finding for finding in self.findings if not finding.is_error]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The file written out, as the database keeps it (JSON; decimals and dates as text)."""
        return dict(plain(self.content_data))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the content: the same rules have the same digest, however they are laid out."""
        text = json.dumps(self.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def require(self) -> RuleFile:
        """The rules. Raises `RuleFileError` with every error where there is one."""
        if self.errors or self.rules is None:
            raise RuleFileError(self.errors)
        return self.rules


def load_path(path: Path) -> LoadResult:
    """Load one file. Errors are in the result."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return LoadResult(str(path), errors=[RuleError(str(path), "", _("Not readable: %s") % error)])
    return load_text(text, file=str(path))


def load_text(text: str, *, file: str) -> LoadResult:
    """Load a YAML text; `file` is the name errors carry."""
    document = read_yaml(text)
    result = LoadResult(file, document.data)
    for path, line, message in document.errors:
        result.errors.append(RuleError(file, show_path(path, document.data), message, line))
    if document.data is None:
        return result
    _load(result, document)
    return result


def load_data(data: Any, *, file: str) -> LoadResult:
    """Load rules that are data already (a stored version, a draft)."""
    result = LoadResult(file, data)
    _load(result, Document(data))
    return result


def _load(result: LoadResult, document: Document) -> None:
    def add(path: Place, message: str) -> None:
        error = RuleError(result.file, show_path(path, document.data), message, document.line(path))
        if error not in result.errors:
            result.errors.append(error)

    compiled = compile_rules(document.data)
    result.content_data = compiled.content
    result.turns = compiled.turns
    for path, message in (*_citation_problems(compiled.content), *_old_ways(compiled.content)):
        add(compiled.written(path), message)
    result.rules = _check(compiled, add, result.findings)
    for day in compiled.turns:
        _check(compile_rules(document.data, day), add, [])


def _check(compiled: Compiled, add: Callable[[Place, str], None], findings: list[Finding]) -> RuleFile | None:
    """The typed rules of one day, every fault named; None where their shape is wrong."""
    for path, message in compiled.errors:
        add(path, message)
    try:
        rules = RuleFile.model_validate(compiled.data)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            path, message = _shape_problem(problem)
            add(compiled.source(path), message)
        return None
    for path, message in coherence_problems(rules):
        add(compiled.source(path), message)
    if compiled.errors:
        return rules
    for path, starter, region in clocks_that_never_start(rules):
        add(
            compiled.source(path),
            _("the clock would start with “%(step)s”, which is not taken where: %(where)s")
            % {"step": starter, "where": describe(region)},
        )
    for table in (*decision_tables(rules), *list_tables(rules)):
        for finding in check_table(table):
            findings.append(finding)
            if finding.is_error:
                add(compiled.source(_row_place(finding, compiled.data)), finding.message)
    return rules


def _row_place(finding: Finding, data: Any) -> Place:
    if not finding.rows:
        return finding.path
    rows = data
    for part in finding.path:
        rows = rows[part]
    for index, row in enumerate(rows):
        if row.get("id") == finding.rows[0]:
            return (*finding.path, index)
    return finding.path


_SHAPES: dict[str, Callable[[Any], str]] = {
    "missing": lambda ctx: _("is missing"),
    "extra_forbidden": lambda ctx: _("unknown key"),
    "string_type": lambda ctx: _("must be text"),
    "bool_type": lambda ctx: _("must be true or false"),
    "int_type": lambda ctx: _("must be a whole number"),
    "list_type": lambda ctx: _("must be a list"),
    "dict_type": lambda ctx: _("must be a mapping"),
    "model_type": lambda ctx: _("must be a mapping"),
    "model_attributes_type": lambda ctx: _("must be a mapping"),
    "too_short": lambda ctx: _("must not be empty"),
    "string_too_short": lambda ctx: _("must not be empty"),
    "literal_error": lambda ctx: _("must be one of %s") % ctx.get("expected"),
    "greater_than_equal": lambda ctx: _("must be at least %s") % ctx.get("ge"),
    "greater_than": lambda ctx: _("must be more than %s") % ctx.get("gt"),
    "less_than_equal": lambda ctx: _("must be at most %s") % ctx.get("le"),
}


def _shape_problem(problem: Any) -> tuple[Place, str]:
    path = tuple(part for part in problem["loc"] if part != "[key]")
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in _SHAPES:
        message = _SHAPES[kind](context) + _hint(kind, path)
    elif kind == "value_error":
        message = str(context.get("error", problem["msg"]))
    elif kind == "string_pattern_mismatch":
        pattern = context.get("pattern", "")
        message = (
            _("%r is no citation as DA-24 or DA-24(2)") if pattern == ARTICLE_PATTERN else _("%r is no proper key")
        ) % (problem.get("input"),)
    else:
        message = problem["msg"]
    return path, message


def _hint(kind: str, path: Place) -> str:
    """What a missing key is for; what an unknown one may have been meant for."""
    part = model_at(RuleFile, path[:-1])
    if part is None or kind not in ("missing", "extra_forbidden"):
        return ""
    names = {info.alias or name: name for name, info in part.model_fields.items()}
    near = [str(path[-1])] if kind == "missing" else get_close_matches(str(path[-1]), names, 1)
    if not near or near[0] not in names:
        return ""
    said = says(part, names[near[0]])
    about = _(": %(label)s. %(help)s") if kind == "missing" else _("; perhaps “%(key)s” (%(label)s)")
    return about % {"key": near[0], "label": said.label, "help": said.help}


def show_path(path: Place, data: Any) -> str:
    """A path a person can find: list entries by id, key, step or name where they have one."""
    shown = ""
    here = data
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(part, int):
            shown += f"[{_label_of(here) or part}]"
        else:
            shown += f".{part}" if shown else str(part)
    return shown


def _citation_problems(data: Any) -> Iterator[tuple[Place, str]]:
    """Articles that are cited and not listed; list entries' ids given twice. Works on data of any shape."""
    top = data if isinstance(data, Mapping) else {}
    listed, county = top.get("articles"), top.get("county")
    known = set(listed) if isinstance(listed, Mapping) else set()
    prefix = county.get("prefix") if isinstance(county, Mapping) else None
    for article in known:
        if isinstance(prefix, str) and not str(article).startswith(f"{prefix}-"):
            yield ("articles", article), _("does not begin with the prefix %s") % prefix
    stack: list[tuple[Place, Any]] = [((), data)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, Mapping):
            for key, item in value.items():
                if isinstance(item, list) and _cites(path, key):
                    yield from _unlisted((*path, key), item, known)
                else:
                    stack.append(((*path, key), item))
        elif isinstance(value, list):
            yield from _twice(path, value)
            stack += [((*path, index), item) for index, item in enumerate(value)]


def _old_ways(data: Any, path: Place = ()) -> Iterator[tuple[Place, str]]:
    """What stored versions may still say and a file may not: `exact` of a clock, where projects from before enter."""
    if isinstance(data, Mapping):
        if "exact" in data and "after" in data:
            yield (*path, "exact"), _("write `kind: exactly`")
        if path == ("stock",) and "enter_at" in data:
            yield (*path, "enter_at"), _("leave it out: the rows of the route say where such a project goes on")
        for key, value in data.items():
            yield from _old_ways(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _old_ways(value, (*path, index))


def _cites(path: Place, key: Any) -> bool:
    """Whether a list below `path` is one of citations, not the articles themselves."""
    return path in {("owner_kinds",), ("actions",)} or (key == "articles" and bool(path))


def _unlisted(path: Place, cited: list[Any], known: set[Any]) -> Iterator[tuple[Place, str]]:
    for index, article in enumerate(cited):
        is_article = isinstance(article, str) and re.match(ARTICLE_PATTERN, article)
        if is_article and plain_article(article) not in known:
            yield (*path, index), _("article %s is not listed under `articles`") % article


#: Tables in which several rows may say the same of different cases.
_SEVERAL = {("funding", "guards"), ("funding", "caps"), ("funding", "notices")}


def _twice(path: Place, entries: list[Any]) -> Iterator[tuple[Place, str]]:
    """Entries whose name stood in the list before; a clock may stop for one reason in several ways."""
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        label = _label_of(entry)
        if label is None:
            continue
        if label in seen and path[-1:] != ("pauses",) and path not in _SEVERAL:
            yield (*path, index), _("“%s” stands in this list twice") % label
        seen.add(label)


def _label_of(entry: Any) -> str | None:
    """What a list's entry is called: its id, else its key, else its step."""
    if not isinstance(entry, Mapping):
        return None
    return next((entry[name] for name in ("id", "key", "step") if isinstance(entry.get(name), str)), None)
