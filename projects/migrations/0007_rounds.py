import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0006_project_states"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger("annualcall", "state_moves_by_runner"),
        migrations.RenameModel("AnnualCall", "Round"),
        migrations.RemoveConstraint("round", "one_call_a_year"),
        migrations.AddField(
            "round",
            "purpose",
            models.CharField(
                choices=[
                    ("declarations", "Declarations"),
                    ("om_applications", "Applications for operation money"),
                    ("system_lists", "Yearly lists of systems"),
                ],
                default="declarations",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            "round",
            models.UniqueConstraint(fields=("county", "purpose", "plan_year", "opens_on"), name="round_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="round",
            trigger=pgtrigger.compiler.Trigger(
                name="state_moves_by_runner",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.state IS DISTINCT FROM NEW.state)",
                    func="IF NEW.version <> OLD.version + 1 OR NOT ((OLD.state = 'draft' AND NEW.state = 'open') OR (OLD.state = 'open' AND NEW.state = 'closed') OR (OLD.state = 'closed' AND NEW.state = 'open')) THEN RAISE EXCEPTION 'state % -> % of % is moved by the transition runner only', OLD.state, NEW.state, TG_TABLE_NAME; END IF; RETURN NEW;",
                    hash="ac6ee503327e0bc381854f1287e71edef35e2667",
                    operation="UPDATE",
                    pgid="pgtrigger_state_moves_by_runner_4881d",
                    table="projects_round",
                    when="BEFORE",
                ),
            ),
        ),
    ]
