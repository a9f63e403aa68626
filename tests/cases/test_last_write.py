"""Every service breaks at its last write, and nothing was stored."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from cases.models import RiskArea
from cases.models.cases import Channel
from cases.models.declarations import Mode
from cases.policy import shipped
from cases.services import areas, control, gates
from cases.services.areas import presences
from cases.services.book import rulebooks
from cases.services.deliveries import batches, receiving
from cases.services.engine import holds, mass
from cases.services.gates import venues
from cases.services.grounds import cases, exits, voids
from cases.services.persons import deaths, lookups, merges, people, transfers
from cases.services.persons import identity as identities
from cases.services.samples import declarations, results
from healthcode.core.audit import ledger
from tests.deliveries import last_writes
from tests.factories import DivisionFactory, guarded, resident_number

from . import books
from .scenes import DUE, TODAY, Scene, T, day, fresh, later, nothing_stored, sample

NOW = later(hours=5)
Act = Callable[[], Any]


class Broken(Exception):
    pass


def red(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    return person


def moving(scene: Scene, person=None):
    said = {
        "to": DivisionFactory(code="330624002"),
        "reason": "搬家",
        "by": scene.cast.community_yulin,
        "at": T,
    }
    return transfers.propose(person or scene.person(), **said)


def staying(scene: Scene):
    said = {"address": "家中", "reason": "孕妇", "by": scene.cast.group_xinchang, "at": T}
    return control.propose_home(red(scene), **said)


def release(scene: Scene, case):
    said = {"document_number": "1", "reason": "期满", "by": scene.cast.group_xinchang, "at": T}
    return voids.propose_release(case, **said)


def releasing(scene: Scene):
    return release(scene, scene.other_yellow(scene.person()))


def on(made: Any, act: Callable[[Any], Any]) -> Act:
    """Return an act on something that is made beforehand."""
    return lambda: act(made)


def excluding(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    scene.clinical(scene.person(), index_case=index)
    return scene.exit_reported(index, "EXCLUDED")


def proposed_area(scene: Scene):
    listing = areas.Listing(f"某街道{RiskArea.objects.count()}", "HIGH", "公告1号", T)
    return areas.propose(listing, by=scene.cast.duty_city, at=T)


def lifting(scene: Scene):
    area = scene.listed()
    scene.risk(scene.person(), area)
    return area


def serving_elsewhere(scene: Scene, person) -> Act:
    said = {"place": "某地", "letter": "函", "by": scene.cast.group_xinchang, "at": later(hours=1)}
    return lambda: control.serve_elsewhere(person, **said)


def by_certificate(scene: Scene, person) -> Act:
    moved = {"place": "某地", "letter": "函", "by": scene.cast.group_xinchang, "at": later(hours=1)}
    control.serve_elsewhere(person, **moved)
    said = {"certificate": "7号", "sample": sample(DUE), "by": scene.cast.group_xinchang, "at": DUE}
    return lambda: control.release_elsewhere(person, **said)


def ride(scene: Scene, person) -> Act:
    said = {"from_place": "家", "to_place": "隔离点", "vehicle": "浙D1", "escort": "甲", "handed_to": "乙"}
    when = {"left_at": T, "arrived_at": later(hours=1), "at": NOW, "by": scene.cast.officer_yulin}
    return lambda: control.transport(person, sealed=True, **said, **when)


def correcting(scene: Scene, person) -> Act:
    identity = identities.Identity("王五", document_number=person.document)
    said = {"address": "x", "reason": "笔误", "by": scene.cast.service_xinchang, "at": NOW}
    return lambda: people.correct(fresh(person), identity, **said)


def visiting(scene: Scene, person) -> Act:
    said = {
        "visited_at": T,
        "ruled_out": True,
        "record_number": "1",
        "by": scene.cast.clinic_xinchang,
        "at": NOW,
    }
    return lambda: declarations.record_visit(person, **said)


def extending(scene: Scene, person) -> Act:
    said = {
        "until_day": day(30),
        "document": "2号",
        "reason": "x",
        "by": scene.cast.group_xinchang,
        "at": NOW,
    }
    return lambda: control.extend(person, **said)


def sending_out(scene: Scene, person) -> Act:
    said = {"letter": "3号", "destination": "江苏", "by": scene.cast.group_xinchang, "at": NOW}
    return lambda: control.transfer_out(person, **said)


def logging(scene: Scene, person) -> Act:
    said = {"on": TODAY, "half": "MORNING", "temperature": Decimal("36.5"), "at": NOW}
    return lambda: control.log_health(person, by=scene.cast.officer_yulin, **said)


def handing_over(scene: Scene, person) -> Act:
    said = {"officer": scene.cast.officer_deputy, "by": scene.cast.officer_yulin, "reason": "病假", "at": NOW}
    return lambda: control.hand_over(person, **said)


def proposing_home(scene: Scene, person) -> Act:
    said = {"address": "家中", "reason": "孕妇", "by": scene.cast.group_xinchang, "at": NOW}
    return lambda: control.propose_home(person, **said)


def applying(scene: Scene, person) -> Act:
    scene.risk(person)
    scene.tested(person, at=later(hours=1))
    return lambda: results.apply(person, by=scene.cast.service_xinchang, at=NOW)


def adopting(scene: Scene) -> Act:
    text = shipped.text("shaoxing-2020-91").replace('"shaoxing-2020-91"', '"later"')
    said = {"proposer": scene.cast.policy_city, "by": scene.cast.duty_city, "at": NOW}
    return lambda: rulebooks.adopt_first(text, effective_from=NOW, **said)


def turning_point(scene: Scene):
    """Return an approved book under which a returnee and somebody yellow turn red."""
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=DUE)
    text = books.with_red_risk_areas(books.PROVINCE)
    scene.risk(scene.person(), at=DUE, began_on=day(10))
    return books.approved(scene, text, at=DUE)


def looking_up(scene: Scene, person) -> Act:
    said = {"document_type": "RESIDENT_ID", "document_number": person.document, "purpose": "核对"}
    return lambda: lookups.look_up(by=scene.cast.community_yuecheng, at=NOW, **said)


def decided(act: Callable[..., Any], proposal: Any, scene: Scene, by: str, **said: Any) -> Act:
    return lambda: act(fresh(proposal), by=scene.cast[by], at=NOW, **said)


def fever_clearing(scene: Scene, person) -> Act:
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    form = declarations.Form(False)
    return lambda: declarations.declare(person, form, mode=Mode.ALONE, by=scene.cast.citizen, at=NOW)


def registering(scene: Scene) -> Act:
    identity = identities.Identity("张三", document_number=resident_number())
    present = DivisionFactory(code="330602001")
    return lambda: people.register(identity, present=present, by=scene.cast.cdc_xinchang, at=NOW)


def dying(scene: Scene, person) -> Act:
    said = {"on": TODAY, "certificate": "1", "by": scene.cast.hospital_city, "at": NOW}
    return lambda: deaths.record(fresh(person), **said)


NO, YES = {"approve": False, "answer": "不"}, {"approve": True}
SERVICES: dict[str, Callable[[Scene], Act]] = {
    "areas.propose": lambda s: lambda: proposed_area(s),
    "areas.decide": lambda s: decided(areas.decide, proposed_area(s), s, "duty.xinchang", **YES),
    "areas.lift": lambda s: decided(areas.lift, lifting(s), s, "duty.city", test_still_due=False, reason="x"),
    "control.log_health": lambda s: logging(s, red(s)),
    "control.transport": lambda s: ride(s, red(s)),
    "cases.report": lambda s: on(s.person(), lambda p: s.reported(p)),
    "cases.enter": lambda s: decided(cases.enter, s.reported(s.person()), s, "group.xinchang"),
    "cases.send_back": lambda s: decided(
        cases.send_back, s.reported(s.person()), s, "group.xinchang", reason="x"
    ),
    "cases.open_case": lambda s: on(s.person(), lambda p: s.overseas(p)),
    "cases.open_case held": lambda s: on(s.person(), lambda p: s.held(p)),
    "cases.decide": lambda s: decided(cases.decide, s.held(s.person()), s, "duty.xinchang", **YES),
    "cases.decide no": lambda s: decided(cases.decide, s.held(s.person()), s, "duty.xinchang", **NO),
    "control.end": lambda s: on(red(s), lambda p: s.ended(p, at=DUE)),
    "control.release_elsewhere": lambda s: by_certificate(s, red(s)),
    "control.serve_elsewhere": lambda s: serving_elsewhere(s, red(s)),
    "control.hand_over": lambda s: handing_over(s, red(s)),
    "control.extend": lambda s: extending(s, red(s)),
    "control.transfer_out": lambda s: sending_out(s, red(s)),
    "control.propose_home": lambda s: proposing_home(s, red(s)),
    "control.decide_home": lambda s: decided(control.decide_home, staying(s), s, "duty.xinchang", **YES),
    "declarations.declare": lambda s: on(s.person(), lambda p: s.fever(p)),
    "declarations.declare well": lambda s: fever_clearing(s, s.person()),
    "declarations.record_visit": lambda s: visiting(s, s.person()),
    "exits.report": lambda s: on(
        s.clinical(s.person(), "CONFIRMED"), lambda case: s.exit_reported(case, "DISCHARGED")
    ),
    "exits.enter": lambda s: decided(exits.enter, excluding(s), s, "group.xinchang"),
    "exits.refuse": lambda s: decided(exits.refuse, excluding(s), s, "group.xinchang", answer="x"),
    "gates.check": lambda s: on((s.person(), guarded()), lambda pair: s.checked(*pair)),
    "gates.again": lambda s: decided(gates.again, s.checked_yellow(), s, "gate.school", reason="x"),
    "merges.propose": lambda s: on((s.person(), s.person()), lambda pair: s.merge_proposed(*pair)),
    "merges.approve": lambda s: decided(merges.approve, s.merge_proposed(red(s), red(s)), s, "bureau.two"),
    "merges.refuse": lambda s: decided(
        merges.refuse, s.merge_proposed(red(s), red(s)), s, "bureau.two", answer="x"
    ),
    "merges.undo": lambda s: decided(merges.undo, s.merged(red(s), red(s)), s, "bureau.one", reason="x"),
    "people.register": registering,
    "people.correct": lambda s: correcting(s, s.person()),
    "lookups.look_up": lambda s: looking_up(s, s.person()),
    "lookups.unmask": lambda s: on(
        s.person(), lambda p: lookups.unmask(p, reason="x", by=s.cast.group_xinchang, at=NOW)
    ),
    "deaths.record": lambda s: dying(s, red(s)),
    "results.enter": lambda s: on(s.person(), lambda p: s.tested(p, at=NOW)),
    "results.apply": lambda s: applying(s, s.person()),
    "results.correct": lambda s: decided(
        results.correct,
        s.tested(s.person(), at=T),
        s,
        "hospital.city",
        sample=sample(T, "POSITIVE"),
        reason="x",
    ),
    "results.move": lambda s: decided(
        results.move,
        s.tested(s.person(), at=T),
        s,
        "hospital.city",
        to=s.person(),
        reason="x",
    ),
    "rulebooks.adopt_first": adopting,
    "rulebooks.propose": lambda s: lambda: books.proposed(s),
    "rulebooks.decide": lambda s: decided(
        rulebooks.decide, books.proposed(s), s, "duty.city", effective_from=NOW, **YES
    ),
    "rulebooks.decide no": lambda s: decided(rulebooks.decide, books.proposed(s), s, "duty.city", **NO),
    "rulebooks.adopt_due": lambda s: on(
        turning_point(s), lambda book: rulebooks.adopt_due(by=s.cast.duty_city, at=DUE + timedelta(days=1))
    ),
    "transfers.propose": lambda s: on(s.person(), lambda p: moving(s, p)),
    "transfers.accept": lambda s: decided(transfers.accept, moving(s), s, "community.nanming"),
    "transfers.refuse": lambda s: decided(transfers.refuse, moving(s), s, "community.nanming", answer="x"),
    "venues.open_venue": lambda s: guarded,
    "venues.correct": lambda s: decided(venues.correct, guarded(), s, "admin.one", name="x", name_en=""),
    "venues.close": lambda s: decided(venues.close, guarded(), s, "admin.one"),
    "voids.propose": lambda s: on(s.overseas(s.person()), s.void_proposed),
    "voids.approve": lambda s: decided(
        voids.approve, s.void_proposed(s.overseas(s.person())), s, "group.xinchang"
    ),
    "voids.refuse": lambda s: decided(
        voids.refuse, s.void_proposed(s.overseas(s.person())), s, "group.xinchang", answer="x"
    ),
    "voids.propose_release": lambda s: on(s.other_yellow(s.person()), lambda case: release(s, case)),
    "voids.decide_release": lambda s: decided(voids.decide_release, releasing(s), s, "duty.xinchang", **YES),
}
SERVICES |= last_writes.SERVICES
MODULES = (
    areas,
    batches,
    receiving,
    cases,
    control,
    deaths,
    declarations,
    exits,
    gates,
    holds,
    lookups,
    mass,
    merges,
    people,
    presences,
    results,
    rulebooks,
    transfers,
    venues,
    voids,
)
# They write nothing of their own.
HELPERS = {"results.write", "lookups.within_reach", "voids.of_same_batch", "transfers.receivable_by"}
HELPERS |= {"results.correctable"}
HELPERS |= {"receiving.pieces", "holds.resolves", "presences.check_period"}
HELPERS |= {
    "holds.needed",
    "holds.raised",
    "cases.reopen",
    "results.withdraw",
}  # parts of another service's act
HELPERS |= {
    "areas.match",
    "presences.record",
    "mass.open_on",
}  # tests/deliveries/test_areas.py: the database writes their events
HELPERS |= {"rulebooks.read", "control.follow_on"}
HELPERS |= {"gates.decision", "gates.readable"}
HELPERS |= {"lookups.open_to"}  # the end of a look-up, here and at the desk


class LastWrite:
    """Stands in for the ledger's last statement: counts its calls, and raises at the one it is told."""

    def __init__(self) -> None:
        self.calls, self.breaks_at = 0, 0

    def __call__(self, notes: Any, **_: Any) -> None:
        list(notes)
        self.calls += 1
        if self.calls == self.breaks_at:
            raise Broken


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_breaks_at_its_last_write_stores_nothing(scene: Scene, name, monkeypatch):
    last, notes = LastWrite(), ledger.Note.objects
    act = SERVICES[name](scene)
    with monkeypatch.context() as patch, transaction.atomic():
        patch.setattr(notes, "bulk_create", last)
        act()
        transaction.set_rollback(True)
    last.calls, last.breaks_at = 0, last.calls
    act = SERVICES[name](scene)
    with monkeypatch.context() as patch, nothing_stored(Broken):
        patch.setattr(notes, "bulk_create", last)
        act()


def test_every_service_is_in_the_list():
    public = {
        f"{module.__name__.split('.')[-1]}.{name}"
        for module in MODULES
        for name, thing in vars(module).items()
        if callable(thing)
        and f"{getattr(thing, '__module__', '')}.".startswith(f"{module.__name__}.")
        and name[0].islower()
        and name[0] != "_"
    }
    assert public - HELPERS <= {name.split(" ")[0] for name in SERVICES}


def test_channels_are_spelled_as_the_rule_book_spells_them():
    from cases.policy.keys import CHANNELS

    assert tuple(Channel.values) == CHANNELS
