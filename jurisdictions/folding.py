"""Names and texts folded for comparing and for finding them. What was typed is kept as typed everywhere else.

Folding keeps the order of characters and drops or replaces each by itself, so that a part of a text is a part of the
folded text too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import opencc

# Brackets, dots of minority names (· ・ • ‧), spaces, joiners and other invisible characters.
NOT_LETTERS = re.compile(r"[\W_]+")
IDEOGRAPHS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))
BETWEEN_WORDS = re.compile(r"[\s、;]+|(?<!\d),|,(?!\d)")
MOST_WORDS = 6


@cache
def _simplified() -> tuple[re.Pattern[str], Mapping[int, str]]:
    """What finds a traditional character, and the simplified one for each."""
    characters = [chr(code) for block in IDEOGRAPHS for code in block]
    written = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    changed = {one: other for one, other in zip(characters, written, strict=True) if one != other}
    return re.compile(f"[{''.join(changed)}]"), {ord(one): other for one, other in changed.items()}


def folded(text: str) -> str:
    """A text as it is compared: letters and digits alone, of one width and case, in simplified characters."""
    plain = NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text).casefold())
    traditional, simplified = _simplified()
    return plain.translate(simplified) if traditional.search(plain) else plain


@lru_cache(maxsize=20_000)
def folded_name(name: str) -> str:
    """The same for a name, of which the same few are folded again and again."""
    return folded(name)


@lru_cache(maxsize=20_000)
def initials(name: str) -> str:
    """The first letters of a name as it is read out: 数字乡村平台 is szxcpt; letters and digits as they are."""
    from pypinyin import Style, lazy_pinyin  # takes its dictionaries with it: only where names are written or sought

    return folded("".join(lazy_pinyin(folded_name(name), style=Style.FIRST_LETTER)))


def words(text: str) -> list[str]:
    """The words typed to be looked for, not folded yet: an amount keeps its separators."""
    plain = unicodedata.normalize("NFKC", text.replace("\0", ""))
    return [word for word in BETWEEN_WORDS.split(plain) if folded(word)][:MOST_WORDS]


def is_in(word: str, name: str) -> bool:
    """Whether a folded word is part of a name, or of its initials."""
    return word in folded_name(name) or (word.isascii() and not word.isdigit() and word in initials(name))


def has_all(text: str, names: Iterable[str]) -> bool:
    """Whether each word of what was typed is part of one of the names; signs alone are part of none."""
    known, typed = list(names), words(text)
    return all(any(is_in(folded(word), name) for name in known) for word in typed) if typed else not text.strip()
