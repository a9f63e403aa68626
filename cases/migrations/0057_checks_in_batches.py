import django.db.models.deletion
from django.db import migrations, models

from healthcode.core.audit import batched, watermarks

TABLE = "cases_gatecheck"


def number_transactions(apps, schema_editor):
    for statement in watermarks.PLACED[schema_editor.connection.vendor]:
        schema_editor.execute(statement.format(table=TABLE))


def forget_transactions(apps, schema_editor):
    for statement in watermarks.NOT_PLACED[schema_editor.connection.vendor]:
        schema_editor.execute(statement.format(table=TABLE))


class Migration(migrations.Migration):
    """Checks are sealed by the batch. A version from before goes on writing: what it leaves out stays empty."""

    dependencies = [("cases", "0056_number_corrected_alone")]

    operations = [
        migrations.AddField(
            model_name="gatecheck",
            name="commitment",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="gatecheck",
            name="hash",
            field=batched.HashField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="gatecheck",
            name="salt",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            model_name="gatecheck",
            name="via",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40, verbose_name="by the token"
            ),
        ),
        migrations.AlterField(
            model_name="gatecheck",
            name="follows",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.gatecheck",
                verbose_name="earlier check of the same person",
            ),
        ),
        migrations.AddIndex(
            model_name="gatecheck",
            index=models.Index(fields=["venue", "at"], name="gatecheck_venue"),
        ),
        migrations.AlterField(
            model_name="gatecheck",
            name="venue",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="cases.venue",
                verbose_name="venue",
            ),
        ),
        migrations.AddIndex(
            model_name="gatecheck",
            index=models.Index(fields=["at"], name="gatecheck_at"),
        ),
        migrations.RunPython(number_transactions, forget_transactions),
    ]
