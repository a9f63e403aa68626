"""A city of any size, written past the services: what its tables would hold on a busy day.

A tenth of everybody is yellow, three in a hundred are red and under an order, a fifth had a case that ended;
everybody has two checks at doors, two events and a track, every second one a result, one in twenty-five a ticket. The
offices are the demo cast and, in each county and township, those that work there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from cases.models import (
    Basis,
    Case,
    ControlOrder,
    ExitReport,
    GateCheck,
    LabResult,
    OrderCase,
    Person,
    Presence,
    RuleBook,
    Transition,
    Transport,
    Venue,
)
from complaints.models import Ticket
from healthcode.core.audit import triggers
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from tools import city_offices
from tools.city_sql import DASHED, FALSE, NUMBERS, OPAQUE, TRUE, ago, into, settle

DAY = 86_400
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓韩冯曹"
# Of each hundred persons, by the last digits of their number.
YELLOW, RED, ENDED = "k % 10 = 1", "k % 100 IN (2, 3, 4)", "k % 10 IN (5, 6)"
OPENED = "(k * 7919) % (15 * 86400) + 3600"  # seconds ago
STAYED_IN = "330106"
HASH = {
    "postgresql": "decode(repeat('00', 32), 'hex')",
    "sqlite": "zeroblob(32)",
}  # nobody verifies this city
FEW = 500  # of so many persons one record is merged into the one before


class Setting(NamedTuple):
    """Whom the rows name."""

    now: str
    book: int
    clerk: User
    group: User
    keeper: User
    bureau: User
    venue: int


def build(number: int, users: dict[str, User]) -> None:
    """Add so many persons, with everything that a city knows of them."""
    with transaction.atomic():
        setting = _setting(users)
        city_offices.places(users)
        base = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        with _unguarded():
            _persons(number, base, setting)
            for write in (_results, _cases, _orders, _history, _doors, _trail, _desk):
                write(_those(base), setting)
    settle()


@contextmanager
def _unguarded() -> Iterator[None]:
    """Take the guards away: a case that has ended, written at once, is what they are there to refuse."""
    if connection.vendor == "postgresql":  # as whoever owns the cluster; references are not looked up either
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            cursor.execute("SET LOCAL session_replication_role = origin")
        return
    triggers.drop(connection)
    yield
    triggers.install(connection)


def _setting(users: dict[str, User]) -> Setting:
    keeper = users["gate.school"]
    venue, _made = Venue.objects.get_or_create(
        office=keeper.office,
        name="一号门",
        defaults={
            "kind": "SCHOOL",
            "division_id": keeper.office.division_id,
            "opened_by": users["admin.one"],
            "opened_at": timezone.now(),
        },
    )
    return Setting(
        now=timezone.now().strftime("%Y-%m-%d %H:%M:%S")
        + ("+00" if (connection.vendor == "postgresql") else ""),
        book=RuleBook.objects.in_force(timezone.now()).pk,
        clerk=users["service.xinchang"],
        group=users["group.xinchang"],
        keeper=keeper,
        bureau=users["bureau.one"],
        venue=venue.pk,
    )


def _those(base: int) -> str:
    """Return the FROM of later statements: the persons that were added, numbered by `k`, and their places."""
    return (
        f"(SELECT p.*, p.id - {base} AS k FROM cases_person p WHERE p.id > {base}) AS p"
        " JOIN city_place AS place ON place.division = p.present_id"
    )


def _persons(number: int, base: int, setting: Setting) -> None:
    names = " ".join(f"WHEN {place} THEN '{one}'" for place, one in enumerate(SURNAMES))
    places = "(SELECT count(*) FROM city_place)"
    where = "(SELECT division FROM city_place WHERE n = {0} % " + places + ")"
    numbers = NUMBERS[connection.vendor].format(number=number)
    key = f"({base} + i)"
    into(
        Person,
        f"({numbers}) AS n ORDER BY i",
        id=key,
        public_id=OPAQUE[connection.vendor].format(key),
        document_type="'RESIDENT_ID'",
        document_country="'CHN'",
        document_index=f"'index-' || {key}",
        phone_index=f"'phone-' || {key}",
        name=f"CASE i % {len(SURNAMES)} {names} END || {key}",
        present_id=where.format("i"),
        registered_id=f"CASE i % 10 WHEN 0 THEN {where.format('(i + 7)')} WHEN 1 THEN NULL"
        f" ELSE {where.format('i')} END",
        merged_into_id=f"CASE i % {FEW} WHEN 0 THEN {key} - 1 END",
        registered_by_id=setting.clerk.pk,
        registered_at=ago(setting.now, "30 * 86400"),
    )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Person]):
            cursor.execute(statement)


def _results(those: str, setting: Setting) -> None:
    """Write a negative of every second person, and of all whose cases ended by one."""
    into(
        LabResult,
        f"{those} WHERE k % 2 = 0 OR {ENDED}",
        person_id="p.id",
        sampled_at=ago(setting.now, "(k * 7919) % (15 * 86400) + 1800"),
        reported_at=ago(setting.now, "(k * 7919) % (15 * 86400) + 1700"),
        outcome="'NEGATIVE'",
        laboratory="'lab'",
        report_number="'report-' || p.id",
        origin="'OWN'",
        entered_by_id=setting.clerk.pk,
        office_id=setting.clerk.office_id,
        entered_at=ago(setting.now, "(k * 7919) % (15 * 86400) + 1600"),
    )


def _cases(those: str, setting: Setting) -> None:
    opened, closed = ago(setting.now, OPENED), ago(setting.now, f"{OPENED} - 2000")
    shared: dict[str, Any] = {
        "person_id": "p.id",
        "entered_by_id": setting.group.pk,
        "entered_at": opened,
        "opened_at": opened,
        "opened_by_id": setting.group.pk,
        "evidence_ref": "'letter-' || p.id",
        "began_on": f"DATE({opened})",
        "plan_kind": "''",
    }
    stay = {"ground": "'RISK_AREA'", "channel": "'AUTOMATIC'", "evidence_kind": "'TRACK'"}
    stay["source_office_id"] = str(setting.bureau.office_id)
    contact = {"ground": "'CLOSE_CONTACT'", "channel": "'REPORTED'", "evidence_kind": "'LETTER'"}
    contact |= {"source_office_id": "place.wing", "addressed_to_id": "place.wing"}
    into(Case, f"{those} WHERE {YELLOW}", state="'OPEN'", **shared, **stay)
    into(Case, f"{those} WHERE {RED}", state="'OPEN'", **shared, **contact)
    ending = {"state": "'ENDED'", "exit": "'TESTED_NEGATIVE'", "closed_at": closed}
    into(Case, f"{those} WHERE {ENDED}", **shared, **stay, **ending, closed_by_id=setting.clerk.pk)
    results = "JOIN cases_labresult AS result ON result.person_id = p.id"
    cases = "JOIN cases_case AS c ON c.person_id = p.id"
    into(Basis, f"{those} {cases} {results} WHERE {ENDED}", case_id="c.id", fact="'RESULT'", key="result.id")
    into(
        ExitReport,
        f"{those} {cases} WHERE k % 1000 = 2",
        case_id="c.id",
        exit="'EXCLUDED'",
        happened_on=f"DATE({opened})",
        evidence_ref="'letter'",
        addressed_to_id="place.wing",
        proposed_by_id=setting.clerk.pk,
        proposed_at=opened,
        decision="CASE WHEN k < 6000 THEN 'PENDING' ELSE 'REFUSED' END",
        decided_by_id=f"CASE WHEN k < 6000 THEN NULL ELSE {setting.group.pk} END",
        decided_at=f"CASE WHEN k < 6000 THEN NULL ELSE {opened} END",
    )


def _orders(those: str, setting: Setting) -> None:
    opened, until = ago(setting.now, OPENED), ago(setting.now, f"{OPENED} - 14 * 86400")
    into(
        ControlOrder,
        f"{those} WHERE {RED}",
        person_id="p.id",
        kind="'CENTRAL_ISOLATION'",
        place="'site'",
        day0=f"DATE({opened})",
        until=until,
        office_id="place.office",
        officer_id="place.officer",
        opened_by_id=setting.group.pk,
        opened_at=opened,
    )
    orders = "JOIN cases_controlorder AS o ON o.person_id = p.id"
    into(
        OrderCase,
        f"{those} {orders} JOIN cases_case AS c ON c.person_id = p.id",
        order_id="o.id",
        case_id="c.id",
        kind="o.kind",
        until="o.until",
        since="o.opened_at",
    )
    into(
        Transport,
        f"{those} {orders} WHERE k % 5000 <> 2",
        order_id="o.id",
        vehicle="'AMBULANCE'",
        sealed=TRUE[connection.vendor],
        left_at=ago(setting.now, f"{OPENED} - 1200"),
        arrived_at=ago(setting.now, f"{OPENED} - 1800"),
        by_id=setting.group.pk,
        at=ago(setting.now, f"{OPENED} - 1800"),
    )


def _history(those: str, setting: Setting) -> None:
    shared: dict[str, Any] = {
        "person_id": "p.id",
        "act": "'case.opened'",
        "case_id": "c.id",
        "rule_book_id": setting.book,
        "actor_id": setting.group.pk,
        "office_id": setting.group.office_id,
    }
    cases = f"{those} JOIN cases_case AS c ON c.person_id = p.id"
    colour = f"CASE WHEN {RED} THEN 'RED' ELSE 'YELLOW' END"
    into(Transition, cases, at="c.opened_at", from_colour="'GREEN'", to_colour=colour, **shared)
    ended = f"{cases} WHERE {ENDED}"
    into(Transition, ended, at="c.closed_at", from_colour="'YELLOW'", to_colour="'GREEN'", **shared)
    into(
        Presence,
        those,
        person_id="p.id",
        kind="'STAY'",
        division_id=f"'{STAYED_IN}'",
        from_at=ago(setting.now, "10 * 86400"),
        until_at=ago(setting.now, "9 * 86400"),
        source_id=setting.bureau.office_id,
        recorded_by_id=setting.bureau.pk,
    )


def _doors(those: str, setting: Setting) -> None:
    """Write two checks of everybody; one red in a hundred was red at the door already."""
    # `k` is a whole number: of a hundred in a row those are red whose last two digits say so.
    stood = f"({RED} AND k / 100 % 100 = 1)"
    colour = f"CASE WHEN {stood} THEN 'RED' WHEN {YELLOW} THEN 'YELLOW' ELSE 'GREEN' END"
    passed = f"CASE WHEN {stood} THEN {FALSE[connection.vendor]} ELSE {TRUE[connection.vendor]} END"
    for days in (9, 2):
        into(
            GateCheck,
            those,
            venue_id=setting.venue,
            person_id="p.id",
            colour=colour,
            temperature="36.5",
            passed=passed,
            why=f"CASE WHEN {stood} THEN 'RED' WHEN {YELLOW} THEN 'UNLISTED' ELSE 'GREEN' END",
            rule_book_id=setting.book,
            by_id=setting.keeper.pk,
            at=ago(setting.now, f"{days} * 86400 + k % 86400"),
            hash=HASH[connection.vendor],
        )


def _trail(those: str, setting: Setting) -> None:
    microseconds = int(timezone.now().timestamp()) * 1_000_000
    for back, action, body in ((5, "person.registered", "{}"), (1, "person.viewed", '{"page":"person"}')):
        into(
            Event,
            those,
            at_us=f"{microseconds} - ({back} * {DAY} + k % {DAY}) * CAST(1000000 AS bigint)",
            actor="'user.' || (k * 7919) % 2000",
            office="'office-' || (k * 7919) % 200",
            role="'service_point'",
            action=f"'{action}'",
            target="'person:' || p.id",
            person=DASHED[connection.vendor],
            body=f"'{body}'",
            leaf="'" + "0" * 64 + "'",
        )


def _desk(those: str, setting: Setting) -> None:
    """Write a ticket of every twenty-fifth person: one in ten is open, one in a hundred late."""
    since, opened = ago(setting.now, "k % 86400"), "k % 250 = 0"
    into(
        Ticket,
        f"{those} WHERE k % 25 = 0",
        number="'T' || p.id",
        kind="'CORRECTION'",
        category="'C02'",
        channel="'PHONE'",
        state=f"CASE WHEN {opened} THEN 'ROUTED' ELSE 'CLOSED' END",
        priority="1 + k % 3",
        received_at=since,
        registered_at=since,
        person_id="p.id",
        snapshot="'{}'",
        snapshot_at=since,
        snapshot_by_id=setting.clerk.pk,
        first_responder_id=setting.clerk.pk,
        first_office_id="place.office",
        office_id=setting.bureau.office_id,
        sign_due=ago(setting.now, "CASE WHEN k % 2500 = 0 THEN 60 ELSE -86400 END"),
        decide_due=ago(setting.now, "-172800 + k % 86400"),
        told_at=f"CASE WHEN {opened} THEN NULL ELSE {since} END",
        closed_at=f"CASE WHEN {opened} THEN NULL ELSE {since} END",
    )
