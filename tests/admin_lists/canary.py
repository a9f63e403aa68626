"""One row of everything that hangs on somebody, in Yuecheng: made by the situations of Xinchang, with other actors."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.utils import timezone

from cases.models import Person, RejectedRow
from cases.policy.days import local_day
from cases.services import inquiries
from cases.services.persons import transfers
from cases.services.roster import shifts
from cases.services.samples import opinions
from complaints.models import Message
from complaints.services import attachments, handling, letters, modules, telling
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from tests.alone.pairs import PAIRS
from tests.cases.scenes import Scene, T, fresh, later
from tests.complaints.desk import NOON, TOLD, Desk
from tests.complaints.test_attachments import PNG
from tests.factories import Cast, DivisionFactory, OfficeFactory, UserFactory, delivered, guarded, token_of

NAME, STREET, PHONE, LETTER = "金丝雀", "越城秘密里八十八号", "13312345678", "协查函越城秘密1号"
THERE = "330602001"
MOVED = {  # who acts in Yuecheng for whom in Xinchang: role, kind of office, division
    "cdc.xinchang": ("cdc", "CDC", "330602"),
    "group.xinchang": ("group", "GROUP", "330602"),
    "clinic.xinchang": ("clinic", "FEVER_CLINIC", "330602"),
    "duty.xinchang": ("duty_lead", "PREVENTION", "330602"),
    "officer.yulin": ("officer", "COMMUNITY", THERE),
    "officer.deputy": ("officer", "COMMUNITY", THERE),
}
ALSO = {
    "service.xinchang": "service.yuecheng",
    "community.yulin": "community.yuecheng",
    "gate.school": "gate.taxi",
}


class CastOfYuecheng(Cast):
    """The cast, with Yuecheng's own in the places of Xinchang's."""

    def __init__(self) -> None:
        self.own = {name: _mirrored(name, *place) for name, place in MOVED.items()}

    def __getitem__(self, username: str) -> User:
        if username in ("own",):
            raise AttributeError(username)
        return self.own.get(username) or super().__getitem__(ALSO.get(username, username))

    def office(self, code: str) -> Any:
        site = code == "isolation-xinchang"
        return _office("ISOLATION_SITE", "330602") if site else super().office(code)


def _office(kind: str, division: str) -> Any:
    code = f"{kind.lower()}-{division}"
    return OfficeFactory(code=code, kind=kind, division=DivisionFactory(code=division))


def _mirrored(name: str, role: str, kind: str, division: str) -> User:
    return UserFactory(
        username=f"{name}.mirrored", name="越城经办人", role=role, office=_office(kind, division)
    )


class SceneOfYuecheng(Scene):
    """The situations of the guide, of people who are all called after the canary."""

    def person(self, **fields: Any) -> Person:
        given = {"present": THERE, "name": f"{NAME}丁", "address": STREET, "phone": PHONE}
        return super().person(**{**given, **fields})


@dataclass
class Canary:
    """A red person of Yuecheng, and a row or a text for each parameter of an address."""

    cast: CastOfYuecheng
    person: Person
    rows: dict[str, Any]
    secrets: tuple[str, ...]


def make() -> Canary:
    """Make the canary with everything that can hang on a person."""
    cast = CastOfYuecheng()
    scene = SceneOfYuecheng(cast)
    person = scene.person()
    made = [*(fresh(pair.propose(scene)) for pair in PAIRS if pair.act not in ELSEWHERE)]
    made += [
        *_of_person(scene, person),
        *_of_desk(Desk(scene)),
        *_of_delivery(cast),
        *_of_administration(cast),
    ]
    made.append(Event.objects.filter(person=str(person.public_id)).latest("pk"))
    by_model = {f"{row._meta.app_label}/{row._meta.model_name}": row for row in made}
    assert not {f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry} - set(
        by_model
    )
    secrets = (NAME, STREET, LETTER, PHONE, person.document, person.masked_document)
    return Canary(cast, person, by_model | _parameters(scene, person, by_model), secrets)


ELSEWHERE = ("person.accept_transfer",)  # whoever it moves to reads it


def _of_person(scene: Scene, person: Person) -> list[Any]:
    """Return what hangs on somebody red: a log, tests, a fever, a visit, a check at a door."""
    cast = scene.cast
    scene.clinical(person, evidence_ref=LETTER)
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    result = scene.tested(person, at=later(hours=2), outcome="POSITIVE", by=cast.service_xinchang)
    opinion = {"document": "复核意见2026-1号", "reason": "复阳", "by": cast.cdc_xinchang}
    venue = guarded(office="taxis")
    fields = {"office": cast.cdc_xinchang.office, "user": cast.cdc_xinchang, "phone": "057588000011"}
    shift = shifts.enter(**fields, from_at=T, until=later(days=1), by=cast.cdc_xinchang, at=T)
    fields = {
        "question": f"请说明{NAME}赋码依据",
        "answer_by": local_day(later(days=1)),
        "about": str(person.public_id),
    }
    inquiry = inquiries.ask(cast.community_yulin.office, **fields, by=cast.supervisor_city, at=T)
    to = DivisionFactory(code="330602002")
    moving = {"to": to, "address": STREET, "reason": "搬家", "by": cast.community_yulin}
    return [
        *(person, venue, shift, inquiry, result, opinions.give(result, **opinion, at=later(hours=3))),
        *(
            person.transitions.first(),
            person.orders.first(),
            person.declarations.first(),
            person.visits.first(),
        ),
        transfers.propose(fresh(person), **moving, at=later(hours=3)),
        scene.checked(person, venue, at=later(hours=4)),
        scene.strike_proposed(scene.documented("浙防指〔2020〕14号"), at=later(hours=1)),
        scene.documented("浙防指〔2020〕13号"),
        scene.change_proposed(scene.listed(), "LIFT", at=later(hours=1)),
    ]


def _of_desk(desk: Desk) -> list[Any]:
    """Return a ticket with a file, a draft, a text module, a letter, and the answer that waits to be sent."""
    ticket = desk.routed()
    by = desk.cast.community_yulin
    picture = attachments.add(ticket, name="截图.png", content=PNG, by=by, at=NOON)
    draft = desk.looked(desk.red(), by=by)
    sent = letters.Letter("12345-77", NOON, f"{NAME}为什么是红码？", document_number=desk.red().document)
    answered = letters.receive(sent, by=desk.cast.hotline, at=NOON).ticket
    handling.take(answered, by=desk.cast.bureau_one, at=NOON)
    telling.reply(answered, channel="SMS", reached="本人", text=TOLD, by=desk.cast.bureau_one, at=NOON)
    module = modules.create(title="补材料", text="请带身份证到就近服务点。", by=desk.cast.lead_city, at=NOON)
    return [ticket, picture, draft, module, Message.objects.latest("pk")]


def _of_delivery(cast: Cast) -> list[Any]:
    """Return a row of a file of the county's CDC that could not be applied."""
    columns = "姓名,证件号码,现居住地区划,赋码原因,起算日期"
    content = f"{columns}\n{NAME}丁,3306,{THERE},密切接触者,2020-08-24\n".encode()
    delivered(content, file_name=f"{NAME}名单.csv", by=cast.cdc_xinchang, at=T)
    return [RejectedRow.objects.latest("pk")]


