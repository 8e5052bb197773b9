"""What pages of the workflow borrow from the app that owns projects: who may see one, and its head with the tabs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts.access import CountyRequest

FindProject = Callable[[CountyRequest, int], Any]
Head = Callable[..., dict[str, Any]]
_OWNER: dict[str, Callable[..., Any]] = {}


def show_projects_by(*, find: FindProject, head: Head) -> None:
    """Register `find(request, pk)` (raises `Http404`) and `head(request, project, tab=)`, the context of the head."""
    _OWNER.update(find=find, head=head)


def find_project(request: CountyRequest, pk: int) -> Any:
    """A project the person may see. Raises `Http404` otherwise."""
    return _OWNER["find"](request, pk)


def head(request: CountyRequest, project: Any, *, tab: str) -> dict[str, Any]:
    """The context of `projects/base_project.html`."""
    found: dict[str, Any] = _OWNER["head"](request, project, tab=tab)
    return found
