"""What people are told, in the program and by mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from jurisdictions.models import CountyScoped, county_field, scoped_manager
from workflow.models.steps import PROJECT


class Message(CountyScoped):
    """Something a person is told in the program. `key` makes it once."""

    # Written by the hundred: no index beside those below, which begin with county or person.
    county = county_field(db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)  # what the sentence needs; the sentence is made in the reader's language
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["county", "user", "-id"], name="notices_of_user"),
            models.Index(fields=["county", "user", "-id"], condition=models.Q(read_at=None), name="unread_of_user"),
        ]


class Outbox(CountyScoped):
    """An e-mail to be sent after commit, once. Claimed by the worker, tried again with growing pauses."""

    timer_columns = ("county_id", "send_after", "sent_at", "given_up_at")

    county = county_field(db_index=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8)  # at_once | digest
    key = models.CharField(max_length=120)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    send_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="mail_once")]
        indexes = [
            models.Index(
                fields=["send_after", "county"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="sends_anywhere",
            ),
            models.Index(
                fields=["county", "send_after", "id"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="outbox_to_send",
            ),
            models.Index(fields=["county", "user", "-id"], condition=models.Q(kind="digest"), name="digests_of_user"),
        ]
