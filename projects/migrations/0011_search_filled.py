from django.db import migrations

from jurisdictions.across import filled_across_counties
from projects.grams import searched_text

WRITE = "UPDATE projects_project SET searched = new.searched FROM unnest(%s, %s) AS new (id, searched)"


def fill(cursor):
    """Write what is sought in the projects there are; the trigger makes their grams of it."""
    cursor.execute("SELECT id, name, on_behalf_of FROM projects_project ORDER BY id")
    rows = cursor.fetchall()
    for start in range(0, len(rows), 1000):
        some = rows[start : start + 1000]
        ids, texts = [row[0] for row in some], [searched_text(*row[1:]) for row in some]
        cursor.execute(f"{WRITE} WHERE new.id = projects_project.id", [ids, texts])


class Migration(migrations.Migration):
    # By itself: the keys of the grams are checked where row-level security does not hold, before it is in force again.
    dependencies = [("projects", "0010_search")]

    operations = [filled_across_counties(fill, ["projects_project"])]
