"""A file brought in for a source names the office that brought it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0039_served_since_and_merges"),
        ("offices", "0003_office_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="brought_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
                verbose_name="brought in from",
            ),
        ),
    ]
