"""Deliveries are claimed by one worker; uploads are kept before they are somebody's; RETURNED is no longer called FAILED."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Cast


def rename(apps, schema_editor):
    """What FAILED has meant is a file that came back as a whole."""
    apps.get_model("cases", "Batch").objects.filter(state="FAILED").update(state="RETURNED")


def name_uploads(apps, schema_editor):
    """Pieces were sealed under the number of their delivery."""
    parts = apps.get_model("cases", "BatchPart").objects
    parts.update(upload=Cast("batch_id", models.CharField(max_length=32)))


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0049_look_ups_for_a_task'),
        ('offices', '0004_credentials'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='batch',
            name='batch_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='batch',
            name='batch_one_file_once',
        ),
        migrations.RemoveConstraint(
            model_name='batchpart',
            name='batchpart_once',
        ),
        migrations.AddField(
            model_name='batch',
            name='claimed_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='batch',
            name='claims',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='batch',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='batchpart',
            name='begun_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='batchpart',
            name='upload',
            field=models.CharField(default='', max_length=32),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='batch',
            name='state',
            field=models.CharField(choices=[('RECEIVED', 'received, being checked'), ('CHECKED', 'checked, waiting for confirmation'), ('APPLYING', 'being applied'), ('APPLIED', 'applied'), ('RETURNED', 'returned as a whole'), ('FAILED', 'stopped by an error of the portal'), ('CANCELLED', 'withdrawn'), ('UNDONE', 'undone')], default='RECEIVED', max_length=10, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='batchpart',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='cases.batch'),
        ),
        migrations.RunPython(rename, migrations.RunPython.noop),
        migrations.RunPython(name_uploads, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('RECEIVED', 'CHECKED', 'APPLYING', 'APPLIED', 'FAILED', 'RETURNED', 'CANCELLED', 'UNDONE'))), name='batch_state_known'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('RETURNED', 'CANCELLED', 'UNDONE')), _negated=True), fields=('office', 'kind', 'sha256'), name='batch_one_file_once'),
        ),
        migrations.AddConstraint(
            model_name='batchpart',
            constraint=models.UniqueConstraint(fields=('upload', 'number'), name='batchpart_once'),
        ),
    ]
