"""The demonstration in a browser: one click signs in, and every page there is holds up, also on a phone."""

from __future__ import annotations

import os
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import Delegation, Membership, User
from accounts.roles import Role
from approvals.models import Advice, DelayFinding, Draw, Expert, Matter, Meeting, MeetingState, Panel
from funding.models import Contract
from jurisdictions.models import County
from jurisdictions.scope import enter
from projects.models import AnnualPlan, Declaration, PartnerUnit, Round
from tests import url_matrix
from tests.browser import pictures
from tests.browser.axe import serious_faults, width_of
from tests.browser.conftest import DESKTOP, PHONE
from tests.people import Person
from tests.url_matrix import OUTSIDE, ROWS, Row
from workflow.clocks.clock import today
from workflow.listings.export import start_export
from workflow.models import Deadline, FilingState, Step

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "dean"
# What answers with something else than a page of ours: a way on, a number, a file, the interface's own description.
NO_PAGES = {
    "workflow:home",
    "workflow:counts",
    "workflow:document",
    "workflow:job_result",
    "projects:partner",
    "approvals:expert_import",  # nothing is being read in
    "approvals:edit_panel",  # of a panel that is not drawn yet
    "approvals:draw_file",
    "approvals:expert_template",
}
NO_PAGES_OUTSIDE = {
    "accounts:home",
    "demo:sign_in",
    "accounts:platform_admin",
    "api:token",
    "api:schema",
    "api:rules_ask",
    "api:nothing_here",
    "set_language",
    "health",
    "metrics",
    "demo:gallery",
    # A guest's: `test_expert_review` walks them.
    "approvals:expert_review",
    "approvals:expert_paper",
}
# Whose page it is first of all, where several roles may open it.
READERS = (Role.REVIEWER, Role.SECRETARY, Role.OFFICE_HEAD, Role.COUNTY_ADMIN, Role.AUDITOR)

# Columns of a table whose cells stand below each other on a phone, and yet do not take the width of their row.
SQUEEZED = """() => [...document.querySelectorAll(".grid-stack tbody td")]
  .filter(cell => cell.offsetParent !== null && getComputedStyle(cell).position === "relative"
    && cell.offsetWidth < cell.parentElement.clientWidth / 2)
  .map(cell => cell.dataset.label || cell.className)"""

Visit = tuple[str, str]  # username, address


@pytest.fixture
def county(settings, tmp_path: Path) -> County:
    """A county of the demonstration."""
    settings.MEDIA_ROOT = str(tmp_path)
    call_command("load_rules", stdout=StringIO())
    call_command("load_calendars", stdout=StringIO())
    call_command("make_demo", county=[CODE], stdout=StringIO())
    return County.objects.get(code=CODE)


def first(found: Any) -> Any:
    """The first of a query's records: the demonstration shows one of each kind."""
    record = found.order_by("pk").first()
    assert record is not None, found.model
    return record


def records(draft: Declaration, writer: Person) -> dict[object, dict[str, Any]]:
    """For each kind of record in the matrix of addresses, one of the demonstration's."""
    step = first(Step.objects.filter(key="joint_review", state="open"))
    day, mine = today(), writer.membership
    assert mine is not None
    other = first(Membership.objects.filter(office=draft.project.applicant).exclude(pk=mine.pk))
    delegation = Delegation.objects.create(giver=mine, taker=other, first_day=day, last_day=day)
    advice = Advice.objects.create(
        project=step.project,
        step=step,
        kind="word",
        office=step.office,
        asked_by=writer.user,
        asking_office=step.office,
        question="接口费用是否合理？",
    )
    matter = Matter.objects.create(
        project=step.project,
        unit=step.project.owner_unit,
        office=step.office,
        measure="incident",
        kind="delay",
        title="进度滞后",
        happened_on=day,
        text="主体工程逾期",
        opened_by=writer.user,
    )
    contract = Contract.objects.create(project=step.project, title="建设合同", made_by=writer.user)
    return {
        url_matrix.nothing: {},
        url_matrix.project: {"pk": step.project_id},
        url_matrix.step: {"pk": step.pk},
        url_matrix.declaration: {"pk": draft.pk},
        url_matrix.meeting: {"pk": first(Meeting.objects.filter(state=MeetingState.PREPARED)).pk},
        url_matrix.call: {"pk": first(Round.objects.all()).pk},
        url_matrix.person: {"pk": writer.user.pk},
        url_matrix.job: {"pk": start_export(actor=writer.actor, key="declarations", query="", form="xlsx").pk},
        url_matrix.article: {"key": f"{step.project.county.prefix}-2"},
        url_matrix.office: {"pk": draft.project.applicant_id},
        url_matrix.clock: {"pk": first(Deadline.objects.unended().filter(step__isnull=False)).pk},
        url_matrix.plan: {"pk": first(AnnualPlan.objects.all()).pk},
        url_matrix.advice: {"pk": advice.pk},
        url_matrix.matter: {"pk": matter.pk},
        url_matrix.delay_finding: {"pk": first(DelayFinding.objects.all()).pk},
        url_matrix.panel: {"pk": first(Panel.objects.all()).pk},
        url_matrix.draw: {"pk": first(Draw.objects.all()).pk},
        url_matrix.expert: {"pk": first(Expert.objects.all()).pk},
        url_matrix.delegation: {"pk": delegation.pk},
        url_matrix.contract: {"pk": contract.pk},
    }


