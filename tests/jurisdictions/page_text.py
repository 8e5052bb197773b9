"""Pages as a reader sees them."""

import html
import re


def plain(markup: str) -> str:
    """The words of a piece of a page, without tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup))).strip()
