from django.db import migrations


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS audit_lift(text, boolean)")


class Migration(migrations.Migration):
    """The guards themselves let pass what may go: no function switches triggers off any more."""

    dependencies = (("audit", "0003_trails"),)
    operations = (migrations.RunPython(drop, migrations.RunPython.noop),)
