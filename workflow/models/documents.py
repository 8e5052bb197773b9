"""Papers."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from jurisdictions.models import CountyScoped, scoped_manager
from workflow.models.steps import PROJECT, Step


class Document(CountyScoped):
    """A paper, stored by its content's hash and served only through a permission check."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="documents")  # null: minutes
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="documents")
    purpose = models.CharField(max_length=60)  # a document key of the rules
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["county", "project", "purpose"])]
