"""What the keys are called that a rule file gives its parameters, windows and notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

PARAMETERS: Mapping[str, Any] = {
    "quota": _("Quota"),
    "reserve_validity": _("Validity of an entry of the reserve"),
    "approval_validity": _("Validity of an approval without procurement"),
    "joint_review_from": _("Amount from which a joint review is due"),
    "joint_review_threshold": _("Amount from which a joint review is due"),
    "city_evaluation_from": _("Amount from which the city evaluates"),
    "provincial_evaluation_from": _("Amount from which the province evaluates"),
    "budget_review_threshold": _("Amount from which the budget is reviewed"),
    "merge_limit": _("Amount below which proposal and feasibility report are merged"),
    "small_works_limit": _("Amount below which only the technical plan is reviewed"),
    "trial_months": _("Length of the trial run"),
    "delay_limit": _("Delay from which no money is arranged"),
    "revision_limit": _("Time for one revision"),
    "feedback_limit": _("Time for the owner’s feedback"),
    "change_ratio": _("Largest change of the amount"),
    "adjustment_limit": _("Largest change of the amount"),
    "free_om_years": _("Years of free operation and maintenance"),
    "hardware_om_years": _("Years of operation and maintenance of hardware"),
    "contract_years_limit": _("Longest contract"),
    "om_cap": _("Cap of yearly operation and maintenance"),
    "decommissioning_notice": _("Notice before a system stops"),
    "disposal_report_days": _("Time for the report of disposal"),
    "budget_report_days": _("Time for the report of the budget reply"),
    "self_organised_limit": _("Amount below which the owner carries out by itself"),
    "application_days": _("Time for applying for acceptance"),
    "acceptance_months": _("Time for the acceptance"),
    "acceptance_filing_days": _("Time for filing the acceptance"),
    "self_evaluation_opens": _("Self-evaluation opens"),
    "self_evaluation_closes": _("Self-evaluation closes"),
}
WINDOWS: Mapping[str, Any] = {
    "annual_call": _("Annual declaration"),
    "om_round": _("Round of operation and maintenance money"),
    "plan_decision": _("Decision on the annual plan"),
}
NOTICES: Mapping[str, Any] = {
    "boundary_conflict": _("Two articles claim this amount"),
    "ruleset_expired": _("These rules are no longer in force"),
    "ruleset_draft": _("These rules are a draft for comments"),
    "ruleset_not_yet": _("These rules are not yet in force"),
    "importance_pending": _("General or key is not decided yet"),
    "classified": _("Classified project"),
    "emergency": _("Emergency project"),
    "by_reference": _("By reference only"),
    "major_deployment": _("Major deployment"),
    "over_cap": _("Over the usual cap"),
    "not_accepted": _("Not accepted yet"),
    "not_regulated": _("The rules are silent"),
    "free_period": _("Still in the free period"),
}
