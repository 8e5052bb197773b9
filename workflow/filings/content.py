"""What a person typed: kept as typed, by section and field; amounts and days are read from it, never written back.

Content is `{section: {field: text | {field: text} | [{field: text}]}}`. A field's name on the page is its path joined
by hyphens (`money-lines-0-amount`); keys themselves never hold one.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from jurisdictions.amounts import Unclear, names_unit, read_yuan
from jurisdictions.fields import whole
from jurisdictions.rules.facts import AMOUNT_LIMIT

Content = dict[str, Any]

WAN = Decimal(10_000)
CENT = Decimal("0.01")
# A value from here on in a field counted in 万元 is more likely meant in yuan (a billion yuan and more).
LOOKS_LIKE_YUAN = Decimal(100_000)
LOOKS_LIKE_WAN = Decimal(1_000)
LONGEST_TEXT = 20_000
MOST_ROWS = 60
DEEPEST = 4  # parts of a field's name: section, field, row, column
MOST_CHARACTERS = 400_000
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


class TooLong(Refusal):
    """A text or list is larger than the form takes; nothing of it was saved."""

    code = "too_long"
    status = 413


def at(content: Mapping[str, Any], path: str, default: Any = "") -> Any:
    """The value at a hyphenated path, or `default`."""
    value: Any = content
    for part in path.split("-"):
        if isinstance(value, list):
            row = whole(part)
            value = value[row] if row is not None and row < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            return default
    return value


def text_at(content: Mapping[str, Any], path: str) -> str:
    """The text at a path without surrounding space; empty where there is none."""
    value = at(content, path)
    return value.strip() if isinstance(value, str) else ""


def rows_at(content: Mapping[str, Any], path: str) -> list[dict[str, str]]:
    """The rows at a path, as typed, blank ones included."""
    value = at(content, path, [])
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def is_blank(row: Mapping[str, str], *, leave: Iterable[str] = ()) -> bool:
    """Whether nothing was typed in a row (preset columns `leave` aside)."""
    return not any(str(value).strip() for key, value in row.items() if key not in set(leave))


def from_post(post: Mapping[str, str], sections: Iterable[str]) -> Content:
    """The content a posted form holds, of the named sections only. Names with another first part are ignored."""
    known = set(sections)
    content: Content = {}
    for name, value in post.items():
        parts = name.split("-")
        if parts[0] not in known or not 2 <= len(parts) <= DEEPEST:
            continue
        here: Any = content.setdefault(parts[0], {})
        for part in parts[1:-1]:
            here = here.setdefault(part, {})
            if not isinstance(here, dict):
                break
        if isinstance(here, dict):
            here[parts[-1]] = value
    return {key: {name: _shaped(_lists(one)) for name, one in part.items()} for key, part in content.items()}


@dataclass(frozen=True)
class Changes:
    """What a script says was changed: what the page showed before, what stands there now (None: nothing).

    `versions` are those of the places that were shown in, or chosen against, another version than the page's own.
    """

    before: Content
    after: Content
    versions: Mapping[str, int]

    @property
    def places(self) -> set[str]:
        """The places where something else stands now: some are sent only to say what the page showed."""
        before = units(self.before)
        return {place for place, value in units(self.after).items() if value != before.get(place)}


def read_changes(text: str, sections: Iterable[str]) -> Changes:
    """Changes as JSON, the rows of a list being one place; raises `Refusal`.

    `{"money-total": {"was": {"money-total": "1"}, "now": {"money-total": "2"}, "version": 3}}`
    """
    try:
        given = json.loads(text)
        sides = [{place: {**one[side]} for place, one in given.items()} for side in ("was", "now")]
        if not all(isinstance(said, str) for side in sides for names in side.values() for said in names.values()):
            raise TypeError
        versions = {place: int(one["version"]) for place, one in given.items() if "version" in one}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise Refusal(_("What the page sent cannot be read. Please reload it; what you typed is kept.")) from None
    known, found = set(sections), []
    for side in sides:
        content: Content = {}
        for place, names in side.items():
            section, _hyphen, key = place.partition("-")
            if section in known and key:
                content.setdefault(section, {})[key] = from_post(names, known).get(section, {}).get(key)
        found.append(content)
    return Changes(found[0], found[1], versions)


def _lists(value: Any) -> Any:
    """Mappings whose keys are all numbers become lists in their order."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(whole(key) is not None for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _shaped(value: Any) -> Any:
    """A field's value as content has it: a text, fields of texts, or rows of them. What lies deeper falls away."""
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if isinstance(item, str)}
    if isinstance(value, list):
        return [_shaped(item) if isinstance(item, dict) else {} for item in value]
    return value


