"""What stands between a person and a decision: office, role, own filing, reasons, papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal, WrongState, clean_text
from approvals.models import Opinion, Reply
from jurisdictions.lookups import lookup
from projects.access import has_filed
from projects.ruling import ruleset_of
from workflow.desk.claims import require_covered
from workflow.models import Document, Duty, Step, StepState
from workflow.people.delegations import require_standing_in
from workflow.route.hindrances import Hindrance
from workflow.route.kinds import kind_of


def may_act(actor: Actor, step: Step) -> None:
    """Raise `NotPermitted` unless the person may carry out this step now."""
    kind = kind_of(step)
    if actor.is_system or kind.handed_in:
        return
    assert step.office is not None
    if not actor.in_office(step.office_id):
        raise NotPermitted(
            _("This step lies with %(office)s; you act for %(own)s.")
            % {"office": step.office.name, "own": actor.office.name if actor.office else "—"},
            articles=step.articles,
        )
    if not actor.may(kind.permission(step)):
        raise NotPermitted(_("Your role does not allow you to carry out this step."), articles=step.articles)
    require_covered(actor, duty=kind.duty(step), step=step.key)
    if step.authority != "owner":
        not_own_filing(actor, step.project)


def not_own_filing(actor: Actor, project: Any) -> None:
    """Nobody decides what they filed or wrote in."""
    if has_filed(actor=actor, project=project):
        raise NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))


def papers_shown(step: Step) -> set[str]:
    """Which of the papers a step must show are there (document keys).

    A paper counts when somebody who may act on a step added it there, or a person of the office that carries this
    one (for a unit's own step: of the project's units) added it to the project, also one who has left since. What
    others add is kept, but proves nothing.
    """
    offices = {step.office_id}
    if step.authority == "owner":
        offices |= {step.project.applicant_id, step.project.owner_unit_id}
    one, another, third = (*(pk or 0 for pk in offices), 0, 0)[:3]
    return set(_trusted(step.project_id, one, another, third)) & set(step.rule.get("documents", []))


@lookup
def _trusted(project: int, one: int, another: int, third: int) -> QuerySet[Any, str]:
    trusted = Q(step__isnull=False) | Q(uploaded_by__memberships__office_id__in=(one, another, third))
    return Document.objects.filter(trusted, project_id=project, withdrawn_at=None).values_list("purpose", flat=True)


def missing_papers(step: Step) -> list[str]:
    """Papers the step must show that are not there yet (document keys)."""
    wanted = list(step.rule.get("documents", []))
    if not wanted or not kind_of(step).needs_papers(step):
        return []
    present = papers_shown(step)
    return [key for key in wanted if key not in present]


def person_may(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Only who may act on the step ends it or sends it back, never who filed the declaration."""
    may_act(actor, step)
    require_standing_in(actor)


def reason_given(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """A decision against the filer states its reason."""
    if not actor.is_system and not clean_text(str(facts.get("reason", "")), field="reason"):
        raise Refusal(
            _("A decision against the filer needs its reason: please state it, with the rule it rests on."),
            field="reason",
            articles=step.articles,
        )


def all_stated(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """What the step must state is stated, as its kind asks for it."""
    if not actor.is_system:
        kind_of(step).before_completion(step, facts)


def papers_to_show(step: Step) -> Iterator[Hindrance]:
    """The papers that the rule asks this step to show and that are not there."""
    for key in missing_papers(step) if not kind_of(step).handed_in else ():
        known = ruleset_of(step.project.rule_version).rules.documents.get(key)
        said = _("Missing paper: %(name)s.") % {"name": known.name if known else key}
        yield Hindrance(f"paper-{key}", said, step.articles, field=f"paper-{key}", for_people=True)


def no_reply_given(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """What the unit has in writing, with its number, is not taken back: another decision changes it."""
    if Reply.objects.filter(step=step).exists():
        said = _("The reply was given in writing, with its number: it is not taken back.")
        raise WrongState(said, articles=step.articles)


def review_still_open(opinion: Opinion, actor: Actor, facts: Mapping[str, Any]) -> None:
    """The lead may have concluded the review while this opinion's row was waited for."""
    if not Step.objects.filter(pk=opinion.step_id, state=StepState.OPEN).exists():
        raise WrongState(_("The joint review is not open for opinions now."))


def opinion_may(opinion: Opinion, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Only the office that was asked gives its opinion."""
    if not actor.in_office(opinion.office_id) or not actor.may("opinion.give"):
        raise NotPermitted(_("This opinion is asked of another office."), articles=opinion.step.articles)
    require_covered(actor, duty=Duty.OPINION, step=opinion.step.key)
    require_standing_in(actor)
    not_own_filing(actor, opinion.step.project)
