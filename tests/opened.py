"""Stages that a test opens, closed again after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from workflow import stages
from workflow.stages import Stage


@contextmanager
def opened(stage: Stage) -> Iterator[Stage]:
    """Open a stage for as long as the block runs."""
    stages.register(stage)
    try:
        yield stage
    finally:
        stages.unregister(stage.key)


@contextmanager
def without(key: str) -> Iterator[None]:
    """Close a stage for as long as the block runs."""
    stage = next(one for one in stages.registered() if one.key == key)
    stages.unregister(key)
    try:
        yield
    finally:
        stages.register(stage)
