"""Give every death recorded so far a record of its own: it stands, as it stood."""

from datetime import UTC, datetime, time

from django.core.management.color import no_style
from django.db import migrations

REASON = "登记时尚未要求第二个单位确认。Recorded before a second office was asked."


def carry_over(apps, schema_editor):
    Person, Death, Transition, Case, User = (
        apps.get_model(*name)
        for name in (
            *(("cases", name) for name in ("Person", "Death", "Transition", "Case")),
            ("offices", "User"),
        )
    )
    database = schema_editor.connection.alias
    system = list(User.objects.using(database).order_by("pk").filter(role="system")[:2])
    for person in Person.objects.using(database).exclude(deceased_on=None).order_by("pk").iterator():
        root = person.merged_into_id or person.pk
        turned = Transition.objects.using(database).filter(person=root, to_colour="NONE").order_by("-at").first()
        by, at = (turned.actor_id, turned.at) if turned else (person.registered_by_id, None)
        at = at or datetime.combine(person.deceased_on, time(4), tzinfo=UTC)
        others = [*system, *User.objects.using(database).exclude(pk=by).order_by("pk")[:1]]
        ended = Case.objects.using(database).filter(person=person, exit="DEATH").order_by("pk").first()
        Death.objects.using(database).create(
            # The key of the person: what ended cases rest on names that row already.
            pk=person.pk,
            person=person,
            on=person.deceased_on,
            certificate=(ended.closing_reason if ended else "")[:60] or "–",
            proposed_by_id=by,
            proposed_at=at,
            reason="",
            decision="APPROVED",
            decided_by_id=next(user.pk for user in others if user.pk != by),
            decided_at=at,
            answer=REASON,
        )
    with schema_editor.connection.cursor() as cursor:
        for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), [Death]):
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0020_deaths'),
    ]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
