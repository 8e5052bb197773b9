"""The demonstration in a browser: one click signs in, and every page of every role holds up, also on a phone."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from jurisdictions.models import County
from jurisdictions.scope import enter
from projects.models import Project
from tests.browser.axe import serious_faults
from tests.browser.conftest import DESKTOP, PHONE
from workflow.models import Step

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "dean"
READING = ["queue/", "projects/", "rules/", "rules/try/", "rules/compare/", "notices/", "settings/"]
# Who opens what, besides what everybody reads; {project}, {step} and {declaration} stand for one of each.
PAGES = {
    "dean-filer": [*READING, "declarations/", "declarations/new/", "declarations/classified/"],
    "dean-reviewer": [
        *READING, "reserve/", "plans/", "{project}", "{project}papers/", "{project}money/", "{project}opinions/",
        "{project}deadlines/", "{project}history/", "{step}",
    ],
    "dean-head": ["calls/", "calls/new/"],
    "dean-secretary": ["queue/", "meetings/", "meetings/new/"],
    "dean-admin": ["rules/", "calendar/", "people/", "people/new/", "offices/", "offices/new/"],
    "dean-auditor": ["audit/", "projects/", "reserve/"],
}  # fmt: skip


@pytest.fixture
def county(settings, tmp_path: Path) -> County:
    """A county of the demonstration."""
    settings.MEDIA_ROOT = str(tmp_path)
    call_command("load_rules", stdout=StringIO())
    call_command("load_calendars", stdout=StringIO())
    call_command("make_demo", county=[CODE], stdout=StringIO())
    return County.objects.get(code=CODE)


def test_every_page_of_the_demonstration_holds_up_on_screen_and_phone(county: County, new_context) -> None:
    from accounts.models import User

    with enter(county):
        step = Step.objects.select_related("project").filter(key="joint_review", state="open").order_by("pk").first()
        assert step is not None and Project.objects.count() > 12
    places = {"project": f"projects/{step.project_id}/", "step": f"steps/{step.pk}/"}
    found = []
    for username, paths in PAGES.items():
        user = User.objects.get(username=username)
        context = new_context(viewport=DESKTOP)
        page = context.new_page()
        page.goto("/demo/")
        with page.expect_navigation():
            page.locator(f"button[name=person][value^='{user.pk}-']").first.click()
        assert f"/{CODE}/" in page.url
        for path in paths:
            address = f"/{CODE}/{path.format(**places)}"
            page.set_viewport_size(DESKTOP)
            answer = page.goto(address)
            if answer is None or answer.status != 200:
                found.append(f"{username} {address}: {answer and answer.status}")
                continue
            found += [f"{address}: {fault}" for fault in serious_faults(page)]
            page.set_viewport_size(PHONE)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                found.append(f"{address}: {width} px wide on a phone")
        context.close()
    assert found == []
