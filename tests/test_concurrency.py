"""Two at once, on their own connections: one wins, the other is told; nobody waits in a ring."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from psycopg2.errors import DeadlockDetected

from accounts import services as accounts
from accounts.actors import Actor
from accounts.middleware import CountyMiddleware
from accounts.models import Membership, Office, User
from accounts.refusals import Refusal
from accounts.roles import Role
from approvals.kinds import reviews
from approvals.models import Meeting, Opinion
from approvals.services import meetings, opinions
from jurisdictions.models import CalendarDay, County
from jurisdictions.scope import enter
from projects.models import Declaration, Project
from regulation import arrangement, entering
from tests.approvals.work import current, declared, paper, step_of
from tests.people import Cast, Town, client_for
from tests.projects import filling
from workflow.clocks import reckoning
from workflow.clocks.clock import today
from workflow.documents.storage import store
from workflow.filings import services as filings
from workflow.models import AuditEntry, AuditHead, Duty, Step, StepState, WorkItem
from workflow.trail.verification import verify

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30  # seconds


class Two:
    """Two acts on two connections while the test holds rows both of them need."""

    def __init__(self, town: Town) -> None:
        self.town, self.results, self.threads = town, {}, []  # type: ignore[var-annotated]

    def start(self, name: str, act: Callable[[], Any]) -> None:
        """Begin an act, and come back once it waits for a lock."""

        def run() -> None:
            try:
                with enter(self.town.county):
                    self.results[name] = act()
            except Exception as error:
                self.results[name] = error
            finally:
                connections.close_all()

        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        before = self._waiting()
        thread.start()
        pause = threading.Event()
        for _try in range(PATIENCE * 50):
            if name in self.results or self._waiting() > before:
                return
            pause.wait(0.02)
        raise AssertionError(f"{name} neither ended nor waits")

    @staticmethod
    def _waiting() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            return int(cursor.fetchone()[0])

    def end(self) -> dict[str, Any]:
        """Wait for both."""
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        return self.results


@contextmanager
def held(town: Town, rows: Callable[[], Any]) -> Iterator[Two]:
    """Lock rows, let two start and wait; the end of the block lets them go on."""
    two = Two(town)
    with transaction.atomic(), enter(town.county):
        assert list(rows().select_for_update())
        yield two


def refusals(results: dict[str, Any]) -> dict[str, bool]:
    assert all(not isinstance(one, Exception) or isinstance(one, Refusal) for one in results.values()), results
    return {name: isinstance(one, Refusal) for name, one in results.items()}


def test_of_two_decisions_one_wins_and_the_other_is_told(alpha: Town) -> None:
    step = current(alpha, declared(alpha))

    def decide(outcome: str) -> Any:
        fresh = Step.objects.select_related("project").get(pk=step.pk)
        return reviews.decide(actor=alpha.secretary.actor, step=fresh, outcome=outcome, reason="理由")

    with held(alpha, lambda: Step.objects.filter(pk=step.pk)) as two:
        two.start("approve", lambda: decide("approve"))
        two.start("refuse", lambda: decide("refuse"))
    assert refusals(two.end()) == {"approve": False, "refuse": True}
    with enter(alpha.county):
        assert AuditEntry.objects.filter(action__in=["step.complete", "step.refuse"], object_id=step.pk).count() == 1


@pytest.mark.parametrize("other", ["return", "withdraw"])
def test_refusing_while_the_declaration_is_returned_or_withdrawn_is_no_deadlock(alpha: Town, other: str) -> None:
    project = declared(alpha, filer=alpha.filer)
    step = current(alpha, project)

    def refuse() -> Any:
        fresh = Step.objects.select_related("project").get(pk=step.pk)
        return reviews.decide(actor=alpha.secretary.actor, step=fresh, outcome="refuse", reason="理由")

    def return_or_withdraw() -> Any:
        fresh = Step.objects.select_related("project").get(pk=step.pk)
        if other == "return":
            items = [{"section": "", "field": "", "text": "补正"}]
            return filings.send_back(actor=alpha.secretary.actor, step=fresh, items=items)
        declaration = Declaration.objects.get(project_id=project.pk)
        return filings.withdraw(actor=alpha.filer.actor, filing=declaration, reason="不再需要")

    with held(alpha, lambda: Step.objects.filter(pk=step.pk)) as two:
        two.start("refuse", refuse)
        two.start("other", return_or_withdraw)
    assert refusals(two.end()) == {"refuse": False, "other": True}


def test_claims_of_two_people_in_opposite_order_are_no_deadlock(alpha: Town) -> None:
    steps = [current(alpha, declared(alpha)) for _ in range(2)]
    with enter(alpha.county):
        items = [WorkItem.objects.get(step=step, duty=Duty.DECIDE) for step in steps]
    people: list[Client] = [client_for(alpha.secretary), client_for(alpha.secretary)]

    def claim(client: Client, marked: list[WorkItem]) -> int:
        data = {"marked": [str(item.pk) for item in marked]}
        return int(client.post(f"/{alpha.code}/queue/claim/", data).status_code)

    with held(alpha, AuditHead.objects.all) as two:
        two.start("first", lambda: claim(people[0], items))
        two.start("second", lambda: claim(people[1], items[1:]))
    assert two.end() == {"first": 303, "second": 303}


def test_a_decision_with_its_paper_beside_another_is_no_deadlock(alpha: Town) -> None:
    """The paper's entry holds the end of the chain; it must not be held while the step is waited for."""
    step = current(alpha, declared(alpha, until="city_evaluation", investment="2000000.00"))
    clients = [client_for(alpha.reviewer), client_for(alpha.head)]

    def record(client: Client) -> int:
        day = today().isoformat()
        data = {"version": step.version, "outcome": "pass", "on": day, "paper-city_evaluation_opinion": paper()}
        return int(client.post(f"/{alpha.code}/steps/{step.pk}/record/", data).status_code)

    with held(alpha, lambda: Step.objects.filter(pk=step.pk)) as two:
        two.start("first", lambda: record(clients[0]))
        two.start("second", lambda: record(clients[1]))
    assert sorted(two.end().values()) == [302, 409]
    assert verify(alpha.county).broken is None


