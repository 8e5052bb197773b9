"""The scope check before a declaration: in scope, out of it, by reference to the rules, or classified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.refusals import Incomplete, Refusal
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.ruleset import Ruleset
from projects.declaring.setting import facts_typed, yes_no
from workflow.filings.parts import Field

ANSWERS = ("yes", "no")
CLASSIFIED = "scope-classified"


@dataclass(frozen=True)
class ScopeAnswer:
    """What the answers come to: `out` gives the texts that exclude the project, each with its articles."""

    is_classified: bool
    out: tuple[tuple[str, tuple[str, ...]], ...]
    reference: str  # the text that applies the rules by reference, or ""


def scope_questions(rules: Ruleset, answers: Mapping[str, str], *, secrecy: Sequence[str]) -> list[Field]:
    """What is asked before a declaration begins; `secrecy` are the articles on classified projects."""
    asked = [
        Field(f"scope-{one.key}", one.text, "radio", choices=yes_no(), help=one.help, articles=list(one.articles))
        for one in rules.rules.scope.questions
    ]
    asked.append(
        Field(
            CLASSIFIED,
            _("Is the project classified (does it involve state secrets)?"),
            "radio",
            choices=yes_no(),
            articles=secrecy,
            help=_(
                "Of a classified project only number, owner unit and handling office are registered; everything else"
                " follows the secrecy rules and may not be entered."
            ),
        )
    )
    for one in asked:
        one.value = answers.get(one.name, "")
    return asked


def check_scope(rules: Ruleset, answers: Mapping[str, str], *, owner_kind: str) -> ScopeAnswer:
    """Read the answers (`scope-<key>`: yes or no) by the scope of the rules for a unit of `owner_kind`.

    Raises `Incomplete` that names every question without an answer.
    """
    questions = rules.rules.scope.questions
    missing = [
        Refusal(
            _("Please answer: %(label)s") % {"label": question.text},
            field=f"scope-{question.key}",
            articles=list(question.articles),
        )
        for question in questions
        if answers.get(f"scope-{question.key}") not in ANSWERS
    ]
    if answers.get(CLASSIFIED) not in ANSWERS:
        missing.append(Refusal(_("Please say whether the project is classified."), field=CLASSIFIED))
    if missing:
        raise Incomplete(_("Please put the following right."), items=missing)
    said = dict(yes_no())
    out = [
        (_("%(label)s: %(answer)s") % {"label": one.text, "answer": said[one.outside_answer]}, tuple(one.articles))
        for one in questions
        if answers.get(f"scope-{one.key}") == one.outside_answer
    ]
    decided = rules.scope_result(Facts(investment=facts_typed({}).investment, owner_kind=owner_kind))
    result = decided.then.result if decided is not None else ""
    if decided is not None and result == "out":
        out.append((decided.text, tuple(decided.articles)))
    reference = decided.text if decided is not None and result == "reference" else ""
    return ScopeAnswer(answers.get(CLASSIFIED) == "yes", tuple(out), reference)
