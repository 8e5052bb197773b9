from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_former_names_of_offices"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="former_names",
            field=models.JSONField(default=list, editable=False),
        ),
    ]
