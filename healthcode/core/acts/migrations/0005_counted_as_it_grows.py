from django.db import migrations

from healthcode.core import planner_statistics


def replace(apps, schema_editor):
    schema_editor.execute(planner_statistics.CREATE[schema_editor.connection.vendor], None)


class Migration(migrations.Migration):
    """Within an act a table is counted when it has grown by half, not in each part of the act."""

    dependencies = [("acts", "0004_planner_statistics")]

    operations = [migrations.RunPython(replace, migrations.RunPython.noop)]
