"""Orders and rides name a registered site; what was typed as the vehicle of earlier rides is kept as its plate."""

import django.db.models.deletion
from django.db import migrations, models

SITE = {
    'blank': True,
    'null': True,
    'on_delete': django.db.models.deletion.PROTECT,
    'related_name': '+',
    'to': 'offices.office',
    'verbose_name': 'designated hospital or isolation site',
}


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0012_doors_and_twins'),
        ('offices', '0003_office_address'),
    ]

    operations = [
        migrations.AddField('controlorder', 'site', models.ForeignKey(**SITE)),
        migrations.AddField('transport', 'to_site', models.ForeignKey(**SITE)),
        migrations.RenameField('transport', 'vehicle', 'plate'),
        migrations.AlterField(
            'transport', 'plate', models.CharField(max_length=40, verbose_name='number plate')
        ),
        migrations.AddField(
            'transport',
            'vehicle',
            models.CharField(default='', max_length=40, verbose_name='vehicle'),
            preserve_default=False,
        ),
    ]