def cleaned(content: Any) -> Content:
    """Content from a program: only mappings, lists and texts; other plain values become text. Raises `Refusal`."""

    def text(value: Any) -> str:
        if isinstance(value, Mapping | list | tuple):
            raise Refusal(
                _("Content must be an object of sections; a field is a text, an object of texts, or a list of these."),
                field="content",
            )
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if value is None else str(value)

    def texts(value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise Refusal(_("The rows of a list must be objects."), field="content")
        return {str(key): text(item) for key, item in value.items()}

    def field(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [texts(row) for row in value]
        return texts(value) if isinstance(value, Mapping) else text(value)

    if not isinstance(content, Mapping) or not all(isinstance(part, Mapping) for part in content.values()):
        raise Refusal(_("Content must be an object of sections, each an object of fields."), field="content")
    return {str(key): {str(name): field(value) for name, value in part.items()} for key, part in content.items()}


def check_size(content: Mapping[str, Any]) -> None:
    """Refuse texts that no office could read. Raises `TooLong` that names the field and the limit."""
    total = 0
    for name, text in flat(content):
        if len(text) > LONGEST_TEXT:
            raise TooLong(
                _(
                    "This text has %(length)s characters; a box takes %(limit)s. Nothing was saved: please shorten it,"
                    " or add it as an attachment."
                )
                % {"length": f"{len(text):,}", "limit": f"{LONGEST_TEXT:,}"},
                field=name,
            )
        if not (_can_be_kept(text) and _can_be_kept(name)):
            raise TooLong(_("This text holds a character that cannot be kept. Please type it anew."), field=name)
        total += len(text)
    if total > MOST_CHARACTERS:
        raise TooLong(
            _("The whole form has more than %(limit)s characters. Please move long parts into attachments.")
            % {"limit": f"{MOST_CHARACTERS:,}"}
        )
    for section, part in content.items():
        for key, value in part.items() if isinstance(part, Mapping) else ():
            if isinstance(value, list) and len(value) > MOST_ROWS:
                raise TooLong(
                    _("More than %(limit)s rows: please merge some.") % {"limit": MOST_ROWS},
                    field=f"{section}-{key}",
                )


def _can_be_kept(text: str) -> bool:
    """Whether the database takes a text: no NUL, no half of a character pair."""
    return _UNKEPT.search(text) is None


def put(content: Content, path: str, value: Any) -> Content:
    """Content with `value` at a hyphenated path; rows before it that nobody typed yet are blank.

    Raises `Refusal` for a row beyond those a form takes.
    """
    key, _hyphen, rest = path.partition("-")
    if not rest:
        return {**content, key: value}
    inner = content.get(key)
    first, _hyphen, further = rest.partition("-")
    row = whole(first)
    if row is None or not further:
        return {**content, key: put(inner if isinstance(inner, dict) else {}, rest, value)}
    if row >= MOST_ROWS:
        raise Refusal(_("There is no such row."), field=path)
    rows = list(inner) if isinstance(inner, list) else []
    rows += [{} for _more in range(row + 1 - len(rows))]
    rows[row] = put(rows[row], further, value)
    return {**content, key: rows}


def merged(content: Mapping[str, Any], typed: Mapping[str, Any]) -> Content:
    """Content with what was typed in its place, field by field: what is not named stays, None takes a field away."""
    found = dict(content)
    for section, part in typed.items():
        fields = {**found.get(section, {}), **part}
        found[section] = {key: value for key, value in fields.items() if value is not None}
    return found


def units(content: Mapping[str, Any]) -> dict[str, Any]:
    """What is saved and fought over as one: a field, or all rows of a list; by the name of its place on the page."""
    return {f"{section}-{key}": value for section, part in content.items() for key, value in part.items()}


def changed_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names whose texts differ, in the order of the alphabet; a text that is missing counts as empty."""
    was, now = dict(flat(before)), dict(flat(after))
    return sorted(name for name in was.keys() | now.keys() if was.get(name, "") != now.get(name, ""))


def flat(content: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its name, in order."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from flat(value, f"{prefix}-{key}" if prefix else str(key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from flat(value, f"{prefix}-{index}")
    elif content is not None:
        yield prefix, str(content)


def read_amount(text: str, *, unit: str, field: str, zero: bool = False) -> Decimal:
    """Yuan from what was typed, without a unit in `unit` (yuan or wan); at most two decimals of a yuan.

    Raises `Refusal` that names the field and says what to do.
    """
    try:
        amount = read_yuan(text, unit=unit)
    except Unclear as problem:
        raise Refusal(str(problem), field=field) from problem
    if amount < 0:
        raise Refusal(_("An amount must not be negative."), field=field)
    if amount == 0 and not zero:
        raise Refusal(_("An amount of zero is not possible here. Please enter the amount."), field=field)
    if amount >= AMOUNT_LIMIT:
        raise Refusal(_("The amount is too large. Please check the unit."), field=field)
    if amount != amount.quantize(CENT):
        raise Refusal(
            _("Too many decimal places: in yuan at most two, in ten thousand yuan at most six."),
            field=field,
        )
    return amount.quantize(CENT)


def amount_or_none(text: str, *, unit: str) -> Decimal | None:
    """As `read_amount`, with None for what cannot be read: for previews and lists, never for a check."""
    try:
        return read_amount(text, unit=unit, field="", zero=True) if text.strip() else None
    except Refusal:
        return None


def unit_doubt(text: str, *, unit: str) -> str:
    """A warning where a value looks as if typed in the other unit; empty otherwise. Never blocks."""
    amount = amount_or_none(text, unit=unit)
    if amount is None or amount == 0 or names_unit(text):
        return ""
    if unit == "wan" and amount / WAN >= LOOKS_LIKE_YUAN:
        return _("The unit here is ten thousand yuan: this would be %(yuan)s yuan. Is that right?") % {
            "yuan": f"{amount:,.2f}".removesuffix(".00")
        }
    if unit == "yuan" and amount < LOOKS_LIKE_WAN:
        return _("The unit here is yuan. Did you mean %(text)s ten thousand yuan?") % {"text": text.strip()}
    return ""


def read_day(text: str, *, field: str) -> dt.date:
    """A day as 2026-03-02 (also 2026/3/2, 2026.3.2, 2026年3月2日). Raises `Refusal`."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for mark in ("年", "月", "/", "."):
        plain = plain.replace(mark, "-")
    numbers = [number for part in plain.removesuffix("日").split("-") if (number := whole(part.strip())) is not None]
    try:
        year, month, day = numbers
        found = dt.date(year, month, day)
    except (ValueError, OverflowError):
        found = None
    if found is None or not 1990 <= found.year <= 2099:
        raise Refusal(
            _("“%(text)s” is not a day. Please enter it as 2026-03-02.") % {"text": text.strip()[:40]},
            field=field,
        )
    return found
