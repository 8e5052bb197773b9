"""Rule versions and calendars in the database."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from jurisdictions.calendar_store import current_calendars, database_calendars, load_national
from jurisdictions.calendars.loading import CalendarFileError, read_year
from jurisdictions.models import CalendarDay, CalendarYear, County, RuleVersion
from jurisdictions.rules.loader import RuleFileError, load_data, load_path
from jurisdictions.rules.registry import RuleRegistry, rule_paths
from jurisdictions.versions import VersionConflict, current_registry, store, stored_registry
from tests.jurisdictions.rule_text import load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def load_rules(*paths):
    out = io.StringIO()
    call_command("load_rules", *map(str, paths), stdout=out)
    return out.getvalue()


def test_every_county_is_stored_with_its_version_once():
    assert load_rules().count("stored") == len(rule_paths())
    assert load_rules().count("unchanged") == len(rule_paths())
    assert RuleVersion.objects.count() == len(rule_paths())
    assert set(County.objects.values_list("code", flat=True)) == {path.stem for path in rule_paths()}


def test_a_stored_version_holds_dates_and_digest():
    result = load()
    store(result)
    version = RuleVersion.objects.get(county__code="sample")
    assert (version.number, version.status, version.digest) == (1, "in_force", result.digest)
    assert (version.in_force_from, version.in_force_until) == (date(2025, 1, 1), date(2026, 12, 31))


def test_other_content_under_the_same_number_is_refused():
    store(load())
    with pytest.raises(VersionConflict, match="version 1"):
        store(load(("heading: 三", "heading: 四")))
    assert store(load(("heading: 三", "heading: 四"), ("version: 1", "version: 2"))).is_new


def test_a_stored_version_cannot_be_changed():
    store(load())
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleVersion.objects.update(title="anders")
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleVersion.objects.all().delete()


def test_a_faulty_file_stores_nothing():
    with pytest.raises(RuleFileError):
        store(load(("status: in_force", "status: valid")))
    assert not RuleVersion.objects.exists()


def test_the_command_names_every_error_and_stores_nothing(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(rule_paths()[0].read_text(encoding="utf-8") + "\ncolour: red\nversion: 2\n", encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        load_rules(rule_paths()[1], path)
    assert "colour" in str(caught.value) and "version" in str(caught.value) and "bad.yaml" in str(caught.value)
    assert not RuleVersion.objects.exists()


def test_the_database_answers_as_the_files_do():
    load_rules()
    stored, files = stored_registry(), RuleRegistry.from_files()
    assert stored.counties == files.counties
    for county in files.counties:
        assert stored.newest(county).rules == files.newest(county).rules
        assert list(stored.newest(county).rules.articles) == list(files.newest(county).rules.articles)
        assert stored.newest(county).digest == files.newest(county).digest


def test_a_new_version_is_seen_at_once():
    store(load())
    assert current_registry().newest("sample").version == 1
    assert current_registry() is current_registry()
    store(load(("version: 1", "version: 2")))
    assert current_registry().newest("sample").version == 2


def test_the_nations_days_are_seeded_once():
    assert load_national() > 20
    assert load_national() == 0
    calendar = database_calendars().national
    assert not calendar.is_working(date(2004, 1, 1))
    assert calendar.is_working(date(2026, 10, 10))
    assert calendar.describe(date(2026, 10, 10)).kind == "make_up"
    assert calendar.describe(date(2026, 10, 1)).name == "国庆节"
    assert calendar.describe(date(2026, 10, 17)).kind == "weekend"
    assert not calendar.is_provisional(date(2026, 12, 31))
    assert calendar.is_provisional(date(2027, 1, 1)) and not calendar.is_working(date(2027, 1, 1))
    assert calendar.is_provisional(date(2003, 12, 31))
    assert calendar.is_provisional(date(2090, 5, 1)) and not calendar.is_working(date(2090, 5, 1))


def test_a_year_that_a_person_entered_is_left_alone():
    load_national()
    CalendarYear.objects.filter(county=None, year=2027).update(published=True, entered_by="管理员")
    CalendarDay.objects.filter(county=None, day__year=2027).delete()
    assert load_national() == 0
    calendar = database_calendars().national
    assert calendar.is_working(date(2027, 1, 1))
    assert not calendar.is_provisional(date(2027, 1, 1))


def test_a_countys_days_win_over_the_nations_and_only_there():
    load_national()
    store(load())
    county = County.objects.get(code="sample")
    CalendarDay.objects.create(county=county, day=date(2026, 3, 3), working=False, name="县庆")
    calendars = current_calendars()
    assert not calendars.for_county("sample").is_working(date(2026, 3, 3))
    assert calendars.for_county("sample").describe(date(2026, 3, 3)).name == "县庆"
    assert not calendars.for_county("sample").is_provisional(date(2026, 3, 3))
    assert calendars.for_county("elsewhere").is_working(date(2026, 3, 3))
    assert not calendars.for_county("sample").is_working(date(2026, 10, 1))


def test_a_county_can_publish_a_year_of_its_own():
    load_national()
    store(load())
    county = County.objects.get(code="sample")
    CalendarYear.objects.create(county=county, year=2027, published=True)
    CalendarDay.objects.create(county=county, day=date(2027, 1, 2), working=True)
    calendar = database_calendars().for_county("sample")
    assert not calendar.is_provisional(date(2027, 1, 1))
    assert calendar.is_working(date(2027, 1, 1))  # the guess for the nation does not count any more
    assert calendar.is_working(date(2027, 1, 2))


def test_a_changed_day_is_seen_at_once():
    load_national()
    assert current_calendars().national.is_working(date(2026, 3, 3))
    assert current_calendars() is current_calendars()
    CalendarDay.objects.create(day=date(2026, 3, 3), working=False)
    assert not current_calendars().national.is_working(date(2026, 3, 3))
    CalendarDay.objects.filter(day=date(2026, 3, 3)).update(working=True)
    assert current_calendars().national.is_working(date(2026, 3, 3))


GOOD_YEAR = """\
year: 2027
published: true
source: 国务院办公厅通知
days:
  2027-01-01: {working: false, name: 元旦}
  2027-01-03: {working: true}
