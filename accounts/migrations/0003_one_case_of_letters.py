import django.db.models.functions.text
from django.db import migrations, models

import accounts.fields


class Migration(migrations.Migration):
    """Addresses in small letters, user names apart by more than the case of letters.

    Lowering cannot make two addresses one: they were unique in small letters before. Where two user names differ by
    case alone (neither could sign in), PostgreSQL names them and nothing is changed: rename one and migrate again.
    """

    dependencies = [
        ("accounts", "0002_people"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="email",
            field=accounts.fields.AddressField(blank=True, max_length=254, verbose_name="E-mail"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"), name="username_of_one_person"
            ),
        ),
        migrations.RunSQL(
            "UPDATE accounts_user SET email = lower(email) WHERE email <> lower(email)", migrations.RunSQL.noop
        ),
    ]