def visits(county: County) -> list[Visit]:
    """Each page of the matrix once, by somebody whose page it is."""
    with enter(county):
        people = [Person(one.user, one) for one in Membership.objects.select_related("user", "office").order_by("pk")]
        of_role = {role: next(one for one in people if one.membership.role == role) for role in Role}
        draft = first(Declaration.objects.filter(state=FilingState.DRAFT).select_related("project"))
        partner = first(PartnerUnit.objects.select_related("project__declaration"))

        def filer_of(office_id: int) -> Person:
            return next(one for one in people if one.office.pk == office_id and one.actor.may("declaration.file"))

        writer, found = filer_of(draft.project.applicant_id), []
        known = records(draft, writer)

        def visitor(row: Row) -> Person:
            """A declaration and a job are opened by those who write it, all else by those whose page it is."""
            if row.kwargs in (url_matrix.declaration, url_matrix.job):
                return writer
            return next(of_role[one] for one in (*READERS, Role.FILER) if row.opens(of_role[one], "GET"))

        for row in ROWS:
            if "GET" in row.methods.split() and not row.name.startswith("api:") and row.name not in NO_PAGES:
                address = reverse(row.name, kwargs={"county": CODE, **known[row.kwargs]})
                found.append((visitor(row).user.username, address))
        address = reverse("projects:partner", kwargs={"county": CODE, "pk": partner.project.declaration.pk})
        found.append((filer_of(partner.office_id).user.username, address))
    operator = User.objects.get(is_demo=True, is_operator=True).username
    for name in sorted({*OUTSIDE, "account_change_password"} - NO_PAGES_OUTSIDE):
        found.append((operator, reverse(name, kwargs={"pk": county.pk} if name == "accounts:platform_county" else {})))
    return sorted(found)


def faults(page: Page, address: str) -> list[str]:
    """What is wrong with a page: no answer, axe's serious faults, wider than a phone."""
    page.set_viewport_size(DESKTOP)
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        return [f"{address}: {answer and answer.status}"]
    found = [f"{address}: {fault}" for fault in serious_faults(page)]
    page.set_viewport_size(PHONE)
    if (width := width_of(page)) > PHONE["width"]:
        found.append(f"{address}: {width} px wide on a phone")
    if squeezed := page.evaluate(SQUEEZED):
        found.append(f"{address}: squeezed on a phone: {squeezed}")
    return found


def test_every_page_holds_up_on_screen_and_phone_and_pictures_show_what_is_told(county: County, new_context) -> None:
    """With XUNZHANG_PICTURES=1 (`make pictures`) the pictures of docs/howto/ are taken anew."""
    found: list[str] = []
    for username, addresses in groupby(visits(county), key=lambda visit: visit[0]):
        context = new_context(viewport=DESKTOP)
        page = context.new_page()
        page.goto("/demo/")
        user = User.objects.get(username=username)
        with page.expect_navigation():
            page.locator(f"button[name=person]:is([value='{user.pk}'], [value^='{user.pk}-'])").first.click()
        for _username, address in addresses:
            found += faults(page, address)
        context.close()
    for role, scenes in groupby(pictures.SCENES, key=lambda scene: scene.role):
        context = new_context()
        page = pictures.signed_in(context, county, role)
        for scene in scenes:
            found += pictures.missing(page, county, scene)
            if os.environ.get("XUNZHANG_PICTURES"):
                pictures.take(context, page, scene)
        context.close()
    told = "".join(path.read_text(encoding="utf-8") for path in pictures.FOLDER.parent.glob("*.md"))
    files = {one.file for one in pictures.SCENES}
    assert {path.name for path in pictures.FOLDER.glob("*.webp")} == files
    assert [name for name in sorted(files) if f"(pictures/{name})" not in told] == []
    assert found == []
