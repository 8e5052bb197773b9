"""A notice of holidays as it is published, of the nation or a region: read day by day, for `regulation.entering`.

The notice of the State Council reads 「一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。」
Days without 「放假」 or 「上班」, days that do not exist, spans that run backwards or are longer than a holiday, and
lines that say nothing readable about a day are refused with the line's own words.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.refusals import Incomplete, Refusal
from regulation.notice_frame import Frame, unframed
from workflow.clocks import clock

LONGEST_SPAN = 12
FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
# A festival of a region, as the head of its line or in the title: 古尔邦节、藏历新年、三月三.
REGIONAL = re.compile(r"[\u4e00-\u9fff]{1,6}(?:节|新年|三月三)")
MOVED = re.compile(r"调整为|改为|改在|改于|推迟|提前|移至|顺延")
PROLONGED, RESUMED = re.compile(r"延长(?:至|到)"), re.compile(r"起(?:正常|恢复)?上班")
MOST_OF_A_YEAR = 5  # festivals: a notice with as many is the year's
WIDE = str.maketrans("０１２３４５６７８９（）：；，．", "0123456789():;,.")
DAY = r"(?:(?:(?P<y{n}>\d{{4}})年)?(?P<m{n}>\d{{1,2}})月)?(?P<d{n}>\d{{1,2}})[日号]"
SPAN = re.compile(DAY.format(n=1) + r"(?:(?:至|到|—+|-+|~|～|－)" + DAY.format(n=2) + r")?")
BRACKETS = re.compile(r"\([^()]*\)|〔[^〕]*〕|\[[^\]]*\]")
SENTENCE = re.compile(r"[。;!！\n]+")
OFF, WORKED = re.compile(r"放假|休息|休假"), re.compile(r"上班|补班|工作日")
TOTAL = re.compile(r"共\s*(\d{1,2})\s*天")
HEADING = re.compile(r"^\s*(?:[一二三四五六七八九十]+[、.]|\d{1,2}[.、](?!\d))\s*")
# A festival that begins in the middle of a line begins a line of its own.
MID_HEADING = re.compile(rf"([;。])\s*(?=(?:[一二三四五六七八九十]+、\s*)?(?:{'|'.join(FESTIVALS)})[^;。]{{0,8}}:)")
WEEKDAY = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]\([^()]*?(?:周|星期)([一二三四五六日天])")
WEEKDAYS = "一二三四五六日"


class Scope(models.TextChoices):
    """How far a notice reaches: what it does not name is lost, kept but for its festivals, or kept."""

    WHOLE = "whole", gettext_lazy("The whole year: replaces everything entered for it")
    MOVE = "move", gettext_lazy("Festivals moved: their former days go back, everything else stays")
    ADD = "add", gettext_lazy("Only the days named: everything else stays")


@dataclass
class Arrangement:
    """Days off (day → name) and weekend days worked, of one year."""

    year: int
    off: dict[dt.date, str] = field(default_factory=dict)
    worked: dict[dt.date, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)  # what is readable but odd: shown before it is entered
    frame: Frame = field(default_factory=Frame)
    moves: bool = False  # its words say that festivals lie elsewhere now

    @property
    def days(self) -> list[tuple[dt.date, bool, str]]:
        """All days in order: (day, worked?, name)."""
        listed = [(day, False, name) for day, name in self.off.items()]
        return sorted([*listed, *((day, True, name) for day, name in self.worked.items())])

    @property
    def festivals(self) -> set[str]:
        """The festivals it names."""
        return {one for name in (*self.off.values(), *self.worked.values()) for one in name.split("、") if one}

    @property
    def scope(self) -> Scope:
        """What the notice is taken for: a whole year's, or a change of it."""
        if len(self.festivals & set(FESTIVALS)) >= MOST_OF_A_YEAR:
            return Scope.WHOLE
        return Scope.MOVE if self.moves else Scope.ADD


def read(text: str, *, year: int) -> Arrangement:
    """Read a notice. Raises `Incomplete` that names every line it cannot read."""
    problems: list[Refusal] = []
    frame, lines = unframed(MID_HEADING.sub(r"\1\n", text.translate(WIDE)).splitlines())
    found = Arrangement(year, frame=frame, moves=bool(MOVED.search(text)))
    regional = REGIONAL.search(re.split(r"关于(?:做好)?(?:\d{4}年)?", frame.title)[-1])
    festival = regional[0] if regional else ""
    if frame.year not in (None, year):
        found.doubts.append(_("The title names %(year)s. Is the year right?") % {"year": frame.year})
    for number, line in enumerate(lines, start=1):
        found.doubts += _weekday_doubts(line, year)
        plain = BRACKETS.sub("", HEADING.sub("", line)).replace(" ", "").replace("\u3000", "")
        if not plain:
            continue
        head, colon, body = plain.partition(":")
        named = [one for one in FESTIVALS if one.removesuffix("节") in (head if colon else plain)]
        if not named and colon and (own := REGIONAL.search(head)) and not SPAN.search(head):
            named = [own[0]]
        if named:
            festival = "、".join(named)
        problems += [
            Refusal(_("Line %(number)s: %(problem)s") % {"number": number, "problem": problem}, field="text")
            for problem in _read_line(body if colon and named else plain, festival, found)
        ]
    problems += _checked(found)
    if problems:
        raise Incomplete(_("The notice could not be read in full. Nothing was entered."), items=problems)
    return found


