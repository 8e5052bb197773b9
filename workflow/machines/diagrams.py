"""Pictures of the machines, drawn from their transitions (docs/states.md)."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getdoc
from typing import Any

from django.apps import apps
from django.utils import translation
from django_fsm import ANY_STATE

from workflow.machines.states import Machine

HEAD = """\
# 状态图 States

Written by `manage.py draw_states` from the code; a test holds it current. A state is shown with its word on the
screen and its key; an arrow carries the name of its transition, the second half of an audit entry's action
(`step.complete`).
Every arrow is made by `workflow.machines.runner.perform` and allowed by a trigger of the database; there is no other
way.
"""


def machines() -> list[type[Machine]]:
    """Every model with states, in the order of the apps and of their source."""
    return [model for model in apps.get_models() if issubclass(model, Machine)]


def state_of(model: type[Machine]) -> Any:
    """The state field of a machine."""
    return next(field for field in model._meta.fields if field.name == "state")


def edges(model: type[Machine]) -> Iterator[tuple[str, str, str]]:
    """The transitions of a machine as (name, source, target), in the order of the states."""
    field = state_of(model)
    order = [key for key, _label in field.flatchoices]
    found = set()
    for move in field.get_all_transitions(model):
        sources = order if move.source == ANY_STATE else [move.source]
        found |= {(str(source), str(move.target), move.name) for source in sources}
    for source, target, name in sorted(found, key=lambda edge: (order.index(edge[0]), order.index(edge[1]), edge[2])):
        yield name, source, target


def diagram(model: type[Machine]) -> str:
    """One machine as a mermaid state diagram, with the Chinese names of its states."""
    field = state_of(model)
    moves = list(edges(model))
    lines = ["stateDiagram-v2"]
    with translation.override("zh-hans"):
        lines += [f'    state "{label} {key}" as {key}' for key, label in field.flatchoices]
    lines.append(f"    [*] --> {field.get_default()}")
    lines += [f"    {source} --> {target}: {name}" for name, source, target in moves]
    left = {source for _name, source, _target in moves}
    lines += [f"    {key} --> [*]" for key, _label in field.flatchoices if key not in left]
    return "\n".join(lines)


def document() -> str:
    """The whole of docs/states.md."""
    parts = [HEAD]
    for model in machines():
        what = " ".join((getdoc(model) or "").split("\n\n")[0].split())
        parts.append(
            f"## {model.__name__} (`{model._meta.app_label}`)\n\n{what}\n\n```mermaid\n{diagram(model)}\n```\n"
        )
    return "\n".join(parts)
