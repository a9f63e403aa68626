"""Say of the areas that are listed already that their tracks were matched: nobody is matched a second time."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone


def mark(apps, schema_editor):
    areas = apps.get_model("cases", "RiskArea").objects.filter(decision="APPROVED", begun_at=None)
    areas.filter(from_at__lte=F("decided_at")).update(begun_at=F("decided_at"))
    # Approved early, they were matched early; those still to come begin at their instant.
    areas.filter(begun_at=None, from_at__lte=timezone.now()).update(begun_at=F("from_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0016_areas_in_two_steps'),
    ]

    operations = [
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
