"""Boxes: evaluation, overlap, atoms and database queries say the same."""

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from jurisdictions.facts import FactColumns
from jurisdictions.rules.boxes import Box, BoxError, atoms_of
from jurisdictions.rules.check import Table, TableRow, applicable_sets
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.vocabulary import ROUTE_FACTS

pytestmark = pytest.mark.usefixtures("english")
BOUNDS = [Decimal(text) for text in ("0", "0.01", "499999.99", "500000", "500000.01", "2000000", "10000000")]


def box(**when) -> Box:
    return Box.parse(when, ROUTE_FACTS)


def values(**facts):
    return Facts.parse({"investment": 0, **facts}).values()


@st.composite
def intervals(draw):
    low, high = sorted([draw(st.sampled_from(BOUNDS)), draw(st.sampled_from(BOUNDS))])
    if low == high:
        return {"exactly": low}
    ends = {}
    if draw(st.booleans()):
        ends[draw(st.sampled_from(["at_least", "over"]))] = low
    if draw(st.booleans()) or not ends:
        ends[draw(st.sampled_from(["at_most", "below"]))] = high
    return {"at_most": high} if ends == {"below": Decimal(0)} else ends


def choices(fact):
    known = list(ROUTE_FACTS[fact].values)
    some = st.lists(st.sampled_from(known), min_size=1, max_size=len(known) - 1, unique=True)
    return st.one_of(some, some.map(lambda listed: {"not": listed}))


optional: dict[str, st.SearchStrategy] = {
    "investment": intervals(),
    "category": choices("category"),
    "importance": choices("importance"),
    "classified": st.booleans(),
}
boxes = st.fixed_dictionaries({}, optional=optional).map(lambda when: Box.parse(when, ROUTE_FACTS))
required: dict[str, st.SearchStrategy] = {
    "investment": st.sampled_from([*BOUNDS, *(bound + Decimal("0.01") for bound in BOUNDS)]),
    "category": st.sampled_from(list(ROUTE_FACTS["category"].values)),
    "classified": st.booleans(),
}
points = st.fixed_dictionaries(
    required,
    optional={"importance": st.sampled_from(["general", "key"])},
).map(Facts.parse)


@pytest.mark.parametrize(
    ("ends", "inside", "outside"),
    [
        ({"at_least": 500000}, ["500000", "500000.01"], ["499999.99"]),
        ({"over": 500000}, ["500000.01"], ["500000", "499999.99"]),
        ({"at_most": 500000}, ["500000", "0"], ["500000.01"]),
        ({"below": 500000}, ["499999.99"], ["500000"]),
        ({"exactly": 500000}, ["500000"], ["499999.99", "500000.01"]),
        ({"at_least": 500000, "below": 2000000}, ["500000", "1999999.99"], ["499999.99", "2000000"]),
    ],
)
def test_ends_belong_or_not_as_written(ends, inside, outside):
    when = box(investment=ends)
    assert [amount for amount in inside if not when.matches(values(investment=amount))] == []
    assert [amount for amount in outside if when.matches(values(investment=amount))] == []


def test_reasons_name_the_conditions_met():
    reasons = box(investment={"at_least": 500000}, classified=False).reasons(values(investment=500000))
    assert [(reason.fact, reason.value) for reason in reasons] == [
        ("investment", 500000),
        ("classified", False),
    ]
    assert box(classified=True).reasons(values()) is None


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ({"budget": True}, "budget"),
        ({"investment": 500000}, "at_least"),
        ({"investment": {"from": 1}}, "from"),
        ({"investment": {"at_least": 5, "over": 5}}, "at_least"),
        ({"investment": {"exactly": 5, "below": 9}}, "exactly"),
        ({"investment": {"at_least": 5, "below": 5}}, "investment"),
        ({"investment": {"below": 0}}, "investment"),
        ({"investment": {"at_least": "much"}}, "at_least"),
        ({"investment": {"at_least": True}}, "at_least"),
        ({"category": "equipment"}, "category"),
        ({"category": ["hardware"]}, "hardware"),
        ({"category": ["service", "service"]}, "category"),
        ({"classified": "yes"}, "classified"),
        ("always", "when"),
    ],
)
def test_a_faulty_box_says_what_is_wrong(when, reason):
    with pytest.raises(BoxError, match=reason):
        Box.parse(when, ROUTE_FACTS)


def test_every_fault_of_a_box_is_said_at_once():
    with pytest.raises(BoxError) as caught:
        Box.parse({"budget": True, "classified": 1, "category": []}, ROUTE_FACTS)
    assert len(caught.value.problems) == 3


@given(boxes, boxes, points)
def test_overlap_holds_exactly_where_both_hold(one, two, facts):
    both = one.overlap(two)
    inside = both is not None and both.matches(facts.values())
    assert inside == (one.matches(facts.values()) and two.matches(facts.values()))


@given(st.lists(boxes, min_size=1, max_size=5), points)
@settings(max_examples=200)
def test_atoms_find_every_set_of_rows_that_applies_together(when, facts):
    rows = tuple(TableRow(str(number), each, number) for number, each in enumerate(when))
    mask = sum(1 << number for number, each in enumerate(when) if each.matches(facts.values()))
    assert mask in applicable_sets(Table((), ROUTE_FACTS, rows))


@given(st.lists(intervals(), max_size=4), st.sampled_from(BOUNDS))
def test_every_amount_lies_in_exactly_one_atom(ends, amount):
    conditions = [condition for each in ends for _fact, condition in box(investment=each).conditions]
    atoms = atoms_of(ROUTE_FACTS["investment"], conditions)
    assert sum(1 for atom in atoms if atom.region.holds(amount)) == 1
    for atom in atoms:
        if atom.region.holds(amount):
            assert [each.holds(amount) for each in conditions] == [each.holds(atom.sample) for each in conditions]


@given(boxes)
def test_a_box_written_down_reads_back(when):
    again = Box.parse(when.as_data(), ROUTE_FACTS)
    assert dict(again.conditions) == dict(when.conditions)


class Record(FactColumns):
    """A table with the facts as columns, made for these tests."""

    class Meta:
        app_label = "jurisdictions"
        managed = False
        db_table = "rules_test_record"


@pytest.fixture
def record_table(db):
    with connection.schema_editor() as editor:
        editor.create_model(Record)


SAMPLE = [
    {"investment": "499999.99"},
    {"investment": "500000", "category": "equipment", "importance": "key"},
    {"investment": "500000.01", "classified": True, "importance": "general"},
    {"investment": "2000000", "category": "infrastructure"},
    {"investment": "10000000", "category": "integration", "classified": True, "importance": "key"},
]


def test_queries_find_what_evaluation_finds(record_table):
    facts = {number: Facts.parse(each) for number, each in enumerate(SAMPLE, start=1)}
    for number, each in facts.items():
        data = each.values() | {"importance": each.importance or ""}
        Record._default_manager.create(pk=number, **data)

    @given(boxes)
    @settings(max_examples=150, deadline=None)
    def agrees(when):
        found = set(Record._default_manager.filter(when.as_query()).values_list("pk", flat=True))
        assert found == {number for number, each in facts.items() if when.matches(each.values())}

    agrees()


def test_a_query_can_ask_about_a_related_record():
    assert box(investment={"over": 5}).as_query("project__").children == [("project__investment__gt", Decimal(5))]
