"""Of files brought in before, the office is where the account is today."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def name(apps, schema_editor):
    account = apps.get_model("offices", "User").objects.filter(pk=OuterRef("brought_by"))
    brought = apps.get_model("cases", "Batch").objects.exclude(brought_by=None)
    brought.update(brought_from=Subquery(account.values("office")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0040_offices_of_files_brought_in"),
    ]

    operations = [
        migrations.RunPython(name, migrations.RunPython.noop),
    ]
