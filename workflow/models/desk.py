"""What a person keeps at their desk."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from jurisdictions.models import CountyScoped, scoped_manager


class SavedView(CountyScoped):
    """A person's named set of filters."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)

    objects = scoped_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "county", "page", "name"], name="view_name_once")]
