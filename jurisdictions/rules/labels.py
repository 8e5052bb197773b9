"""What a key of the rule file is called and what it is for, said once on its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True, eq=False)
class Says:
    """Label and one line of help of a field, of a choice the words of its values, of a list what keys are called."""

    label: Any
    help: Any
    values: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)


@cache
def says(model: type[BaseModel], name: str) -> Says:
    """What the field says; what stands nearest to it counts, then what its type says. `LookupError` where nothing."""
    found = _of_field(model.model_fields[name])
    if found is None:
        raise LookupError(f"{model.__name__}.{name} says nothing: annotate it with Says(label, help)")
    return found


def label(part: BaseModel | type[BaseModel], name: str) -> str:
    """The field's label in the language in use."""
    return str(says(part if isinstance(part, type) else type(part), name).label)


def value_label(part: BaseModel | type[BaseModel], name: str, value: str | None) -> str:
    """What a value of a choice is called, in the language in use; nothing for none."""
    return "" if value is None else str(says(part if isinstance(part, type) else type(part), name).values[value])


def known_label(model: type[BaseModel], name: str, key: str) -> str:
    """What a key that a file may give is called, in the language in use; nothing for one of the file's own."""
    return str(says(model, name).keys.get(key, ""))


def models_below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and every model that may stand below it, each once, in the order of the fields."""
    seen: dict[type[BaseModel], None] = {}
    waiting = [model]
    while waiting:
        each = waiting.pop(0)
        if each not in seen:
            seen[each] = None
            waiting += [one for info in each.model_fields.values() for one in _models_in(info.annotation)]
    yield from seen


def model_at(model: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the part that stands at a place of the file; None where that is no part of the schema."""
    here: Any = model
    for step in place:
        if isinstance(here, type) and issubclass(here, BaseModel):
            here = next(
                (info.annotation for name, info in here.model_fields.items() if step in (info.alias, name)), None
            )
        else:
            here = next(_entries(here), None)
    return next(_models_in(here), None) if get_origin(here) not in (list, dict) else None


def _entries(annotation: Any) -> Iterator[Any]:
    """What a list or mapping holds, also one that may be left out."""
    if get_origin(annotation) in (list, dict):
        yield get_args(annotation)[-1]
    else:
        for each in get_args(annotation):
            yield from _entries(each)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)


def _of_field(info: FieldInfo) -> Says | None:
    return _last(info.metadata) or _of_type(info.annotation)


def _of_type(annotation: Any) -> Says | None:
    """What a type says of itself; what may be left out says the same."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return _last(metadata) or _of_type(inner)
    if get_origin(annotation) in (Union, UnionType):
        return next((found for each in get_args(annotation) if (found := _of_type(each)) is not None), None)
    return None


def _last(metadata: Any) -> Says | None:
    return next((each for each in reversed(metadata) if isinstance(each, Says)), None)
