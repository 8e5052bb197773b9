"""How the interface for programs describes itself."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter


class CountySchema(AutoSchema):
    """Names the headers that every address of a county takes."""

    def get_override_parameters(self) -> list[Any]:
        """The role to act in; of a POST, the key by which it may be repeated."""
        if not hasattr(self.view, "needed"):
            return []
        headers = {"X-Acting-As": "membership to act in, where a person has several in the county"}
        if self.method == "POST":
            headers["Idempotency-Key"] = (
                "1 to 120 characters of your choice: sent again with the same body within two days, the request gets"
                " the same answer (Idempotent-Replayed: true) and nothing is done twice; 422 for another body under"
                " the same key, 409 while it is at work; what was refused may be sent anew"
            )
        return [
            OpenApiParameter(name, str, OpenApiParameter.HEADER, description=said) for name, said in headers.items()
        ]