def _read_line(line: str, festival: str, found: Arrangement) -> list[str]:
    """Read one line into `found`; returns what is wrong with it."""
    problems: list[str] = []
    pending: set[dt.date] = set()
    for sentence in filter(None, SENTENCE.split(line)):
        if PROLONGED.search(sentence):
            text = sentence[:40]
            problems.append(_("“%(text)s”: please write all days off, as 1月24日至2月2日放假.") % {"text": text})
            continue
        spans = list(SPAN.finditer(sentence))
        if not spans:
            continue  # 「共3天」, wishes and greetings say nothing of a day
        month: int | None = None
        days: set[dt.date] = set()
        for position, span in enumerate(spans):
            try:
                listed, month = _days_of(span, month, found.year)
            except ValueError as error:
                problems.append(f"“{span.group().strip()}”：{error}")
                continue
            days |= listed
            until = spans[position + 1].start() if position + 1 < len(spans) else len(sentence)
            says = sentence[span.end() : until]
            if RESUMED.match(says.strip()):
                continue  # 「2月3日起正常上班」 is what follows anyhow
            verb = _verb(says)
            if verb is None:
                continue
            _enter(found, days, verb, festival, problems)
            if not verb:
                pending |= days
            days = set()
        if days:
            problems.append(_("“%(text)s” says neither a day off nor a working day.") % {"text": sentence[:40]})
        total = TOTAL.search(sentence)
        if total and pending and len(pending) != int(total[1]):
            problems.append(
                _("“%(text)s”: the notice says %(said)s days, the dates are %(count)s.")
                % {"text": sentence[:40], "said": total[1], "count": len(pending)}
            )
    return problems


def _verb(text: str) -> bool | None:
    """Whether what follows a date says it is worked (True), off (False), or nothing (None)."""
    off, worked = OFF.search(text), WORKED.search(text)
    if off and (not worked or off.start() < worked.start()):
        return False
    return True if worked else None


def _days_of(span: re.Match[str], month: int | None, year: int) -> tuple[set[dt.date], int]:
    first = _day(span, 1, month, year)
    last = _day(span, 2, first.month, first.year) if span["d2"] else first
    if last < first:
        raise ValueError(_("the last day lies before the first"))
    if (last - first).days >= LONGEST_SPAN:
        raise ValueError(_("longer than any holiday"))
    return {first + clock.ONE * n for n in range((last - first).days + 1)}, last.month


def _day(span: re.Match[str], which: int, month: int | None, year: int) -> dt.date:
    given = span[f"m{which}"]
    number = int(given) if given else month
    if number is None:
        raise ValueError(_("the month is missing"))
    try:
        return dt.date(int(span[f"y{which}"] or year), number, int(span[f"d{which}"]))
    except ValueError:
        raise ValueError(_("there is no such day")) from None


def _enter(found: Arrangement, days: set[dt.date], worked: bool, name: str, problems: list[str]) -> None:
    ours, other = (found.worked, found.off) if worked else (found.off, found.worked)
    for day in sorted(days):
        if day in other:
            problems.append(_("%(day)s is both a day off and a working day.") % {"day": day.isoformat()})
        ours[day] = name


def _checked(found: Arrangement) -> list[Refusal]:
    problems = []
    if not found.off:
        problems.append(Refusal(_("No day off was found in the text."), field="text"))
    for day in (*found.off, *found.worked):
        if abs(day.year - found.year) > 1 or (day.year != found.year and day.month not in (1, 12)):
            problems.append(
                Refusal(
                    _("%(day)s does not belong to the arrangement of %(year)s.")
                    % {"day": day.isoformat(), "year": found.year},
                    field="text",
                )
            )
    found.doubts += [
        _("%(day)s is no weekend day: it is worked anyhow. Please check the date.") % {"day": day.isoformat()}
        for day in found.worked
        if day.weekday() < 5
    ]
    return problems


def _weekday_doubts(line: str, year: int) -> list[str]:
    """Dates whose weekday is not the one the notice gives: most often a notice of another year."""
    doubts = []
    for said in WEEKDAY.finditer(line):
        try:
            day = dt.date(int(said[1] or year), int(said[2]), int(said[3]))
        except ValueError:
            continue
        if WEEKDAYS[day.weekday()] != said[4].replace("天", "日"):
            doubts.append(
                _("%(day)s is not the weekday the notice says (%(said)s). Is the year right?")
                % {"day": day.isoformat(), "said": said[4]}
            )
    return doubts
