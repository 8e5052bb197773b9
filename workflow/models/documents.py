"""Papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jurisdictions.models import CountyScoped, scoped_manager
from workflow.models.steps import PROJECT, Step


class Origin(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    GENERATED = "generated", _("Made by the program")


class Documents(models.QuerySet["Document"]):
    """Papers."""

    def active(self) -> Documents:
        """Those that were not taken out, in their newest version."""
        return self.filter(withdrawn_at=None, superseded_by=None)

    def about(self, record: models.Model) -> Documents:
        """Those that belong to a record: a step, a filing, a round, a meeting, a contract."""
        return self.filter(subject_type=record._meta.label_lower, subject_id=record.pk)


def active(papers: Sequence[Document]) -> list[Document]:
    """Of all papers of a project those that `Documents.active` finds."""
    former = {one.supersedes_id for one in papers}
    return [one for one in papers if one.withdrawn_at is None and one.pk not in former]


class Document(CountyScoped):
    """A paper, stored by its content's hash and served only through a permission check.

    It belongs to its subject; `project` is the anchor that decides who may read it (none: minutes of a meeting).
    """

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="documents")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="documents")
    subject_type = models.CharField(max_length=60)  # as `workflow.step`
    subject_id = models.BigIntegerField()
    purpose = models.CharField(max_length=60)  # a document key of the rules
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)  # as `storage` recognised it, never as the uploader said
    sha256 = models.CharField(max_length=64)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.UPLOADED)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )  # the version before
    number = models.CharField(max_length=60, blank=True)  # of an official paper
    verification_code = models.CharField(max_length=32, blank=True)
    on_behalf_of = models.CharField(max_length=60, blank=True)  # the absent person in whose name it was added
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    scanned_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = scoped_manager(models.Manager.from_queryset(Documents))

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["county", "project", "purpose"]),
            models.Index(fields=["county", "subject_type", "subject_id"], name="documents_of_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(origin=Origin.GENERATED) | models.Q(uploaded_by__isnull=False),
                name="uploaded_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["verification_code"], condition=~models.Q(verification_code=""), name="verification_code_once"
            ),
        ]

    @property
    def is_picture(self) -> bool:
        """Whether a page shows it as a picture."""
        return self.content_type in ("image/jpeg", "image/png")

    @property
    def is_shown(self) -> bool:
        """Whether a browser shows it in place: a picture or a PDF; of other kinds none may run as a page of ours."""
        return self.is_picture or self.content_type == "application/pdf"


def by_purpose(papers: Iterable[Document]) -> dict[str, list[Document]]:
    """Of all papers of a record those that count, by their keys: `active`, without a query."""
    papers = list(papers)
    replaced = {one.supersedes_id for one in papers}
    found: dict[str, list[Document]] = {}
    for one in papers:
        if one.withdrawn_at is None and one.pk not in replaced:
            found.setdefault(one.purpose, []).append(one)
    return found