def test_an_opinion_is_not_taken_back_while_the_lead_concludes(alpha: Town) -> None:
    step = current(alpha, declared(alpha, until="joint_review"))
    with enter(alpha.county):
        asked = list(Opinion.objects.select_related("office", "step").filter(step=step).order_by("pk"))  # as locked
        people = {one.office.pk: one for one in alpha.by_duty.values()} | {alpha.head.office.pk: alpha.head}
        for one in asked:
            opinions.give_opinion(actor=people[one.office_id].actor, opinion=one, conclusion="agree")

    def conclude() -> Any:
        fresh = Step.objects.select_related("project", "office").get(pk=step.pk)
        record = {"importance": "general", "rank": 1}
        return reviews.decide(actor=alpha.head.actor, step=fresh, outcome="approve", reason="一致同意", record=record)

    def take_back() -> Any:
        opinion = Opinion.objects.select_related("office", "step__project").get(pk=asked[0].pk)
        return opinions.revise_opinion(actor=people[opinion.office_id].actor, opinion=opinion)

    with held(alpha, lambda: Opinion.objects.filter(step=step).order_by("pk")) as two:  # not its step and project
        two.start("conclude", conclude)
        two.start("take back", take_back)
    assert refusals(two.end()) == {"conclude": False, "take back": True}
    assert step_of(alpha, step.project, "joint_review").state == StepState.DONE
    with enter(alpha.county):
        assert not WorkItem.objects.filter(step=step, closed_at=None).exists()


def test_who_was_ended_by_a_deadlock_is_told_and_nothing_is_written(alpha: Town, rf: RequestFactory) -> None:
    """A ring that is left somewhere costs its victim a second try, not a page of errors."""
    error = OperationalError("deadlock detected")
    error.__cause__ = DeadlockDetected()

    def view(request: HttpRequest) -> HttpResponse:
        WorkItem.objects.all().delete()
        answer = middleware.process_exception(request, error)
        assert answer is not None
        return answer

    step = current(alpha, declared(alpha))
    middleware = CountyMiddleware(view)
    request = rf.post(f"/{alpha.code}/queue/claim/")
    request.user, request.session = alpha.secretary.user, {}  # type: ignore[assignment]
    answer = middleware(request)
    assert (answer.status_code, "请再试一次" in answer.content.decode()) == (409, True)
    with enter(alpha.county):
        assert WorkItem.objects.filter(step=step).exists()


@pytest.fixture
def ring_at_the_end() -> Iterator[None]:
    """Every transaction that hands a declaration in is ended by PostgreSQL at its commit, as in a ring of two."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION ring() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$;
            CREATE CONSTRAINT TRIGGER ring AFTER UPDATE ON workflow_filing DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW WHEN (NEW.submitted_at IS NOT NULL) EXECUTE FUNCTION ring()
            """
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION ring() CASCADE")


