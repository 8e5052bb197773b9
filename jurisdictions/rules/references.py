"""Every key of a rule file that must stand elsewhere in it, found by the marks on the schema's fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from .shapes import Reference

Place = tuple[str | int, ...]


def references(part: BaseModel, place: Place = ()) -> Iterator[tuple[Place, str, str]]:
    """(place, part of the file it refers to, key) for every marked key below a part."""
    marks = _marks(type(part))
    for name, info in type(part).model_fields.items():
        yield from _below(getattr(part, name), (*place, info.alias or name), marks.get(name))


def _below(value: Any, place: Place, part: str | None) -> Iterator[tuple[Place, str, str]]:
    if isinstance(value, BaseModel):
        yield from references(value, place)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _below(each, (*place, at), part)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _below(each, (*place, key), None)
    elif part is not None and isinstance(value, str):
        yield place, part, value


def mark_of(model: type[BaseModel], name: str) -> str:
    """The part of the file that a field of a model refers to; nothing for other fields."""
    return _marks(model).get(name, "")


@cache
def _marks(model: type[BaseModel]) -> dict[str, str]:
    """The fields of a model that refer to a part of the file."""
    found = {}
    for name, info in model.model_fields.items():
        mark = next((each for each in info.metadata if isinstance(each, Reference)), None) or _mark(info.annotation)
        if mark is not None:
            found[name] = mark.part
    return found


def _mark(annotation: Any) -> Reference | None:
    """The mark inside an annotation: of the value itself, or of the values of a list."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return next((each for each in metadata if isinstance(each, Reference)), None) or _mark(inner)
    if get_origin(annotation) is dict:
        return None
    return next((mark for each in get_args(annotation) if (mark := _mark(each)) is not None), None)
