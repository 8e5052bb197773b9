"""What the parts of a rule file say for themselves."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from django.utils import translation
from pydantic import BaseModel

from jurisdictions.rules.labels import Says, label, models_below, says
from jurisdictions.rules.loader import load_text
from jurisdictions.rules.schema import MonthDay, RuleFile, Window
from jurisdictions.rules.shapes import Name
from tests.jurisdictions.rule_text import TEXT


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


def test_every_marked_key_of_the_file_is_checked_wherever_it_stands():
    """A new field is checked by its mark alone: none of these is named by the loader."""
    text = TEXT + (
        "acceptance: {committee: {members: [finance], lead: audit, articles: [SX-1]}}\n"
        "evaluation: [{key: self, authority: archives, text: 自评, articles: [SX-1]}]\n"
        "stock: {text: 存量, form: no_form, documents: [no_paper], articles: [SX-1]}\n"
    )
    found = {error.path: error.message for error in load_text(text, file="x.yaml").errors}
    assert found.keys() == {
        "acceptance.committee.lead",
        "evaluation[self].authority",
        "stock.form",
        "stock.documents[0]",
    }
    assert all(part in found[path] for path, part in [("stock.form", "forms"), ("stock.documents[0]", "documents")])


FIELDS = [(model, name) for model in models_below(RuleFile) for name in model.model_fields]


def literals(annotation: Any) -> Iterator[str]:
    """The values of a choice, also of one that may be left out or stand in a list."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for each in get_args(annotation):
            yield from literals(each)


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=lambda one: getattr(one, "__name__", one))
def test_every_key_of_the_file_says_what_it_is_in_both_languages(model: type[BaseModel], name: str) -> None:
    said = says(model, name)
    for words in (said.label, said.help, *said.values.values(), *said.keys.values()):
        with translation.override("en"):
            english = str(words)
        with translation.override("zh-hans"):
            assert english and str(words) != english, f"{english} has no Chinese"
    assert "\n" not in str(said.help)
    assert list(literals(model.model_fields[name].annotation)) == list(said.values)


def test_every_part_of_the_file_is_walked():
    names = {model.__name__ for model in models_below(RuleFile)}
    assert {"RuleFile", "Row[StepThen]", "DeadlineRule", "PauseRule", "Span", "MonthDay"} <= names


def test_a_field_says_itself_before_its_type_does_and_without_either_is_an_error():
    class Part(BaseModel):
        name: Name
        own: Annotated[Name, Says("Own", "A help.")]
        maybe: Name | None
        silent: str

    with translation.override("en"):
        assert [label(Part, each) for each in ("name", "own", "maybe")] == ["Name shown", "Own", "Name shown"]
    with pytest.raises(LookupError, match="Part.silent"):
        says(Part, "silent")


@pytest.mark.parametrize(
    ("right", "wrong", "path", "said"),
    [
        ("version: 1\n", "", "version", "缺少此项：规则版本号。每换一份规则文件加一。"),
        ("version: 1\n", "version: 1\nright: []\n", "right", "没有这个键；是否想写“rights”（权属与成果）"),
        (
            "version: 1\n",
            "version: 1\nstock: {articles: [SX-1]}\n",
            "stock.text",
            "缺少此项：文字。用自己的话写给人看的内容。",
        ),
        (
            "version: 1\n",
            "version: 1\nacceptance: {committee: {members: [finance], leader: audit, articles: [SX-1]}}\n",
            "acceptance.committee.leader",
            "没有这个键；是否想写“lead”（牵头）",
        ),
    ],
)
def test_a_missing_or_mistyped_key_is_named_with_what_it_is_for(right, wrong, path, said):
    assert right in TEXT
    with translation.override("zh-hans"):
        found = {error.path: error.message for error in load_text(TEXT.replace(right, wrong, 1), file="x.yaml").errors}
    assert found[path] == said
