"""A regulation's end is announced to those who keep it, once at each warning day and once after."""

import datetime as dt

import pytest

from jurisdictions.scope import enter
from workflow import rules_watch
from workflow.models import Message
from workflow.notices import notify

pytestmark = pytest.mark.django_db


def clean_text(town, day):
    with enter(town.county):
        rules_watch.warn(county=town.county, on=day)
        return [
            (one.user.username, notify.sentence(one)) for one in Message.objects.order_by("pk").select_related("user")
        ]


@pytest.mark.article("DA-43")
def test_administrators_are_told_at_each_warning_day_once_and_after_the_end(alpha):
    end = dt.date(2026, 11, 26)
    assert clean_text(alpha, end - dt.timedelta(days=181)) == []
    first = clean_text(alpha, end - dt.timedelta(days=180))
    people = {user for user, _sentence in first}
    assert people == {"dean-admin", "dean-second_admin", "dean-head"}
    assert all("2026年11月26日" in sentence and "第四十三条" in sentence for _user, sentence in first)
    assert clean_text(alpha, end - dt.timedelta(days=120)) == first
    assert len(clean_text(alpha, end - dt.timedelta(days=90))) == 2 * len(first)
    assert len(clean_text(alpha, end)) == 3 * len(first)
    after = clean_text(alpha, end + dt.timedelta(days=1))
    assert len(after) == 4 * len(first)
    assert clean_text(alpha, end + dt.timedelta(days=40)) == after


@pytest.mark.article("LC-35")
def test_rules_far_from_their_end_say_nothing(beta):
    assert clean_text(beta, dt.date(2026, 11, 22)) == []
