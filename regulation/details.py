"""What a part of the rules says, field by field, under the labels of the schema.

A key that the schema gains stands on the reading page without anything being written here: its label is said on its
field, and how its value is put into words follows from its type.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, get_args

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator

from jurisdictions.rules import schema, shapes, vocabulary
from jurisdictions.rules.labels import label, says, value_label
from jurisdictions.rules.references import mark_of
from jurisdictions.rules.ruleset import Ruleset
from regulation import wording

# What stands elsewhere on the page: a row's own words, its place, conditions and basis, its marks.
ELSEWHERE = frozenset(
    {"id", "key", "when", "then", "articles", "text", "title", "name", "number", "overrides", "take", "default", "unit"}
) | set(shapes.Marked.model_fields)
_WORDS = {**vocabulary.FUNDING_SOURCES, **vocabulary.AUTHORITIES}

Details = tuple[tuple[str, tuple[str, ...]], ...]


def details(ruleset: Ruleset, part: BaseModel) -> Details:
    """Label and words of each field that says something; what is as it is unless stated, says nothing."""
    found = ((label(part, name), tuple(_said(ruleset, part, name))) for name in _named(type(part)))
    return tuple((name, texts) for name, texts in found if texts)


@cache
def _named(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name in model.model_fields if name not in ELSEWHERE)


def _said(ruleset: Ruleset, part: BaseModel, name: str) -> Iterator[str]:
    value = getattr(part, name)
    if value is None or value == type(part).model_fields[name].default:
        return
    many = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
    for each in many:
        yield from _words(ruleset, part, name, each)


def _words(ruleset: Ruleset, part: Any, name: str, each: Any) -> list[str]:
    model: type[BaseModel] = type(part)
    if isinstance(each, bool):
        return [_("yes") if each else _("no")]
    if isinstance(each, BaseModel):
        return _of_part(ruleset, part, each)
    if isinstance(each, Decimal):
        return [wording.value_words(each, part.unit or "count") if hasattr(part, "unit") else wording.percent(each)]
    if each in says(model, name).values:
        return [value_label(part, name, each)]
    if _is_event(model, name):
        return [wording.event_words(each, ruleset)]
    return [_by_name(ruleset, mark_of(model, name), str(each))]


def _of_part(ruleset: Ruleset, part: Any, each: BaseModel) -> list[str]:
    """The words of a part below a field; one that cites articles is an entry of its own, and stands by itself."""
    if isinstance(each, schema.DeadlineRule):
        authority = getattr(part, "authority", None) or "owner"
        overdue = [] if each.on_overdue == "mark" else [value_label(each, "on_overdue", each.on_overdue)]
        return [wording.limit_words(ruleset, each, authority), *wording.clock_notes(ruleset, each), *overdue]
    if isinstance(each, shapes.Span):
        return [wording.span_words(each)]
    if isinstance(each, schema.MonthDay):
        return [wording.month_day(each)]
    if isinstance(each, schema.Vote):
        return wording.vote_words(each)
    if isinstance(each, schema.FormField):
        return [_field_words(each)]
    if hasattr(each, "articles"):
        return []
    return [str(getattr(each, "label", "")) or ruleset.authority_name(each.authority)]  # type: ignore[attr-defined]


def _field_words(field: schema.FormField) -> str:
    """A box of a form with who signs in it: 县数据局审查意见（经办人签字、盖章）."""
    signs = [value_label(field, "sign", sign) for sign in field.sign]
    return _("%(field)s (%(signs)s)") % {"field": field.label, "signs": _(", ").join(signs)} if signs else field.label


def _by_name(ruleset: Ruleset, part: str, key: str) -> str:
    """A key by the name of what it stands for: an office, a paper, a step, a point, a form; other texts as they are."""
    if part == "authorities":
        return ruleset.authority_name(key)
    if part == "documents" or key in ruleset.rules.documents:
        return wording.document_name(ruleset, key)
    if part == "route" or key in vocabulary.STEPS:
        return wording.step_name(key)
    if part in ("review_points", "forms"):
        listed: list[Any] = getattr(ruleset.rules, part)
        return next((getattr(one, "text", "") or one.name for one in listed if one.key == key), key)
    return str(_WORDS.get(key, key))


@cache
def _is_event(model: type[BaseModel], name: str) -> bool:
    """Whether a field names the event that a time runs from."""
    info = model.model_fields[name]
    return any(_checks_event(each) for each in (*info.metadata, *_below(info.annotation)))


def _below(annotation: Any) -> Iterator[Any]:
    for each in get_args(annotation):
        yield each
        yield from _below(each)


def _checks_event(each: Any) -> bool:
    return isinstance(each, BeforeValidator) and each.func is shapes.event
