"""Every address of the program, once: who may knock, and with which record. One table drives three tests.

A new address needs a row here: `Row("app:name", "GET POST", ("permission",), project)`. The third entry repeats
what the view's `needs(…)` (or the API view's `permissions`) says: the test fails where they differ, so that a
check dropped by mistake is seen. The fourth gives the address its record, from `tests/world.py`; `own=True` says
that a filer sees it for their own unit only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.people import Person
from tests.world import World

Kwargs = Callable[[World], dict[str, Any]]


def nothing(world: World) -> dict[str, Any]:
    """An address without a record."""
    return {}


def article(world: World) -> dict[str, Any]:
    return {"key": f"{world.town.county.prefix}-2"}


def project(world: World) -> dict[str, Any]:
    return {"pk": world.project.pk}


def declaration(world: World) -> dict[str, Any]:
    return {"pk": world.declaration.pk}


def declaration_of_project(world: World) -> dict[str, Any]:
    return {"pk": world.declaration.pk, "paper": world.document.pk}


def step(world: World) -> dict[str, Any]:
    return {"pk": world.step.pk}


def clock(world: World) -> dict[str, Any]:
    return {"pk": world.clock.pk}


def document(world: World) -> dict[str, Any]:
    return {"pk": world.document.pk}


def finding(world: World) -> dict[str, Any]:
    return {"pk": world.finding.pk}


def notice(world: World) -> dict[str, Any]:
    return {"pk": world.notice.pk}


def job(world: World) -> dict[str, Any]:
    return {"pk": world.job.pk}


def advice(world: World) -> dict[str, Any]:
    return {"pk": world.advice.pk}


def matter(world: World) -> dict[str, Any]:
    return {"pk": world.matter.pk}


def milestone(world: World) -> dict[str, Any]:
    return {"pk": world.milestone.pk}


def delay_finding(world: World) -> dict[str, Any]:
    return {"pk": world.delay_finding.pk}


def meeting(world: World) -> dict[str, Any]:
    return {"pk": world.meeting.pk}


def condition(world: World) -> dict[str, Any]:
    return {"pk": world.condition.pk}


def sent(world: World) -> dict[str, Any]:
    return {"pk": world.sent.pk}


def change(world: World) -> dict[str, Any]:
    return {"pk": world.change.filing.pk}


def expert(world: World) -> dict[str, Any]:
    return {"pk": world.expert.pk}


def expert_import(world: World) -> dict[str, Any]:
    return {"pk": world.expert_import.pk}


def panel(world: World) -> dict[str, Any]:
    return {"pk": world.panel.pk}


def panel_act(world: World) -> dict[str, Any]:
    return {"pk": world.panel.pk, "what": "commit"}


def draw(world: World) -> dict[str, Any]:
    return {"pk": world.draw.pk}


def contract(world: World) -> dict[str, Any]:
    return {"pk": world.contract.pk}


def amendment(world: World) -> dict[str, Any]:
    return {"pk": world.amendment.pk}


def payment(world: World) -> dict[str, Any]:
    return {"pk": world.payment.pk}


def call(world: World) -> dict[str, Any]:
    return {"pk": world.call.pk}


def call_late(world: World) -> dict[str, Any]:
    return {"pk": world.call.pk, "filing": world.declaration.pk}


def call_move(world: World) -> dict[str, Any]:
    return {"pk": world.call.pk, "what": "open"}


def plan(world: World) -> dict[str, Any]:
    return {"pk": world.plan.pk}


def plan_act(world: World) -> dict[str, Any]:
    return {"pk": world.plan.pk, "what": "save"}


def person(world: World) -> dict[str, Any]:
    return {"pk": world.membership.user_id}


def membership(world: World) -> dict[str, Any]:
    return {"pk": world.membership.user_id, "membership": world.membership.pk}


def delegation(world: World) -> dict[str, Any]:
    return {"pk": world.delegation.pk}


def office(world: World) -> dict[str, Any]:
    return {"pk": world.office.pk}


@dataclass(frozen=True)
class Row:
    """An address below a county. `permissions`: any of them opens it; none: every member."""

    name: str
    methods: str = "GET"
    permissions: tuple[str, ...] | dict[str, tuple[str, ...]] = ()  # by method, where the interface has several
    kwargs: Kwargs = nothing
    own: bool = False

    def needed(self, method: str) -> tuple[str, ...]:
        """The permissions of which one opens the address for a method; none: every member."""
        return self.permissions[method] if isinstance(self.permissions, dict) else self.permissions

    def opens(self, person: Person, method: str) -> bool:
        """Whether the person's role opens the address."""
        needed = self.needed(method)
        return not needed or any(person.actor.may(permission) for permission in needed)


