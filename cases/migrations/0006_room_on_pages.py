"""PostgreSQL leaves room on the pages of persons: every act turns a person's version, and no index has to follow."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def leave_room(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE cases_person SET (fillfactor = 80)")


def fill_up(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE cases_person RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_gates")]
    operations = [migrations.RunPython(leave_room, fill_up)]
