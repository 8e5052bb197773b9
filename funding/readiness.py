"""Whether a project may be paid now, as finance looks at it: what the rules say against it, and the papers they ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from approvals.services.findings import require_no_finding
from jurisdictions.rules.ruleset import Ruleset
from projects.models import Project
from projects.ruling import facts_of, own_facts_of, ruleset_of
from workflow.models import Document, Step, StepState

FILING = "acceptance_filing"  # of the report, after the acceptance itself


@dataclass(frozen=True)
class Point:
    """One thing that must hold before money is paid. `is_later`: a step that is still to come brings it."""

    said: str
    articles: Sequence[str] = ()
    holds: bool = False
    is_later: bool = False
    paper: Document | None = None

    @property
    def refusal(self) -> Refusal:
        """Why nothing is paid."""
        return Refusal(self.said, field="amount", articles=self.articles)


def points(project: Project) -> list[Point]:
    """What the rules, a finding of delay and missing papers say of paying for the construction; what holds too."""
    rules = ruleset_of(project.rule_version)
    found = [*_barred(project, rules), *_papers(project, rules)]
    return found or [Point(_("The rules say nothing against paying."), holds=True)]


def _barred(project: Project, rules: Ruleset) -> list[Point]:
    approval = Step.objects.filter(project=project, phase="approval", gate=True).exclude(authority="owner")
    acceptance = Step.objects.filter(project=project, phase="acceptance").exclude(state=StepState.SKIPPED)
    accepting = acceptance.exclude(key=FILING)
    facts = {
        **own_facts_of(project, rules),
        "phase": "construction",
        "approved": not approval.unended().exists(),
        "acceptance_due": accepting.exists(),
        "accepted": not accepting.unended().exists(),
        "acceptance_filed": not acceptance.filter(key=FILING).unended().exists(),
        "action": project.action,
        "category": project.category,
        "owner_kind": project.owner_kind,
        "engineering": project.engineering,
        "superior_key": project.superior_key,
    }
    found = [Point(one.text, one.articles) for one in rules.funding(facts).blocks]
    try:
        require_no_finding(project)
    except Refusal as refused:
        found.append(Point(refused.message, refused.articles))
    return found


def _papers(project: Project, rules: Ruleset) -> list[Point]:
    facts = facts_of(project)
    if facts is None:
        return []
    found = []
    for note in rules.items_for(rules.rules.funding.notes, facts):
        if note.document is None:
            continue
        paper = Document.objects.active().filter(project=project, purpose=note.document).last()
        name = rules.document(note.document).name
        coming = [
            step
            for step in Step.objects.filter(project=project).unended()
            if note.document in step.rule.get("documents", [])
        ]
        is_later = paper is None and any(step.phase == "acceptance" for step in coming)
        if paper is not None:
            said = _("“%(paper)s” is there.")
        elif is_later:
            said = _("“%(paper)s” comes with the acceptance.")
        else:
            said = _("“%(paper)s” is missing: nothing is paid without it.")
        articles = tuple(note.articles)
        found.append(Point(said % {"paper": name}, articles, paper is not None, is_later, paper))
    return found