MANAGE = ("people.manage",)
SEE = ("project.view", "declaration.view_own")
FILE = ("declaration.file",)
FILE_OR_RECORD = ("declaration.file", "owner.record")
FILE_OR_SEE = ("declaration.file", "declaration.view_own")
DECIDE = ("step.decide",)
RECORD = ("step.record", "owner.record")

ROWS = [
    Row("accounts:roles", "GET POST"),
    Row("workflow:people", "GET", MANAGE),
    Row("accounts:new_person", "GET POST", MANAGE),
    Row("accounts:existing_person", "GET POST", MANAGE),
    Row("accounts:person", "GET POST", MANAGE, person),
    Row("accounts:add_role", "POST", MANAGE, person),
    Row("accounts:end_role", "POST", MANAGE, membership),
    Row("accounts:deactivate", "POST", MANAGE, person),
    Row("accounts:renew_password", "POST", MANAGE, person),
    Row("accounts:arrangements", "GET POST", MANAGE),
    Row("workflow:offices", "GET", MANAGE),
    Row("accounts:new_office", "GET POST", MANAGE),
    Row("accounts:office", "GET POST", MANAGE, office),
    Row("workflow:hand_over", "GET POST", MANAGE, office),
    Row("regulation:read", "GET", ("rules.view",)),
    Row("regulation:article", "GET", ("rules.view",), article),
    Row("regulation:try", "GET", ("rules.view",)),
    Row("regulation:compare", "GET", ("rules.view",)),
    Row("workflow:home"),
    Row("workflow:counts"),
    Row("workflow:queue"),
    Row("workflow:next"),
    Row("workflow:claim", "POST", ("step.claim", "declaration.file", "owner.record")),
    Row("workflow:decide", "POST", ("step.decide", "step.record", "opinion.give")),
    Row("workflow:pass_on", "POST", ("step.claim", "declaration.file", "owner.record")),
    Row("workflow:save_view", "POST"),
    Row("workflow:notices"),
    Row("workflow:read_all", "POST"),
    Row("workflow:open_notice", "POST", (), notice),
    Row("workflow:settings", "GET POST"),
    Row("workflow:delegations", "GET POST"),
    Row("workflow:delegation_end", "GET POST", (), delegation),
    Row("workflow:help", "GET"),
    Row("workflow:hint_closed", "POST"),
    Row("workflow:document", "GET", SEE, document, own=True),
    Row("workflow:deadlines", "GET", SEE, project, own=True),
    Row("workflow:clock", "GET POST", SEE, clock, own=True),
    Row("workflow:history", "GET", SEE, project, own=True),
    Row("workflow:export", "POST"),
    Row("workflow:jobs"),
    Row("workflow:job", "GET", (), job, own=True),
    Row("workflow:cancel_job", "POST", (), job, own=True),
    Row("workflow:job_result", "GET", (), job, own=True),
    Row("workflow:audit", "GET", ("audit.view",)),
    Row("regulation:calendar", "GET", ("calendar.manage",)),
    Row("regulation:paste_year", "POST", ("calendar.manage",)),
    Row("regulation:set_day", "POST", ("calendar.manage",)),
    Row(
        "workflow:filing_edit",
        "GET POST",
        ("declaration.file", "owner.record", "declaration.view_own", "project.view"),
        declaration,
    ),
    Row("workflow:filing_save", "POST", FILE_OR_RECORD, declaration, own=True),
    Row("workflow:filing_submit", "GET POST", FILE_OR_RECORD, declaration, own=True),
    Row("workflow:filing_withdraw", "GET POST", FILE_OR_RECORD, declaration, own=True),
    Row("workflow:filing_attach", "POST", ("declaration.file", "document.upload"), declaration),
    Row("workflow:filing_detach", "POST", FILE_OR_RECORD, declaration_of_project, own=True),
    Row("approvals:compile_plan", "POST", ("step.record",)),
    Row("approvals:plan", "GET", ("reserve.view",), plan),
    Row("approvals:plan_act", "POST", ("step.record",), plan_act),
    Row("projects:projects", "GET", SEE),
    Row("projects:project", "GET", SEE, project, own=True),
    Row("projects:declaration", "GET", SEE, project, own=True),
    Row("projects:papers", "GET", SEE, project, own=True),
    Row("projects:money", "GET", SEE, project, own=True),
    Row("projects:judge", "POST", DECIDE, finding),
    Row("projects:declarations", "GET", FILE_OR_SEE),
    Row("projects:new", "GET POST", FILE),
    Row("projects:route_of_new", "POST", FILE),
    Row("projects:classified", "GET POST", FILE),
    Row("projects:former_edit", "GET", FILE_OR_SEE, declaration, own=True),
    Row("projects:preview", "POST", FILE_OR_SEE, declaration, own=True),
    Row("projects:carry_over", "POST", FILE, declaration, own=True),
    Row("projects:partner", "GET POST", FILE, declaration, own=True),
    Row("projects:calls", "GET", ("call.manage",)),
    Row("projects:new_call", "GET POST", ("call.manage",)),
    Row("projects:call", "GET POST", ("call.manage",), call),
    Row("projects:admit_late", "POST", ("call.manage",), call_late),
    Row("projects:move_call", "POST", ("call.manage",), call_move),
    Row("projects:reserve", "GET", ("reserve.view",)),
    Row("projects:plans", "GET", ("reserve.view",)),
    Row("approvals:step", "GET", SEE, step, own=True),
    Row("approvals:bundle", "POST", SEE, step, own=True),
    Row("approvals:decide", "POST", DECIDE, step),
    Row("approvals:record", "POST", RECORD, step),
    Row("approvals:return", "POST", DECIDE, step),
    Row("approvals:opinion", "POST", ("opinion.give",), step),
    Row("approvals:revise", "POST", ("opinion.give",), step),
    Row("approvals:ask_concerned", "POST", DECIDE, step),
    Row("approvals:remind", "POST", DECIDE, step),
    Row("approvals:press", "POST", ("step.claim", "declaration.view_own"), step, own=True),
    Row("approvals:take_back", "POST", ("step.decide", "step.record"), step),
    Row("approvals:opinions", "GET", SEE, project, own=True),
    Row("approvals:replies", "GET", SEE, project, own=True),
    Row("approvals:changes", "GET", SEE),
    Row("approvals:project_changes", "GET", SEE, project, own=True),
    Row("approvals:new_change", "POST", ("owner.record",), project, own=True),
    Row("approvals:change_preview", "POST", ("owner.record",), change, own=True),
    Row("approvals:redeclare_change", "POST", FILE, change, own=True),
    Row("approvals:platform", "GET POST", SEE, project, own=True),
    Row("approvals:on_platform", "GET", SEE),
    Row("api:project_changes", "GET POST", {"GET": SEE, "POST": ("owner.record",)}, project, own=True),
    Row("api:change_redeclare", "POST", FILE, change, own=True),
    Row("api:project_replies", "GET", SEE, project, own=True),
    Row("api:condition", "POST", ("owner.record", "step.decide"), condition),
    Row("api:project_platform", "GET POST", SEE, project, own=True),
    Row("approvals:condition", "POST", ("owner.record", "step.decide"), condition),
    Row("approvals:delay", "GET POST", SEE, project, own=True),
    Row("approvals:others", "GET POST", SEE, step, own=True),
    Row("approvals:advice", "GET POST", SEE, advice, own=True),
    Row("approvals:matters", "GET", SEE),
    Row("approvals:matter", "GET POST", SEE, matter, own=True),
    Row("approvals:milestones", "GET", SEE),
    Row("approvals:milestone", "POST", ("owner.record",), milestone, own=True),
    Row("approvals:works", "GET POST", SEE, project, own=True),
    Row("approvals:finding", "GET POST", SEE, delay_finding, own=True),
    Row("approvals:meetings", "GET", ("meeting.hold", "project.view")),
    Row("approvals:new_meeting", "GET POST", ("meeting.hold",)),
    Row("approvals:meeting", "GET", ("meeting.hold", "project.view"), meeting),
    Row("approvals:edit_meeting", "GET POST", ("meeting.hold",), meeting),
    Row("approvals:cancel_meeting", "POST", ("meeting.hold",), meeting),
    Row("approvals:experts", "GET", ("expert.view",)),
    Row("approvals:new_expert", "GET POST", ("expert.manage",)),
    Row("approvals:expert", "GET POST", ("expert.view", "expert.manage"), expert),
    Row("approvals:move_expert", "POST", ("expert.manage",), expert),
    Row("approvals:expert_lists", "GET POST", ("expert.manage",)),
    Row("approvals:expert_template", "GET", ("expert.manage",)),
    Row("approvals:new_expert_import", "GET POST", ("expert.manage",)),
    Row("approvals:expert_import", "GET POST", ("expert.manage",), expert_import),
    Row("approvals:expert_fees", "GET", ("expert.view",)),
    Row("approvals:panels", "GET", ("expert.view",)),
    Row("approvals:panel", "GET", ("expert.view",), panel),
    Row("approvals:edit_panel", "GET POST", ("expert.convene",), panel),
    Row("approvals:panel_link", "POST", ("expert.convene",), panel),
    Row("approvals:panel_act", "POST", ("expert.convene",), panel_act),
    Row("approvals:draw", "GET", ("expert.view",), draw),
    Row("approvals:draw_file", "GET", ("expert.view",), draw),
    Row("approvals:project_experts", "GET", SEE, project, own=True),
    Row("approvals:ask_experts", "POST", FILE, project, own=True),
    Row("approvals:new_panel", "GET POST", ("expert.convene",), project),
    Row("funding:contracts", "GET", SEE),
    Row("funding:payments", "GET", SEE),
    Row("funding:of_project", "GET", SEE, project, own=True),
    Row("funding:new_contract", "GET POST", ("owner.record",), project, own=True),
    Row("funding:contract", "GET POST", SEE, contract, own=True),
    Row("funding:end_contract", "POST", ("owner.record",), contract),
    Row("funding:contract_paper", "POST", ("owner.record", "funding.pay"), contract),
    Row("funding:amendment", "POST", ("owner.record",), contract),
    Row("funding:cancel_amendment", "POST", ("owner.record",), amendment),
    Row("funding:pay", "POST", ("owner.record", "funding.pay"), contract),
    Row("funding:cancel_payment", "POST", ("owner.record", "funding.pay"), payment),
    Row("api:lists"),
    Row("api:filing_list", "GET", SEE),
    Row("api:filing", "GET PATCH", {"GET": SEE, "PATCH": FILE_OR_RECORD}, sent, own=True),
    Row("api:filing_submit", "POST", FILE_OR_RECORD, change, own=True),
    Row("api:filing_papers", "POST", ("declaration.file", "document.upload"), sent, own=True),
    Row("api:filing_withdraw", "POST", FILE_OR_RECORD, change, own=True),
    Row("api:project_list", "GET", SEE),
    Row("api:project", "GET", SEE, project, own=True),
    Row("api:declaration_list", "GET POST", {"GET": ("declaration.view_own",), "POST": FILE}),
    Row("api:declaration", "GET PATCH", {"GET": SEE, "PATCH": FILE}, declaration, own=True),
    Row("api:declaration_submit", "POST", FILE, declaration, own=True),
    Row("api:declaration_admit", "POST", ("call.manage",), declaration),
    Row("api:declaration_withdraw", "POST", FILE, declaration, own=True),
    Row("api:declaration_papers", "POST", ("declaration.file", "document.upload"), declaration, own=True),
    Row("api:step_list", "GET", SEE),
    Row("api:step", "GET", SEE, step, own=True),
    Row("api:step_decide", "POST", DECIDE, step),
    Row("api:step_record", "POST", RECORD, step),
    Row("api:step_opinion", "POST", ("opinion.give",), step),
    Row("api:step_return", "POST", DECIDE, step),
    Row("api:step_concerned", "GET POST", DECIDE, step),
]

