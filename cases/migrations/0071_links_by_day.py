
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0070_late_checks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='pass',
            index=models.Index(condition=models.Q(('kind', 'PHONE')), fields=['issued_at'], name='pass_links'),
        ),
    ]
