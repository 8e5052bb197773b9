"""Every key of a rule file as a page: place, name, whether it must stand there, meaning (docs/rule-keys.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from django.utils import translation
from pydantic import BaseModel

from .labels import says
from .schema import RuleFile

_HEAD = """# Keys of a rule file 规则文件的键

Written by `manage.py list_rule_keys` from the models in `jurisdictions.rules.schema`; a test compares the two. How to
write a file is in [rules.md](rules.md), a new key in [develop/add-a-rule-key.md](develop/add-a-rule-key.md).
`[]` stands for the entries of a list, `*` for the names in a mapping; **bold** keys must be there.
"""


def document() -> str:
    """The page: a table for each part of the file, with every place where that part may stand."""
    parts: dict[type[BaseModel], list[str]] = {}
    for place, model in _places(RuleFile, ""):
        origin: Any = model.__pydantic_generic_metadata__["origin"] or model
        parts.setdefault(origin, []).append(place)
    return _HEAD + "".join(_table(model, list(dict.fromkeys(places))) for model, places in parts.items())


def _places(model: type[BaseModel], place: str) -> Iterator[tuple[str, type[BaseModel]]]:
    yield place, model
    for name, info in model.model_fields.items():
        key = info.alias or name
        for step, below in _models(info.annotation, f"{place}.{key}" if place else key):
            yield from _places(below, step)


def _models(annotation: Any, place: str) -> Iterator[tuple[str, type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield place, annotation
        return
    kind = get_origin(annotation)
    end = "[]" if kind is list else ".*" if kind is dict else ""
    for each in get_args(annotation):
        yield from _models(each, place + end)


def _table(model: type[BaseModel], places: list[str]) -> str:
    title = ", ".join(f"`{place}`" for place in places if place) or "The file"
    lines = [f"\n## {title}\n\n| key | 中文 | meaning |\n| --- | --- | --- |\n"]
    for name, info in model.model_fields.items():
        said = says(model, name)
        key = f"`{info.alias or name}`"
        with translation.override("en"):
            meaning = str(said.help)
        with translation.override("zh-hans"):
            label = str(said.label)
            values = "、".join(f"`{value}` {words}" for value, words in {**said.values, **said.keys}.items())
        meaning = f"{meaning} {values}" if values else meaning
        lines.append(f"| {f'**{key}**' if info.is_required() else key} | {label} | {meaning} |\n")
    return "".join(lines)
