"""Which version of the rules governs a project: that of its governing day, which each version names."""

import pytest

from jurisdictions.models import RuleVersion
from jurisdictions.scope import enter
from projects.models import Project
from tests.people import Town
from tests.projects import filling
from tests.projects.test_reserve import pass_until
from workflow.clocks.clock import today
from workflow.models import AuditEntry, Step


def second_version(town: Town, governing_day: str) -> RuleVersion:
    """The county's rules as a second version, in force from today."""
    return RuleVersion.objects.create(
        county=town.county,
        number=town.rules.number + 1,
        title=town.rules.title,
        status="in_force",
        in_force_from=today(),
        governing_day=governing_day,
        digest=town.rules.digest,
    )


@pytest.mark.parametrize(
    ("governing_day", "governs"),
    [("start_notice", True), ("declaration_submitted", False), ("project_approval", False)],
)
def test_a_version_governs_from_the_day_it_names(alpha: Town, governing_day: str, governs: bool) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        version = second_version(alpha, governing_day)
        pass_until(project, "start_notice", plan_year=2027)
        found = Project.objects.get(pk=project.pk)
        assert found.rule_version_id == (version.pk if governs else alpha.rules.pk)
        said = AuditEntry.objects.filter(action="project.govern", project=project)
        assert [entry.rule_version for entry in said] == ([str(version)] if governs else [])
        assert Step.objects.get(project=project, key="start_notice").state == "done"


def test_a_declaration_is_governed_by_the_version_of_the_day_it_is_handed_in(alpha: Town) -> None:
    version = second_version(alpha, "declaration_submitted")
    with enter(alpha.county):
        assert filling.hand_in(alpha).rule_version_id == version.pk
