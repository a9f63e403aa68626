"""The desk in one line each: a red person, an intake, a ticket in every state, all made by calling services."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.models import Case, Person
from cases.services.grounds import voids
from complaints.models import Draft, Ticket
from complaints.services import drafts, findings, handling, intake, telling
from complaints.services.intake import Intake
from healthcode.core.offices.models import User
from tests.cases.scenes import Scene, later

NOON = later(hours=1)  # an hour into a Monday
NEXT = later(hours=2)
REASON = "协查函写错了人，已向来函单位核实。"
TOLD = "您的健康码已经核实处理，结果如上，如有变化会再告知您。"


@dataclass
class Desk:
    scene: Scene
    ready: list[int] = field(default_factory=list)  # upheld tickets that a module made once for its tests

    @property
    def cast(self) -> Any:
        return self.scene.cast

    def red(self, **fields: Any) -> Person:
        """Return somebody of Yulin, red as a close contact."""
        person = self.scene.person(**fields)
        self.scene.clinical(person)
        return person

    def case_of(self, person: Person) -> Case:
        return Case.objects.of(person).open().order_by("-pk").first()

    def looked(self, person: Person, *, by: User | None = None, at: datetime = NOON) -> Draft:
        by = by or self.cast.community_yulin
        draft = drafts.begin(by=by, at=at)
        drafts.look(draft, person, by=by, at=at)
        return draft

    def heard(self, person: Person, **body: Any) -> Intake:
        """Return what the first responder heard: the code is disputed, hand it on."""
        fields = {"outcome": intake.HAND_ON, "category": "C07", "contact_phone": "13900001111", **body}
        fields.setdefault("is_disputed", True)
        fields.setdefault("explained", NOON)
        disputed = fields["is_disputed"] and fields["outcome"] == intake.HAND_ON
        if disputed and "disputed_case" not in fields and not fields.get("no_case"):
            fields["disputed_case"] = self.case_of(person)
        return Intake(**fields)

    def routed(
        self, person: Person | None = None, *, by: User | None = None, at: datetime = NOON, **fields: Any
    ) -> Ticket:
        """Register a ticket that is handed to the bureau."""
        person, by = person or self.red(), by or self.cast.community_yulin
        fields.setdefault("explained", at)
        return intake.register(self.looked(person, by=by, at=at), self.heard(person, **fields), by=by, at=at)

    def taken(
        self, ticket: Ticket | None = None, *, by: User | None = None, at: datetime = NOON, **fields: Any
    ) -> Ticket:
        ticket = ticket or self.routed(at=at, **fields)
        return handling.take(ticket, by=by or self.cast.bureau_one, at=at)

    def upheld(self, ticket: Ticket | None = None, *, at: datetime = NOON, **fields: Any) -> Ticket:
        if self.ready and ticket is None and at == NOON and not fields:
            return Ticket.objects.get(pk=self.ready.pop())
        ticket = ticket or self.taken(at=at, **fields)
        return findings.decide(ticket, finding="UPHELD", reason=REASON, by=ticket.owner, at=at)

    def informed(self, ticket: Ticket | None = None, *, at: datetime = NOON) -> Ticket:
        ticket = ticket or self.upheld(at=at)
        telling.tell(ticket, channel="CALL", reached="本人", text=TOLD, by=ticket.owner, at=at)
        return ticket

    def visited(self, ticket: Ticket | None = None, *, at: datetime = NEXT, **fields: Any) -> Ticket:
        ticket = ticket or self.informed()
        answer = {"reached": "YES", "colour_seen": "RED", "solved": True, "satisfaction": 5, **fields}
        telling.visit(ticket, by=self.cast.bureau_two, at=at, **answer)
        return ticket

    def void_proposed(self, ticket: Ticket | None = None, *, at: datetime = NOON) -> Ticket:
        ticket = ticket or self.taken(at=at)
        findings.propose_void(
            ticket,
            case=ticket.disputed_case,
            reason_class="WRONG_PERSON",
            reason=REASON,
            by=ticket.owner,
            at=at,
        )
        return ticket

    def void_approved(self, ticket: Ticket | None = None, *, at: datetime = NEXT) -> Ticket:
        ticket = ticket or self.void_proposed()
        voids.approve(ticket.corrections.get().void, by=self.cast.group_xinchang, at=at)
        return ticket
