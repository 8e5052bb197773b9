"""The county's calendar: a year's notice read, shown, entered; running deadlines follow, their old days are kept."""

from __future__ import annotations

from datetime import date

import chinese_calendar
import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete
from jurisdictions.models import CalendarDay, CalendarYear
from jurisdictions.scope import enter
from regulation import arrangement, entering
from tests.people import Cast, Town, client_for
from tests.workflow.work import make_project, make_step, noon, rule
from workflow.clocks import clock, deadlines
from workflow.models import AuditEntry, Deadline, DeadlineChange

NOTICES = {
    2026: """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。""",
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
}
NEXT = "一、元旦：1月1日至5日放假调休，共5天；二、春节：2月5日至11日放假调休，共7天。2月14日（星期日）上班。"


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_published_notices_are_read_day_for_day(year: int) -> None:
    found = arrangement.read(NOTICES[year], year=year)
    assert set(found.off) == {day for day in chinese_calendar.holidays if day.year == year}
    assert set(found.worked) == {day for day in chinese_calendar.workdays if day.year == year}
    assert found.doubts == []


def test_several_festivals_in_one_line_and_a_span_over_the_new_year_are_read() -> None:
    found = arrangement.read(NEXT, year=2027)
    assert (len(found.off), found.off[date(2027, 1, 5)], found.off[date(2027, 2, 5)]) == (12, "元旦", "春节")
    over = arrangement.read("元旦：2022年12月31日至2023年1月2日放假调休，共3天。", year=2023)
    assert sorted(over.off) == [date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("元旦：13月1日放假", "13月1日"),
        ("春节：2月30日放假", "2月30日"),
        ("元旦：1月5日至3日放假", "1月5日至3日"),
        ("元旦：1月1日至6月3日放假", "1月1日至6月3日"),
        ("元旦：1月1日", "1月1日"),
        ("春节：2月5日至11日放假调休，共8天。", "8"),
        ("元旦：1月1日至3日放假。1月3日上班", "2027-01-03"),
        ("2024年5月1日放假", "2024-05-01"),
        ("请各单位做好值班", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_guessed(text: str, said: str) -> None:
    with pytest.raises(Incomplete) as refused:
        arrangement.read(text, year=2027)
    assert any(said in one.message for one in refused.value.items)


def test_a_weekday_that_does_not_fit_the_year_is_doubted() -> None:
    assert arrangement.read("元旦：1月1日（周四）放假", year=2027).doubts
    assert not arrangement.read("元旦：1月1日（周五）放假", year=2027).doubts


def test_notice_is_shown_first_and_entered_when_confirmed(
    cast: Cast, django_capture_on_commit_callbacks, settings
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    alpha = cast.alpha
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=6)])
    with time_machine.travel(noon(2026, 12, 28), tick=False), enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        before = row.due_on
    nation = CalendarDay.objects.filter(county=None).count()
    browser, path = client_for(alpha.admin), f"/{alpha.code}/calendar/year/"
    preview = browser.post(path, {"year": 2027, "text": NEXT, "scope": "whole"})
    assert preview.status_code == 200
    assert "2027-02-14" in preview.content.decode()
    assert "原到期日保留" in preview.content.decode()
    assert not CalendarYear.objects.filter(county=alpha.county).exists()
    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post(path, {"year": 2027, "text": NEXT, "scope": "whole", "confirm": "1"})
    assert (done.status_code, done["Location"]) == (303, f"/{alpha.code}/calendar/?year=2027")
    year = CalendarYear.objects.get(county=alpha.county)
    assert (year.year, year.published, year.entered_by, year.source) == (2027, True, "admin", NEXT)
    assert CalendarDay.objects.filter(county=None).count() == nation
    with enter(alpha.county):
        row.refresh_from_db()
        change = DeadlineChange.objects.get(deadline=row)
        assert (row.provisional, change.old_due_on, change.new_due_on) == (False, before, row.due_on)
        assert AuditEntry.objects.filter(action="calendar.publish").count() == 1
        assert AuditEntry.objects.filter(action="deadline.recompute", object_id=row.pk).count() == 1
    with enter(cast.beta.county):
        assert clock.working_calendar().is_provisional(date(2027, 6, 1))


