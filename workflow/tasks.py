"""What the worker is woken up for. Each task looks into the database and may run at any time, also twice."""

from __future__ import annotations

import datetime as dt

import structlog
from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from jurisdictions.models import CalendarYear, County
from jurisdictions.scope import enter
from workflow import rules_watch, stages
from workflow.clocks import clock, pauses, reckoning, timers
from workflow.jobs import running, services
from workflow.notices import mail
from workflow.trail import verification

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


@shared_task(name="workflow.tasks.work_jobs")
def work_jobs() -> None:
    """Every minute, and when one is started: jobs that wait, and those whose worker died."""
    done = running.work()
    if done:
        log.info("jobs_done", done=done)


@shared_task(name="workflow.tasks.daily")
def daily() -> None:
    """Do each county's nightly work, one county after the other.

    What that is, the stages say. What fails leaves the others, and the other counties, their night.
    """
    for county in County.objects.filter(is_active=True):
        for work in stages.nightly():
            try:
                work.function(county)
            except Exception:
                log.exception("daily_failed", county=county.code, work=work.name)


def make_digests(county: County) -> None:
    """The mails of those who want one a day."""
    mail.make_digests(county=county)


def end_limited_pauses(county: County) -> None:
    """Clocks go on where a stop has reached its longest time."""
    with enter(county):
        pauses.end_limited_pauses()


def warn_of_the_rules_end(county: County) -> None:
    """The keepers of rules whose force ends are told."""
    with enter(county):
        rules_watch.warn(county=county)


def recompute_days_entered_lately(county: County) -> None:
    """What a lost broker never delivered is made up for."""
    lately = CalendarYear.objects.filter(entered_at__gte=timezone.now() - CALENDAR_MEMORY)
    if lately.filter(Q(county=county) | Q(county=None)).exists():
        recompute_deadlines(county.pk)


def forget_old_results(county: County) -> None:
    """Files of jobs that are not kept any longer."""
    services.forget_results(county=county)


def record_end_of_chain(county: County) -> None:
    """The end of the audit chain is kept outside the database."""
    verification.record_head(county)


@shared_task(name="workflow.tasks.recompute_deadlines")
def recompute_deadlines(county_id: int, reason: str = "") -> None:
    """After days were entered: compute the county's running deadlines anew; the old days are kept.

    Each batch is a transaction of its own, so that nobody in the county waits for all of them. Killed in between, the
    next run finds those that are left.
    """
    county, moved = County.objects.get(pk=county_id), 0
    clock.forget()
    with enter(county):
        batches = reckoning.moving()
    for batch in batches:
        with enter(county):
            moved += reckoning.move(batch, county_id=county.pk, reason=reason or "calendar")
    if moved:
        log.info("deadlines_recomputed", county=county.code, moved=moved)
