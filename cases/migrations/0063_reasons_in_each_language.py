"""Reasons are stored as codes and values, and read in the reader's language; what was stored as words stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("cases", "0062_questions_of_supervision"),)

    operations = (
        migrations.RenameField("batch", "fault", "fault_text"),
        migrations.RenameField("rejectedrow", "reason", "reason_text"),
        migrations.AlterField(
            "rejectedrow",
            "reason_text",
            models.CharField(blank=True, max_length=1000, verbose_name="reason"),
        ),
        migrations.AddField("batch", "faults", models.JSONField(default=list, editable=False)),
        migrations.AddField("rejectedrow", "faults", models.JSONField(default=list, editable=False)),
    )
