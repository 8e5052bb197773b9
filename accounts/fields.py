"""Columns of accounts."""

from __future__ import annotations

from typing import Any

from django.db import models


def one_case(address: str) -> str:
    """An e-mail address as it is kept: in small letters, whatever was typed."""
    return address.strip().lower()


class AddressField(models.EmailField):
    """An e-mail address in small letters, in the column and in every comparison with it: sign-in looks for those."""

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value)
        return one_case(found) if isinstance(found, str) else found

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