def _of_administration(cast: Cast) -> list[Any]:
    office = cast.cdc_xinchang.office
    now = timezone.now()
    token, _secret = token_of(cast.telecom, until=now + timedelta(hours=1), at=now)
    return [office, office.division, cast.cdc_xinchang, token]


def _parameters(scene: Scene, person: Person, rows: dict[str, Any]) -> dict[str, Any]:
    """Return what stands for the parameters that name no row of the admin's, by name or by route and name."""
    ticket = rows["complaints/ticket"]
    delivery = rows["cases/batch"]
    book = rows["cases/rulebook"].pk
    return {
        **{"public_id": person.public_id, "number": ticket.number, "external_no": "12345-77"},
        **{"kind": "RESULTS", "form": "csv"},
        "draft": rows["complaints/draft"].pk,
        "complaints/ticket key": rows["complaints/attachment"].pk,
        "work/<slug:key> number": 0,
        "mark": "a-mark",
        "secret": "nobody-made-it",
        "persons/<int:pk>/timeline/ pk": person.pk,
        "persons/<int:pk>/contacts/ pk": person.pk,
        "gate/checks pk": rows["cases/gatecheck"].pk,
        "api/v1/deliveries/<int:pk> pk": delivery.pk,
        "api/v1/rule-books/<int:pk> pk": book,
        "api/v1/rule-books/<int:pk>/effect pk": book,
    }
