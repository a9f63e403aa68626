"""The people in tests: the demo cast by name, and persons registered through the services.

    def test_a_clerk_sees_their_own(cast, registered):
        person = registered(by=cast.service_xinchang, present="330624001")

The cast and the shipped rule book are there before any test (`tests/databases.py`).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import factory
import pytest
from stdnum.cn import ric

from cases.feeds import deliveries
from cases.management.demo.cast import OFFICES, USERS
from cases.models import Batch, Case, LabResult, Person, RuleBook, Venue
from cases.policy import days, shipped
from cases.services.book import rulebooks
from cases.services.deliveries import batches, receiving
from cases.services.gates import venues
from cases.services.grounds import cases
from cases.services.persons import identity as identities
from cases.services.persons import people
from cases.services.samples import results
from healthcode.core.audit import takeover
from healthcode.core.offices import accounts, divisions, roles, tokens
from healthcode.core.offices.models import Division, Office, Token, User

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # when the rule book of the tests came into force
PASSWORD = "four-words-in-a-row"
_NAMES = {code: (name, name_en) for code, name, _parent, name_en in divisions.rows()}
_USERS = {row[0]: row for row in USERS}
_known: dict[str, User] = {}  # asked for tens of thousands of times


class DivisionFactory(factory.django.DjangoModelFactory):
    """A shipped division with everything above it."""

    class Meta:
        model = Division
        django_get_or_create = ("code",)

    code = "330624001"
    name = factory.LazyAttribute(lambda made: _NAMES.get(made.code, (made.code, ""))[0])
    name_en = factory.LazyAttribute(lambda made: _NAMES.get(made.code, ("", made.code))[1])

    @factory.lazy_attribute
    def parent(self) -> Division | None:
        above = divisions.parent(self.code)
        return DivisionFactory(code=above) if above else None

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Division:
        # Asked for again and again: what is there comes with one query, not one for each division above it.
        known = Division.objects.filter(pk=params.get("code", cls.code)).first()
        return known or super()._generate(strategy, params)


class OfficeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Office
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda number: f"office-{number}")
    name = factory.LazyAttribute(lambda made: made.code)
    kind = "COMMUNITY"
    division = factory.SubFactory(DivisionFactory)


class UserFactory(factory.django.DjangoModelFactory):
    """An account in use, that logs in with PASSWORD."""

    class Meta:
        model = User
        django_get_or_create = ("username",)

    username = factory.Sequence(lambda number: f"user.{number}")
    name = factory.LazyAttribute(lambda made: made.username)
    role = "community"
    office = factory.SubFactory(OfficeFactory)
    is_active = True
    created_at = granted_at = EPOCH
    password = factory.django.Password(PASSWORD)


class Cast:
    """The demo cast: `cast.service_xinchang` is `service.xinchang`; a machine goes by its one name.

    Everybody as they are when a test begins: what a test changes of an account it reads from the database.
    """

    names = tuple(_USERS)

    def __getattr__(self, attribute: str) -> User:
        return self[attribute.replace("_", ".")]

    def __getitem__(self, username: str) -> User:
        if username not in _USERS:
            raise AttributeError(username)
        return deepcopy(_known[username]) if _known else User.objects.get_by_natural_key(username)

    def office(self, code: str) -> Office:
        """Return an office of the cast."""
        return Office.objects.get(code=code)

    def everybody(self, *, machines: bool = False) -> Iterator[User]:
        """Yield the whole cast, machines only if asked."""
        users = (self[username] for username in self.names)
        return (user for user in users if machines or user.is_staff)


def token_of(
    user: User,
    *,
    until: datetime,
    at: datetime,
    label: str = "test",
    acts: Iterable[str] = (),
    addresses: str = "",
) -> tuple[Token, str]:
    """Give a machine a token, prepared by one administrator and granted by the other; return it with its secret."""
    token = tokens.prepare(
        user,
        label=label,
        acts=acts or roles.acts_of(user.role),
        addresses=addresses,
        expires_at=until,
        by=Cast().admin_one,
        at=at,
    )
    secret = tokens.grant(token, by=Cast().admin_two, at=at)
    token.refresh_from_db()
    return token, secret


def new_password(user: User, *, at: datetime) -> str:
    """Let one administrator take somebody's password away and the other grant a new one; return it."""
    accounts.reset_password(user, by=Cast().admin_one, at=at)
    return accounts.grant(user, by=Cast().admin_two, at=at)


def people_the_house() -> None:
    """Make every office and user of the cast with the divisions they need, and put the shipped rule book in force."""
    for code, kind, division, name, name_en, phone in OFFICES:
        OfficeFactory(
            code=code,
            kind=kind,
            division=DivisionFactory(code=division),
            name=name,
            name_en=name_en,
            phone=phone,
        )
    for username, role, office, name, is_head in USERS:
        UserFactory(
            username=username,
            role=role,
            office=Office.objects.get(code=office),
            name=name,
            is_head=is_head,
        )
    adopt_book(Cast())
    takeover.take_over(Office, User, by=Cast().admin_one, at=EPOCH)  # no act made them


