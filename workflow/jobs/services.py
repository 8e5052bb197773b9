"""Starting and cancelling jobs, and the file that comes of one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal
from jurisdictions.models import County
from jurisdictions.scope import advisory_lock, enter
from workflow.clocks import clock
from workflow.jobs.kinds import kind_of
from workflow.machines.runner import perform
from workflow.models import Job
from workflow.trail import audit

MOST_UNFINISHED = 5  # jobs of one person in one county that wait or are at work


class TooManyJobs(Refusal):
    """The person has as many unfinished jobs as are taken at once."""

    code = "too_many_jobs"
    status = 409


def start(*, actor: Actor, kind: str, arguments: Mapping[str, Any], title: str = "") -> Job:
    """Queue a job for the one who acts; the worker is woken up after commit.

    Asked for twice, the one that waits or is at work is given back. Raises `NotPermitted` where the role does not
    carry the kind's permission, `TooManyJobs` where the person has `MOST_UNFINISHED` already.
    """
    wanted = kind_of(kind)
    if not wanted.is_open_to(actor):
        raise NotPermitted(_("Your role does not allow this."))
    given = audit.plain(arguments)
    if actor.user is not None:
        advisory_lock(f"jobs-{actor.user.pk}")  # two clicks at once count each other
        unfinished = list(Job.objects.of(actor.user).unfinished())
        same = [one for one in unfinished if (one.kind, one.arguments) == (kind, given)]
        if same and same[0].membership_id == (actor.membership.pk if actor.membership else None):
            return same[0]
        if len(unfinished) >= MOST_UNFINISHED:
            raise TooManyJobs(
                _("You have %(count)s jobs that are not done yet. Please wait for one of them, or cancel one.")
                % {"count": len(unfinished)}
            )
    job = Job.objects.create(
        owner=actor.user,
        membership=actor.membership,
        kind=kind,
        title=(title or str(wanted.label))[:200],
        arguments=given,
        language=get_language() or "",
    )
    audit.entry(actor=actor, action="job.start", record=job, new={"kind": kind, "arguments": given})
    transaction.on_commit(wake, robust=True)
    return job


def wake() -> None:
    """Tell the worker that a job waits. Where that is lost, beat wakes it within a minute."""
    from workflow.tasks import work_jobs

    work_jobs.delay()


def cancel(*, actor: Actor, job: Job) -> Job:
    """Stop a job that waits or is at work: what its finished steps wrote stays. Its owner's alone.

    Raises `WrongState` where it has ended meanwhile.
    """
    if actor.user is None or job.owner_id != actor.user.pk:
        raise NotPermitted(_("Only who started a job may cancel it."))
    return perform(job, "cancel", actor=actor, fields={"ended_at": timezone.now()})


def result_path(job: Job) -> Path:
    """Where the file of a job lies: outside the papers, whose content is kept for ever."""
    return Path(settings.MEDIA_ROOT) / str(job.county_id) / "jobs" / str(job.pk)


def forget_results(*, county: County) -> int:
    """Remove the files of jobs that are not kept any longer. Returns how many."""
    with enter(county):
        old = list(Job.objects.filter(result_until__lt=clock.today()))
        for job in old:
            result_path(job).unlink(missing_ok=True)
        Job.objects.filter(pk__in=[job.pk for job in old]).update(result_until=None, result_name="", result_size=0)
    return len(old)
