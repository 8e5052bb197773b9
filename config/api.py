"""Addresses of the programs' interface, version 1: sign-in, rules, each app's own, and its description.

Each app adds `urlpatterns` in its `api.py`; how a view is written is shown in `accounts/api.py`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.cache import never_cache
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from accounts.api import NothingHere, TokenView

METHODS = ("get", "post", "put", "patch", "delete")


def _fields(schema: dict[str, Any], reference: Any) -> list[dict[str, Any]]:
    """The fields of an object in the description: name, type, whether it is required, words."""
    if not isinstance(reference, dict):
        return []
    if reference.get("type") == "array":
        return _fields(schema, reference.get("items"))
    name = reference.get("$ref", "").rpartition("/")[2]
    found = schema.get("components", {}).get("schemas", {}).get(name, reference)
    required = found.get("required", [])
    return [
        {
            "name": field,
            "type": entry.get("format") or entry.get("type") or entry.get("$ref", "").rpartition("/")[2],
            "required": field in required,
            "description": entry.get("description", ""),
        }
        for field, entry in found.get("properties", {}).items()
    ]


def _body(content: dict[str, Any]) -> Any:
    return next((body.get("schema") for body in content.get("content", {}).values()), None)


@login_required
@never_cache
def docs(request: HttpRequest) -> HttpResponse:
    """The description of the interface as a page of ours: nothing is fetched from elsewhere."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    operations = []
    for address, entry in schema["paths"].items():
        for method in METHODS:
            if method not in entry:
                continue
            found = entry[method]
            operations.append(
                {
                    "id": found["operationId"],
                    "method": method.upper(),
                    "path": address,
                    "description": found.get("description", ""),
                    "parameters": found.get("parameters", []),
                    "request": _fields(schema, _body(found.get("requestBody", {}))),
                    "responses": [
                        {"status": status, "fields": _fields(schema, _body(answer))}
                        for status, answer in found.get("responses", {}).items()
                        if status.startswith("2")
                    ],
                }
            )
    return render(request, "accounts/api_docs.html", {"operations": operations})


app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("token/", TokenView.as_view(), name="token"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
]
urlpatterns += [
    path("", include(f"{app}.api"))
    for app in ("jurisdictions", "workflow", "projects", "approvals", "acceptance", "funding")
    if find_spec(f"{app}.api")
]
urlpatterns += [re_path(r"^[\s\S]*$", NothingHere.as_view(), name="nothing_here")]
