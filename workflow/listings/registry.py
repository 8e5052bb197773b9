"""Which lists there are: those that the stages declare."""

from __future__ import annotations

from workflow import stages
from workflow.listings.listing import Listing


class UnknownListing(LookupError):
    """No list has this key."""


def listing_of(key: str) -> Listing:
    """The list of a key. Raises `UnknownListing`."""
    try:
        return stages.listings()[key]
    except KeyError:
        raise UnknownListing(key) from None


def all_listings() -> list[Listing]:
    """All lists, in the order of the stages."""
    return list(stages.listings().values())
