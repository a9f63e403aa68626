"""Mass openings: an area that reaches a tenth of everybody, against the bare INSERT … SELECTs of the same rows."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction

from cases.management.demo.cast import load, load_divisions
from cases.models import Case, ControlOrder, OrderCase, Person, Presence, RiskArea, Transition
from cases.policy import shipped
from cases.selectors import presences
from cases.services import areas
from cases.services.book import rulebooks
from cases.services.engine import second_person
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from tools.city_sql import settle
from tools.timing import Cell, in_turn

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LISTED = "330106"
NUMBERS = {
    "postgresql": "SELECT i FROM generate_series(1, %s) AS i",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) SELECT i FROM n",
}
OPAQUE = {"postgresql": "md5(i::text)::uuid", "sqlite": "printf('%%032x', i)"}
WRITTEN = (Case, Transition, ControlOrder, OrderCase, Event)


def opening(scale: int) -> Iterator[Cell]:
    """Open an area on a tenth of `scale` persons, yellow and red, each rolled back."""
    users = set_up()
    everybody(scale, users["telecom"])
    for variant, severe in (("yellow", {}), ("red_with_orders", {"severe": True})):
        area = area_of(users, **severe)

        mass = partial(areas.match, area, by=users["duty.xinchang"], at=NOW)
        prepared = _prepare(mass)
        took, bare = in_turn(undone(mass), undone(partial(written_bare, prepared)))
        yield Cell(
            "mass_opening",
            f"{variant}_of_{scale}",
            scale // 10,
            took,
            "bare_insert_select",
            bare,
            0.6 if connection.vendor == "postgresql" else 0.4,
        )
        looked, took = in_turn(undone(partial(_look, area)), undone(mass))
        yield Cell("what_if", variant, scale // 10, looked, "mass_opening", took, 0.6, at_most=True)


def set_up() -> dict[str, User]:
    """Make the cast under the shipped rule book."""
    load_divisions()
    users = load("bench-bench-bench", at=NOW)
    if not User.objects.filter(username="bench").exists():
        rulebooks.adopt_first(
            shipped.text(shipped.IN_FORCE),
            effective_from=datetime(2020, 8, 24, tzinfo=UTC),
            proposer=users["policy.city"],
            by=users["duty.city"],
            at=NOW,
        )
    return users


def everybody(number: int, telecom: User, *, first: int = 0, clean: bool = True, reached: int = 10) -> None:
    """Make persons, spread over townships, and a track of every tenth (`reached`) that leads to the listed county.

    `first` persons are there already; `clean` has the database look at all tables, outside of any transaction.
    """
    numbers, opaque = NUMBERS[connection.vendor], OPAQUE[connection.vendor]
    person, presence = Person._meta.db_table, Presence._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {person}")
        (before,) = cursor.fetchone()
        cursor.execute(
            f"INSERT INTO {person} (public_id, document_type, document_country, document_index, name, also_named,"
            " sex, phone_index, present_id, address, guardian_relation, birth_order, version,"
            " registered_by_id, registered_at)"
            f" SELECT {opaque}, 'RESIDENT_ID', 'CHN', 'index-' || i, 'N' || i, '', 'UNKNOWN', 'phone-' || i,"
            f" CASE i %% 2 WHEN 0 THEN '330624001' ELSE '330624002' END, '', '', 1, 0, %s, %s FROM ({numbers}) AS n"
            " WHERE i > %s",
            [telecom.pk, _stored(NOW), first + number, first],
        )
        cursor.execute(
            f"INSERT INTO {presence}"
            " (person_id, kind, division_id, venue, from_at, until_at, source_id, recorded_by_id)"
            f" SELECT id, 'STAY', CASE id %% {reached} WHEN 0 THEN '{LISTED}' ELSE '330624001' END, '', %s, %s, %s, %s"
            f" FROM {person} WHERE id > %s",
            [
                _stored(NOW - timedelta(days=2)),
                _stored(NOW - timedelta(days=1)),
                telecom.office_id,
                telecom.pk,
                before,
            ],
        )
    settle(clean=clean)


def _stored(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def area_of(users: dict[str, User], **fields: Any) -> RiskArea:
    """Return an area that a second person approved."""
    area = RiskArea.objects.create(
        **{"name": "bench", **fields},
        division_id=LISTED,
        level="HIGH",
        look_back_days=14,
        from_at=NOW,
        source_document="1",
        assessment_document="1",
        consent_document="2",
        proposed_by=users["duty.city"],
        proposed_at=NOW,
    )
    second_person.decide(area, act="area.decide", approve=True, by=users["duty.xinchang"], at=NOW)
    return area


def _look(area: RiskArea) -> None:
    """Count who would be reached, by township, as the page before the decision does."""
    list(presences.townships(area, at=NOW))


def undone(act: Callable[[], object]) -> Callable[[], None]:
    """Return an act that leaves nothing behind."""

    def run() -> None:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return run


def _prepare(act: Callable[[], object]) -> list[tuple[str, str]]:
    """Do the act once, keep copies of the rows it wrote, and undo it; return each table with its copy."""
    before: dict[Any, int] = {
        model: model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        for model in WRITTEN
    }
    kept = []
    with connection.cursor() as cursor:
        act()
        for model in WRITTEN:
            table, copy = model._meta.db_table, f"bare_{model._meta.model_name}"
            cursor.execute(f"DROP TABLE IF EXISTS {copy}")
            cursor.execute(f"CREATE TABLE {copy} AS SELECT * FROM {table} WHERE id > %s", [before[model]])
            kept.append((table, copy))
    _remove(before)
    return kept


def _remove(before: dict[Any, int]) -> None:
    from healthcode.core.audit import triggers

    triggers.drop(connection)
    with connection.cursor() as cursor:
        for model in reversed(WRITTEN):
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id > %s", [before[model]])
    triggers.install(connection)


def written_bare(prepared: list[tuple[str, str]]) -> None:
    """Insert the rows that an act had written, with nothing around them."""
    with connection.cursor() as cursor:
        for table, copy in prepared:
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {copy}")
