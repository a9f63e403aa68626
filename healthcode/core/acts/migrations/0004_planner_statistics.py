from django.db import migrations

from healthcode.core import planner_statistics


def create(apps, schema_editor):
    schema_editor.execute(planner_statistics.CREATE[schema_editor.connection.vendor], None)


def drop(apps, schema_editor):
    schema_editor.execute(planner_statistics.DROP[schema_editor.connection.vendor], None)


class Migration(migrations.Migration):
    """An act on many counts first what it will go through, whoever owns the tables."""

    dependencies = [("acts", "0003_acts_in_the_background")]

    operations = [migrations.RunPython(create, drop)]
