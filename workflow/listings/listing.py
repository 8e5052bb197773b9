"""A list declared once: who may see it, its columns, filters, order and key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.actors import Actor
from jurisdictions.calendars.zone import SHANGHAI
from jurisdictions.templatetags.xunzhang import moment, shortday
from rendering.sheets import AMOUNT, COUNT, DAY, MOMENT, TEXT, SheetColumn
from workflow.listings import cells
from workflow.listings.paging import PAGING, Order, Page, address, back, onward, page_of, paged

PAGE = 50
COUNT_CAP = 1000
YUAN_PER_WAN = Decimal(10_000)
CSS = {AMOUNT: "num", COUNT: "num", DAY: "tight", MOMENT: "tight"}
MARK = (
    '<td class="mark-cell"><input class="form-check-input" type="checkbox" name="marked" value="{}" aria-label="{}"'
    " data-mark></td>"
)

Rows = QuerySet[Any]
KEPT_LINES = 5000  # in a process, a kilobyte or two each
_lines: dict[Any, str] = {}  # lines by all that they show


def _keep(key: Any, line: str) -> str:
    if len(_lines) >= KEPT_LINES:
        _lines.clear()
    _lines[key] = line
    return line


Words = str | Promise


@dataclass(frozen=True)
class Column:
    """A column: its key for programs, its heading, the value of a row and the form it has in a file.

    An amount's value is in yuan; its heading names the unit in which pages and files show it, 万元.
    `cell(row, request)` is the HTML of the page where it shows more than the value. What is not `on_page` stands in
    files and answers only.
    """

    key: str
    label: Words
    value: Callable[[Any], Any]
    form: str = TEXT
    cell: Callable[[Any, CountyRequest], SafeString] | None = None
    css: str = ""
    is_heading: bool = False
    on_page: bool = True

    def html(self, row: Any, request: CountyRequest) -> SafeString:
        """The inside of a row's cell."""
        if self.cell is not None:
            return self.cell(row, request)
        value = self.value(row)
        if self.form == AMOUNT:
            return cells.money(value)
        if value is not None and self.form in (DAY, MOMENT):
            return cells.text(shortday(value) if self.form == DAY else moment(value))
        return cells.text(value)

    def in_sheet(self, row: Any) -> Any:
        """A row's value as a file shows it: amounts in 万元, moments in the county's time."""
        value = self.value(row)
        if value is None:
            return None
        if self.form == AMOUNT:
            return Decimal(value) / YUAN_PER_WAN
        return value.astimezone(SHANGHAI) if self.form == MOMENT else value

    def in_answer(self, row: Any) -> Any:
        """A row's value as programs get it: amounts in yuan as text, days and moments as ISO writes them."""
        value = self.value(row)
        if value is None or isinstance(value, bool | int):
            return value
        if self.form == AMOUNT:
            return format(Decimal(value), "f")
        return value.isoformat() if isinstance(value, dt.date) else str(value)


def read_text(text: str) -> str:
    """What is typed to be looked for."""
    return text.replace("\0", "").strip()[:80]


def one_of(values: Iterable[str]) -> Callable[[str], str]:
    """Read a choice; anything else is none."""
    known = frozenset(values)
    return lambda text: text if text in known else ""


@dataclass(frozen=True)
class Filter:
    """A filter that stands in the address under its name. What cannot be read is left out, never an error."""

    name: str
    apply: Callable[[Rows, Any, Actor], Rows]
    read: Callable[[str], Any] = read_text
    word: Callable[[Any], str] | None = None  # what its chip says; None: no chip
    default: str = ""

    def value(self, query: QueryDict) -> Any:
        """What the address asks for; None for nothing."""
        found = self.read(query.get(self.name, self.default))
        return None if found == "" else found


