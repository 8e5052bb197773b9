"""What pages of the workflow borrow from the stage that owns projects: who may see one, and its head with the tabs."""

from __future__ import annotations

from typing import Any

from accounts.access import CountyRequest
from workflow import stages


def find_project(request: CountyRequest, pk: int) -> Any:
    """A project the person may see. Raises `Http404` otherwise."""
    return stages.project_pages().find(request, pk)


def head(request: CountyRequest, project: Any, *, tab: str, steps: Any = None) -> dict[str, Any]:
    """The context of `projects/base_project.html`; the project's `steps` where the page has read them."""
    return stages.project_pages().head(request, project, tab=tab, steps=steps)