def test_daily_task_makes_up_for_a_recomputation_that_a_lost_broker_never_delivered(alpha: Town) -> None:
    from workflow import tasks

    step = make_step(alpha, make_project(alpha), rules=[rule(amount=6)])
    with time_machine.travel(noon(2026, 12, 28), tick=False):
        with enter(alpha.county):
            (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
            entering.publish(actor=alpha.admin.actor, arrangement=arrangement.read(NEXT, year=2027), source=NEXT)
        with enter(alpha.county):
            assert Deadline.objects.get(pk=row.pk).provisional
        tasks.daily()
        with enter(alpha.county):
            assert not Deadline.objects.get(pk=row.pk).provisional


def test_deadlines_move_batch_by_batch_each_once_and_those_that_stand_stay(alpha: Town, monkeypatch) -> None:
    from workflow import tasks
    from workflow.clocks import reckoning

    monkeypatch.setattr(reckoning, "TOGETHER", 2)
    with time_machine.travel(noon(2026, 3, 2), tick=False):
        steps = [make_step(alpha, make_project(alpha), rules=[rule(amount=amount)]) for amount in (1, 6, 7, 8)]
        with enter(alpha.county):
            rows = [deadlines.happened(actor=SYSTEM, project=one.project, event="start_notice")[0] for one in steps]
            before = [row.due_on for row in rows]
        CalendarYear.objects.create(county=alpha.county, year=2026, published=True)
        CalendarDay.objects.create(county=alpha.county, day=date(2026, 3, 6), working=False)
        tasks.recompute_deadlines(alpha.county.pk, "县庆")
        tasks.recompute_deadlines(alpha.county.pk, "县庆")
        with enter(alpha.county):
            after = [Deadline.objects.get(pk=row.pk) for row in rows]
            changes = list(DeadlineChange.objects.values_list("deadline_id", "old_due_on", "new_due_on", "reason"))
            entries = AuditEntry.objects.filter(action="deadline.recompute").count()
    assert after[0].due_on == before[0]
    assert changes == [(row.pk, old, row.due_on, "县庆") for row, old in zip(after[1:], before[1:], strict=True)]
    assert all(row.due_on > old for row, old in zip(after[1:], before[1:], strict=True))
    assert all(
        row.due_at == clock.end_of(row.due_on) and row.remind_on and row.remind_on < row.due_on for row in after[1:]
    )
    assert entries == 3


def test_notice_that_cannot_be_read_keeps_what_was_pasted(alpha: Town) -> None:
    response = client_for(alpha.admin).post(
        f"/{alpha.code}/calendar/year/", {"year": 2027, "text": "元旦：13月1日放假", "confirm": "1"}
    )
    assert response.status_code == 422
    assert "元旦：13月1日放假" in response.content.decode()
    assert not CalendarYear.objects.filter(county=alpha.county).exists()


def test_a_day_is_entered_and_taken_away_by_hand(alpha: Town) -> None:
    browser, path = client_for(alpha.admin), f"/{alpha.code}/calendar/day/"
    browser.post(path, {"day": "2026-03-03", "kind": "off", "name": "县庆"})
    with enter(alpha.county):
        clock.forget()
        info = clock.working_calendar().describe(date(2026, 3, 3))
        assert (info.kind, info.name, info.provisional) == ("holiday", "县庆", False)
        assert not clock.working_calendar().is_working(date(2026, 10, 1))
    browser.post(path, {"day": "2026-03-03", "kind": "remove"})
    assert not CalendarDay.objects.filter(county=alpha.county).exists()
    assert browser.post(path, {"day": "3. März", "kind": "off"}).status_code == 422
    assert browser.post(path, {"day": "2026-03-03", "kind": "off", "name": "长" * 41}).status_code == 422
    assert not CalendarDay.objects.filter(county=alpha.county).exists()


def test_calendar_is_shown_with_its_unpublished_years_marked(alpha: Town) -> None:
    browser = client_for(alpha.admin)
    published, coming = (browser.get(f"/{alpha.code}/calendar/?year={year}") for year in (2026, 2028))
    assert (published.context["is_published"], coming.context["is_published"]) == (True, False)
    assert "国庆节" in published.content.decode()
    assert browser.get(f"/{alpha.code}/calendar/?year=99999").status_code == 200


def test_only_the_county_administrator_enters_the_calendar(alpha: Town) -> None:
    for person in (alpha.filer, alpha.reviewer, alpha.auditor):
        browser = client_for(person)
        assert browser.get(f"/{alpha.code}/calendar/").status_code == 403
        assert browser.post(f"/{alpha.code}/calendar/year/", {"year": 2027, "text": NEXT}).status_code == 403


def test_a_day_entered_in_a_year_not_published_leaves_the_guess_at_its_holidays(alpha: Town) -> None:
    national_day = date(2031, 10, 1)
    with enter(alpha.county):
        assert not clock.working_calendar().is_working(national_day)
        entering.set_day(actor=alpha.admin.actor, day=date(2031, 3, 3), working=False, name="县庆")
        assert not clock.working_calendar().is_working(date(2031, 3, 3))
        assert not clock.working_calendar().is_working(national_day)


FRAMED = f"""国务院办公厅关于2026年
部分节假日安排的通知
国办发明电〔2025〕7号

各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
　　经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
{NOTICES[2026].split(chr(10), 1)[1]}
鼓励单位根据实际落实带薪年休假制度。

　　　　　　　　　　　　　　　　国务院办公厅
　　　　　　　　　　　　　　　　2025年11月4日
"""
REGIONAL = """自治区人民政府办公厅关于2026年古尔邦节放假的通知
新政办明电〔2026〕5号
各州、市、县人民政府，各委、办、厅、局：
根据《全国年节及纪念日放假办法》和2025年11月4日国务院办公厅通知精神，现将放假安排通知如下：
5月27日（星期三）至29日（星期五）放假，共3天。
请妥善安排好值班工作。
自治区人民政府办公厅
2026年5月10日"""


class TestNotices:
    """A notice is pasted as it was published; what it changes is one thing, the year another."""

    def test_notice_of_the_nation_with_head_and_foot(self) -> None:
        found = arrangement.read(FRAMED, year=2026)
        assert found.days == arrangement.read(NOTICES[2026], year=2026).days
        frame = found.frame
        assert (frame.title, frame.number) == ("国务院办公厅关于2026年部分节假日安排的通知", "国办发明电〔2025〕7号")
        assert (frame.office, frame.dated) == ("国务院办公厅", date(2025, 11, 4))
        assert frame.addressees.startswith("各省") and found.scope == arrangement.Scope.WHOLE
        assert arrangement.read(FRAMED, year=2027).doubts

    def test_notice_of_a_region_names_its_festival_in_the_title(self) -> None:
        found = arrangement.read(REGIONAL, year=2026)
        assert {str(day): name for day, name in found.off.items()} == dict.fromkeys(
            ("2026-05-27", "2026-05-28", "2026-05-29"), "古尔邦节"
        )
        assert (found.frame.office, found.scope) == ("自治区人民政府办公厅", arrangement.Scope.ADD)

    def test_prolonged_holiday_is_asked_for_in_full(self) -> None:
        with pytest.raises(Incomplete) as refused:
            arrangement.read("春节假期延长至2月25日，2月26日起正常上班。", year=2026)
        assert "请写明全部放假日期" in refused.value.items[0].message

    def test_short_notice_changes_its_days_and_leaves_the_year(self, alpha: Town) -> None:
        with enter(alpha.county):
            before = {day: clock.working_calendar().describe(day) for day in entering.days_of(2026)}
            entering.publish(
                actor=alpha.admin.actor,
                arrangement=arrangement.read(REGIONAL, year=2026),
                source=REGIONAL,
                scope=arrangement.Scope.ADD,
            )
            calendar = clock.working_calendar()
            moved = {str(day) for day, info in before.items() if calendar.describe(day) != info}
            assert moved == {"2026-05-27", "2026-05-28", "2026-05-29"}
            assert not calendar.is_working(date(2026, 10, 1)) and not calendar.is_provisional(date(2026, 5, 27))
            assert not CalendarYear.objects.get(county=alpha.county).published
            entry = AuditEntry.objects.get(action="calendar.change")
            assert "新政办明电〔2026〕5号" in entry.label

    def test_festival_that_moves_gives_its_former_days_back_and_the_preview_says_which(self, alpha: Town) -> None:
        text = "因天气原因，中秋节放假时间调整为：9月28日至30日放假，共3天。"
        browser, path = client_for(alpha.admin), f"/{alpha.code}/calendar/year/"
        shown = browser.post(path, {"year": 2026, "text": text})
        assert shown.context["scope"] == arrangement.Scope.MOVE
        assert [str(one.before.day) for one in shown.context["lost"]] == ["2026-09-25", "2026-09-26", "2026-09-27"]
        whole = browser.post(path, {"year": 2026, "text": text, "scope": "whole"})
        assert len(whole.context["lost"]) > 30 and "2026-10-01" in whole.content.decode()
        assert browser.post(path, {"year": 2026, "text": text, "scope": "move", "confirm": "1"}).status_code == 303
        with enter(alpha.county):
            calendar = clock.working_calendar()
            assert calendar.is_working(date(2026, 9, 25)) and not calendar.is_working(date(2026, 9, 28))
            assert not calendar.is_working(date(2026, 10, 1))
