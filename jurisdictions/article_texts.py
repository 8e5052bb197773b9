"""The full text of a regulation, cut into its articles and annexes by the way such texts are numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_DIGITS = "零一二三四五六七八九"
_ARTICLE = re.compile(r"第\s*([零〇一二三四五六七八九十百\d]+)\s*条")
_POINT = re.compile(r"(\d{1,3})\s*[.．、]")
_CHAPTER = re.compile(r"第\s*[零一二三四五六七八九十百\d]+\s*[编章节](\s|$)")
_PART = re.compile(r"[一二三四五六七八九十]+、")
_ANNEX = re.compile(r"(附件|附表|附录|表)\s*(\d+)")
# What follows the last article and is none of it: the list of annexes, the distribution list, the imprint.
_TAIL = re.compile(r"附件\s*[:：]|抄送|.*印发$")
_ITEM = re.compile(
    r"[（(]\s*(?:\d+|[一二三四五六七八九十]+)\s*[）)]|\d{1,3}\s*[.．、]|第\s*[一二三四五六七八九十\d]+\s*条"
)
_BRACKETED = re.compile(r"[（(]\s*(\d+|[一二三四五六七八九十]+)\s*[）)]")
_KEY = re.compile(r"[A-Z]+-([A-Z]?)(\d+)")
# A line at least this long that ends within a sentence was broken by the page, not by the author.
_BROKEN_FROM = 20
SHORT = 300  # characters: a longer article is not shown whole where it is looked up in place


def numeral(number: int) -> str:
    """A number below a thousand as Chinese articles write it: 24 is 二十四."""
    if number >= 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones or not number else "")


def annex_label(key: str, heading: str = "") -> str:
    """What an annex or form is called, by its own heading: 附件3 of `JH-F3`; empty for an article."""
    found = _KEY.fullmatch(key)
    if found is None or not found[1]:
        return ""
    named = _ANNEX.match(heading.strip())
    return f"{named[1]}{named[2]}" if named else f"{'表' if found[1] == 'F' else '附件'}{found[2]}"


def texts_of(text: str, headings: Mapping[str, str]) -> dict[str, str]:
    """The text of each article whose key and heading are given, paragraphs on lines of their own.

    A key without a text in the regulation is left out: the caller says what that means.
    """
    pieces = cut(text)
    found = {}
    for key, heading in headings.items():
        number = _KEY.fullmatch(key)
        name = annex_label(key, heading) or (number[2] if number else "")
        if name in pieces:
            found[key] = pieces[name]
    return found


def cut(text: str) -> dict[str, str]:
    """The regulation's articles by number (`"24"`) and its annexes by name (`"附件1"`).

    Articles count up from one, so a line that merely begins with the name of another article starts none. A text
    without 第…条 is one of numbered points.
    """
    lines = [line.strip() for line in text.splitlines()]
    by_articles = any(_ARTICLE.match(line) for line in lines)
    numbered, above = (_ARTICLE, _CHAPTER) if by_articles else (_POINT, _PART)
    pieces: dict[str, list[str]] = {}
    here: list[str] | None = None
    last = 0
    for line in filter(None, lines):
        annex = _ANNEX.fullmatch(line)
        start = numbered.match(line)
        if annex:
            here = pieces.setdefault(f"{annex[1]}{annex[2]}", [line])
        elif _TAIL.match(line):
            here = None
        elif start and _number(start[1]) == last + 1 and not any(map(_ANNEX.fullmatch, pieces)):
            last += 1
            here = pieces[str(last)] = [line]
        elif above.match(line) and not any(map(_ANNEX.fullmatch, pieces)):
            here = None
        elif here is not None:
            here.append(line)
    return {name: "\n".join(lines if _ANNEX.fullmatch(name) else _mended(lines)) for name, lines in pieces.items()}


def marked(text: str, items: Sequence[int]) -> list[tuple[str, bool]]:
    """An article's paragraphs, each with whether it is (part of) one of the items: （二） is item 2."""
    paragraphs: list[tuple[str, bool]] = []
    inside = False
    for paragraph in filter(None, text.split("\n")):
        start = _BRACKETED.match(paragraph)
        if start:
            inside = _number(start[1]) in items
        elif inside and paragraphs and paragraphs[-1][0].endswith(("。", "；", "：", ";", ":")):
            inside = False
        paragraphs.append((paragraph, inside))
    return paragraphs


@dataclass(frozen=True)
class Stretch:
    """Paragraphs that follow each other, each with whether it is cited; `is_folded`: shown on demand."""

    paragraphs: list[tuple[str, bool]]
    is_folded: bool = False


def stretches(paragraphs: Sequence[tuple[str, bool]], *, most: int = SHORT) -> list[Stretch]:
    """An article's paragraphs for who looks one up in place: of one longer than `most` characters what is cited (with
    the sentence it hangs on), or where no item is its beginning, is shown; the rest is folded.
    """
    if sum(len(text) for text, _cited in paragraphs) <= most:
        return [Stretch(list(paragraphs))] if paragraphs else []
    has_cited = any(cited for _text, cited in paragraphs)
    found: list[Stretch] = []
    length = 0
    for position, (text, cited) in enumerate(paragraphs):
        length += len(text)
        folded = position > 0 and not (cited if has_cited else length <= most)
        if not found or found[-1].is_folded != folded:
            found.append(Stretch([], folded))
        found[-1].paragraphs.append((text, cited))
    return found


def _mended(lines: list[str]) -> Iterator[str]:
    """The paragraphs of an article, those put together again that a page break tore apart."""
    paragraph = ""
    for line in lines:
        if paragraph and not (
            len(paragraph) >= _BROKEN_FROM and paragraph[-1] not in "。；：;:.！？" and not _ITEM.match(line)
        ):
            yield paragraph
            paragraph = ""
        paragraph += line
    if paragraph:
        yield paragraph


def _number(text: str) -> int:
    """The value of 二十四 or 24; 0 for what is no number below a thousand."""
    if text.isdecimal():
        return int(text)
    value, digit = 0, 0
    for sign in text:
        if sign in "百十":
            value += (digit or 1) * (100 if sign == "百" else 10)
            digit = 0
        else:
            digit = _DIGITS.find("零" if sign == "〇" else sign)
    return value + digit