def test_a_ring_found_at_the_very_end_is_told_too(alpha: Town, ring_at_the_end: None) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
    page = client_for(alpha.filer).post(f"/{alpha.code}/filings/{declaration.pk}/submit/")
    assert (page.status_code, "请再试一次" in page.content.decode()) == (409, True)
    address = f"/api/v1/{alpha.code}/declarations/{declaration.pk}/submit/"
    answer = client_for(alpha.filer).post(address, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "busy")
    with enter(alpha.county):
        assert Declaration.objects.get(pk=declaration.pk).submitted_at is None


def test_handing_in_locks_the_project_against_nothing_that_only_refers_to_it(alpha: Town) -> None:
    """A call that is closed at this moment writes notices to the drafts: it waits for nobody who hands in."""
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)

    def refer() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM projects_project WHERE id = %s FOR KEY SHARE NOWAIT", [declaration.project_id]
            )
            return cursor.fetchall()

    two = Two(alpha)
    with enter(alpha.county):
        filings.submit(actor=alpha.filer.actor, filing=declaration)
        two.start("refer", refer)
    assert two.end() == {"refer": [(declaration.project_id,)]}


def test_a_meeting_is_held_once(alpha: Town) -> None:
    waiting = [current(alpha, declared(alpha, until="reserve_admission")) for _ in range(2)]
    with enter(alpha.county):
        made = meetings.prepare_meeting(
            actor=alpha.secretary.actor, body="conference", title="联席会议", held_on=today(), steps=waiting
        )

    def hold(number: str) -> Any:
        found = Meeting.objects.get(pk=made.pk)
        minutes = store(actor=alpha.secretary.actor, project=None, purpose="minutes", upload=paper(), subject=found)
        outcomes = {item.pk: ("approve", "") for item in found.items.all()}
        return meetings.hold_meeting(
            actor=alpha.secretary.actor,
            meeting=found,
            outcomes=outcomes,
            number=number,
            held_on=today(),
            minutes=minutes,
        )

    with held(alpha, lambda: Meeting.objects.filter(pk=made.pk)) as two:
        two.start("1", lambda: hold("1号"))
        two.start("2", lambda: hold("2号"))
    assert sum(refusals(two.end()).values()) == 1


def test_a_year_entered_twice_at_once_is_entered_for_both(alpha: Town) -> None:
    """The second press of a year never entered before waits for the first, and then says the same."""
    found = arrangement.read("元旦：1月1日（周五）至3日（周日）放假调休，共3天。", year=2027)

    def enter_year() -> Any:
        return entering.publish(actor=alpha.admin.actor, arrangement=found, source="通知")

    two = Two(alpha)
    with transaction.atomic(), enter(alpha.county):
        enter_year()
        two.start("again", enter_year)
    assert refusals(two.end()) == {"again": False}
    assert CalendarDay.objects.filter(county=alpha.county, day__year=2027).count() == 3


def test_days_computed_anew_wait_for_who_acts_on_the_project(alpha: Town) -> None:
    """Whoever decides holds the project before its items and deadlines; so does the computation."""
    project = declared(alpha, until="joint_review")
    days = [today() + timedelta(days=ahead) for ahead in range(1, 8)]
    found = arrangement.Arrangement(days[0].year, off=dict.fromkeys(days, "休"))
    with enter(alpha.county):
        entering.publish(actor=alpha.admin.actor, arrangement=found, source="通知")

    with held(alpha, lambda: Project.objects.filter(pk=project.pk)) as two:
        two.start("anew", lambda: reckoning.recompute(county_id=alpha.county.pk, reason="日历"))
        assert two.results == {}
    assert two.end()["anew"] > 0


