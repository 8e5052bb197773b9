"""The filters of the queue that a person came from: the address of what they work on carries them along, so that what
comes next is the next of those.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from workflow.desk.queue import Filters
from workflow.listings.paging import address

NAME = "queue"
LONGEST = 500


@lru_cache(maxsize=256)
def filters_in(query: str) -> str:
    """The filters in an address of the queue, without its page; nothing where there are none."""
    asked = QueryDict(query[:LONGEST])
    return address(asked)[1:] if Filters.read(asked) != Filters() else ""


def of_request(request: HttpRequest) -> str:
    """The filters that a page or a form was opened from."""
    return filters_in(request.POST.get(NAME) or request.GET.get(NAME, ""))


def carry(url: str, filters: str, **values: str) -> str:
    """An address that carries the filters along."""
    if filters:
        values[NAME] = filters
    return f"{url}?{urlencode(values)}" if values else url
