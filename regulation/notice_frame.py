"""What stands around the lines of a holiday notice: title, number, addressees, closing words, office, date.

Notices are pasted as they are published, 「国办发明电〔2025〕7号」 and the date below among them; none of that is a day
of the arrangement.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

NUMBER = re.compile(r"[\u4e00-\u9fff]{1,14}[〔\[(]\d{4}[〕\])]\s*\d{1,4}\s*号")
DATED = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日\s*$")
OFFICE = re.compile(r"[\u4e00-\u9fff]{2,24}(?:政府|办公厅|办公室|厅|局|委员会|委)")
TITLE = re.compile(r"关于.*(?:放假|节假日|休假|调休|假期).*(?:通知|公告|安排)")
DAY = re.compile(r"\d{1,2}\s*[日号]")
# 「根据国务院办公厅2025年11月4日的通知」: why, not when.
GROUND = re.compile(r"(?:根据|按照|依据|遵照|依照)[^,;。]*")


@dataclass
class Frame:
    """A notice's frame, as far as it has one."""

    title: str = ""
    number: str = ""
    addressees: str = ""
    closing: str = ""
    office: str = ""
    dated: dt.date | None = None

    @property
    def year(self) -> int | None:
        """The year the title names."""
        found = re.search(r"(\d{4})年", self.title)
        return int(found[1]) if found else None


def unframed(lines: list[str]) -> tuple[Frame, list[str]]:
    """The frame, and the lines with everything of it blank: their numbers stay."""
    frame, kept = Frame(), []
    whole_title = _title_over_lines(lines)
    for position, line in enumerate(lines):
        text = line.strip()
        if not frame.number and (number := NUMBER.search(text)):
            frame.number, text = number[0], NUMBER.sub("", text).strip(" ()")
        if position in whole_title or (not frame.title and not DAY.search(text) and TITLE.search(text)):
            frame.title, text = frame.title + text, ""
        if text.endswith(":") and not DAY.search(text) and "各" in text and not frame.addressees:
            frame.addressees, text = text.rstrip(":"), ""
        kept.append(GROUND.sub("", text))
    _take_foot(frame, kept)
    return frame, kept


def _title_over_lines(lines: list[str]) -> set[int]:
    """The lines of a title broken over two or three lines at the head of the notice."""
    for count in (2, 3):
        head = [line.strip() for line in lines[:count]]
        joined = "".join(head)
        if len(head) == count and TITLE.search(joined) and not DAY.search(joined) and not any(map(TITLE.search, head)):
            return set(range(count))
    return set()


def _take_foot(frame: Frame, kept: list[str]) -> None:
    """Date, office and closing words, from the end: lines that name no day off and no working day."""
    for position in range(len(kept) - 1, -1, -1):
        text = kept[position]
        if not text:
            continue
        dated = DATED.search(text)
        if dated and frame.dated is None and len(text) <= 40:
            try:
                frame.dated = dt.date(*(int(part) for part in dated.groups()))
            except ValueError:
                return
            text = kept[position] = DATED.sub("", text).strip()
            if not text:
                continue
        if not frame.office and OFFICE.fullmatch(text):
            frame.office, kept[position] = text, ""
        elif not DAY.search(text) and not frame.closing:
            frame.closing, kept[position] = text, ""
            return
        else:
            return
