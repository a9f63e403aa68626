"""Persons by the million: an index of the few that are merged, and room on PostgreSQL's pages.

Every act turns a person's version; with room on the page no index has to follow.
"""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def leave_room(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE cases_person SET (fillfactor = 80)")


def fill_up(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE cases_person RESET (fillfactor)")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0005_gates'),
    ]

    operations = [
        migrations.AlterField(
            model_name='person',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='cases.person', verbose_name='merged into'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='person_merged_into'),
        ),
        migrations.RunPython(leave_room, fill_up),
    ]
