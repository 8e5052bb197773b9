"""What the county's rules ask of a panel: how many experts, how they are found, who stays out, what they say."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from projects.models import Project
from projects.ruling import facts_of, ruleset_of
from workflow.models import Step

OPINION_PAPER = "expert_opinions"  # key of the paper where the rules name none


@dataclass(frozen=True)
class PanelRule:
    """The county's rules on one panel, as they are kept with it. What they leave open is empty."""

    at_least: int = 1
    odd: bool = False
    share: str = "0"  # of the experts that must be drawn by lot, at least
    by_category: bool = False
    excluded: list[str] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)  # `amount`, `unit`: for how long who sat is not drawn again
    asks: list[dict[str, str]] = field(default_factory=list)  # `key`, `text`
    opinion: str = ""  # keys of the papers that come out of it
    sorted: str = ""
    articles: list[str] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)  # `text`, `articles`, `reading`

    def named_at_most(self, size: int) -> int:
        """How many of so many experts may be named by hand."""
        return int((size * (1 - Decimal(self.share))).to_integral_value(ROUND_FLOOR))

    @property
    def one_a_unit(self) -> bool:
        """Whether two of one employer may not sit together."""
        return "same_unit" in self.excluded

    def kept(self) -> dict[str, Any]:
        """As it is kept with the panel."""
        return asdict(self)


def rule_of(*, project: Project, step: Step | None) -> PanelRule:
    """What the project's rules ask of experts of a step, or (without a step) of any."""
    rules, facts = ruleset_of(project.rule_version), facts_of(project)
    if facts is None:
        return PanelRule()
    items = rules.experts_for(facts, step.key if step is not None else "")
    drawn = [one for one in items if one.draw is not None or one.drawn_share is not None]
    shares = [one.drawn_share if one.drawn_share is not None else Decimal(1) for one in drawn]
    rests = [one.not_within for one in items if one.not_within is not None]
    points = {one.key: str(one.text) for one in rules.rules.review_points}
    asked = dict.fromkeys(key for one in items for key in one.asks)
    if step is not None and not asked:
        asked = dict.fromkeys(key for key in step.rule.get("asks", ()) if key in points)
    return PanelRule(
        at_least=max((one.at_least for one in items if one.at_least is not None), default=1),
        odd=any(one.odd for one in items),
        share=format(max(shares, default=Decimal(0)), "f"),
        by_category=any(one.draw == "random_by_category" for one in items),
        excluded=list(dict.fromkeys(who for one in items for who in one.excluded)),
        rest={"amount": rests[0].amount, "unit": rests[0].unit} if rests else {},
        asks=[{"key": key, "text": points[key]} for key in asked if key in points],
        opinion=next((one.opinion for one in items if one.opinion), ""),
        sorted=next((one.sorted for one in items if one.sorted), ""),
        articles=list(dict.fromkeys(article for one in items for article in one.articles)),
        texts=[{"text": str(one.text), "articles": list(one.articles), "reading": one.reading} for one in items],
    )


def kept_rule(data: dict[str, Any]) -> PanelRule:
    """The rule as it was kept with a panel."""
    return PanelRule(**data)
