from django.db import migrations


class Migration(migrations.Migration):
    """The sign-in library's own list of addresses is empty: everybody has the one address of their account."""

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0003_one_case_of_letters"),
    ]

    operations = [
        migrations.RunSQL(
            "DELETE FROM account_emailconfirmation; DELETE FROM account_emailaddress;", migrations.RunSQL.noop
        ),
    ]
