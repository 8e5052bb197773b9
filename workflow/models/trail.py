"""The audit trail and the end of each county's chain."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from jurisdictions.models import CountyScoped, county_field, scoped_manager
from workflow.models.steps import PROJECT

# What an entry's hash covers, as canonical JSON; `row` is NEW in the trigger and the table in `verify_audit`.
AUDIT_HASHED = (
    "jsonb_build_array({row}.county_id, {row}.sequence,"
    " to_char({row}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'),"
    " {row}.actor_id, {row}.actor_name, {row}.actor_role, {row}.office_name, {row}.action, {row}.object_type,"
    " {row}.object_id, {row}.project_id, {row}.label, {row}.old, {row}.new, {row}.articles, {row}.rule_version,"
    " {row}.previous_hash)::text"
)


CHAIN = f"""
    SELECT * INTO head FROM workflow_audithead WHERE county_id = NEW.county_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO workflow_audithead (county_id, sequence, hash) VALUES (NEW.county_id, 0, '')
            ON CONFLICT (county_id) DO NOTHING;
        SELECT * INTO head FROM workflow_audithead WHERE county_id = NEW.county_id FOR UPDATE;
    END IF;
    NEW.sequence := head.sequence + 1;
    NEW.previous_hash := head.hash;
    NEW.hash := encode(sha256(convert_to({AUDIT_HASHED.format(row="NEW")}, 'UTF8')), 'hex');
    UPDATE workflow_audithead SET sequence = NEW.sequence, hash = NEW.hash WHERE county_id = NEW.county_id;
    RETURN NEW;
"""


# Depth 1: inside the trigger of an entry, not by a statement of its own.
HEAD_BEGINS = "pg_trigger_depth() >= 1 AND NEW.sequence = 0 AND NEW.hash = ''"
HEAD_MOVES = "pg_trigger_depth() >= 1 AND NEW.county_id = OLD.county_id AND NEW.sequence = OLD.sequence + 1"


def only_where(condition: str, *, name: str, operation: Any) -> pgtrigger.Trigger:
    """Refuse what does not meet a condition; what does runs no function."""
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.Before,
        condition=pgtrigger.Condition(f"(({condition}) IS NOT TRUE)"),
        func="RAISE EXCEPTION 'the end of the audit trail is moved by its entries alone, one by one';",
    )


class AuditEntry(CountyScoped):
    """One write, as it was.

    The database sets its sequence and hashes, and refuses to change or delete it.
    """

    is_append_only = True

    # Written at every turn: no index beside those below, which begin with the county.
    county = county_field(db_index=False)
    sequence = models.BigIntegerField(editable=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=80)
    actor_role = models.CharField(max_length=20)
    office_name = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    label = models.CharField(max_length=300)
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)
    articles = ArrayField(models.CharField(max_length=16), default=list)
    rule_version = models.CharField(max_length=60, blank=True)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    objects = scoped_manager()

    class Meta:
        ordering = ["county", "-sequence"]
        constraints = [models.UniqueConstraint(fields=["county", "sequence"], name="audit_sequence_once")]
        indexes = [
            models.Index(fields=["county", "project", "-sequence"], name="audit_of_project"),
            models.Index(fields=["county", "actor_name", "-sequence"], name="audit_of_person"),
            models.Index(fields=["county", "action", "-sequence"], name="audit_of_action"),
            models.Index(fields=["county", "-at", "-sequence"], name="audit_by_time"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'the audit trail is append-only';",
            ),
            pgtrigger.Trigger(
                name="chained",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("head", "workflow_audithead%ROWTYPE")],
                func=CHAIN,
            ),
        ]


class AuditHead(CountyScoped):
    """The end of a county's chain, moved by the database as entries are written; refuses to be moved otherwise."""

    is_append_only = True
    moved_columns = ("sequence", "hash")

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    objects = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county"], name="one_head_a_county")]
        triggers = [
            only_where(HEAD_BEGINS, name="begun_by_entries", operation=pgtrigger.Insert),
            only_where(HEAD_MOVES, name="moved_by_entries", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="kept",
                level=pgtrigger.Statement,
                operation=pgtrigger.Delete | pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'the end of the audit trail is not removed';",
            ),
        ]
