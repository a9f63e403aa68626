"""The refresh of citizens' phones in a city, against an empty view of that stack; signing, against bare signatures."""

import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Pass, Person
from cases.policy.colours import Colour
from cases.selectors import phones
from cases.selectors.passes import digest
from healthcode.core.offices.models import User
from tools import city
from tools.cells import mass
from tools.timing import Cell, in_turn

PHONES = 200
GOAL, SIGNING = 0.4, 0.6
BODY = b"pass v1\0" + bytes(17)


def refreshing(scale: int) -> Iterator[Cell]:
    """Ask what two hundred phones show now, in a city of `scale`."""
    # A line in the log for each answer of the baseline would cost as much as the answer.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    users = mass.set_up()
    with transaction.atomic():
        city.build(scale, users)
        clients = list(_phones(users["citizen"]))
        nobody, url = Client(headers={"host": "127.0.0.1"}), reverse("citizen:now")

        def refresh() -> None:
            for client in clients:
                assert client.get(url).status_code == 200

        def empty() -> None:
            for _ in clients:
                assert nobody.get(url).status_code == 401

        took, base = in_turn(refresh, empty)
        transaction.set_rollback(True)
    yield Cell("phone", f"refresh_of_{scale}", PHONES, took, "empty_view", base, GOAL)
    yield _signing()


def _phones(by: User) -> Iterator[Client]:
    """Yield the browsers of people all over the city, a third of them with a case."""
    now, sessions = timezone.now(), [secrets.token_urlsafe(24) for _ in range(PHONES)]
    living = Person.objects.filter(merged_into=None, deceased_on=None)
    coded = living.filter(cases__state="OPEN").distinct().order_by("pk")[: PHONES // 3]
    others = living.order_by("-pk")[:PHONES]
    people = list(dict.fromkeys((*coded, *others)))[:PHONES]
    Pass.objects.bulk_create(
        Pass(
            person=person,
            kind=Pass.Kind.PHONE,
            handle=secrets.token_hex(8),
            issued_by=by,
            issued_at=now,
            ends_at=now + timedelta(hours=12),
            link=digest(session + "link"),
            link_ends_at=now + timedelta(seconds=120),
            opened_at=now,
            session=digest(session),
        )
        for person, session in zip(people, sessions, strict=True)
    )
    for session in sessions:
        client = Client(headers={"host": "127.0.0.1"})
        client.cookies["pass"] = session
        yield client


def _signing() -> Cell:
    phone = phones.Phone(1, bytes(8), Colour.GREEN, timezone.now(), timezone.now())
    key = Ed25519PrivateKey.generate()

    def sign() -> None:
        for _ in range(PHONES):
            assert len(phone.passes) == phones.AHEAD

    def bare() -> None:
        for _ in range(PHONES * phones.AHEAD):
            key.sign(BODY)

    took, base = in_turn(sign, bare)
    return Cell("phone", "sign", PHONES * phones.AHEAD, took, "bare_signatures", base, SIGNING)
