"""Number and progress on the platform: asked for with a step, entered by the unit, asked for again as work goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState, clean_text
from approvals.models import PlatformRecord, PlatformStage
from jurisdictions.scope import current_county
from projects.models import Project
from workflow import stages
from workflow.clocks import clock
from workflow.models import Duty, Step, WorkItem
from workflow.notices import notify
from workflow.route.kinds import IMPLEMENTATION
from workflow.trail import audit

ABOUT = "platform"  # of work items and pages
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,39}")
KEPT = ("code", "filed_on", "stage", "percent", "progress", "progress_on")


def asked(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """A step opens in which the project is filed on a platform: its unit is asked for the number there."""
    if not step.rule.get("platform"):
        return
    record, is_new = PlatformRecord.objects.get_or_create(
        project=step.project, defaults={"county": step.county, "step": step}
    )
    if is_new:
        _ask(record, step)


def work_went_on(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """A step of the implementation ended: the progress on the platform is brought up to date."""
    if step.phase != IMPLEMENTATION:
        return
    record = PlatformRecord.objects.select_related("step").filter(project_id=step.project_id).first()
    if record is not None and not _items(record).exists():
        _ask(record, step)


def _items(record: PlatformRecord) -> Any:
    return WorkItem.objects.open().filter(about=ABOUT, record_id=record.project_id)


def _ask(record: PlatformRecord, step: Step) -> None:
    project: Any = step.project
    county = current_county()
    assert county is not None
    WorkItem.objects.create(
        county_id=step.county_id,
        project=project,
        office=project.owner_unit,
        duty=Duty.RECORD,
        about=ABOUT,
        record_id=project.pk,
        opened_at=timezone.now(),
    )
    notify.put_before(
        project.owner_unit,
        permission="owner.record",
        kind="platform_asked",
        project=project,
        key=f"platform:{step.pk}:{step.version}",
        data={"what": ABOUT, "platform": record.name},
        path=stages.page(ABOUT, county.code, pk=project.pk),
    )


def may_keep(actor: Actor, project: Project) -> bool:
    """Whether the person enters number and progress: who records for the unit that builds."""
    return actor.may("owner.record") and actor.in_office(project.owner_unit_id)


def keep(
    *, actor: Actor, record: PlatformRecord | None, values: Mapping[str, Any], seen_version: int | None = None
) -> PlatformRecord:
    """Enter the number on the platform and the progress reported there; what was there before stays in the trail.

    `values`: `code`, `filed_on`, `stage`, `percent` (0 to 100), `progress`, `progress_on`. Raises `NotPermitted`,
    `Stale`, `Incomplete` that names the fields, `WrongState` where there is no record.
    """
    if record is None:
        raise WrongState(_("The rules have this project filed on no platform, or not yet."))
    with audit.act():
        rows = PlatformRecord.objects.select_for_update(no_key=True, of=("self",))
        found = rows.select_related("step", "project__owner_unit").get(pk=record.pk)
        articles = list(found.step.articles)
        if not may_keep(actor, found.project):
            said = _("Only %(unit)s enters this.")
            raise NotPermitted(said % {"unit": found.project.owner_unit.name}, articles=articles)
        if seen_version is not None and seen_version != found.version:
            raise Stale()
        wanted = _checked(found, values, articles)
        old = {name: getattr(found, name) for name in KEPT}
        for name, value in wanted.items():
            setattr(found, name, value)
        found.updated_by, found.updated_at, found.version = actor.user, timezone.now(), found.version + 1
        found.save()
        audit.entry(
            actor=actor,
            action="platform.keep",
            record=found,
            project=found.project,
            label=found.code,
            old={name: value for name, value in old.items() if value != wanted[name]},
            new={name: value for name, value in wanted.items() if value != old[name]},
            articles=articles,
        )
        _items(found).update(closed_at=timezone.now())
    return found


def _checked(record: PlatformRecord, values: Mapping[str, Any], articles: list[str]) -> dict[str, Any]:
    problems: list[Refusal] = []

    def wrong(field: str, said: str) -> None:
        problems.append(Refusal(said, field=field, articles=articles))

    code = clean_text(str(values.get("code") or ""), field="code", most=40)
    progress = clean_text(str(values.get("progress") or ""), field="progress", most=2000)
    filed_on, progress_on, percent = values.get("filed_on"), values.get("progress_on"), values.get("percent")
    stage = values.get("stage") or ""
    if not CODE.fullmatch(code):
        wrong("code", _("Please enter the number on the platform: letters, digits and hyphens."))
    elif PlatformRecord.objects.filter(code=code).exclude(pk=record.pk).exists():
        wrong("code", _("Another project has this number already."))
    if filed_on is None:
        wrong("filed_on", _("Please enter the day on which it was filed there."))
    elif filed_on > clock.today():
        wrong("filed_on", _("The day lies in the future."))
    if stage not in PlatformStage.values:
        wrong("stage", _("Please choose from the list."))
    if percent is not None and not 0 <= percent <= 100:
        wrong("percent", _("Please enter a whole number from 0 to 100."))
    if (percent is not None or progress) and progress_on is None:
        wrong("progress_on", _("Please enter the day that the progress is told of."))
    elif progress_on is not None and progress_on > clock.today():
        wrong("progress_on", _("The day lies in the future."))
    elif progress_on is not None and filed_on is not None and progress_on < filed_on:
        wrong("progress_on", _("The progress is not older than the filing there."))
    if problems:
        raise Incomplete(_("Nothing was entered."), items=problems)
    given = (code, filed_on, stage, percent, progress, progress_on)
    return dict(zip(KEPT, given, strict=True))
