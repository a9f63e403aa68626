"""Indexes of what was sent back lately."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0065_cases_under_orders'),
        ('offices', '0012_heads_by_two'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='areachange',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='areachange_returned'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state', 'REFUSED')), fields=['source_office', 'closed_at'], name='case_returned'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='certificate_returned'),
        ),
        migrations.AddIndex(
            model_name='death',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='death_returned'),
        ),
        migrations.AddIndex(
            model_name='deathwithdrawal',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='deathwithdrawal_returned'),
        ),
        migrations.AddIndex(
            model_name='erasure',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='erasure_returned'),
        ),
        migrations.AddIndex(
            model_name='exitreport',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='exitreport_returned'),
        ),
        migrations.AddIndex(
            model_name='homestay',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='homestay_returned'),
        ),
        migrations.AddIndex(
            model_name='masshold',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='masshold_returned'),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='merge_returned'),
        ),
        migrations.AddIndex(
            model_name='numberchange',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='numberchange_returned'),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='release_returned'),
        ),
        migrations.AddIndex(
            model_name='relocation',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='relocation_returned'),
        ),
        migrations.AddIndex(
            model_name='reversal',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='reversal_returned'),
        ),
        migrations.AddIndex(
            model_name='riskarea',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='riskarea_returned'),
        ),
        migrations.AddIndex(
            model_name='rulebook',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='rulebook_returned'),
        ),
        migrations.AddIndex(
            model_name='selfcheck',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='selfcheck_returned'),
        ),
        migrations.AddIndex(
            model_name='setupfile',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='setupfile_returned'),
        ),
        migrations.AddIndex(
            model_name='strike',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='strike_returned'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='transfer_returned'),
        ),
        migrations.AddIndex(
            model_name='undo',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='undo_returned'),
        ),
        migrations.AddIndex(
            model_name='void',
            index=models.Index(condition=models.Q(('decision', 'REFUSED')), fields=['decided_at'], name='void_returned'),
        ),
    ]
