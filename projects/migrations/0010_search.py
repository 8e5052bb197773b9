import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from projects.grams import GRAMS_FUNCTION


class Migration(migrations.Migration):
    dependencies = [
        ("jurisdictions", "0004_article_text"),
        ("projects", "0009_own_facts"),
    ]

    operations = [
        migrations.AddField("project", "searched", models.TextField(default="", editable=False)),
        migrations.RunSQL(GRAMS_FUNCTION, "DROP FUNCTION project_grams"),
        migrations.CreateModel(
            name="ProjectGram",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "county_id",
                        "gram",
                        "project_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("gram", models.CharField(max_length=40)),
                (
                    "county",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jurisdictions.county",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="grams", to="projects.project"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="project",
            trigger=pgtrigger.compiler.Trigger(
                name="grams_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE wanted text[];",
                    func="\n        IF TG_OP = 'UPDATE' THEN\n            IF (NEW.searched, NEW.number, NEW.investment, NEW.applicant_id, NEW.owner_unit_id, NEW.filed_by_id)\n                IS NOT DISTINCT FROM\n               (OLD.searched, OLD.number, OLD.investment, OLD.applicant_id, OLD.owner_unit_id, OLD.filed_by_id)\n            THEN RETURN NULL; END IF;\n        END IF;\n        wanted := project_grams(\n            NEW.searched, NEW.number, NEW.investment, NEW.applicant_id, NEW.owner_unit_id, NEW.filed_by_id);\n        IF TG_OP = 'UPDATE' THEN\n            DELETE FROM projects_projectgram WHERE project_id = NEW.id AND gram <> ALL (wanted);\n        END IF;\n        INSERT INTO projects_projectgram (county_id, gram, project_id)\n            SELECT NEW.county_id, gram, NEW.id FROM unnest(wanted) AS gram ON CONFLICT DO NOTHING;\n        RETURN NULL;\n    ",
                    hash="b0ab2f46e6971af170496385558242dc4dbcd8ba",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_grams_kept_74e07",
                    table="projects_project",
                    when="AFTER",
                ),
            ),
        ),
    ]
