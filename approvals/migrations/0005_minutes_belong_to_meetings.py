from django.db import migrations

from jurisdictions.across import across_counties

FILL = """
    UPDATE workflow_document AS paper SET subject_type = 'approvals.meeting', subject_id = meeting.id
      FROM approvals_meeting AS meeting WHERE meeting.minutes_id = paper.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_meetings_cancelled"),
        ("workflow", "0006_documents"),
    ]

    operations = [across_counties(FILL, ["workflow_document", "approvals_meeting"])]
