"""The shape of a rule file (docs/rules.md): what may stand in it. Meaning is checked by the loader."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field

from .. import vocabulary as words
from ..labels import Says
from ..shapes import (
    Articles,
    AuthorityKey,
    Count,
    Key,
    Model,
    PlainArticle,
    Row,
    by_number,
    by_vocabulary,
    member,
)
from .filing import (
    Exemption,
    LateThen,
    MaterialThen,
    MonthDay,
    NegativeList,
    PrerequisiteThen,
    Priority,
    Quotes,
    QuotesThen,
    RequirementThen,
    Scope,
    ScopeQuestion,
    ScopeThen,
    Section,
    Splitting,
    Statement,
    Window,
)
from .heading import (
    ArticleHeading,
    Authority,
    CountyPart,
    Document,
    Form,
    FormField,
    InForce,
    NamedDate,
    OwnFact,
    Regulation,
    Source,
)
from .later import (
    Acceptance,
    AcceptancePart,
    Bar,
    ChangeAct,
    ChangeBase,
    ChangeRow,
    ChangeThen,
    Committee,
    ContractCheck,
    ContractThen,
    Decommissioning,
    Duty,
    EvaluationWindow,
    Expert,
    Funding,
    FundingCap,
    FundingGuard,
    Measure,
    MoneyNote,
    PaymentBound,
    Right,
    Stock,
)
from .named import NOTICES, PARAMETERS, WINDOWS
from .route import (
    DeadlineRule,
    NoticeThen,
    Parameter,
    ParameterThen,
    PauseRule,
    Reopening,
    ReviewPoint,
    Step,
    StepThen,
    Term,
    TermRow,
    Vote,
)

__all__ = [
    "Acceptance",
    "AcceptancePart",
    "ArticleHeading",
    "Authority",
    "Bar",
    "ChangeAct",
    "ChangeBase",
    "ChangeRow",
    "ChangeThen",
    "Committee",
    "ContractCheck",
    "ContractThen",
    "CountyPart",
    "DeadlineRule",
    "Decommissioning",
    "Document",
    "Duty",
    "EvaluationWindow",
    "Exemption",
    "Expert",
    "Form",
    "FormField",
    "Funding",
    "FundingCap",
    "FundingGuard",
    "InForce",
    "LateThen",
    "MaterialThen",
    "Measure",
    "MonthDay",
    "NamedDate",
    "NegativeList",
    "NoticeThen",
    "OwnFact",
    "Parameter",
    "ParameterThen",
    "PauseRule",
    "MoneyNote",
    "Reopening",
    "PaymentBound",
    "PrerequisiteThen",
    "Priority",
    "Quotes",
    "QuotesThen",
    "Regulation",
    "RequirementThen",
    "ReviewPoint",
    "Right",
    "RuleFile",
    "Scope",
    "ScopeQuestion",
    "ScopeThen",
    "Section",
    "Source",
    "Splitting",
    "Statement",
    "Step",
    "StepThen",
    "Stock",
    "Term",
    "TermRow",
    "Vote",
    "Window",
]


class RuleFile(Model):
    """A whole rule file."""

    county: Annotated[
        CountyPart, Says(_("County and prefix"), _("Whose rules these are, and how their articles are cited."))
    ]
    regulation: Annotated[Regulation, Says(_("Regulation"), _("The published text that the rules follow."))]
    version: Annotated[Count, Says(_("Rule version number"), _("Goes up by one with each new file."))]
    status: Annotated[
        Literal["draft_for_comment", "trial", "in_force", "expired"],
        Says(
            _("Status as published"),
            _("Draft, trial, in force or expired, as the text says of itself."),
            {
                "draft_for_comment": _("Draft for comments"),
                "trial": _("On trial"),
                "in_force": _("In force"),
                "expired": _("No longer in force"),
            },
        ),
    ]
    in_force: Annotated[
        InForce | None,
        Says(_("Days in force"), _("From which day to which day the regulation holds; null where it names none.")),
    ]
    governing_day: Annotated[
        Literal["declaration_submitted", "start_notice", "project_approval"],
        Says(
            _("Day that picks the version"),
            _("Which day of a project decides the version it is handled under."),
            {
                "declaration_submitted": _("the declaration is handed in"),
                "start_notice": _("the start notice is issued"),
                "project_approval": _("the project is approved"),
            },
        ),
    ] = "declaration_submitted"
    articles: Annotated[
        dict[PlainArticle, ArticleHeading],
        Field(min_length=1),
        AfterValidator(by_number),
        Says(_("List of articles"), _("Every article of the text with a heading; only these may be cited.")),
    ]
    authorities: Annotated[
        dict[AuthorityKey, Authority],
        AfterValidator(by_vocabulary),
        Says(_("Offices and duties"), _("The county's own offices for the duties the rules name.")),
    ]
    facts: Annotated[
        list[OwnFact], Says(_("Facts asked besides"), _("What only this regulation asks of a project."))
    ] = []
    dates: Annotated[
        list[NamedDate], Says(_("Named dates"), _("Days that somebody enters and that a clock may run from."))
    ] = []
    terms: Annotated[list[Term], Says(_("Terms"), _("Words the regulation defines, usable in every condition."))] = []
    parameters: Annotated[
        dict[Key, Parameter],
        Says(
            _("Parameters"),
            _("Amounts, ratios and lengths of time that stand once and are used by name."),
            keys=PARAMETERS,
        ),
    ] = {}
    route: Annotated[
        list[Step], Field(min_length=1), Says(_("Route"), _("The steps in order, from the declaration to operation."))
    ]
    notices: Annotated[
        list[Row[NoticeThen]],
        Says(_("Notices"), _("What is doubtful or special about a project, told with the answer."), keys=NOTICES),
    ] = []
    requirements: Annotated[
        list[Row[RequirementThen]],
        Says(_("What must be there by a step"), _("Papers and confirmations without which a step cannot be decided.")),
    ] = []
    scope: Annotated[
        Scope, Says(_("Scope"), _("Which projects the regulation does not cover, or covers differently."))
    ] = Scope()
    owner_kinds: Annotated[
        dict[Annotated[str, member(words.OWNER_KINDS, "kind of unit")], Articles],
        Says(_("Who may declare"), _("Kinds of unit that may declare, with articles.")),
    ] = {}
    actions: Annotated[
        dict[Annotated[str, member(words.ACTIONS, "action")], Articles],
        Says(_("What must be declared"), _("Kinds of action that must be declared, with articles.")),
    ] = {}
    sources: Annotated[
        list[Source], Says(_("Sources of money"), _("Where the money comes from, by the county's names."))
    ] = []
    windows: Annotated[
        dict[Key, Window],
        Says(_("Windows"), _("Times of the year in which units declare or decisions are due."), keys=WINDOWS),
    ] = {}
    late: Annotated[
        list[Row[LateThen]],
        Says(_("Outside the window or the reserve"), _("Who may declare at another time, and with which paper.")),
    ] = []
    statements: Annotated[
        list[Statement], Says(_("What the plan states"), _("Points the plan must answer, one box each in the form."))
    ] = []
    sections: Annotated[list[Section], Says(_("Outline of the plan"), _("The chapters of the county's template."))] = []
    documents: Annotated[
        dict[Key, Document],
        Says(_("Papers named in the rules"), _("Every paper that anything else in the file refers to.")),
    ] = {}
    materials: Annotated[
        list[Row[MaterialThen]], Says(_("Materials"), _("What is handed in with the declaration."))
    ] = []
    quotes: Annotated[Quotes, Says(_("Vendor quotes"), _("How many quotes a declaration needs."))] = Quotes()
    prerequisites: Annotated[
        list[Row[PrerequisiteThen]],
        Says(_("Prerequisites"), _("What must be true before a declaration is handed in, and how it is shown.")),
    ] = []
    negative_list: Annotated[
        NegativeList, Says(_("Not supported"), _("What is not supported, and how to be exempted."))
    ] = NegativeList()
    priorities: Annotated[list[Priority], Says(_("Priorities"), _("What goes first."))] = []
    splitting: Annotated[Splitting | None, Says(_("Splitting"), _("That a project may not be split."))] = None
    review_points: Annotated[
        list[ReviewPoint], Says(_("What reviewers state"), _("Points a reviewer must take a stand on."))
    ] = []
    experts: Annotated[
        list[Expert], Says(_("Experts"), _("How many experts, how they are found, who may not be one."))
    ] = []
    change_base: Annotated[
        ChangeBase | None, Says(_("Base of a change"), _("What the share of a change is taken of."))
    ] = None
    change_control: Annotated[
        list[ChangeRow], Says(_("Change control"), _("What a change of an approved project needs."))
    ] = []
    contract_checks: Annotated[list[ContractCheck], Says(_("Contract checks"), _("What a contract must hold."))] = []
    payments: Annotated[list[PaymentBound], Says(_("Payments"), _("Which share is paid or kept back when."))] = []
    acceptance: Annotated[
        Acceptance, Says(_("Acceptance"), _("Papers, confirmations and committee of the acceptance."))
    ] = Acceptance()
    funding: Annotated[
        Funding, Says(_("Money for operation"), _("When operation is paid, up to how much, and when not."))
    ] = Funding()
    evaluation: Annotated[
        list[EvaluationWindow], Says(_("Evaluation"), _("When and by whom a project is evaluated."))
    ] = []
    supervision: Annotated[
        list[Measure], Says(_("Supervision"), _("Checks, warnings and what follows from them."))
    ] = []
    duties: Annotated[list[Duty], Says(_("Recurring duties"), _("What is due every month, quarter or year."))] = []
    bars: Annotated[
        list[Bar],
        Says(_("Barred from new projects"), _("What keeps a unit from declaring new projects, and for how long.")),
    ] = []
    decommissioning: Annotated[
        Decommissioning | None, Says(_("Stopping a system"), _("What is done when a system is taken out of use."))
    ] = None
    stock: Annotated[
        Stock | None, Says(_("Projects from before"), _("Projects begun before the rules, or paid over years."))
    ] = None
    rights: Annotated[list[Right], Says(_("Rights and results"), _("Who holds data, software and results."))] = []
    forms: Annotated[list[Form], Says(_("Forms"), _("The official forms and their fields."))] = []
