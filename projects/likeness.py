"""Likely splits and duplicates: projects that look alike, why, and which bound their sum would cross.

Names and contents are compared by the pairs of neighbouring characters they share (Dice's coefficient), which needs no
word boundaries and so suits Chinese. Nothing is decided here: a reviewer judges each finding.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import NotPermitted, Refusal, WrongState, clean_text
from jurisdictions.folding import folded
from jurisdictions.rules.ruleset import Bound, Ruleset
from jurisdictions.rules.shapes import cite
from projects.access import has_filed
from projects.models import Likeness, Project, SimilarFinding, Verdict
from projects.ruling import ruleset_of
from workflow.trail import audit

MOST_COMPARED = 3_000
MOST_OF_FAMILY = 500
MOST_FINDINGS = 20
COMPARED_CHARACTERS = 1_500
# Shares of common character pairs from which two texts are called alike.
SAME_UNIT_NAME, SAME_UNIT_CONTENT = 0.45, 0.5
OTHER_UNIT_NAME, OTHER_UNIT_CONTENT = 0.6, 0.6
NEARLY_EQUAL = 0.8
YEARS_APART = 1  # plan years within which a split is looked for

# Words that every project's name holds: they say nothing about likeness.
EMPTY_WORDS = (
    "建设项目",
    "采购项目",
    "信息化",
    "数字化",
    "项目",
    "系统",
    "平台",
    "工程",
    "建设",
    "一期",
    "二期",
    "三期",
)


@dataclass
class Compared:
    """Another project, with how alike it is."""

    pk: int
    row: Mapping[str, Any]
    name: float
    content: float
    same_unit: bool
    linked: bool
    reasons: list[dict[str, Any]] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return self.row["investment"] or Decimal(0)


class Pairs:
    """The pairs of neighbouring letters, digits and characters of a text, counted only where they are asked for."""

    def __init__(self, text: str, *, leave: Iterable[str] = ()) -> None:
        plain = folded(text)
        for word in leave:
            plain = plain.replace(word, "")
        self.all = list(map(operator.add, plain, plain[1:])) or ([plain] if plain else [])
        self.kinds = frozenset(self.all)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each pair occurs."""
        return Counter(self.all)


def share(one: Pairs, two: Pairs, *, least: float = 0.0) -> float:
    """The share of common pairs, from 0 to 1; 0 as soon as it is known to be under `least`.

    Thousands of texts are compared while somebody waits: which pairs two texts share at all is found fast, and how
    often each occurs is counted only for texts that can reach `least`.
    """
    size = len(one.all) + len(two.all)
    if not size:
        return 0.0
    common = one.kinds & two.kinds
    if 2 * sum(map(one.counts.__getitem__, common)) / size < least:
        return 0.0
    return 2 * sum(min(one.counts[pair], two.counts[pair]) for pair in common) / size


def compare(*, actor: Actor, project: Project) -> list[SimilarFinding]:
    """Look for projects like this one in the county and keep the findings; verdicts given before are kept.

    One query reads the candidates (live projects, the newest first), one the findings there are. Where a county has
    more than are compared, two more add those of the same and of linked units, however old.
    """
    found = _found(project, ruleset_of(project.rule_version))
    existing = {one.other_id: one for one in SimilarFinding.objects.filter(project=project)}
    kept: list[SimilarFinding] = []
    new: list[SimilarFinding] = []
    for finding in found:
        before = existing.pop(finding.other_id, None)
        if before is None:
            new.append(finding)
            continue
        if before.verdict == Verdict.OPEN:
            for name in ("kind", "reasons", "bound", "total", "articles"):
                setattr(before, name, getattr(finding, name))
            before.save(update_fields=["kind", "reasons", "bound", "total", "articles"])
        kept.append(before)
    SimilarFinding.objects.filter(pk__in=[one.pk for one in existing.values() if one.verdict == Verdict.OPEN]).delete()
    kept += SimilarFinding.objects.bulk_create(new)
    if new:
        audit.entry(
            actor=actor,
            action="project.compare",
            record=project,
            project=project,
            label=project.name,
            new={"findings": [{"other": one.other_id, "kind": one.kind} for one in new]},
        )
    return kept


