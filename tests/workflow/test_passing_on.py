"""转办: an item goes to a colleague of the office, with a word why; both are told, its days stay."""

import datetime as dt

import pytest

from accounts.models import Delegation, Membership
from accounts.refusals import NotPermitted, Refusal, WrongState
from accounts.roles import Role
from jurisdictions.scope import enter
from projects.models import Declaration
from tests.approvals.work import current, declared
from tests.people import Person, Town, client_for, join, make_user
from workflow.clocks.clock import today
from workflow.desk import claims
from workflow.desk.passing_on import colleagues, pass_on
from workflow.models import AuditEntry, Message, WorkItem

pytestmark = pytest.mark.django_db


def test_an_item_is_passed_on_to_who_may_do_it_and_to_nobody_else(alpha: Town) -> None:
    li, wang = (make_user(name, name) for name in ("li", "wang"))
    for one in (li, wang):
        one.save()
    office = alpha.secretary.office
    taker, other = (join(one, alpha, office, Role.SECRETARY) for one in (li, wang))
    clerk = join(alpha.filer.user, alpha, office, Role.AUDITOR)
    step = current(alpha, declared(alpha))
    me = alpha.secretary.actor
    with enter(alpha.county):
        item = WorkItem.objects.select_related("project__county", "step", "claimed_by").get(step=step)
        assert [one.user for one in colleagues(me, [item])] == [li, wang]
        Delegation.objects.create(
            giver=role_of(other), taker=role_of(taker), first_day=today(), last_day=today() + dt.timedelta(days=2)
        )
        for to, why, field in (
            (taker, " ", "reason"),
            (alpha.secretary, "出差", "to"),
            (alpha.drc, "出差", "to"),
            (clerk, "出差", "to"),
            (other, "出差", "to"),  # away
        ):
            with pytest.raises(Refusal) as refused:
                pass_on(actor=me, item=item, to=role_of(to), reason=why)
            assert refused.value.field == field
        with pytest.raises(NotPermitted):
            pass_on(actor=alpha.drc.actor, item=item, to=role_of(taker), reason="出差")
        Declaration.objects.filter(project=step.project).update(editors=[li.pk])
        with pytest.raises(Refusal):
            pass_on(actor=me, item=item, to=role_of(taker), reason="出差")
        Declaration.objects.filter(project=step.project).update(editors=[])
        Delegation.objects.all().delete()
        claims.claim(actor=other.actor, item=WorkItem.objects.select_related("project", "step").get(pk=item.pk))
        with pytest.raises(WrongState, match="wang"):
            pass_on(actor=me, item=fresh(item), to=role_of(taker), reason="出差")
        claims.release(actor=me, item=fresh(item))
    browser, url = client_for(alpha.secretary), f"/{alpha.code}/queue/pass-on/"
    page = browser.post(url, {"step": step.pk})
    assert (page.status_code, "转办" in page.content.decode()) == (200, True)
    sent = {"marked": item.pk, "confirm": "1", "to": role_of(taker).pk, "reason": ""}
    assert browser.post(url, sent).status_code == 422
    assert browser.post(url, sent | {"reason": "下乡一周"}).status_code == 303
    with enter(alpha.county):
        assert WorkItem.objects.get(pk=item.pk).claimed_by == li
        told = Message.objects.filter(kind="passed_on").values_list("user__username", flat=True)
        assert sorted(told) == sorted(["li", alpha.secretary.user.username])
        entry = AuditEntry.objects.get(action="workitem.pass_on")
        assert (entry.new["claimed_by"], entry.new["reason"]) == ("li", "下乡一周")
    late = browser.post(url, sent | {"reason": "下乡一周", "to": role_of(other).pk})
    assert (late.status_code, "下乡一周" in late.content.decode()) == (409, True)


def role_of(person: Person) -> Membership:
    assert person.membership is not None
    return person.membership


def fresh(item: WorkItem) -> WorkItem:
    return WorkItem.objects.select_related("project__county", "step", "claimed_by").get(pk=item.pk)