def test_what_is_unique_among_accounts_is_told_to_the_second_at_its_field(cast: Cast) -> None:
    """Whoever takes a name, an address, a code or a role a moment later reads what they would read a minute later."""
    alpha, admin = cast.alpha, cast.alpha.admin.actor
    roles = [(alpha.owner, alpha.administration, Role.COUNTY_ADMIN), (alpha.filer, alpha.units[1], Role.FILER)]

    def give(number: int, role: Role | None = None) -> Any:
        person, office, usual = roles[number]
        fresh = User.objects.get(pk=person.user.pk)
        return accounts.add_membership(actor=admin, person=fresh, office=office, role=role or usual)

    def office(code: str) -> Any:
        return accounts.save_office(actor=admin, office=Office(county=alpha.county), code=code, name=code)

    def person(username: str) -> Any:
        return accounts.add_person(
            actor=admin, username=username, name="李明", email="", phone="", office=alpha.units[0], role=Role.FILER
        )

    def address(one: Any, email: str) -> Any:
        return accounts.keep_own_settings(actor=one.actor, email=email, notice_choice="at_once", language="")

    def county(code: str, prefix: str) -> Any:
        operator = Actor(user=cast.operator.user, membership=None)
        return accounts.save_county(actor=operator, county=County(), code=code, prefix=prefix, name="丙县")

    two = Two(alpha)
    with transaction.atomic(), enter(alpha.county):
        give(0), give(1)
        office("forestry"), person("li.ming"), address(alpha.head, "one@example.org"), county("gamma", "GA")
        two.start("role", lambda: give(0, Role.AUDITOR))
        two.start("same role", lambda: give(1))
        two.start("code", lambda: office("forestry"))
        two.start("username", lambda: person("Li.Ming"))
        two.start("email", lambda: address(alpha.finance, "One@Example.org"))
        two.start("county code", lambda: county("gamma", "GB"))
        two.start("county prefix", lambda: county("delta", "GA"))
    results = two.end()
    assert all(refusals(results).values())
    assert {name: refusal.field for name, refusal in results.items()} == {
        "role": "role",
        "same role": "role",
        "code": "code",
        "username": "username",
        "email": "email",
        "county code": "code",
        "county prefix": "prefix",
    }
    with enter(alpha.county):
        held = Membership.objects.filter(user=alpha.owner.user, is_active=True)
        assert sorted(held.values_list("role", flat=True)) == [Role.COUNTY_ADMIN, Role.OWNER_UNIT]


def test_two_administrators_who_end_each_other_leave_one(alpha: Town) -> None:
    def end(actor: Actor, membership: Any) -> Any:
        fresh = Membership.objects.select_related("user", "office").get(pk=membership.pk)
        return accounts.end_membership(actor=actor, membership=fresh)

    two, (one, other) = Two(alpha), (alpha.admin, alpha.second_admin)
    with transaction.atomic(), enter(alpha.county):
        end(one.actor, other.membership)
        two.start("back", lambda: end(other.actor, one.membership))
    assert refusals(two.end()) == {"back": True}
    with enter(alpha.county):
        assert Membership.objects.get(role=Role.COUNTY_ADMIN, is_active=True).user_id == one.user.pk


def test_who_is_made_operator_gets_no_role_at_the_same_moment(cast: Cast) -> None:
    alpha = cast.alpha

    def give() -> Any:
        person = User.objects.get(pk=cast.stranger.user.pk)
        return accounts.add_membership(actor=alpha.admin.actor, person=person, office=alpha.units[0], role=Role.FILER)

    two = Two(alpha)
    with transaction.atomic():
        accounts.make_operator(person=cast.stranger.user)
        two.start("role", give)
    assert refusals(two.end()) == {"role": True}


def test_an_office_is_not_closed_around_somebody_who_joins(alpha: Town) -> None:
    def close() -> Any:
        office = Office.objects.get(code="empty")
        return accounts.save_office(actor=admin, office=office, is_active=False)

    admin, person = alpha.admin.actor, alpha.filer.user
    with enter(alpha.county):
        made = accounts.save_office(actor=admin, office=Office(county=alpha.county), code="empty", name="空")
    two = Two(alpha)
    with transaction.atomic(), enter(alpha.county):
        accounts.add_membership(actor=admin, person=person, office=made, role=Role.FILER)
        two.start("close", close)
    assert refusals(two.end()) == {"close": True}


def test_the_end_of_the_chain_is_free_while_people_and_duties_wait_for_work(alpha: Town) -> None:
    """Who ends a role or moves a duty writes the entry last, and so stands in nobody's way meanwhile."""
    admin, leaving = alpha.admin.actor, alpha.secretary
    step = current(alpha, declared(alpha))
    with enter(alpha.county):
        coming = Step.objects.filter(project=step.project, state=StepState.COMING, authority="finance")
        WorkItem.objects.filter(step=step).update(claimed_by=leaving.user)
        Office.objects.filter(pk=alpha.duty["finance"].pk).update(authorities=[])

    def leave() -> Any:
        return accounts.end_membership(actor=admin, membership=leaving.membership)

    def move() -> Any:
        return accounts.save_office(actor=admin, office=Office.objects.get(pk=unit), authorities=["finance"])

    unit = alpha.units[0].pk
    with held(alpha, lambda: WorkItem.objects.filter(step=step)) as two:
        assert list(coming.select_for_update())
        two.start("leave", leave)
        two.start("move", move)
        assert two.results == {}
        assert list(AuditHead.objects.select_for_update(nowait=True))
    assert refusals(two.end()) == {"leave": False, "move": False}
