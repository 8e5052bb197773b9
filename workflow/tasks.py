"""What the worker is woken up for. Each task looks into the database and may run at any time, also twice."""

from __future__ import annotations

import datetime as dt

import structlog
from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from jurisdictions.models import CalendarYear, County
from jurisdictions.scope import enter
from workflow import clock, deadlines, mail, timers

log = structlog.get_logger(__name__)
# A recomputation that a lost broker never delivered is made up for by the daily task within this time.
CALENDAR_MEMORY = dt.timedelta(days=3)


@shared_task(name="workflow.tasks.sweep")
def sweep() -> None:
    """Every minute: reminders that have come, deadlines that have passed."""
    swept = timers.sweep()
    if swept.fired or swept.reminded or swept.failed:
        log.info("swept", fired=swept.fired, reminded=swept.reminded, failed=swept.failed)


@shared_task(name="workflow.tasks.deliver")
def deliver() -> None:
    """Every minute: e-mails that wait."""
    sent = mail.deliver()
    if sent:
        log.info("delivered", sent=sent)


@shared_task(name="workflow.tasks.daily")
def daily() -> None:
    """Do each county's nightly work, one county after the other.

    Digests, stops at their limit, warnings of the rules' end, days entered lately, ends of the audit chains.
    """
    from workflow import rules_watch, verification

    changed = CalendarYear.objects.filter(entered_at__gte=timezone.now() - CALENDAR_MEMORY)
    for county in County.objects.filter(is_active=True):
        try:
            mail.make_digests(county=county)
            with enter(county):
                deadlines.end_limited_pauses()
                rules_watch.warn(county=county)
            if changed.filter(Q(county=county) | Q(county=None)).exists():
                recompute_deadlines(county.pk)
            verification.record_head(county)
        except Exception:
            log.exception("daily_failed", county=county.code)


@shared_task(name="workflow.tasks.recompute_deadlines")
def recompute_deadlines(county_id: int, reason: str = "") -> None:
    """After days were entered: compute the county's running deadlines anew; the old days are kept.

    Each batch is a transaction of its own, so that nobody in the county waits for all of them. Killed in between, the
    next run finds those that are left.
    """
    county, moved = County.objects.get(pk=county_id), 0
    clock.forget()
    with enter(county):
        batches = deadlines.moving()
    for batch in batches:
        with enter(county):
            moved += deadlines.move(batch, county_id=county.pk, reason=reason or "calendar")
    if moved:
        log.info("deadlines_recomputed", county=county.code, moved=moved)
