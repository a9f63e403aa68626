"""Proposals of every kind: what the database refuses of them, and what is found where it was not asked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from cases.models import (
    AreaChange,
    Batch,
    Certificate,
    Death,
    DeathWithdrawal,
    Erasure,
    ExitReport,
    MassHold,
    Merge,
    NumberChange,
    Release,
    Relocation,
    Reversal,
    RiskArea,
    RuleBook,
    SelfCheck,
    SetupFile,
    Strike,
    Transfer,
    Undo,
    Void,
)
from cases.models.control import HomeStay
from cases.models.proposals import Proposal
from cases.policy import shipped
from cases.services import control
from cases.services.book import rulebooks
from cases.services.control import homes
from cases.services.deliveries import batches
from cases.services.grounds import voids
from cases.services.persons import deaths, erasure, transfers
from healthcode.core.audit import triggers
from tests.cases.scenes import Scene, T, fresh, later
from tests.deliveries.conftest import HEADINGS, ground
from tests.factories import Cast, DivisionFactory, delivered, sealed
from tests.last_write.persons import renumbered
from tests.new_city.tables import STAFF, prepared, table

from .owner import found
from .test_decisions import feverish
from .test_refused import (
    as_a_fixture,
    by_orm,
    in_bulk,
    in_sql,
    new_by_orm,
    new_in_bulk,
    new_in_sql,
    refused,
)
from .test_rows import altered

NEW_CLERK = ("new.one", "新人", "", "社区管控人员", "community-yulin")


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def proposals(scene: Scene) -> dict[type[Proposal], Proposal]:
    """Return one proposal of each kind."""
    return {**about_cases(scene), **about_people(scene), **about_all(scene)}


def about_cases(scene: Scene) -> dict[type[Proposal], Proposal]:
    group, coded = scene.cast.group_xinchang, scene.clinical(scene.person())
    contact, yellow = scene.clinical(scene.person()), scene.other_yellow(scene.person())
    scene.self_checked(coded)
    released = {"document_number": "浙防指〔2020〕12号", "reason": "到期", "by": group, "at": T}
    at_home = {"address": "家", "reason": "年幼", "by": group, "at": T}
    return {
        Void: scene.void_proposed(contact),
        ExitReport: scene.exit_reported(scene.clinical(scene.person(), "SUSPECTED"), "EXCLUDED"),
        Release: voids.propose_release(yellow, **released),
        HomeStay: homes.propose_home(contact.person, **at_home),
        SelfCheck: SelfCheck.objects.get(case=coded),
    }


def about_people(scene: Scene) -> dict[type[Proposal], Proposal]:
    cast = scene.cast
    dead, lives, elsewhere, accepted = (scene.clinical(scene.person()).person for _ in range(4))
    scene.died(lives)
    scene.relocated(elsewhere, at=T)
    extended = scene.clinical(scene.person()).person
    scene.extended(extended, 25, at=T)
    wrong = {"reason": "期限算错", "by": cast.group_xinchang, "at": T}
    taken = {"place": "某地", "letter": "接收函2026-1号", "by": cast.group_xinchang, "at": T}
    alive = {"reason": "在世", "by": cast.community_yulin, "at": T}
    moved = {"to": DivisionFactory(code="330602001"), "reason": "搬家", "by": cast.community_yulin, "at": T}
    return {
        Death: scene.death_recorded(dead),
        DeathWithdrawal: deaths.propose_withdrawal(fresh(lives), **alive),
        Relocation: control.propose_elsewhere(fresh(accepted), **taken),
        Reversal: control.propose_shorter(fresh(extended), **wrong),
        Certificate: scene.certificate(elsewhere, at=later(days=1)),
        NumberChange: renumbered(scene, scene.clinical(scene.person()).person, at=later(hours=1)),
        Merge: scene.merge_proposed(scene.person(), scene.person()),
        Transfer: transfers.propose(scene.person(), **moved),
        Erasure: erasure.propose(scene.person(), reason="申请", by=cast.bureau_one, at=T),
    }


def about_all(scene: Scene) -> dict[type[Proposal], Proposal]:
    cast = scene.cast
    rows = [ground(scene.person(), f"S{n}", "系统自动赋红码") for n in range(21)]
    content = sealed("\n".join((HEADINGS["GROUNDS"], *rows)))
    delivered(content, kind="GROUNDS", by=cast.province, at=T)
    text = shipped.text(shipped.IN_FORCE).replace(RuleBook.objects.get().version, "2020-新版")
    return {
        MassHold: MassHold.objects.get(),
        Undo: batches.propose_undo(Batch.objects.get(), reason="误报", by=cast.province, at=T),
        RiskArea: scene.listed(),
        AreaChange: scene.change_proposed(scene.listed(name="另一区"), "LIFT", at=later(hours=1)),
        Strike: scene.strike_proposed(scene.documented(), at=later(hours=1)),
        SetupFile: prepared("STAFF", table(STAFF, NEW_CLERK), by="admin.two", at=T),
        RuleBook: rulebooks.propose(text, effective_from=later(days=1), by=cast.policy_city, at=T),
    }


@pytest.fixture(scope="module")
def once(kept: None) -> dict[type[Proposal], Proposal]:
    made = proposals(Scene(Cast()))
    connection.check_constraints()  # with deferred ones waiting, PostgreSQL drops no trigger
    return made


@pytest.fixture
def made(cast: Cast, once: dict[type[Proposal], Proposal]) -> dict[type[Proposal], Proposal]:
    """One proposal of each kind, as it is stored."""
    return {model: fresh(row) for model, row in once.items()}


def kinds() -> set[type[Proposal]]:
    return {model for model in apps.get_models() if issubclass(model, Proposal)}


def test_every_kind_of_proposal_decided_silently(scene, made):
    assert set(made) == kinds()
    assert found() == []
    triggers.drop(connection)
    fields = {"decision": "APPROVED", "decided_by": scene.cast.admin_one, "decided_at": later(hours=1)}
    for row in made.values():
        type(row)._default_manager.filter(pk=row.pk).update(**fields)
    assert sorted(found()) == sorted(f"{model.audit_name}_differs" for model in made)


def test_a_hold_changed_silently(scene, made):
    assert altered(MassHold, evidence_ref="浙防指〔2020〕99号") == ["hold_differs"]


def test_a_delivery_that_another_office_sent(scene, made):
    assert altered(Batch, office=scene.cast.cdc_city.office) == ["batch_differs"]


def test_a_text_altered_while_it_is_only_proposed(scene, made):
    book = made[RuleBook]
    assert altered(RuleBook, text=feverish(book.text)) == ["rulebook_differs"]


@pytest.mark.parametrize(
    "alter", [lambda book: {"text": feverish(book.text)}, lambda book: {"sha256": "0" * 64}]
)
def test_a_book_altered_between_decision_and_adoption_is_found_and_not_adopted(
    scene, made, alter: Callable[[RuleBook], dict[str, Any]]
):
    book = made[RuleBook]
    fields = {"effective_from": later(days=1), "by": scene.cast.duty_city, "at": later(hours=1)}
    rulebooks.decide(book, approve=True, **fields)
    assert altered(RuleBook, **alter(fresh(book))) == ["rulebook_differs"]
    with pytest.raises(rulebooks.AlteredSinceDecided):
        rulebooks.adopt_due(by=scene.cast.duty_city, at=later(days=2))
    assert fresh(book).adopted_at is None


def test_a_book_that_holds_is_adopted_beside_one_that_does_not(scene, made):
    book = made[RuleBook]
    fields = {"effective_from": later(days=1), "by": scene.cast.duty_city, "at": later(hours=1)}
    rulebooks.decide(book, approve=True, **fields)
    triggers.drop(connection)
    other = fresh(book)
    other.pk, other.version, other.effective_from = None, "没有人批准", later(hours=2)
    RuleBook.objects.bulk_create([other])
    with pytest.raises(rulebooks.AlteredSinceDecided):
        rulebooks.adopt_due(by=scene.cast.duty_city, at=later(days=2))
    assert fresh(book).adopted_at is not None and fresh(other).adopted_at is None


def test_every_kind_of_proposal_keeps_who_decided_and_who_proposed(scene, made):
    assert set(made) == kinds()
    decided = {"decision": "APPROVED", "decided_by": scene.cast.admin_one, "decided_at": later(hours=1)}
    for row in made.values():
        if row.decision == "PENDING":
            in_sql(row, **decided)
        for write in (by_orm, in_bulk, as_a_fixture, in_sql):
            refused("stays", write, row, decided_by=scene.cast.admin_two)
            refused("stays", write, row, decided_at=later(hours=3))
            refused("stays", write, row, proposed_by=scene.cast.supervisor_city)
            refused("stays", write, row, decision="PENDING", decided_by=None, decided_at=None)


def test_no_kind_of_proposal_begins_decided(scene, made):
    decided = {"decision": "APPROVED", "decided_by": scene.cast.admin_one, "decided_at": later(hours=1)}
    for row in made.values():
        row.pk = None
        for write in (new_by_orm, new_in_bulk, new_in_sql):
            refused("begins undecided", write, row, **decided)
