"""Write down the channels of the books that were adopted before: the database lets no case in by any other."""

from django.db import migrations

from cases.policy import rulebook
from healthcode.core.offices.staff import ROLE_KEYS


def admit(apps, schema_editor):
    rule_book, ground_channel = (apps.get_model("cases", name) for name in ("RuleBook", "GroundChannel"))
    for book in rule_book.objects.exclude(adopted_at=None).order_by("adopted_at", "pk"):
        ground_channel.objects.bulk_create(
            ground_channel(rule_book=book, ground=ground.key, channel=channel)
            for ground in rulebook.parse(book.text, roles=ROLE_KEYS).grounds.values()
            for channel in ground.channels
        )


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0027_channels_of_grounds"),
    ]

    operations = [
        migrations.RunPython(admit, migrations.RunPython.noop),
    ]