def _found(project: Project, rules: Ruleset) -> list[SimilarFinding]:
    name, content = Pairs(project.name, leave=EMPTY_WORDS), Pairs(project.summary[:COMPARED_CHARACTERS])
    own: set[int | None] = {project.applicant_id, project.owner_unit_id}
    parents = {project.applicant.parent_id, project.owner_unit.parent_id} - {None}
    close: list[Compared] = []
    for row in _candidates(project, own | parents):
        others = {row["applicant_id"], row["owner_unit_id"]}
        their_parents = {row["applicant__parent_id"], row["owner_unit__parent_id"]} - {None}
        same_unit = bool(own & others)
        linked = bool(parents & their_parents or parents & others or their_parents & own)
        near = same_unit or linked
        enough_name = SAME_UNIT_NAME if near else OTHER_UNIT_NAME
        enough_content = SAME_UNIT_CONTENT if near else OTHER_UNIT_CONTENT
        names = name, Pairs(row["name"], leave=EMPTY_WORDS)
        contents = content, Pairs(row["about"] if content.all else "")
        if share(*names, least=enough_name) >= enough_name or share(*contents, least=enough_content) >= enough_content:
            close.append(Compared(row["pk"], row, share(*names), share(*contents), same_unit, linked))
    return _judged(project, close, rules)


def _candidates(project: Project, family: set[int | None]) -> Iterator[Mapping[str, Any]]:
    """The county's newest live projects; of one that has more, also those of the unit and the units linked to it."""
    live = Project.objects.active().exclude(pk=project.pk).order_by("-pk")
    newest = _rows(live[:MOST_COMPARED])
    yield from newest
    if len(newest) == MOST_COMPARED:
        offices = Office.objects.filter(Q(pk__in=family) | Q(parent_id__in=family))
        units = list(offices.order_by().values_list("pk", flat=True))
        older = live.filter(Q(applicant_id__in=units) | Q(owner_unit_id__in=units), pk__lt=newest[-1]["pk"])
        yield from _rows(older[:MOST_OF_FAMILY])


def _rows(wanted: QuerySet[Project]) -> list[Mapping[str, Any]]:
    """What is compared of the projects wanted. They are found first: joined, all of the county's would be sorted."""
    rows = Project.objects.filter(pk__in=wanted.values("pk")).order_by("-pk")
    return list(
        rows.annotate(about=Left(Coalesce("summary", Value("")), COMPARED_CHARACTERS)).values(
            "pk",
            "name",
            "about",
            "investment",
            "plan_year",
            "standing",
            "number",
            "applicant_id",
            "owner_unit_id",
            "applicant__parent_id",
            "owner_unit__parent_id",
        )
    )


def _judged(project: Project, close: list[Compared], rules: Ruleset) -> list[SimilarFinding]:
    splitting = rules.rules.splitting
    cited = cite(splitting.articles) if splitting else []
    family = [
        one
        for one in close
        if (one.same_unit or one.linked)
        and project.plan_year is not None
        and one.row["plan_year"] is not None
        and abs(one.row["plan_year"] - project.plan_year) <= YEARS_APART
    ]
    own = project.investment or Decimal(0)
    together = own + sum((one.amount for one in family), Decimal(0))
    findings = []
    for one in close:
        reasons = [
            {"key": "name", "share": round(one.name * 100)},
            {"key": "content", "share": round(one.content * 100)},
        ]
        reasons = [reason for reason in reasons if int(str(reason["share"])) >= 40]
        if one.same_unit:
            reasons.insert(0, {"key": "same_unit"})
        elif one.linked:
            reasons.insert(0, {"key": "linked_unit"})
        kind, bound, total = Likeness.SIMILAR, None, None
        if one in family:
            total = own + one.amount
            bound = crossed(rules.bounds(), [own, one.amount], total)
            if bound is None and len(family) > 1:
                bound = crossed(rules.bounds(), [own, *(other.amount for other in family)], together)
                total = together if bound is not None else total
            if bound is not None:
                kind = Likeness.SPLIT
                reasons.append({"key": "sum_crosses", "bound": str(bound.value), "total": str(total)})
        if kind == Likeness.SIMILAR and max(one.name, one.content) >= NEARLY_EQUAL:
            kind = Likeness.DUPLICATE
        findings.append(
            (
                max(one.name, one.content),
                SimilarFinding(
                    county_id=project.county_id,
                    project=project,
                    other_id=one.pk,
                    kind=kind,
                    reasons=reasons,
                    bound=bound.value if bound else None,
                    total=total,
                    articles=cite(cited, list(bound.articles) if bound else []),
                ),
            )
        )
    order = {Likeness.SPLIT: 0, Likeness.DUPLICATE: 1, Likeness.SIMILAR: 2}
    findings.sort(key=lambda pair: (order[Likeness(pair[1].kind)], -pair[0]))
    return [finding for _share, finding in findings[:MOST_FINDINGS]]