def know_the_cast() -> None:
    """Read everybody once, before a test can change them."""
    for username in Cast.names:
        _known[username] = User.objects.get_by_natural_key(username)


def guarded(kind: str = "SCHOOL", *, office: str = "school", at: datetime = EPOCH) -> Venue:
    """Open a venue of a kind that an office of the cast guards."""
    cast = Cast()
    fields = {"office": cast.office(office), "division": DivisionFactory(code="330624001")}
    return venues.open_venue(name=f"场所{next(_numbers)}", kind=kind, **fields, by=cast.admin_one, at=at)


_numbers = count(1)


def resident_number(*, born: date = date(1985, 3, 7), place: str = "330624") -> str:
    """Return a resident number that nobody else in this run has, with its check digit."""
    head = f"{place}{born:%Y%m%d}{next(_numbers) % 1000:03}"
    return head + ric.calc_check_digit(head + "0")


def one_off(number: str) -> str:
    """Return the valid number that differs in one digit, and in the check digit with it."""
    head = number[:15] + str((int(number[15]) + 5) % 10) + number[16:17]
    return head + ric.calc_check_digit(head + "0")


def register(*, by: User, present: str = "330624001", at: datetime | None = None, **fields: Any) -> Person:
    """Register a person; whatever is not said is made up."""
    number = next(_numbers)
    identity = identities.Identity(
        name=fields.pop("name", f"测试{number}"),
        document_number=fields.pop("document_number", None) or resident_number(born=_born(number)),
        phone=fields.pop("phone", f"139{number:08}"),
    )
    division = DivisionFactory(code=present)
    return people.register(
        identity, present=division, by=by, at=at or EPOCH + timedelta(days=1), **fields
    ).person


def reported(person: Person, *, by: User, at: datetime, ground: str = "CLOSE_CONTACT", **fields: Any) -> Case:
    """Let CDC report a clinical ground to the control group of its level."""
    claim = {
        "ground": ground,
        "began_on": days.local_day(at),
        "evidence_kind": "LETTER",
        "evidence_ref": f"协查函{next(_numbers)}号",
        **fields,
    }
    return cases.report(person, cases.Claim(**claim), by=by, at=at)


def contact(person: Person, *, cdc: User, group: User, at: datetime, **fields: Any) -> Case:
    """Let CDC report a close contact and the control group enter it: red, with an order of 14 days."""
    return cases.enter(reported(person, by=cdc, at=at, **fields), by=group, at=at + timedelta(seconds=1))


def sampled(person: Person, *, by: User, at: datetime, outcome: str = "NEGATIVE") -> LabResult:
    """Enter a result sampled an hour before."""
    sample = results.LaboratoryReport(
        sampled_at=at - timedelta(hours=1),
        reported_at=at,
        outcome=outcome,
        laboratory="新昌县检测中心",
        report_number=f"R{next(_numbers)}",
    )
    return results.enter(person, sample, by=by, at=at)


def delivered(
    content: bytes,
    *,
    by: User,
    at: datetime,
    kind: str = "LINE_LIST",
    file_name: str = "名单.csv",
    confirmed: bool = True,
    **fields: Any,
) -> Batch:
    """Deliver a file, let it be checked, and confirm it."""
    upload = receiving.store([content], at=at)
    batch, _is_new = receiving.receive(upload, kind=kind, file_name=file_name, by=by, at=at, **fields)
    batch = deliveries.work(batch, clock=lambda: at)
    if confirmed and batch.state == Batch.State.CHECKED:
        batch = deliveries.work(batches.confirm(batch, by=by, at=at), clock=lambda: at)
    return batch


def sealed(text: str) -> bytes:
    """Close a file as machines do: with the number of its rows and its hash."""
    body = text.rstrip("\n").encode() + b"\n"
    rows = body.count(b"\n") - (not body.startswith(b"{"))
    return body + f"#END,{rows},{hashlib.sha256(body).hexdigest()}\n".encode()


def adopt_book(cast: Cast) -> RuleBook:
    """Put the shipped rule book in force since EPOCH."""
    text = shipped.text(shipped.IN_FORCE)
    return rulebooks.adopt_first(
        text, effective_from=EPOCH, proposer=cast.policy_city, by=cast.duty_city, at=EPOCH
    )


def _born(number: int) -> date:
    """Spread births over days, so that the three digits of order never run out."""
    return date(1950, 1, 1) + timedelta(days=number % 18_000)


@pytest.fixture
def cast(db: None) -> Cast:
    """The demo cast under the shipped rule book."""
    return Cast()


@pytest.fixture
def registered(cast: Cast) -> Callable[..., Person]:
    return register
