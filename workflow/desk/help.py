"""How the program is used: the pages of docs/howto/ as people read them here, and the hint of a first visit."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from accounts.roles import Role

FOLDER = settings.BASE_DIR / "docs" / "howto"
START = "README"
PICTURES = "pictures/"

# What each role comes for, said once: at the first visit.
HINTS: dict[str, str | Promise] = {
    Role.FILER: _(
        "Under Declarations you begin a declaration; it is saved as you write. What is returned, and what waits for"
        " your confirmation, stands under To do."
    ),
    Role.OWNER_UNIT: _(
        "Under To do stands what your unit has to record. A project’s page says how far it is and when the next step"
        " is due."
    ),
    Role.REVIEWER: _(
        "Under To do stands the work of your office, the most urgent first. Open a row, read what was handed in, and"
        " decide in the bar at the foot of the page."
    ),
    Role.OFFICE_HEAD: _(
        "Under To do stands the work of your office, the most urgent first. Under Annual calls you open, move and"
        " close the yearly call."
    ),
    Role.SECRETARY: _(
        "Under Meetings you put projects on the agenda of a meeting and record what it decided; steps of your own"
        " office stand under To do."
    ),
    Role.FINANCE: _(
        "Under To do stands what waits for finance: opinions, appraisals, budgets. A project’s page shows its money by"
        " year and source."
    ),
    Role.COUNTY_ADMIN: _(
        "You keep people, offices and the calendar of working days, and read the county’s rules. Where a duty has no"
        " office, its steps cannot be done: the page of offices says so."
    ),
    Role.AUDITOR: _(
        "You see everything and change nothing. Search the audit trail by person, action, project and day; a"
        " project’s history tells its whole course."
    ),
}


class HelpPage(NamedTuple):
    """A page of docs/howto/: its title, and its text without it."""

    title: str
    body: SafeString


@cache
def names() -> frozenset[str]:
    """The pages there are."""
    return frozenset(path.stem for path in FOLDER.glob("*.md"))


def page(name: str, county: str) -> HelpPage:
    """A page by its name, its links leading to the other pages here. Raises KeyError where there is none."""
    if name not in names():
        raise KeyError(name)
    title, tokens, reader = _read(name)
    # The texts are the program's own, and raw HTML in them is shown as text.
    return HelpPage(title, mark_safe(reader.renderer.render(tokens, reader.options, {"county": county})))  # noqa: S308 # nosec B308 B703


@cache
def _read(name: str) -> tuple[str, list[Token], MarkdownIt]:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("image", _image)
    reader.add_render_rule("link_open", _link)
    tokens = reader.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    heading = next(number for number, token in enumerate(tokens) if token.type == "inline")
    return tokens[heading].content, tokens[heading + 2 :], reader


def _image(renderer: Any, tokens: list[Token], at: int, options: Any, env: dict[str, str]) -> str:
    token = tokens[at]
    name = str(token.attrs["src"]).removeprefix(PICTURES)
    token = token.copy(attrs={"src": static(f"howto/{name}"), "alt": token.content, "loading": "lazy"})
    token.attrSet("class", "help-phone" if "-phone." in name else "help-picture")
    return str(renderer.renderToken([token], 0, options, env))


def _link(renderer: Any, tokens: list[Token], at: int, options: Any, env: dict[str, str]) -> str:
    """Lead to a page of the same folder; what lies outside it is for people with the source."""
    target = str(tokens[at].attrs["href"]).partition("#")[0]
    stem = target.removesuffix(".md")
    if stem not in names():
        return "<a>"
    address = f"{reverse('workflow:help', kwargs={'county': env['county']})}?page={stem}"
    return str(renderer.renderToken([tokens[at].copy(attrs={"href": address})], 0, options, env))