# Addresses outside any county, and who finds them. They show nothing of a tenant.
OUTSIDE = {
    "accounts:home": "signed in",
    "demo:people": "demonstration",
    "demo:sign_in": "demonstration",
    "accounts:platform": "operator",
    "accounts:platform_new_county": "operator",
    "accounts:platform_county": "operator",
    "accounts:platform_admin": "operator",
    "approvals:expert_review": "who has the link",
    "approvals:expert_paper": "who has the link",
    "api:token": "everybody",
    "api:schema": "signed in",
    "api:docs": "signed in",
    "api:rules_ask": "signed in",
    "api:nothing_here": "everybody",
    "set_language": "everybody",
    "health": "everybody",
    "metrics": "monitoring",
    "demo:gallery": "development",
}
# Sign-in itself: allauth's own addresses.
SIGN_IN = "accounts/"


@dataclass(frozen=True)
class Address:
    """An address as the resolver knows it."""

    name: str
    route: str
    view: Any

    @property
    def has_county(self) -> bool:
        return "<slug:county>" in self.route

    @property
    def permissions(self) -> Any:
        """What the view asks for: any of these, or by method."""
        view_class = getattr(self.view, "view_class", None) or getattr(self.view, "cls", None)
        asked = getattr(view_class or self.view, "permissions", None)
        return ("(the view does not say who may open it)",) if asked is None else asked


def addresses() -> Iterator[Address]:
    """All addresses of the program."""
    yield from _walk(get_resolver().url_patterns, "", ())


def _walk(patterns: list[Any], prefix: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield Address(":".join([*spaces, pattern.name or f"(no name: {route})"]), route, pattern.callback)
