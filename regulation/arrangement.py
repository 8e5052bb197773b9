"""A year's holiday arrangement: read from the notice's text, shown, and entered for a county.

The notice of the State Council reads 「一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。」
Days without 「放假」 or 「上班」, days that do not exist, spans that run backwards or are longer than a holiday, and
lines that say nothing readable about a day are refused with the line's own words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, clean_text
from jurisdictions.models import CalendarDay, CalendarYear, County
from jurisdictions.scope import advisory_lock, current_county
from workflow.clocks import clock
from workflow.trail import audit

LONGEST_SPAN = 12
NAME = 40  # characters of a day's name
FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
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


@dataclass
class Arrangement:
    """Days off (day → name) and weekend days worked, of one year."""

    year: int
    off: dict[dt.date, str] = field(default_factory=dict)
    worked: dict[dt.date, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)  # what is readable but odd: shown before it is entered

    @property
    def days(self) -> list[tuple[dt.date, bool, str]]:
        """All days in order: (day, worked?, name)."""
        listed = [(day, False, name) for day, name in self.off.items()]
        return sorted([*listed, *((day, True, name) for day, name in self.worked.items())])


def read(text: str, *, year: int) -> Arrangement:
    """Read a notice. Raises `Incomplete` that names every line it cannot read."""
    found = Arrangement(year)
    problems: list[Refusal] = []
    festival = ""
    lines = MID_HEADING.sub(r"\1\n", text.translate(WIDE)).splitlines()
    for number, line in enumerate(lines, start=1):
        found.doubts += _weekday_doubts(line, year)
        plain = BRACKETS.sub("", HEADING.sub("", line)).replace(" ", "").replace("\u3000", "")
        if not plain:
            continue
        head, colon, body = plain.partition(":")
        named = [one for one in FESTIVALS if one.removesuffix("节") in (head if colon else plain)]
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


# --- entering -------------------------------------------------------------------------------------------------


def publish(*, actor: Actor, arrangement: Arrangement, source: str) -> CalendarYear:
    """Enter a year's arrangement for the county in force: its days replace what the county had entered for the year.

    The nation's rows are left alone. Running deadlines are computed anew by the worker after the commit.
    """
    county = _allowed(actor)
    year = arrangement.year
    with transaction.atomic():
        advisory_lock("calendar")
        kept = list(CalendarDay.objects.filter(county=county, day__year=year).order_by("day"))
        CalendarDay.objects.filter(pk__in=[row.pk for row in kept]).delete()
        CalendarDay.objects.filter(county=county, day__in=[day for day, _w, _n in arrangement.days]).delete()
        CalendarDay.objects.bulk_create(
            CalendarDay(county=county, day=day, working=working, name=name) for day, working, name in arrangement.days
        )
        row = _touch(county, actor, year, published=True, source=source)
        audit.entry(
            actor=actor,
            action="calendar.publish",
            label=str(year),
            old={"days": _listed(kept)},
            new={
                "source": source[:2000],
                "off": sorted(map(str, arrangement.off)),
                "worked": sorted(map(str, arrangement.worked)),
            },
        )
    _computed_anew(county, _("holiday arrangement of %(year)s entered") % {"year": year})
    return row


def set_day(*, actor: Actor, day: dt.date, working: bool | None, name: str = "") -> None:
    """Enter one day for the county by hand, or take its own entry away (None)."""
    county = _allowed(actor)
    name = clean_text(name, field="name", most=NAME)
    with transaction.atomic():
        advisory_lock("calendar")
        before = CalendarDay.objects.filter(county=county, day=day).first()
        if working is None:
            if before is None:
                raise Refusal(_("The county has entered nothing for this day."), field="day")
            before.delete()
        else:
            CalendarDay.objects.update_or_create(county=county, day=day, defaults={"working": working, "name": name})
        _touch(county, actor, day.year)
        audit.entry(
            actor=actor,
            action="calendar.day",
            label=day.isoformat(),
            old={"working": before.working, "name": before.name} if before is not None else {},
            new={"day": day, "working": working, "name": name},
        )
    _computed_anew(county, _("day %(day)s of the calendar changed") % {"day": day.isoformat()})


def _allowed(actor: Actor) -> County:
    if not actor.may("calendar.manage"):
        raise NotPermitted(_("Only the county administrator enters the calendar."))
    county = current_county()
    assert county is not None
    return county


def _touch(county: County, actor: Actor, year: int, **values: Any) -> CalendarYear:
    row, _made = CalendarYear.objects.update_or_create(
        county=county,
        year=year,
        defaults={**values, "entered_by": actor.name[:80], "entered_at": timezone.now()},
    )
    clock.forget()
    return row


def _listed(rows: list[CalendarDay]) -> list[Mapping[str, Any]]:
    return [{"day": row.day, "working": row.working, "name": row.name} for row in rows]


def _computed_anew(county: County, reason: str) -> None:
    """Wake the worker after the commit; should the broker be lost, the daily task makes up for it."""
    from workflow.tasks import recompute_deadlines

    transaction.on_commit(lambda: recompute_deadlines.delay(county.pk, reason), robust=True)
