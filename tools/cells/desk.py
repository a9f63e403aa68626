"""What a first responder waits for: somebody's code and reasons, looked up among few persons and among many."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Person
from cases.services.grounds import cases
from cases.services.grounds.claims import Claim
from cases.services.persons import people
from cases.services.persons.identity import Identity
from healthcode.core.offices.models import Division, User
from tools.cells import mass
from tools.timing import Cell, in_turn

FEW = 1000
NUMBER = "33062419850307018X"
AT_ONCE = 20  # look-ups in one measurement
SECONDS = 0.3  # the longest that one may take (complaints.md)


def looking_up(scale: int) -> Iterator[Cell]:
    """Look a red person up for an intake, over the page: among a thousand, then among half of `scale`."""
    users = mass.set_up()
    with transaction.atomic():
        mass.everybody(FEW, users["telecom"], clean=False)
        _red(users)
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(users["community.yulin"])
        look = partial(_look, client)
        (few,) = in_turn(look)
        mass.everybody(scale // 2, users["telecom"], first=FEW, clean=False)
        (many,) = in_turn(look)
        transaction.set_rollback(True)
    assert many.median / AT_ONCE < SECONDS, f"A look-up took {many.median / AT_ONCE:.3f} s."
    yield Cell("desk_look_up", f"of_{scale // 2}", AT_ONCE, many, f"of_{FEW}", few, 1.5, at_most=True)


def _red(users: dict[str, User]) -> Person:
    """Register somebody whom CDC reports and the control group enters."""
    now = timezone.now()
    yulin = Division.objects.get(pk="330624001")
    identity = Identity("张三", document_number=NUMBER, phone="13900001111")
    by = users["service.xinchang"]
    person = people.register(identity, present=yulin, by=by, at=now - timedelta(days=2)).person
    day = (now - timedelta(days=1)).date()
    claim = Claim("CLOSE_CONTACT", began_on=day, evidence_kind="LETTER", evidence_ref="协查函1号")
    reported = cases.report(person, claim, by=users["cdc.xinchang"], at=now - timedelta(hours=2))
    cases.enter(reported, by=users["group.xinchang"], at=now - timedelta(hours=1))
    return person


def _look(client: Client) -> None:
    for _time in range(AT_ONCE):
        page = client.post(reverse("admin:complaints_intake"), {"text": NUMBER}, headers={"X-Fragment": "1"})
        assert page.status_code == 200 and "code-red" in page.content.decode()
