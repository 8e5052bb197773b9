"""Instructions within the program, and the hint of a first visit."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from accounts.roles import Role
from tests.people import Town, client_for
from workflow.desk import help

pytestmark = pytest.mark.django_db


def test_the_hint_of_a_role_stands_on_its_pages_until_closed(alpha: Town) -> None:
    client, address = client_for(alpha.admin), f"/{alpha.code}/people/"
    page = client.get(address)
    assert page.context["hint"] == help.HINTS[Role.COUNTY_ADMIN]
    assert str(help.HINTS[Role.COUNTY_ADMIN]) in page.content.decode()
    answer = client.post(f"/{alpha.code}/help/understood/", {"next": address})
    assert answer["Location"] == address
    assert "hint" not in client.get(address).context
    # Somebody else, in another role, is told of theirs.
    assert client_for(alpha.filer).get(f"/{alpha.code}/declarations/").context["hint"] == help.HINTS[Role.FILER]


def test_every_role_has_its_hint_and_its_instructions() -> None:
    assert set(help.HINTS) == set(Role)
    assert set(Role) <= help.names()


def test_all_instructions_open_and_lead_on_within_the_program(alpha: Town) -> None:
    client, start = client_for(alpha.filer), f"/{alpha.code}/help/"
    seen, waiting = set(), [start]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        body = str(answer.context["page"].body)
        assert ".md" not in body, address
        waiting += re.findall(rf'href="(/{alpha.code}/help/[^"]+)"', body)
        for picture in re.findall(rf'src="{settings.STATIC_URL}([^"]+)"', body):
            assert finders.find(picture), f"{address}: {picture}"
    assert len(seen) == len(help.names())
    assert client.get(f"{start}?page=nothing").status_code == 404
