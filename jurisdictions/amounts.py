"""Amounts as people write them: 680, 680万, 680 万元, 6,800,000元, full width, pasted. What is unclear is asked.

`static/js/app/amounts.js` reads alike, and a test in the browser compares both.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, localcontext

from django.utils.translation import gettext as _

FACTORS = {"yuan": Decimal(1), "wan": Decimal(10_000)}
WRITTEN = {"元": 0, "万": 4, "万元": 4, "亿": 8, "亿元": 8}  # what may stand behind a number: zeros it means
LONGEST = 60
_AMOUNT = re.compile(
    r"(?P<mark>(?:人民币)? *¥?) *(?P<number>[+-]? ?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]*)?|[+-]?\.[0-9]+)"
    r" *(?P<unit>[万亿]?[元圆]?)整?"
)
_NUMBER = re.compile(r"[0-9]+(?:[.,]+[0-9]+)*")


class Unclear(ValueError):
    """A text that is no amount, or could be several; `str` says what to do."""


def folded(text: str) -> str:
    """A text as it is read: usual width, no invisible characters, no space around it."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")
    plain = re.sub("(?<=[0-9])。(?=[0-9])", ".", plain.strip())
    return plain.replace("萬", "万").replace("億", "亿").replace("−", "-")


def _read(text: str) -> tuple[Decimal, str]:
    """The number and the unit written behind it (or ""). Raises `Unclear`."""
    plain = folded(text)
    found = _AMOUNT.fullmatch(plain) if len(plain) <= LONGEST else None
    if found is not None:
        number = found["number"].replace(",", "").replace(" ", "")
        return Decimal(number), found["unit"].replace("圆", "元") or ("元" if found["mark"] else "")
    numbers = _NUMBER.findall(plain)
    if len(numbers) > 1:
        said = _("“%(text)s” holds more than one number. Please write one amount.")
    elif numbers and len(plain) <= LONGEST and re.search(r"[.,]", numbers[0]):
        said = _("“%(text)s” can be read in several ways. Please write it without commas, as 1.5 or 15.")
    else:
        said = _("“%(text)s” is no amount. Please write it in figures, as 680 or 680万元.")
    raise Unclear(said % {"text": text.strip()[:40]})


def read_yuan(text: str, *, unit: str) -> Decimal:
    """Yuan, exact. A number without a unit counts in `unit` (yuan or wan). Raises `Unclear`."""
    number, written = _read(text)
    with localcontext(prec=LONGEST + 20):
        return number.scaleb(WRITTEN[written]) if written else number * FACTORS[unit]


def in_unit(text: str, *, shown: str, unit: str) -> str:
    """What was typed in one unit, written in another; with a unit of its own, or unreadable, it stays as it is."""
    try:
        number, written = _read(text)
    except Unclear:
        return text
    if written or shown == unit:
        return text
    with localcontext(prec=LONGEST + 20):
        figure = f"{number * FACTORS[shown] / FACTORS[unit]:f}"
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


def names_unit(text: str) -> bool:
    """Whether a text says its own unit."""
    try:
        return bool(_read(text)[1])
    except Unclear:
        return False
