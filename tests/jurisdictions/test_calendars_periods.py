"""Statutory periods, day by day (docs/requirements.md, «How the texts are read»)."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jurisdictions.calendars import Pause, due_day, explain, national_calendar, working_days_between
from jurisdictions.calendars.periods import PeriodError, add_months

CALENDAR = national_calendar()
days = st.dates(min_value=date(2005, 1, 1), max_value=date(2025, 6, 1))
units = st.sampled_from(["working_day", "day", "month", "year"])


def due(start, amount, unit, *pauses, exact=False):
    found = due_day(
        date.fromisoformat(start),
        amount,
        unit,
        calendar=CALENDAR,
        exact=exact,
        pauses=[Pause(date.fromisoformat(first), date.fromisoformat(last)) for first, last in pauses],
    )
    return found.day.isoformat()


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2026-03-02", 1, "2026-03-03"),  # the day of the trigger does not count
        ("2026-03-06", 1, "2026-03-09"),  # Friday: day 1 is Monday
        ("2026-03-07", 1, "2026-03-09"),  # triggered on a Saturday
        ("2026-09-30", 1, "2026-10-08"),  # National Day does not count
        ("2026-10-09", 1, "2026-10-10"),  # Saturday 10 October is worked
        ("2026-09-18", 5, "2026-09-24"),  # Sunday 20 September is worked, the 25th is Mid-autumn
        ("2026-02-13", 1, "2026-02-14"),  # Saturday 14 February is worked
        ("2026-02-14", 1, "2026-02-24"),  # Spring Festival
        ("2024-12-31", 1, "2025-01-02"),
        ("2020-01-23", 1, "2020-02-03"),  # the festival that was prolonged to 2 February
    ],
)
@pytest.mark.article("DA-24(1)", "LC-14")
def test_working_days_count_from_the_next_working_day(start, amount, expected):
    assert due(start, amount, "working_day") == expected


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2026-03-02", 1, "2026-03-03"),
        ("2026-03-02", 5, "2026-03-09"),  # the 7th is a Saturday
        ("2026-09-15", 10, "2026-09-28"),  # the 25th is Mid-autumn, then a weekend
        ("2026-10-03", 7, "2026-10-10"),  # a Saturday that is worked
        ("2026-03-01", 30, "2026-03-31"),
    ],
)
@pytest.mark.article("LC-32")
def test_calendar_days_end_on_a_working_day(start, amount, expected):
    assert due(start, amount, "day") == expected


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-03-10", 1, "month", "2026-04-10"),
        ("2025-01-31", 1, "month", "2025-02-28"),
        ("2024-01-31", 1, "month", "2024-02-29"),
        ("2025-12-31", 2, "month", "2026-02-28"),  # a Saturday, and worked in 2026
        ("2025-08-31", 6, "month", "2026-02-28"),
        ("2026-04-01", 6, "month", "2026-10-08"),  # 1 October
        ("2024-02-29", 1, "year", "2025-02-28"),
        ("2025-01-17", 1, "year", "2026-01-19"),  # a Saturday
        ("2025-03-03", 12, "month", "2026-03-03"),
    ],
)
@pytest.mark.article("JS-15", "LC-27", "CJ-26")
def test_months_and_years_end_on_the_corresponding_day(start, amount, unit, expected):
    assert due(start, amount, unit) == expected


@pytest.mark.article("DA-30", "JH-26")
def test_a_trial_run_simply_ends_on_its_day():
    assert due("2026-01-04", 3, "month", exact=True) == "2026-04-04"
    assert due("2026-01-04", 3, "month") == "2026-04-07"


@pytest.mark.article("DA-24(2)")
def test_paused_days_do_not_count():
    assert due("2026-03-02", 5, "working_day") == "2026-03-09"
    assert due("2026-03-02", 5, "working_day", ("2026-03-04", "2026-03-05")) == "2026-03-11"


def test_a_pause_of_one_day_stops_that_day():
    assert due("2026-03-02", 1, "working_day", ("2026-03-03", "2026-03-03")) == "2026-03-04"


def test_pauses_that_overlap_or_adjoin_count_once():
    one = due("2026-03-02", 5, "working_day", ("2026-03-04", "2026-03-10"))
    assert due("2026-03-02", 5, "working_day", ("2026-03-04", "2026-03-06"), ("2026-03-05", "2026-03-10")) == one
    assert due("2026-03-02", 5, "working_day", ("2026-03-07", "2026-03-10"), ("2026-03-04", "2026-03-06")) == one


def test_a_pause_before_the_trigger_or_after_the_end_changes_nothing():
    for unit in ("working_day", "day", "month"):
        plain = due("2026-03-02", 5, unit)
        assert due("2026-03-02", 5, unit, ("2026-01-01", "2026-03-02"), ("2027-01-01", "2027-02-01")) == plain


def test_a_month_is_lengthened_by_the_paused_days_inside_until_none_is_left():
    assert due("2026-03-10", 1, "month", ("2026-03-20", "2026-03-24")) == "2026-04-15"
    # The five days reach into a second pause, which lengthens it again.
    assert due("2026-03-10", 1, "month", ("2026-03-20", "2026-03-24"), ("2026-04-14", "2026-04-15")) == "2026-04-17"


def test_an_end_put_off_to_a_working_day_is_not_put_onto_a_paused_one():
    assert due("2026-03-02", 5, "day", ("2026-03-09", "2026-03-10")) == "2026-03-11"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-12-01", 5, "working_day", False),
        ("2026-12-28", 3, "working_day", False),  # ends on the last day of 2026
        ("2026-12-28", 4, "working_day", True),
        ("2026-12-20", 20, "day", True),
        ("2026-12-20", 11, "day", False),
        ("2026-07-01", 6, "month", True),
        ("2026-06-30", 6, "month", False),
        ("2003-12-01", 5, "working_day", True),
        ("2003-12-31", 5, "working_day", False),  # the day of the trigger does not count
        ("2030-05-05", 1, "day", True),
    ],
)
def test_days_of_a_year_without_arrangement_make_it_provisional(start, amount, unit, expected):
    found = due_day(date.fromisoformat(start), amount, unit, calendar=CALENDAR)
    assert found.provisional is expected


def test_an_exact_end_is_never_provisional():
    assert not due_day(date(2026, 12, 1), 6, "month", calendar=CALENDAR, exact=True).provisional


def test_the_ledger_shows_every_day_and_why_it_counts_or_not():
    ledger = explain(
        date(2026, 9, 30),
        2,
        "working_day",
        calendar=CALENDAR,
        pauses=[Pause(date(2026, 10, 8), date(2026, 10, 8))],
    )
    assert ledger[0].day == date(2026, 10, 1)
    assert (ledger[0].kind, ledger[0].name, ledger[0].status, ledger[0].number) == (
        "holiday",
        "国庆节",
        "not_counted",
        None,
    )
    assert [(entry.day.day, entry.kind, entry.status, entry.number) for entry in ledger[-3:]] == [
        (8, "working", "paused", None),
        (9, "working", "counted", 1),
        (10, "make_up", "counted", 2),
    ]


def test_the_ledger_shows_an_end_put_off():
    ledger = explain(date(2026, 3, 2), 5, "day", calendar=CALENDAR)
    assert [(entry.day.day, entry.status, entry.number) for entry in ledger] == [
        (3, "counted", 1),
        (4, "counted", 2),
        (5, "counted", 3),
        (6, "counted", 4),
        (7, "counted", 5),
        (8, "moved", None),
        (9, "moved", None),
    ]


@pytest.mark.parametrize(
    ("start", "amount", "unit"),
    [
        (date(2026, 1, 1), 0, "day"),
        (date(2026, 1, 1), -1, "day"),
        (date(2026, 1, 1), True, "day"),
        (date(2026, 1, 1), 101, "year"),
        (date(2026, 1, 1), 1, "week"),
        (date(9999, 12, 1), 31, "day"),
        (date(9999, 12, 1), 31, "working_day"),
        (date(9950, 1, 1), 100, "year"),
    ],
)
def test_a_period_that_cannot_be_computed_is_refused(start, amount, unit):
    with pytest.raises(PeriodError):
        due_day(start, amount, unit, calendar=CALENDAR)


def test_a_pause_that_ends_before_it_starts_is_refused():
    with pytest.raises(PeriodError):
        due("2026-03-02", 5, "day", ("2026-03-05", "2026-03-04"))


def test_a_pause_without_end_in_sight_is_refused_at_once():
    with pytest.raises(PeriodError):
        due("2026-03-02", 5, "working_day", ("2026-03-03", "9999-12-31"))
    with pytest.raises(PeriodError):
        due("2026-03-02", 5, "month", ("2026-03-03", "9999-12-31"))


def test_working_days_left_are_signed():
    monday, friday = date(2026, 3, 2), date(2026, 3, 6)
    assert working_days_between(monday, friday, calendar=CALENDAR) == 4
    assert working_days_between(friday, monday, calendar=CALENDAR) == -4
    assert working_days_between(monday, monday, calendar=CALENDAR) == 0


@st.composite
def pause_lists(draw):
    first = draw(st.lists(days, max_size=4))
    return [Pause(day, day + timedelta(days=draw(st.integers(0, 40)))) for day in first]


@given(days, st.integers(1, 60), st.sampled_from(["working_day", "day", "month"]), pause_lists())
def test_ledger_and_due_day_agree(start, amount, unit, pauses):
    found = due_day(start, amount, unit, calendar=CALENDAR, pauses=pauses)
    ledger = explain(start, amount, unit, calendar=CALENDAR, pauses=pauses)
    assert [entry.day for entry in ledger] == [start + timedelta(days=n + 1) for n in range(len(ledger))]
    assert ledger[-1].day == found.day
    assert CALENDAR.is_working(found.day)
    assert not any(pause.start <= found.day <= pause.end for pause in pauses)
    if unit != "month":
        assert sum(1 for entry in ledger if entry.status == "counted") == amount


@given(days, st.integers(1, 30), units, pause_lists())
def test_more_time_or_more_pauses_never_end_a_period_earlier(start, amount, unit, pauses):
    assume(amount < 10 or unit != "year")
    plain = due_day(start, amount, unit, calendar=CALENDAR).day
    assert due_day(start, amount + 1, unit, calendar=CALENDAR).day >= plain
    assert due_day(start, amount, unit, calendar=CALENDAR, pauses=pauses).day >= plain


def test_months_are_added_at_the_end_of_the_calendar_only_where_there_are_any():
    assert add_months(date(9999, 1, 31), 1) == date(9999, 2, 28)
    with pytest.raises(PeriodError):
        add_months(date(9999, 12, 1), 1)
