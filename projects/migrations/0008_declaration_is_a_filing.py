"""Declarations, their revisions and corrections become filings: rows keep their numbers, the history its objects."""

import django.db.models.deletion
from django.db import migrations, models

from jurisdictions.across import across_counties

OLD = ("projects_declaration", "projects_declarationrevision", "projects_correctionitem")
NEW = ("workflow_filing", "workflow_filingrevision", "workflow_correctionitem")

COPY = """
INSERT INTO workflow_filing
    (id, county_id, version, kind, project_id, call_id, unit_id, content, content_version, saved_at, round, unlocked,
     submitted_at, editors, state)
SELECT d.id, d.county_id, d.version, 'declaration', d.project_id, d.call_id, p.applicant_id, d.content,
    d.content_version, d.saved_at, d.round, d.unlocked, d.submitted_at, d.editors, d.state
FROM projects_declaration d JOIN projects_project p ON p.id = d.project_id;
INSERT INTO workflow_filingrevision
    (id, county_id, filing_id, round, content, facts, submitted_at, submitted_by_id)
SELECT id, county_id, declaration_id, round, content, facts, submitted_at, submitted_by_id
FROM projects_declarationrevision;
INSERT INTO workflow_correctionitem
    (id, county_id, filing_id, step_id, round, section, field, text, asked_by_id, asked_at, answered_at)
SELECT id, county_id, declaration_id, step_id, round, section, field, text, asked_by_id, asked_at, answered_at
FROM projects_correctionitem
"""
NEXT = "SELECT setval(pg_get_serial_sequence('%s', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM %s), false)"
NUMBERS = "; ".join(NEXT % (table, table) for table in NEW)
LINK = "UPDATE projects_project p SET declaration_id = f.id FROM workflow_filing f WHERE f.project_id = p.id AND f.kind = 'declaration'"


def belongs_to(model: str, related_name: str, target: str) -> migrations.AlterField:
    """What a row of money or a quote belongs to."""
    key = models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=target)
    return migrations.AlterField(model_name=model, name="declaration", field=key)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0007_rounds"),
        ("workflow", "0008_filings"),
    ]

    operations = [
        across_counties(f"{COPY}; {NUMBERS}", [*OLD, *NEW, "projects_project"]),
        belongs_to("plannedmoney", "money", "workflow.filing"),
        belongs_to("vendorquote", "quotes", "workflow.filing"),
        migrations.DeleteModel(name="CorrectionItem"),
        migrations.DeleteModel(name="DeclarationRevision"),
        migrations.DeleteModel(name="Declaration"),
        migrations.CreateModel(
            name="Declaration",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("workflow.filing",),
        ),
        belongs_to("plannedmoney", "money", "projects.declaration"),
        belongs_to("vendorquote", "quotes", "projects.declaration"),
        migrations.AddField(
            model_name="project",
            name="declaration",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.declaration",
            ),
        ),
        across_counties(LINK, ["projects_project", "workflow_filing"]),
    ]
