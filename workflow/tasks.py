"""What the worker is woken up for. Each task looks into the database and may run at any time, also twice."""

from __future__ import annotations

import datetime as dt

import structlog
from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from jurisdictions.models import CalendarYear, County
from jurisdictions.scope import enter
from workflow import rules_watch
from workflow.clocks import clock, deadlines, timers
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

    Digests, stops at their limit, warnings of the rules' end, days entered lately, files of jobs not kept any longer,
    ends of the audit chains. What fails leaves the others, and the other counties, their night.
    """
    for county in County.objects.filter(is_active=True):
        for work in (_digests, _limited_pauses, _ends_of_rules, _days_entered_lately, _old_results, _end_of_chain):
            try:
                work(county)
            except Exception:
                log.exception("daily_failed", county=county.code, work=work.__name__)


def _digests(county: County) -> None:
    mail.make_digests(county=county)


def _limited_pauses(county: County) -> None:
    with enter(county):
        deadlines.end_limited_pauses()


def _ends_of_rules(county: County) -> None:
    with enter(county):
        rules_watch.warn(county=county)


def _days_entered_lately(county: County) -> None:
    lately = CalendarYear.objects.filter(entered_at__gte=timezone.now() - CALENDAR_MEMORY)
    if lately.filter(Q(county=county) | Q(county=None)).exists():
        recompute_deadlines(county.pk)


def _old_results(county: County) -> None:
    services.forget_results(county=county)


def _end_of_chain(county: County) -> None:
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
        batches = deadlines.moving()
    for batch in batches:
        with enter(county):
            moved += deadlines.move(batch, county_id=county.pk, reason=reason or "calendar")
    if moved:
        log.info("deadlines_recomputed", county=county.code, moved=moved)