def crossed(bounds: list[Bound], amounts: list[Decimal], total: Decimal) -> Bound | None:
    """The first bound that the sum reaches and no single amount does; None where there is none."""
    largest = max(amounts)
    return next((bound for bound in bounds if largest < bound.value <= total), None)


def reason_sentence(reason: Mapping[str, Any]) -> str:
    """Why two projects were called alike, in words."""
    from jurisdictions.templatetags.xunzhang import wan

    key = reason.get("key")
    if key == "same_unit":
        return _("same unit")
    if key == "linked_unit":
        return _("linked units")
    if key == "name":
        return _("names %(share)s%% alike") % {"share": reason["share"]}
    if key == "content":
        return _("contents %(share)s%% alike") % {"share": reason["share"]}
    return _("together %(total)s ten thousand yuan: reaches the bound of %(bound)s ten thousand yuan") % {
        "total": wan(reason.get("total")),
        "bound": wan(reason.get("bound")),
    }


def judge_finding(*, actor: Actor, finding: SimilarFinding, verdict: str, note: str = "") -> SimilarFinding:
    """Record what the reviewer found: confirmed (with the reason) or not so. It stands: nobody else overturns it.

    Raises `NotPermitted`, `Refusal`, `WrongState` for what was judged already.
    """
    if not actor.may("step.decide"):
        raise NotPermitted(_("Your role does not judge findings."))
    if has_filed(actor=actor, project=finding.project):
        raise NotPermitted(_("You filed this declaration yourself: a colleague must judge it."))
    if verdict not in (Verdict.CONFIRMED, Verdict.CLEARED):
        raise Refusal(_("Please choose: confirmed, or not so."), field="verdict")
    note = clean_text(note, field="verdict_note", most=1000)
    if verdict == Verdict.CONFIRMED and not note:
        raise Refusal(
            _("A confirmed finding needs its reason; it goes against the filer."),
            field="verdict_note",
            articles=finding.articles,
        )
    with transaction.atomic():
        finding = (
            SimilarFinding.objects.select_for_update(of=("self",))
            .select_related("project", "other", "verdict_by")
            .get(pk=finding.pk)
        )
        if finding.verdict != Verdict.OPEN:
            raise WrongState(
                _("%(name)s judged this already: it is “%(verdict)s”.")
                % {"name": finding.verdict_by or "—", "verdict": finding.get_verdict_display()}
            )
        old = {"verdict": finding.verdict, "note": finding.verdict_note}
        finding.verdict, finding.verdict_note = verdict, note
        finding.verdict_by, finding.verdict_at = actor.user, timezone.now()
        finding.save(update_fields=["verdict", "verdict_note", "verdict_by", "verdict_at"])
        audit.entry(
            actor=actor,
            action="finding.judge",
            record=finding,
            project=finding.project,
            label=finding.other.name,
            old=old,
            new={"verdict": verdict, "note": note},
            articles=finding.articles,
        )
    return finding
