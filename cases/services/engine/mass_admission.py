"""Who of those hit may be coded: what `admission` asks of one claim, asked of the whole set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from cases.models import Person, RiskArea, RuleBook
from cases.policy import days
from cases.policy.rulebook import Ground
from cases.selectors import admission
from cases.services.engine.dialects import dialect, stored

PERSON = Person._meta.db_table


def admit(cursor: Any, area: RiskArea, ground: Ground, book: RuleBook, at: datetime) -> int:
    """Drop whoever may not be coded, and mark who has to wait; return whose stays were answered before."""
    cursor.execute(
        f"DELETE FROM mass_hit WHERE EXISTS (SELECT 1 FROM {PERSON} p WHERE p.id = mass_hit.person_id"
        f" AND p.deceased_on IS NOT NULL)"
    )
    if not RiskArea.objects.listed(at).filter(pk=area.pk).exists():
        cursor.execute("DELETE FROM mass_hit")
    _drop(cursor, admission.standing_on(ground.key, area), "known.day >= mass_hit.began_on")
    if ground.ends_by_test:
        answered = _drop_tested(cursor, area, ground, book, at)
    else:
        answered = _drop(cursor, admission.served(ground.key), "known.day >= mass_hit.began_on")
    if ground.measure and (length := book.policy.measures[ground.measure].days) is not None:
        day0 = "mass_hit.began_on" if book.policy.parameters.count_from == "began" else "%s"
        until = dialect().midnight.format(day0, length + 1)
        today = [] if day0 != "%s" else [connection.ops.adapt_datefield_value(days.local_day(at))]
        cursor.execute(f"DELETE FROM mass_hit WHERE {until} <= %s", [*today, stored(at)])
    on_areas = book.policy.keys_where(lambda one: one.rests_on_area)
    sql, params = _of_hits(admission.voided_at(on_areas, area))
    cursor.execute(
        f"UPDATE mass_hit SET held = true FROM ({sql}) AS known WHERE known.root = mass_hit.person_id", params
    )
    return answered


def _drop_tested(cursor: Any, area: RiskArea, ground: Ground, book: RuleBook, at: datetime) -> int:
    """Drop whose stay a test has answered: by `exits.first_for_stay` in SQL, or when it ended by one before."""
    left = dialect().midnight.format("mass_hit.began_on", 0)
    valid = at - timedelta(days=book.policy.parameters.risk_test_validity_days)
    counts = (
        f"known.tested_at >= coalesce(mass_hit.stayed_from, {left})"
        f" AND (known.tested_at >= {left} OR known.tested_at >= %s)"
    )
    tested = _drop(cursor, admission.clean(at), counts, [stored(valid)])
    # A statement of its own: joined by OR, PostgreSQL would work out what has ended anew for each row.
    sql, params = _of_hits(admission.clean(at))
    ended = f"known.day >= mass_hit.began_on AND known.root IN (SELECT clean.root FROM ({sql}) AS clean)"
    return tested + _drop(cursor, admission.tested_out(ground.key, area), ended, params)


def _drop(cursor: Any, known: QuerySet[Any], condition: str, of_condition: Sequence[Any] = ()) -> int:
    sql, params = _of_hits(known)
    cursor.execute(
        # Joined once: as an EXISTS of each row SQLite works out anew what is known.
        f"DELETE FROM mass_hit WHERE person_id IN (SELECT mass_hit.person_id FROM ({sql}) AS known"
        f" JOIN mass_hit ON mass_hit.person_id = known.root WHERE {condition})",
        [*params, *of_condition],
    )
    return int(cursor.rowcount)


def _of_hits(known: QuerySet[Any]) -> tuple[str, Any]:
    """Return the SQL of what is known, narrowed to the records of those hit."""
    mine = (
        f"{known.model._meta.db_table}.person_id IN (SELECT p.id FROM {PERSON} p"
        f" JOIN mass_hit h ON h.person_id = coalesce(p.merged_into_id, p.id))"
    )
    return known.extra(where=[mine]).query.sql_with_params()
