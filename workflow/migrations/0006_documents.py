import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from jurisdictions.across import across_counties

# Minutes, which belong to neither, are given their meeting by approvals.0005.
FILL = """
    UPDATE workflow_document SET subject_type = 'workflow.step', subject_id = step_id WHERE step_id IS NOT NULL;
    UPDATE workflow_document SET subject_type = 'projects.project', subject_id = project_id
     WHERE step_id IS NULL AND project_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("workflow", "0005_message"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "document", "subject_type", models.CharField(max_length=60, default=""), preserve_default=False
        ),
        migrations.AddField("document", "subject_id", models.BigIntegerField(default=0), preserve_default=False),
        migrations.AddField(
            "document",
            "origin",
            models.CharField(
                choices=[("uploaded", "Uploaded"), ("generated", "Made by the program")],
                default="uploaded",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "document",
            "supersedes",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded_by",
                to="workflow.document",
            ),
        ),
        migrations.AddField("document", "number", models.CharField(blank=True, default="", max_length=60), False),
        migrations.AddField(
            "document", "verification_code", models.CharField(blank=True, default="", max_length=32), False
        ),
        migrations.AddField("document", "scanned_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "document",
            "uploaded_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        across_counties(FILL, ["workflow_document"]),
        migrations.AddIndex(
            "document",
            models.Index(fields=["county", "subject_type", "subject_id"], name="documents_of_subject"),
        ),
        migrations.AddConstraint(
            "document",
            models.CheckConstraint(
                condition=models.Q(("origin", "generated"), ("uploaded_by__isnull", False), _connector="OR"),
                name="uploaded_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            "document",
            models.UniqueConstraint(
                condition=models.Q(("verification_code", ""), _negated=True),
                fields=("verification_code",),
                name="verification_code_once",
            ),
        ),
    ]
