"""The lot by which experts are drawn: pure, and the same for everybody who computes it.

1. Before the draw a random seed of 32 bytes is made. Published are its SHA-256 (the commitment), and the SHA-256 of the
   list of candidates (`list_hash`). Neither the seed nor the list can be exchanged afterwards.
2. What those present say aloud (it may be empty) is written down, and the seed is shown.
3. For each speciality, in the order given, its candidates are sorted by key, and shuffled by Fisher and Yates: for i
   from the last down to 1 the i-th changes places with the j-th, j a number of 0 … i from the stream.
4. The stream of a speciality is HMAC-SHA256(seed, said + "\n" + speciality + "\n" + counter), counter = 0, 1, 2 …, read
   as one whole number each. A number at or above the greatest multiple of i + 1 below 2^256 is passed over, so that no
   place is likelier than another.
5. From the front of the shuffled list as many are taken as there are places; who was drawn for an earlier speciality is
   passed over, and, where only one of a unit may sit, whose unit sits already.

Knows no model and no setting: `manage.py check_draw` checks an exported draw with this file alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

SPAN = 1 << 256
FORMAT = "xunzhang-draw-1"


class Candidate(NamedTuple):
    """Who may be drawn: a key that never changes, and what tells them apart to people."""

    key: str
    name: str
    employer: str
    unit: str  # the employer as units are compared
    specialities: tuple[str, ...]


class TooFew(Exception):
    """Fewer may be drawn for a speciality than it has places."""

    def __init__(self, speciality: str, wanted: int, found: int) -> None:
        super().__init__(speciality)
        self.speciality, self.wanted, self.found = speciality, wanted, found


def new_seed() -> str:
    """A random seed, 32 bytes in hexadecimal."""
    return secrets.token_hex(32)


def commitment_of(seed: str) -> str:
    """The SHA-256 of a seed, in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def canonical(value: Any) -> bytes:
    """A value as it is hashed: JSON in UTF-8, keys sorted, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def list_hash(candidates: Sequence[Mapping[str, Any]]) -> str:
    """The SHA-256 of the list of candidates, sorted by key, in hexadecimal."""
    return hashlib.sha256(canonical(sorted(candidates, key=lambda one: str(one["key"])))).hexdigest()


def numbers(seed: str, said: str, speciality: str) -> Iterator[int]:
    """The stream of whole numbers below 2^256 of one speciality."""
    counter = 0
    while True:
        message = f"{said}\n{speciality}\n{counter}".encode()
        yield int.from_bytes(hmac.new(bytes.fromhex(seed), message, hashlib.sha256).digest(), "big")
        counter += 1


def below(stream: Iterator[int], bound: int) -> int:
    """The stream's next number below `bound`, each as likely as the others."""
    limit = SPAN - SPAN % bound
    return next(one for one in stream if one < limit) % bound


def shuffled(candidates: Sequence[Candidate], stream: Iterator[int]) -> list[Candidate]:
    """The candidates in an order of the stream's, every order as likely as any other."""
    found = sorted(candidates, key=lambda one: one.key)
    for last in range(len(found) - 1, 0, -1):
        other = below(stream, last + 1)
        found[last], found[other] = found[other], found[last]
    return found


def draw(
    *,
    seed: str,
    said: str,
    places: Sequence[Mapping[str, Any]],
    candidates: Sequence[Candidate],
    taken: Sequence[str] = (),
    one_a_unit: bool = False,
) -> list[dict[str, str]]:
    """Draw: `speciality` and `key` of each place, in their order.

    `places` have `speciality` (empty: all) and `count`; `taken` are units of which somebody sits already. Raises
    `TooFew`.
    """
    drawn: list[dict[str, str]] = []
    keys: set[str] = set()
    units = set(taken)
    for place in places:
        speciality, wanted = str(place["speciality"]), int(place["count"])
        pool = [one for one in candidates if not speciality or speciality in one.specialities]
        found = 0
        for one in shuffled(pool, numbers(seed, said, speciality)):
            if found == wanted:
                break
            if one.key in keys or (one_a_unit and one.unit in units):
                continue
            drawn.append({"speciality": speciality, "key": one.key})
            keys.add(one.key)
            units.add(one.unit)
            found += 1
        if found < wanted:
            raise TooFew(speciality, wanted, found)
    return drawn


def candidate_of(data: Mapping[str, Any]) -> Candidate:
    """A candidate as it stands in a file."""
    specialities = tuple(str(one) for one in data["specialities"])
    return Candidate(str(data["key"]), str(data["name"]), str(data["employer"]), str(data["unit"]), specialities)


def check(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with an exported draw: `format`, `seed`, `commitment`, `candidates`, `result`; nothing if all is.

    Raises `KeyError`, `TypeError` or `ValueError` for what is no exported draw.
    """
    wrong = []
    if data["format"] != FORMAT:
        wrong.append("format")
    if commitment_of(data["seed"]) != data["commitment"]:
        wrong.append("commitment")
    if list_hash(data["candidates"]) != data["candidates_hash"]:
        wrong.append("candidates")
    try:
        found = draw(
            seed=data["seed"],
            said=data["said"],
            places=data["places"],
            candidates=[candidate_of(one) for one in data["candidates"]],
            taken=data["taken"],
            one_a_unit=data["one_a_unit"],
        )
    except TooFew:
        found = []
    if found != data["result"]:
        wrong.append("result")
    return wrong
