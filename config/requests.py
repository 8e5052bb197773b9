"""How a request begins: what no program can read is still answered, not broken off."""

from __future__ import annotations

import codecs
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

# Encodings of text that browsers and programs here write; Python knows others that are none (rot13) or never read.
CHARSETS = frozenset({"utf-8", "ascii", "gb2312", "gbk", "gb18030"})


def is_charset(name: str) -> bool:
    """Whether a name is that of an encoding texts are read in."""
    try:
        return codecs.lookup(name).name in CHARSETS
    except (LookupError, ValueError):
        return False


class Request(WSGIRequest):
    """A request that reads nothing in a charset it does not know.

    Django takes the charset of `Content-Type` and reads the address by it while it makes the request, before any
    middleware could answer. Here such a charset is only noted; `config.middleware.ReadableMiddleware` refuses it.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # no header at all: the charset is one nobody knows
            self.content_type, self.content_params = "", {"charset": ""}
        charset = self.content_params.get("charset", "")
        if is_charset(charset):
            self.encoding = charset


class Handler(WSGIHandler):
    """Django's handler, with requests as above."""

    request_class = Request


def application() -> Handler:
    """What the server of the program calls."""
    django.setup(set_prefix=False)
    return Handler()
