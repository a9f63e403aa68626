from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0069_forged_passes'),
        ('offices', '0012_heads_by_two'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='gatecheck',
            name='gatecheck_why_decides',
        ),
        migrations.RemoveIndex(
            model_name='gatecheck',
            name='gatecheck_red',
        ),
        migrations.AddField(
            model_name='gatecheck',
            name='colour_then',
            field=models.CharField(blank=True, choices=[('NONE', 'no code'), ('GREEN', 'green code'), ('YELLOW', 'yellow code'), ('RED', 'red code')], db_default='', default='', max_length=6, verbose_name='what the code was then'),
        ),
        migrations.AddField(
            model_name='gatecheck',
            name='device_id',
            field=models.UUIDField(null=True, verbose_name='number on the device'),
        ),
        migrations.AddField(
            model_name='gatecheck',
            name='on_pass',
            field=models.CharField(blank=True, choices=[('PAPER', 'printed'), ('GREEN', 'green on a phone'), ('YELLOW', 'yellow on a phone'), ('RED', 'red on a phone')], db_default='', default='', max_length=6, verbose_name='pass shown'),
        ),
        migrations.AddField(
            model_name='gatecheck',
            name='sent_at',
            field=models.DateTimeField(null=True, verbose_name='sent later, at'),
        ),
        migrations.AlterField(
            model_name='gatecheck',
            name='why',
            field=models.CharField(choices=[('GREEN', 'green code, no fever'), ('UNLISTED', 'yellow code; entry here is not restricted'), ('EXAMINED', 'fever: to be examined in this clinic'), ('MASKED', 'yellow code, mask worn correctly'), ('ADMITTED', 'yellow code, admitted with a reason'), ('NO_CODE', 'no code under this number'), ('CHECKING', 'code being checked'), ('NOT_OURS', 'no pass of this city'), ('REVOKED', 'pass revoked'), ('STALE', 'pass out of date'), ('UNVERIFIED', 'not verified: no network'), ('RED', 'red code'), ('FEVER', 'fever'), ('RESTRICTED', 'yellow code; entry here is restricted'), ('UNMASKED', 'yellow code without a mask worn correctly')], max_length=12, verbose_name='why'),
        ),
        migrations.AddIndex(
            model_name='gatecheck',
            index=models.Index(condition=models.Q(models.Q(('why', 'RED'), ('colour_then', 'RED'), _connector='OR'), ('person__isnull', False)), fields=['at'], name='gatecheck_red_scan'),
        ),
        migrations.AddIndex(
            model_name='gatecheck',
            index=models.Index(condition=models.Q(('sent_at__isnull', False)), fields=['at'], name='gatecheck_late'),
        ),
        migrations.AddConstraint(
            model_name='gatecheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('passed', True), ('why__in', ['ADMITTED', 'EXAMINED', 'GREEN', 'MASKED', 'UNLISTED'])), models.Q(('passed', False), ('why__in', ['CHECKING', 'FEVER', 'NOT_OURS', 'NO_CODE', 'RED', 'RESTRICTED', 'REVOKED', 'STALE', 'UNMASKED'])), models.Q(('sent_at__isnull', False), ('why', 'UNVERIFIED')), _connector='OR'), name='gatecheck_why_decides'),
        ),
        migrations.AddConstraint(
            model_name='gatecheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('colour_then', ''), ('device_id', None), ('sent_at', None)), models.Q(('device_id__isnull', False), ('sent_at__isnull', False)), _connector='OR'), name='gatecheck_late_whole'),
        ),
        migrations.AddConstraint(
            model_name='gatecheck',
            constraint=models.UniqueConstraint(condition=models.Q(('device_id__isnull', False)), fields=('by', 'device_id'), name='gatecheck_sent_once'),
        ),
    ]
