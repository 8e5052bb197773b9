"""What follows from a matter: criticism, deferral, suspension until it is lifted, termination. The rules say which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, Stale, WrongState, clean_text
from approvals.models import Matter, MatterState, Sanction, SanctionKind
from approvals.oversight.matters import path_of, require_office
from approvals.oversight.measures import ORDERED, measure_beginning, measure_named
from projects.models import ProjectState, Standing
from projects.services.standing import end_project
from workflow.clocks.pauses import resume_project, stop_project
from workflow.machines.runner import perform
from workflow.models import Step, WorkItem
from workflow.notices import notify
from workflow.route.hindrances import Hindrance
from workflow.trail import audit

LASTING = (SanctionKind.DEFERRAL, SanctionKind.SUSPENSION)  # until they are lifted
SUSPENSION = "suspension"  # the reason for which the clocks of a suspended project stand still


def offered(matter: Matter) -> list[str]:
    """The sanctions that the rules let follow from a matter now: of an order only once it failed."""
    measure = measure_named(matter.project, matter.measure)
    if measure is None or matter.state == MatterState.CLOSED:
        return []
    if measure.begins == ORDERED and not matter.has_failed:
        return []
    held = set(Sanction.objects.filter(project=matter.project, lifted_at=None).values_list("kind", flat=True))
    held &= set(LASTING)
    return [one for one in measure.sanctions if one not in held]


def impose(*, actor: Actor, matter: Matter, kind: str, reason: str, seen_version: int | None = None) -> Sanction:
    """Impose a sanction with its reason; a suspension stops every clock of the project, a termination ends it.

    Raises `Incomplete`, `NotPermitted`, `Refusal` where the rules do not provide it, `Stale`, `WrongState`.
    """
    reason = clean_text(reason, field="reason")
    require_office(actor, matter)
    with audit.act():
        locked = Matter.objects.select_for_update(of=("self",)).select_related("project", "unit", "office")
        matter = locked.get(pk=matter.pk)
        if seen_version is not None and seen_version != matter.version:
            raise Stale()
        measure = measure_named(matter.project, matter.measure)
        problems = []
        if kind not in offered(matter):
            said = _("The rules do not let this follow from the matter as it stands.")
            problems.append(Refusal(said, field="kind", articles=matter.articles))
        if not reason:
            problems.append(Refusal(_("Please state the reason."), field="reason", articles=matter.articles))
        if problems:
            raise Incomplete(_("Nothing was imposed."), items=problems)
        assert actor.user is not None and measure is not None
        sanction = Sanction.objects.create(
            county_id=matter.county_id,
            matter=matter,
            project=matter.project,
            kind=kind,
            bars=list(measure.bars) if kind == SanctionKind.DEFERRAL else [],
            articles=matter.articles,
            reason=reason,
            standing_before=matter.project.standing,
            imposed_by=actor.user,
        )
        _entry(actor, sanction, "impose", reason)
        if kind == SanctionKind.SUSPENSION:
            _suspend(actor, sanction)
        elif kind == SanctionKind.TERMINATION:
            end_project(actor=actor, project=matter.project, how="terminate", articles=matter.articles, reason=reason)
            perform(
                matter,
                "close",
                actor=actor,
                fields={"conclusion": reason, "closed_by": actor.user, "closed_at": timezone.now()},
                articles=matter.articles,
            )
        _tell(sanction, f"sanction_{kind}", reason)
    return sanction


def lift(*, actor: Actor, sanction: Sanction, reason: str) -> Sanction:
    """Lift a deferral or a suspension with its reason: the project goes on, each clock with the days it had left.

    Raises `NotPermitted`, `Refusal`, `WrongState`.
    """
    reason = clean_text(reason, field="lifting")
    require_office(actor, sanction.matter)
    if not reason:
        raise Refusal(_("Please state the reason."), field="lifting", articles=sanction.articles)
    with audit.act():
        locked = Sanction.objects.select_for_update(of=("self",)).select_related("project", "matter__unit")
        sanction = locked.get(pk=sanction.pk)
        if sanction.lifted_at is not None or sanction.kind not in LASTING:
            raise WrongState(_("It is not in force any more."))
        sanction.lifted_by, sanction.lifted_at, sanction.lifting = actor.user, timezone.now(), reason
        sanction.save(update_fields=["lifted_by", "lifted_at", "lifting"])
        _entry(actor, sanction, "lift", reason)
        if sanction.kind == SanctionKind.SUSPENSION and sanction.project.state == ProjectState.SUSPENDED:
            perform(
                sanction.project,
                "resume",
                actor=actor,
                fields={"standing": sanction.standing_before},
                articles=sanction.articles,
                reason=reason,
            )
            resume_project(actor=actor, project=sanction.project, key=SUSPENSION)
        _tell(sanction, "sanction_lifted", reason)
    return sanction


def _suspend(actor: Actor, sanction: Sanction) -> None:
    project = sanction.project
    perform(
        project,
        "suspend",
        actor=actor,
        fields={"standing": Standing.SUSPENDED},
        articles=sanction.articles,
        reason=sanction.reason,
    )
    stop_project(actor=actor, project=project, key=SUSPENSION, reason=sanction.reason, articles=sanction.articles)


def _entry(actor: Actor, sanction: Sanction, what: str, reason: str) -> None:
    audit.entry(
        actor=actor,
        action=f"sanction.{what}",
        record=sanction,
        project=sanction.project,
        label=str(sanction.get_kind_display()),
        new={"kind": sanction.kind, "reason": reason, "bars": sanction.bars},
        articles=sanction.articles,
    )


def _tell(sanction: Sanction, kind: str, reason: str) -> None:
    """Tell the unit and who has work of the project before it."""
    matter, project = sanction.matter, sanction.project
    offices = {matter.unit_id, *WorkItem.objects.open().filter(project=project).values_list("office", flat=True)}
    notify.tell_all(
        [
            notify.News(
                kind=kind,
                key=f"{kind}:{sanction.pk}",
                offices=sorted(offices),
                data={"what": sanction.get_kind_display(), "reason": reason, "articles": sanction.articles},
                project=(project.pk, project.name),
                path=path_of(matter),
            )
        ]
    )


# --- what they bar ----------------------------------------------------------------------------------------------


def suspended(record: Any, actor: Actor, facts: Mapping[str, Any]) -> None:
    """While a project is suspended nobody goes on with it."""
    if not actor.is_system:
        require_running(record.project)


def require_running(project: Any) -> None:
    """Raise `WrongState` while a project is suspended."""
    if project is not None and project.state == ProjectState.SUSPENDED:
        held = Sanction.objects.filter(project=project, kind=SanctionKind.SUSPENSION, lifted_at=None).first()
        said = _("The project is suspended: it goes on once the suspension is lifted.")
        raise WrongState(said, articles=held.articles if held else ())


def deferred(step: Step) -> Iterator[Hindrance]:
    """A deferral bars the steps that the rules name."""
    measure = measure_beginning(step.project, ORDERED)
    if measure is None or step.key not in measure.bars:
        return
    for one in Sanction.objects.filter(project=step.project_id, kind=SanctionKind.DEFERRAL, lifted_at=None):
        said = _("The investment plan is deferred for this project until it is lifted: %(reason)s")
        yield Hindrance("deferral", said % {"reason": one.reason}, one.articles)
