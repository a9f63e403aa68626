"""What the check finds out about a file beside its rows; workbooks of every spreadsheet; the encoding is found."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0050_deliveries_claimed'),
    ]

    operations = [
        migrations.AddField(
            model_name='batch',
            name='findings',
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name='batch',
            name='last_row',
            field=models.BinaryField(default=b''),
        ),
        migrations.AlterField(
            model_name='batch',
            name='encoding',
            field=models.CharField(blank=True, choices=[('UTF-8', 'UTF-8'), ('GB18030', 'GB18030'), ('UTF-16LE', 'UTF-16LE'), ('UTF-16BE', 'UTF-16BE')], default='UTF-8', max_length=10, verbose_name='encoding'),
        ),
        migrations.AlterField(
            model_name='batch',
            name='form',
            field=models.CharField(choices=[('CSV', 'CSV'), ('XLSX', 'XLSX'), ('XLSM', 'XLSM'), ('XLS', 'XLS'), ('ODS', 'ODS'), ('NDJSON', 'NDJSON')], default='CSV', max_length=10, verbose_name='form'),
        ),
    ]