"""


def test_a_file_publishes_a_year(tmp_path):
    path = tmp_path / "2027.yaml"
    path.write_text(GOOD_YEAR, encoding="utf-8")
    call_command("load_calendars", str(path), stdout=io.StringIO())
    calendar = database_calendars().national
    assert calendar.is_working(date(2027, 1, 3))
    assert not calendar.is_provisional(date(2027, 1, 3))
    assert CalendarYear.objects.get(county=None, year=2027).source == "国务院办公厅通知"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("year: 2027", "year: 2026", "2026"),
        ("published: true", "published: maybe", "true or false"),
        ("source: 国务院办公厅通知\n", "", "exactly"),
        ("{working: true}", "{working: 1}", "true or false"),
        ("{working: true}", "{work: true}", "working"),
        ("2027-01-03", "2027-01-01", "twice"),
        ("2027-01-03", "2027-02-30", "2027"),
    ],
)
def test_a_faulty_calendar_file_is_named_with_place_and_reason(tmp_path, old, new, reason):
    path = tmp_path / "2027.yaml"
    path.write_text(GOOD_YEAR.replace(old, new), encoding="utf-8")
    with pytest.raises(CalendarFileError, match=reason):
        read_year(path)


def test_a_version_stored_without_texts_gets_them_with_the_next_of_its_regulation() -> None:
    path = next(path for path in rule_paths() if path.stem == "dean")
    content = load_path(path).content
    store(load_data({**content, "version": content["version"] + 1}, file="dean-more"))
    without = RuleVersion.objects.get(county__code="dean")
    assert not without.texts.exists()
    load_rules(path)
    assert without.texts.count() == len(content["articles"])
