"""Times by arrangement, and duties that move between offices."""

import pytest
from django.urls import reverse

from accounts import services
from accounts.models import Office
from approvals.models import Opinion
from jurisdictions.models import County
from jurisdictions.scope import enter
from tests.approvals.work import current, declared, step_of
from tests.people import client_for
from workflow.clocks.due import of_project
from workflow.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_the_administrator_arranges_the_days_for_an_opinion_and_what_starts_then_follows(alpha):
    address = reverse("accounts:arrangements", kwargs={"county": alpha.code})
    browser = client_for(alpha.admin)
    assert browser.post(address, {"opinion_days": "0", "reserve_warn_days": "30"}).status_code == 422
    before = current(alpha, declared(alpha, until="joint_review"))
    assert browser.post(address, {"opinion_days": "9", "reserve_warn_days": "30"}).status_code == 302
    assert County.objects.get(pk=alpha.county.pk).opinion_days == 9
    alpha.county.refresh_from_db()
    after = current(alpha, declared(alpha, until="joint_review"))
    with enter(alpha.county):
        assert Opinion.objects.filter(step=after).count() == 2
        clocks = {step.pk: of_project(step.project, [step])[step.pk] for step in (before, after)}
        left = {pk: its[alpha.duty["drc"].pk].left for pk, its in clocks.items()}
        assert AuditEntry.objects.get(action="county.edit").new == {"opinion_days": 9, "reserve_warn_days": 30}
    assert left == {before.pk: 5, after.pk: 9}


def test_steps_to_come_follow_a_duty_that_moves_to_another_office(alpha):
    project = declared(alpha)
    old, new = alpha.duty["drc"], alpha.units[1]
    with enter(alpha.county):
        for office, authorities in ((old, []), (new, ["drc"])):
            values = {name: getattr(office, name) for name in services.OFFICE_FIELDS}
            services.save_office(actor=alpha.admin.actor, office=office, **{**values, "authorities": authorities})
        assert Office.objects.get(pk=new.pk).authorities == ["drc"]
    assert step_of(alpha, project, "investment_plan").office == new
    assert current(alpha, project).office == alpha.duty["conference"]
