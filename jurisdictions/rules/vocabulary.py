"""The closed words of the rules: facts, steps, authorities, units (docs/glossary.md).

Keys are contracts (rule files, API, database); labels are what a screen shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from jurisdictions.facts import YES_NO_FACTS, Action, Category, FundingSource, Importance, OwnerKind

FactKind = Literal["amount", "choice", "flag", "keys"]


@dataclass(frozen=True)
class FactSpec:
    """One fact a rule may ask about. Amounts are yuan (or a ratio) on an axis that starts at `minimum`.

    A `whole` amount is a count of things.
    """

    key: str
    kind: FactKind
    label: Any
    values: Mapping[str, Any] = field(default_factory=dict)
    default: Any = None
    required: bool = False
    minimum: Decimal | None = Decimal(0)
    derived: bool = False
    whole: bool = False
    help: str = ""


FactSpace = Mapping[str, FactSpec]


def _space(*specs: FactSpec) -> dict[str, FactSpec]:
    return {spec.key: spec for spec in specs}


ACTIONS = dict(Action.choices)
CATEGORIES = dict(Category.choices)
OWNER_KINDS = dict(OwnerKind.choices)
FUNDING_SOURCES = dict(FundingSource.choices)
IMPORTANCES = dict(Importance.choices)
CHANGE_REASONS = {
    "superior_decision": _("Decision of a higher authority"),
    "technical_improvement": _("Improvement of the technical plan"),
    "business_need": _("Development of the business"),
    "other": _("Other reason"),
}


FUNDING_PHASES = {"construction": _("Construction"), "operation": _("Operation")}
RUN_KINDS = {
    "system": _("A system, hardware and software together"),
    "hardware": _("Hardware"),
    "software": _("Software"),
    "service": _("A service"),
}


def _flag(key: str, label: Any, *, default: bool = False) -> FactSpec:
    return FactSpec(key, "flag", label, default=default)


ROUTE_FACTS: FactSpace = _space(
    FactSpec("investment", "amount", _("Total investment"), required=True),
    FactSpec("action", "choice", _("Kind of action"), ACTIONS, "new"),
    FactSpec("category", "choice", _("Category"), CATEGORIES, "application"),
    FactSpec("owner_kind", "choice", _("Kind of unit"), OWNER_KINDS, "agency"),
    FactSpec("funding_source", "choice", _("Source of funds"), FUNDING_SOURCES, "fiscal"),
    FactSpec("importance", "choice", _("Importance"), IMPORTANCES),
    *(_flag(key, label) for key, label in YES_NO_FACTS.items()),
)

#: Facts of the question `change`; `ratio` is |delta| / estimate and is never given by a person.
CHANGE_FACTS: FactSpace = _space(
    FactSpec("estimate", "amount", _("Approved total"), required=True),
    FactSpec("delta", "amount", _("Change of the amount"), required=True, minimum=None),
    FactSpec("ratio", "amount", _("Share of the approved total"), derived=True),
    FactSpec("reason", "choice", _("Reason of the change"), CHANGE_REASONS, "other"),
    _flag("goal_changed", _("Goal changed")),
    _flag("brand_changed", _("Contracted brand changed")),
    _flag("hardware_changed", _("Hardware or software changed")),
    _flag("exceeds_budget", _("Exceeds the approved budget")),
    _flag("exceeds_estimate", _("Exceeds the approved estimate")),
    _flag("content_changed", _("Main content changed")),
    _flag("unit_changed", _("Owner unit changed")),
    _flag("period_changed", _("Period of construction changed")),
    *(ROUTE_FACTS[key] for key in ("action", "category", "owner_kind")),
)

FUNDING_FACTS: FactSpace = _space(
    FactSpec("construction_cost", "amount", _("Construction cost")),
    FactSpec("om_cost", "amount", _("Yearly cost of operation and maintenance")),
    _flag("accepted", _("Acceptance passed")),
    FactSpec("phase", "choice", _("Money for"), FUNDING_PHASES, "operation"),
    FactSpec("kind", "choice", _("What is run"), RUN_KINDS, "system"),
    _flag("acceptance_due", _("The project takes an acceptance"), default=True),
    _flag("acceptance_filed", _("The acceptance is filed"), default=True),
    _flag("confirmation_failed", _("A confirmation before the acceptance failed")),
    _flag("free_period_over", _("The free period is over"), default=True),
    _flag("approved", _("Approved under these rules"), default=True),
    _flag("appraised", _("Appraised or reviewed by the data bureau"), default=True),
    FactSpec("exclusions", "keys", _("Exclusions"), default=()),
    *(ROUTE_FACTS[key] for key in ("action", "category", "owner_kind", "engineering", "superior_key")),
)

STEPS = {
    "declaration": _("Declaration"),
    "necessity_review": _("Necessity review"),
    "preliminary_evaluation": _("Preliminary evaluation"),
    "reserve_admission": _("Admission to the reserve"),
    "city_evaluation": _("City evaluation"),
    "provincial_evaluation": _("Provincial evaluation"),
    "joint_review": _("Joint review"),
    "consultation": _("Consultation"),
    "conference_decision": _("Decision of the joint conference"),
    "annual_plan": _("Annual plan"),
    "government_decision": _("Decision of the government"),
    "party_committee_review": _("Review by the party committee"),
    "city_filing": _("Filing with the city"),
    "provincial_filing": _("Filing with the province"),
    "provincial_review": _("Provincial review"),
    "start_notice": _("Start notice"),
    "investment_plan": _("Investment plan"),
    "budget_arrangement": _("Budget arrangement"),
    "framework_plan": _("Cross-department framework plan"),
    "collective_decision": _("Collective decision"),
    "expert_argumentation": _("Expert argumentation"),
    "technical_review": _("Technical review"),
    "secrecy_review": _("Secrecy review"),
    "public_security_review": _("Public security review"),
    "bureau_review": _("Data bureau review"),
    "proposal": _("Project proposal"),
    "feasibility": _("Feasibility report"),
    "preliminary_design": _("Preliminary design"),
    "budget_review": _("Budget review"),
    "budget_report": _("Report of the budget reply"),
    "project_approval": _("Project approval"),
    "approval_filing": _("Filing of the approval"),
    "procurement": _("Procurement"),
    "implementation": _("Implementation"),
    "trial_run": _("Trial run"),
    "self_acceptance": _("Own (initial) acceptance"),
    "final_acceptance": _("Final acceptance"),
    "sharing_confirmation": _("Data sharing confirmation"),
    "security_confirmation": _("Security and cryptography confirmation"),
    "archive_acceptance": _("Archive acceptance"),
    "technical_acceptance": _("Technical acceptance"),
    "completion_acceptance": _("Completion acceptance"),
    "acceptance_filing": _("Filing of the acceptance"),
    "self_evaluation": _("Self-evaluation"),
    "plan_review": _("Construction plan review"),
    "review_form_filing": _("Filing of the review form"),
    "operation": _("Operation"),
    "change": _("Change"),
}
#: A step that lies beside the route: a project may have several of it, and laying the route anew leaves them alone.
BESIDE = "change"

AUTHORITIES = {
    "data_bureau": _("Data bureau"),
    "drc": _("Development and reform commission"),
    "finance": _("Finance bureau"),
    "secrecy": _("Secrecy and cryptography office"),
    "cyberspace": _("Cyberspace office"),
    "public_security": _("Public security bureau"),
    "audit": _("Audit bureau"),
    "archives": _("Archives"),
    "trusted_products": _("Trusted-products office"),
    "approval_bureau": _("Approval bureau"),
    "conference": _("Joint conference"),
    "government": _("Government"),
    "city": _("City"),
    "province": _("Province"),
    "sector": _("Competent sector department"),
    "party_committee": _("Party committee"),
    "using_unit": _("Using unit"),
    "institution": _("Third-party institution"),
    "owner": _("Owner (construction) unit"),
    "experts": _("Expert group"),
    "as_concerned": _("The offices concerned"),
}
#: Parties that are no office of the county and so need no entry in a county's `authorities`.
UNNAMED_AUTHORITIES = frozenset({"owner", "experts", "city", "province", "sector", "institution", "as_concerned"})
#: Not an office, but those that the lead chooses as concerned: it takes part and leads nothing.
AS_CONCERNED = "as_concerned"

UNITS = {
    "working_day": _("working days"),
    "day": _("days"),
    "month": _("months"),
    "year": _("years"),
}
#: The sums of a project on the same cost lines, from the first guess to the final account.
MONEY_STAGES = {
    "rough_estimate": _("Rough estimate"),
    "estimate": _("Estimate"),
    "approved_estimate": _("Approved estimate"),
    "budget": _("Budget"),
    "contract": _("Contract"),
    "payment": _("Payments"),
    "settlement": _("Settlement"),
    "final_account": _("Final account"),
}
#: The lines on which every sum of a project is broken down, in the order people know them.
COST_LINES = {
    "works": _("Building works"),
    "hardware": _("Hardware equipment"),
    "system_software": _("System software"),
    "application_software": _("Application software, bought or developed"),
    "data": _("Data resources"),
    "cloud": _("Cloud resources and lines"),
    "integration": _("System integration"),
    "management": _("Management by the construction unit"),
    "consulting": _("Consulting and design"),
    "supervision": _("Supervision"),
    "tendering": _("Tendering agency"),
    "assessment": _("Tests and assessments"),
    "training": _("Training"),
    "contingency": _("Contingency"),
}
#: How a supplier is found.
PROCUREMENT_MODES = {
    "open_tender": _("Open tender"),
    "invited_tender": _("Invited tender"),
    "competitive_consultation": _("Competitive consultation"),
    "competitive_negotiation": _("Competitive negotiation"),
    "inquiry": _("Request for quotations"),
    "single_source": _("Single source"),
    "framework_agreement": _("Framework agreement"),
    "electronic_shop": _("Electronic shop"),
    "own_choice": _("Own choice below the procurement limit"),
}
PHASES = {
    "initiation": _("Initiation"),
    "approval": _("Approval"),
    "implementation": _("Implementation phase"),
    "acceptance": _("Acceptance"),
    "operation": _("Operation phase"),
}
STEP_KINDS = (
    "declaration",
    "single",
    "joint",
    "meeting",
    "outside",
    "filing",
    "notice",
    "plan_entry",
    "stage",
)
#: How steps are usually carried out; the others by one office, or from procurement on as a stage of the project.
USUAL_KINDS = {
    "declaration": "declaration",
    "joint_review": "joint",
    "consultation": "joint",
    "conference_decision": "meeting",
    "government_decision": "meeting",
    "party_committee_review": "meeting",
    "city_evaluation": "outside",
    "provincial_evaluation": "outside",
    "provincial_review": "outside",
    "annual_plan": "plan_entry",
    "investment_plan": "plan_entry",
    "start_notice": "notice",
    "city_filing": "filing",
    "provincial_filing": "filing",
    "budget_report": "filing",
    "approval_filing": "filing",
    "review_form_filing": "filing",
    "acceptance_filing": "filing",
}
#: Kinds whose negative outcome ends the project unless the file says otherwise.
GATED_KINDS = frozenset({"single", "joint", "meeting", "outside"})

#: Kinds that somebody decides or announces: what is only filed goes without.
DECIDED_KINDS = frozenset({"single", "joint", "meeting", "outside", "notice", "plan_entry"})

#: Steps for which the unit may hand something in by a form before they are decided.
HANDED_IN_STEPS = (
    "framework_plan",
    "expert_argumentation",
    "technical_review",
    "plan_review",
    "proposal",
    "feasibility",
    "preliminary_design",
    "budget_review",
    "project_approval",
)

#: Events that start a deadline and are no step.
OTHER_EVENTS: Mapping[str, Any] = {
    "decommissioning": _("the system stops"),
    "decommissioning_submitted": _("the stop is reported"),
    "project_approval_expiry": _("the approval expires"),
    "contract_signed": _("the contract is signed"),
    "completed": _("construction is completed"),
    "put_into_operation": _("the system goes into operation"),
}
#: Who a step holds up: nobody, though it must stand before the project is closed.
HOLDS_NOTHING = "end"


def event_step(event: str) -> str | None:
    """The step whose completion or hand-in is `event`; None for an event that is no step's."""
    if event in STEPS:
        return event
    base = event.removesuffix("_submitted")
    return base if base != event and base in STEPS else None
