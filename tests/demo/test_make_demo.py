"""make_demo: believable data in every state, made once, never in production, with an audit trail that holds."""

import datetime as dt
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Membership, Office, User
from accounts.roles import Role
from approvals.models import Conclusion, Meeting, Opinion
from demo import texts
from demo.papers import pdf
from jurisdictions.models import County
from jurisdictions.scope import enter
from projects.models import (
    Declaration,
    Likeness,
    PlanEntry,
    Project,
    ReserveEntry,
    Round,
    SimilarFinding,
    Standing,
)
from workflow.clocks.clock import today
from workflow.models import AuditEntry, Deadline, DeadlineState, Document, FilingState, Step, WorkItem
from workflow.trail import history

pytestmark = pytest.mark.django_db


@pytest.fixture
def places(settings, tmp_path: Path) -> None:
    """Papers and heads of the audit trail in places of this test's own."""
    settings.MEDIA_ROOT = str(tmp_path / "documents")
    settings.AUDIT_HEADS_DIR = str(tmp_path / "heads")


def run() -> str:
    """What the command says."""
    out = StringIO()
    call_command("make_demo", stdout=out)
    return out.getvalue()


def seen(county: County) -> Counter[str]:
    """What there is in a county, counted by words the tests ask for."""
    found: Counter[str] = Counter()
    with enter(county):
        found.update(f"project {state}" for state in Project.objects.values_list("standing", flat=True))
        found.update(f"declaration {state}" for state in Declaration.objects.values_list("state", flat=True))
        found.update(f"call {state}" for state in Round.objects.values_list("state", flat=True))
        found.update(f"meeting {state}" for state in Meeting.objects.values_list("state", flat=True))
        found.update(f"opinion {one}" for one in Opinion.objects.values_list("conclusion", flat=True) if one)
        found.update(f"finding {kind}" for kind in SimilarFinding.objects.values_list("kind", flat=True))
        found.update(f"waiting {kind}" for kind in Step.objects.filter(state="open").values_list("kind", flat=True))
        found.update(f"deadline {state}" for state in Deadline.objects.values_list("state", flat=True))
        found["overdue"] = Deadline.objects.filter(state=DeadlineState.RUNNING, due_on__lt=today()).count()
        found["claimed"] = WorkItem.objects.exclude(claimed_by=None).filter(closed_at=None).count()
        found["resubmitted"] = Declaration.objects.filter(round__gt=1).count()
        soon = today() + dt.timedelta(days=60)
        found["ends soon"] = ReserveEntry.objects.filter(state="valid", expires_on__lte=soon).count()
        found["plan"] = PlanEntry.objects.count()
        found["papers"] = Document.objects.count()
    return found


@pytest.fixture
def made(places: None) -> str:
    """The demonstration, made from the rule files."""
    call_command("load_rules", stdout=StringIO())
    call_command("load_calendars", stdout=StringIO())
    return run()


def test_demonstration_shows_every_state_once_and_its_audit_trail_holds(made: str) -> None:
    counties = {county.code: county for county in County.objects.all()}
    by_county = {code: seen(county) for code, county in counties.items()}
    for code, found in by_county.items():
        assert code in made
        wanted = (
            {
                f"project {state}"
                for state in (
                    Standing.DRAFT,
                    Standing.IN_REVIEW,
                    Standing.PLANNED,
                    Standing.REFUSED,
                    Standing.WITHDRAWN,
                    Standing.STUB,
                )
            }
            | {f"declaration {state}" for state in FilingState.values}
            | {"call open", "call closed"}
        )
        assert wanted - set(found) == set(), code
        assert sum(count for key, count in found.items() if key.startswith("project ")) >= 12
        assert found["papers"] > 10
    everywhere = sum(by_county.values(), Counter[str]())
    wanted = {
        "project in_reserve",
        "meeting prepared",
        "meeting held",
        "deadline paused",
        "overdue",
        "ends soon",
        "claimed",
        "resubmitted",
        f"finding {Likeness.SPLIT}",
        f"finding {Likeness.DUPLICATE}",
        *(f"opinion {one}" for one in Conclusion.values),
        *(f"waiting {kind}" for kind in ("single", "joint", "meeting", "outside", "filing", "notice", "plan_entry")),
    }
    assert {one for one in wanted if not everywhere[one]} == set()

    # Everything that happened can be read: no entry shows the key of its action.
    done: set[str] = set()
    for county in counties.values():
        with enter(county):
            done |= set(AuditEntry.objects.values_list("action", flat=True).distinct())
    assert sorted(done - {key for key, _words in history.actions()}) == []

    out = StringIO()
    call_command("verify_audit", stdout=out)
    for code in counties:
        assert code in out.getvalue()

    projects = {}
    for code, county in counties.items():
        with enter(county):
            projects[code] = Project.objects.count()
    assert "already" in run()
    for code, county in counties.items():
        with enter(county):
            assert Project.objects.count() == projects[code]

    # Who may sign in by a click, and nobody by a password.
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert all(user.is_demo for user in User.objects.all())
    assert Client().get("/demo/").status_code == 200
    people: dict[int, set[str]] = {}
    for code, county in counties.items():
        with enter(county):
            roles = set(Membership.objects.values_list("role", flat=True))
            assert roles == set(Role.values), code
            duties = {key for office in Office.objects.all() for key in office.authorities}
            assert {"data_bureau", "finance", "drc", "government"} <= duties
            for user in Membership.objects.values_list("user_id", flat=True):
                people.setdefault(user, set()).add(code)
    assert sum(len(codes) == 2 for codes in people.values()) == 1
    assert User.objects.get(username="operator").is_operator


def test_demonstration_is_refused_in_production(settings, places: None) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        run()
    assert not User.objects.exists()


def test_demonstration_without_rules_says_what_to_do(places: None) -> None:
    with pytest.raises(CommandError, match="load_rules"):
        run()
    assert not User.objects.exists()


def test_every_county_of_the_fixture_has_its_own_file_of_declarations() -> None:
    for code in texts.counties():
        names = [one["name"] for one in texts.read(code)["declarations"] if not one.get("classified")]
        assert len(names) == len(set(names)) >= 12, code


def test_paper_is_a_pdf_whose_offsets_are_right() -> None:
    content = pdf("项目技术方案", ["项目：智慧校园"])
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start:].startswith(b"xref")
    for number, line in enumerate(content[start:].splitlines()[3:10], start=1):
        assert content[int(line.split()[0]) :].startswith(b"%d 0 obj" % number)
