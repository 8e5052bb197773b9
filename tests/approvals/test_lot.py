"""The lot: anybody who has the seed finds the same experts, and nobody is likelier than another."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from approvals.experts import lot

SEED = "ab" * 32


def candidate(number: int, *fields: str, unit: str = "") -> lot.Candidate:
    return lot.Candidate(f"{number:08d}", f"专家{number}", unit or f"单位{number}", unit or f"单位{number}", fields)


TEN = [candidate(number, "甲") for number in range(10)]
PLACES = [{"speciality": "甲", "count": 3}]


def exported(**changed: Any) -> dict[str, Any]:
    listed = [one._asdict() | {"specialities": list(one.specialities)} for one in TEN]
    return {
        "format": lot.FORMAT,
        "commitment": lot.commitment_of(SEED),
        "candidates_hash": lot.list_hash(listed),
        "places": PLACES,
        "candidates": listed,
        "taken": [],
        "one_a_unit": True,
        "seed": SEED,
        "said": "42",
        "result": lot.draw(seed=SEED, said="42", places=PLACES, candidates=TEN, one_a_unit=True),
    } | changed


@pytest.mark.article("CJ-32")
def test_the_same_seed_and_list_give_the_same_experts_in_whatever_order_the_list_comes() -> None:
    once = lot.draw(seed=SEED, said="42", places=PLACES, candidates=TEN)
    assert lot.draw(seed=SEED, said="42", places=PLACES, candidates=TEN[::-1]) == once
    assert [one["key"] for one in once] == ["00000002", "00000009", "00000003"]
    assert lot.draw(seed=SEED, said="43", places=PLACES, candidates=TEN) != once
    assert lot.draw(seed="cd" * 32, said="42", places=PLACES, candidates=TEN) != once


def test_every_candidate_is_as_likely_as_the_others() -> None:
    drawn = Counter(
        one["key"]
        for number in range(2000)
        for one in lot.draw(seed=SEED, said=str(number), places=PLACES, candidates=TEN)
    )
    assert set(drawn) == {one.key for one in TEN}
    assert all(abs(count - 600) < 100 for count in drawn.values())  # five standard deviations


def test_a_number_that_would_favour_a_place_is_passed_over() -> None:
    stream = iter([lot.SPAN - 1, 5])
    assert lot.below(stream, 3) == 2  # 2^256 = 3k + 1: the last number of all stands alone


def test_one_of_a_unit_sits_and_nobody_sits_twice() -> None:
    same = [candidate(1, "甲", unit="同"), candidate(2, "甲", "乙", unit="同"), candidate(3, "乙", unit="异")]
    places = [{"speciality": "甲", "count": 1}, {"speciality": "乙", "count": 1}]
    for said in map(str, range(20)):
        keys = [one["key"] for one in lot.draw(seed=SEED, said=said, places=places, candidates=same, one_a_unit=True)]
        assert keys[1] == "00000003"
    with pytest.raises(lot.TooFew):
        lot.draw(seed=SEED, said="", places=places, candidates=same, taken=["异"], one_a_unit=True)


@pytest.mark.article("CJ-32")
def test_an_exported_draw_is_checked_with_the_file_alone(tmp_path: Any) -> None:
    path, said = tmp_path / "draw.json", io.StringIO()
    path.write_text(json.dumps(exported()), encoding="utf-8")
    call_command("check_draw", str(path), stdout=said)
    assert "专家2, 专家9, 专家3" in said.getvalue()
    more = [*exported()["candidates"], candidate(99, "甲")._asdict()]
    for wrong, what in (
        ({"seed": "cd" * 32}, "seed"),
        ({"candidates": more}, "candidates"),
        ({"said": "43"}, "other experts"),
        ({"format": "x"}, "format"),
    ):
        path.write_text(json.dumps(exported(**wrong)), encoding="utf-8")
        with pytest.raises(CommandError, match=what):
            call_command("check_draw", str(path))
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CommandError, match="no exported draw"):
        call_command("check_draw", str(path))
    with pytest.raises(CommandError):
        call_command("check_draw", str(tmp_path / "nothing.json"))
