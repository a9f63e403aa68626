"""After a backup was restored: tables counted, the erased erased again, and somebody who answers for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from cases.models import Person
from cases.services.engine.refusals import Refusal
from cases.services.persons import erasable, erasure
from healthcode.core.audit import restorations, sealing, triggers
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.restorations import Restoration
from healthcode.core.offices.models import User
from healthcode.portal.recurring import keeping

UNCOUNTED = """
SELECT count(*) FROM pg_class WHERE relkind = 'r' AND reltuples < 0 AND relnamespace = current_schema()::regnamespace
"""


@dataclass
class Erased:
    """Who was erased again after a backup was restored, and who could not be: their opaque ids."""

    again: list[str] = field(default_factory=list)
    not_yet: list[str] = field(default_factory=list)


def notice(anchors: Iterable[Checkpoint], *, by: User, at: datetime) -> bool:
    """Record a restored database that nobody noticed yet: by the anchor that reaches furthest, or by word alone."""
    beyond = [one for one in anchors if one.is_signed and not restorations.has(one)]
    lost = [one for one in beyond if not restorations.is_declared(one)]
    furthest = max(lost, key=lambda one: one.size, default=None)
    return restorations.notice(by=by, at=at, anchor=furthest, known=True)


@transaction.atomic
def erase_again(*, by: User, at: datetime) -> Erased:
    """Erase whom the backup brought back: each by itself, so that one who cannot be yet keeps nobody else.

    What two people decided is lost with the backup, and their guards let nothing else pass: they step aside for the
    owner of the database, who answers for what was restored, in this transaction alone.
    """
    found = Erased()
    back = list(Person.objects.filter(erased_at=None, public_id__in=list(keeping.erased())).order_by("pk"))
    if back:
        guarded = (model for model in erasable.TEXTS if issubclass(model, AppendOnly))
        triggers.drop(connection, *(model._meta.db_table for model in guarded))
        _erase_each(back, found, by=by, at=at)
        connection.check_constraints()  # with deferred checks waiting, PostgreSQL makes no trigger
        triggers.install(connection)
    return found


def _erase_each(back: Iterable[Person], found: Erased, *, by: User, at: datetime) -> None:
    for person in back:
        person.refresh_from_db()
        if person.erased_at:  # with another record of the same human
            continue
        try:
            erasure.expire(person, by=by, at=at)
        except Refusal:  # what was closed since the backup is open again
            found.not_yet.append(str(person.public_id))
        else:
            found.again.append(str(person.public_id))


def count_tables() -> int:
    """Let the database count its tables, or each page is planned blindly; return how many it would not count."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor != "postgresql":
            return 0
        cursor.execute(UNCOUNTED)
        return int(cursor.fetchone()[0])


def answer_for(reason: str, *, by: User, at: datetime) -> Restoration | None:
    """Open the portal again: record who answers for the restored database, and seal that."""
    restoration = restorations.acknowledge(reason=reason, by=by, at=at)
    sealing.seal(at=at)
    keeping.keep(by=by, at=at)
    return restoration
