"""A list as a file: a job that reads it stretch by stretch, as the one who asks for it sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal
from rendering import ods
from rendering.sheets import WRITERS
from workflow import stages
from workflow.clocks import clock
from workflow.documents.storage import CONTENT_TYPES
from workflow.jobs import services
from workflow.jobs.kinds import JobKind
from workflow.jobs.running import Result, Run
from workflow.listings.listing import Listing
from workflow.listings.paging import PAGING, onward
from workflow.models import Job

STRETCH = 500  # rows read in one transaction
TYPES = {**CONTENT_TYPES, "ods": ods.MEDIA_TYPE}
MOST_ROWS = 200_000  # well below the 1,048,576 that a sheet holds


def start_export(*, actor: Actor, key: str, query: str, form: str) -> Job:
    """Queue the export of a list as the address `query` filters it. Raises `Refusal`."""
    listing = _open(key, actor)
    if form not in WRITERS:
        raise Refusal(_("A list can be saved as xlsx, ods or csv."), field="format")
    filters = QueryDict(query[:1000], mutable=True)
    for name in PAGING:
        filters.pop(name, None)
    title = _("Export: %(list)s") % {"list": listing.short}
    arguments = {"list": key, "query": filters.urlencode(), "format": form}
    return services.start(actor=actor, kind=EXPORT.key, arguments=arguments, title=title)


def _open(key: str, actor: Actor) -> Listing:
    listing: Listing | None = stages.listings().get(key)
    if listing is None:
        raise Refusal(_("There is no such list."), field="list")
    if not listing.is_exported or not listing.is_open_to(actor):
        raise NotPermitted(_("Your role does not open this list."))
    return listing


def export(run: Run) -> Result:
    """Write the file. Each stretch is read in a step of its own, with the role the person has then."""
    key, form = run.arguments["list"], run.arguments["format"]
    query = QueryDict(run.arguments["query"])
    with run.step() as actor:
        listing = _open(key, actor)
        run.total = min(listing.count(actor, query, cap=MOST_ROWS), MOST_ROWS)
        run.progress = 0
        by = _("%(name)s, %(office)s") % {"name": actor.name, "office": actor.office.name if actor.office else ""}
    with run.file() as file:
        count = WRITERS[form](
            file,
            title=f"{run.county.name} {listing.short}",
            note=_note(listing, by, cut=run.total == MOST_ROWS),
            columns=listing.sheet_columns(),
            rows=_rows(run, listing, query),
        )
    name = f"{run.county.name}-{listing.short}-{clock.today().isoformat()}.{form}".replace("/", "-")
    return Result(summary=_("%(count)s rows.") % {"count": count}, name=name, content_type=TYPES[form])


def _note(listing: Listing, by: str, *, cut: bool) -> str:
    said = [_("Amounts in ten thousand yuan.")] if listing.has_amounts() else []
    said.append(_("Exported on %(day)s by %(who)s.") % {"day": clock.today().isoformat(), "who": by})
    if cut:
        said.append(_("Only the first %(count)s rows; please filter the list.") % {"count": MOST_ROWS})
    return " ".join(said)


def _rows(run: Run, listing: Listing, query: QueryDict) -> Iterator[list[Any]]:
    where: dict[str, str] | None = {}
    while where is not None and run.progress < MOST_ROWS:
        with run.step() as actor:
            _open(listing.key, actor)
            page = listing.page(actor, query, at=where, size=min(STRETCH, MOST_ROWS - run.progress))
            values = [listing.sheet_row(row) for row in page.rows]
            run.progress += len(values)
        yield from values
        where = {onward(listing.sorting(query)): page.older} if page.older else None


EXPORT = JobKind("export", gettext_lazy("Export of a list"), export)
