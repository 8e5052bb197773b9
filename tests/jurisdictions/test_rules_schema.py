"""What the parts of a rule file say for themselves."""

from datetime import date

import pytest

from jurisdictions.rules.schema import MonthDay, Window


@pytest.mark.parametrize(
    ("opens", "closes", "inside", "outside"),
    [
        ((7, 1), (8, 31), [date(2026, 7, 1), date(2026, 8, 31)], [date(2026, 6, 30), date(2026, 9, 1)]),
        ((11, 1), (2, 28), [date(2026, 11, 1), date(2027, 2, 28)], [date(2026, 10, 31), date(2027, 3, 1)]),
        (None, (5, 20), [date(2026, 1, 1), date(2026, 5, 20)], [date(2026, 5, 21)]),
    ],
)
def test_window_holds_both_its_days_also_over_the_end_of_a_year(opens, closes, inside, outside) -> None:
    def day(one: tuple[int, int] | None) -> MonthDay | None:
        return MonthDay(month=one[0], day=one[1]) if one else None

    window = Window(opens=day(opens), closes=day(closes), articles=["DA-1"])
    assert all(window.holds(one) for one in inside)
    assert not any(window.holds(one) for one in outside)
    assert not window.is_all_year
