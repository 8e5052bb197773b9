from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workflow", "0004_end_of_the_chain"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameModel("Notice", "Message"),
        migrations.RenameField("outbox", "notice", "message"),
        migrations.AlterField(
            "message",
            "user",
            models.ForeignKey(on_delete=models.deletion.PROTECT, related_name="messages", to=settings.AUTH_USER_MODEL),
        ),
    ]
