from django.db import migrations

from jurisdictions.across import across_counties

# What was declared before there were cost lines is the rough estimate of its project.
FILL = """
    INSERT INTO projects_costline (county_id, project_id, stage, line, year, source, amount, note, origin)
    SELECT money.county_id, filing.project_id, 'rough_estimate', 'undivided', money.year, money.source, money.amount,
           '', 'declaration'
      FROM projects_plannedmoney money JOIN workflow_filing filing ON filing.id = money.declaration_id
     ORDER BY money.id
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0016_cost_lines")]

    operations = [across_counties(FILL, ["projects_costline", "projects_plannedmoney", "workflow_filing"])]
