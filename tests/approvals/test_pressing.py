"""Who waits presses for a step: whoever has it is told, once a day by each, and the history shows it."""

import pytest

from jurisdictions.scope import enter
from tests.approvals.work import current, declared
from tests.people import Town, client_for
from workflow.models import AuditEntry, Message

pytestmark = pytest.mark.django_db


def test_who_waits_presses_once_a_day_and_the_history_shows_it(alpha: Town) -> None:
    step = current(alpha, declared(alpha))
    page = f"/{alpha.code}/steps/{step.pk}/"
    filer = client_for(alpha.filer)
    assert f"{page}press/" in filer.get(page).content.decode()
    assert filer.post(f"{page}press/").status_code in (302, 303)
    assert filer.post(f"{page}press/").status_code == 409
    assert client_for(alpha.reviewer).post(f"{page}press/").status_code in (302, 303)
    assert client_for(alpha.secretary).post(f"{page}press/").status_code == 409  # it lies before their own office
    assert client_for(alpha.auditor).post(f"{page}press/").status_code == 403
    with enter(alpha.county):
        told = Message.objects.filter(kind="pressed", user=alpha.secretary.user)
        assert sorted(one.data["by"] for one in told) == ["filer", "reviewer"]
        assert AuditEntry.objects.filter(action="step.press").count() == 2
    assert "催办" in filer.get(f"/{alpha.code}/projects/{step.project_id}/history/").content.decode()