@dataclass
class Table:
    """A page of a list as its template shows it."""

    listing: Listing
    request: CountyRequest
    asked: QueryDict
    rows: list[Any]
    chips: list[dict[str, str]]
    newer_url: str
    older_url: str

    @property
    def head(self) -> SafeString:
        """The row of headings."""
        return self.listing.head()

    @property
    def body(self) -> SafeString:
        """The rows."""
        return self.listing.body(self.rows, self.request)

    @property
    def caption(self) -> str:
        return str(self.listing.title)

    @property
    def query(self) -> str:
        """The filters in force, for the export and for a view that is kept."""
        return address(self.asked)[1:]

    @property
    def is_filtered(self) -> bool:
        """Whether the address asks for anything."""
        return any(value for name, value in self.asked.items() if name not in PAGING)


@dataclass(eq=False)
class Listing:
    """A list of one county, declared once.

    `permissions`: any of them opens it (none: every member). `queryset(actor)` is what the person may see; `shown`
    adds what rows show (joins, annotations); `prepare(rows, actor)` what is put together for a page at a time.
    `read(keys, actor, backwards)` stands in place of both: it reads the rows of a page by its keys, in a query of its
    own. `of` names what the address must name by its key, as the project of a history. With `kept_for` a line's HTML is
    kept for its row, which must be plain values, and for what it says of the request.
    """

    key: str
    title: Words
    columns: tuple[Column, ...]
    order: Order
    queryset: Callable[[Actor], Rows]
    permissions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    shown: Callable[[Rows], Rows] | None = None
    prepare: Callable[[list[Any], Actor], list[Any]] | None = None
    read: Callable[[Rows, Actor, bool], list[Any]] | None = None
    href: Callable[[Any, CountyRequest], str] | None = None
    size: int = PAGE
    is_exported: bool = True
    of: str = ""
    name: Words = ""  # what its files are called; the title where it says no more than that
    row_class: Callable[[Any], str] | None = None
    kept_for: Callable[[CountyRequest], tuple[str, ...]] | None = None
    keeps_views: bool = False  # people keep its filters under names: the frame reads them with its counts
    mark: Callable[[Any], tuple[Any, str]] | None = None  # a row's key and name for marking it; None: not marked
    label: Callable[[Any], str] = field(default=str)

    def is_open_to(self, actor: Actor) -> bool:
        """Whether a person's role opens it."""
        return not self.permissions or any(actor.may(permission) for permission in self.permissions)

    # --- reading it -------------------------------------------------------------------------------------------

    def found(self, actor: Actor, query: QueryDict) -> Rows:
        """What the person may see of it, as the address filters it."""
        return self.narrow(self.queryset(actor), query, actor)

    def narrow(self, rows: Rows, query: QueryDict, actor: Actor) -> Rows:
        """Keep what the address asks for."""
        for one in self.filters:
            value = one.value(query)
            if value is not None:
                rows = one.apply(rows, value, actor)
        return rows

    def sorting(self, query: QueryDict) -> Order:
        """The order of the rows an address asks for."""
        return self.order

    def page(
        self, actor: Actor, query: QueryDict, *, at: Mapping[str, str] | None = None, size: int | None = None
    ) -> Page:
        """The page an address asks for (or, filtered by it, the one `at` a key), its rows prepared."""
        reading = self.read
        page = page_of(
            self.found(actor, query),
            self.sorting(query),
            query if at is None else at,
            size=size or self.size,
            shown=self.shown,
            read=(lambda keys, backwards: reading(keys, actor, backwards)) if reading is not None else None,
        )
        page.rows = self.prepare(page.rows, actor) if self.prepare else page.rows
        return page

    def count(self, actor: Actor, query: QueryDict, *, cap: int = COUNT_CAP) -> int:
        """How many rows there are, at most `cap` + 1: one query that stops counting there."""
        return self.found(actor, query).order_by().values("pk")[: cap + 1].count()

    def chips(self, query: QueryDict) -> list[dict[str, str]]:
        """What is filtered by, each with the address without it."""
        found = [(one, one.value(query)) for one in self.filters if one.word is not None]
        return [
            {"label": one.word(value), "remove_url": address(query, drop=(one.name, None))}
            for one, value in found
            if value is not None and one.word is not None
        ]

    # --- the page ---------------------------------------------------------------------------------------------

    def table(self, request: CountyRequest, query: QueryDict | None = None, *, page: Page | None = None) -> Table:
        """The page a request (or another address) asks for, ready to be shown; `page`: read already."""
        query = request.GET if query is None else query
        if self.keeps_views:
            request.keeps_views_of = self.key  # type: ignore[attr-defined]
        page = self.page(request.actor, query) if page is None else page
        order = self.sorting(query)
        newer, older = paged(query, back(order), page.newer), paged(query, onward(order), page.older)
        return Table(self, request, query, page.rows, self.chips(query), newer, older)

    def on_page(self) -> list[Column]:
        """The columns a page shows."""
        return [column for column in self.columns if column.on_page]

    def head(self) -> SafeString:
        """The headings of a page."""
        heads: Any = [(self._css(column), column.label) for column in self.on_page()]
        mark = ""
        if self.mark is not None:
            mark = format_html(
                '<th scope="col" class="mark-cell"><input class="form-check-input" type="checkbox" data-mark-all'
                ' aria-label="{}"></th>',
                _("Mark all on this page"),
            )
        return format_html("<tr>{}{}</tr>", mark, format_html_join("", '<th scope="col"{}>{}</th>', heads))

    def body(self, rows: Sequence[Any], request: CountyRequest) -> SafeString:
        """The rows of a page, without a template."""
        columns = [(column, *self._around(column)) for column in self.on_page()]
        mark = _("Mark %(label)s") if self.mark is not None else ""
        if self.kept_for is None:
            found = [self._row(row, columns, mark, request) for row in rows]
        else:
            told = (self.key, get_language(), *self.kept_for(request))
            found = [
                _lines.get((told, row)) or _keep((told, row), self._row(row, columns, mark, request)) for row in rows
            ]
        return SafeString("\n".join(found))  # nosec B703: `_row` escapes what it shows

    def _around(self, column: Column) -> tuple[str, str]:
        """What stands before and after the inside of a column's cell."""
        css = self._css(column)
        if column.is_heading:
            return f'<th scope="row"{css}>', "</th>"
        return f'<td{css} data-label="{cells.esc(str(column.label))}">', "</td>"

    def _row(self, row: Any, columns: list[tuple[Column, str, str]], mark: str, request: CountyRequest) -> str:
        inside = "".join(before + cells.esc(column.html(row, request)) + after for column, before, after in columns)
        if self.mark is not None:
            value, name = self.mark(row)
            inside = MARK.format(cells.esc(value), cells.esc(mark % {"label": name})) + inside
        href = f' data-row data-href="{cells.esc(self.href(row, request))}"' if self.href else ""
        css = self.row_class(row) if self.row_class else ""
        attributes = href + (f' class="{cells.esc(css)}"' if css else "")
        return f"<tr{attributes}>{inside}</tr>"

    @staticmethod
    def _css(column: Column) -> SafeString:
        css = column.css or CSS.get(column.form, "")
        return format_html(' class="{}"', css) if css else SafeString("")

    @property
    def short(self) -> str:
        """What its files and jobs are called."""
        return str(self.name or self.title)

    # --- files and answers ------------------------------------------------------------------------------------

    def sheet_columns(self) -> list[SheetColumn]:
        """The columns of a file."""
        return [SheetColumn(str(column.label), column.form) for column in self.columns]

    def sheet_row(self, row: Any) -> list[Any]:
        """A row of a file."""
        return [column.in_sheet(row) for column in self.columns]

    def answer_row(self, row: Any) -> dict[str, Any]:
        """A row as programs get it."""
        return {column.key: column.in_answer(row) for column in self.columns}

    def has_amounts(self) -> bool:
        """Whether a unit must be said."""
        return any(column.form == AMOUNT for column in self.columns)


__all__ = ["AMOUNT", "COUNT", "DAY", "MOMENT", "TEXT", "Column", "Filter", "Listing", "Table", "one_of", "read_text"]
