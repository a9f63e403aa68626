"""What waits for a second person about someone: shown to whoever decides, who may see nothing else of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import (
    Case,
    Certificate,
    Death,
    DeathWithdrawal,
    Erasure,
    ExitReport,
    HomeStay,
    Merge,
    NumberChange,
    Person,
    Release,
    Relocation,
    Reversal,
    RuleBook,
    SelfCheck,
    Transfer,
    Void,
)
from cases.models.cases import State
from cases.models.control import OrderKind
from cases.models.people import DocumentType, masked, readable
from cases.models.proposals import Decision
from cases.policy.days import local_day
from cases.selectors import awaited, deaths, undecided
from cases.selectors.chains import chain_of
from cases.selectors.reversals import DECIDED_BY
from cases.selectors.roster import Wait
from healthcode.core import languages, vault
from healthcode.core.offices.models import User

LONGEST_LIST = 12  # references or townships in one line
PLANNED = (
    *("plan_kind", "plan_days", "plan_day0", "plan_site"),
    *("plan_address", "plan_officer", "plan_office"),
)
BY_ORDER = ("proposed_by__office", "order")
Fact = tuple[str | Promise, str | Promise]


@dataclass(frozen=True)
class Pending:
    """One thing that waits: what it is, who proposed it when and why, and what it says."""

    key: str
    title: str | Promise
    by: User
    at: datetime
    reason: str
    facts: tuple[Fact, ...]
    wait: Wait | None = None  # when it is due, and who is on duty to decide it
    is_question: bool = False  # asked, and not proposed


def pending(person: Person, *, at: datetime) -> tuple[Pending, ...]:
    """Return everything that waits for a decision about a person's merged group, oldest first."""
    grounds = RuleBook.objects.in_force(at).policy.grounds
    language = languages.current()
    words = {key: ground.words.text(language) for key, ground in grounds.items()}
    found = (
        *(*_cases(person, words), *_about_cases(person, words), *_deaths(person, words)),
        *(*_others(person), *_reversals(person, words)),
    )
    waits = {(one.act, one.wait.since): one.wait for one in awaited.about(person, at)} if found else {}
    return tuple(
        replace(one, wait=waits.get((one.key, one.at))) for one in sorted(found, key=lambda one: one.at)
    )


def listed(found: list[str]) -> str:
    return languages.listed(found[:LONGEST_LIST], phrases=True) + (" …" if len(found) > LONGEST_LIST else "")


def _cases(person: Person, words: dict[str, str]) -> Iterator[Pending]:
    rows = Case.objects.of(person).filter(state__in=(State.REPORTED, State.HELD))
    planned = ("plan_site", "plan_officer", "plan_office")
    for case in rows.select_related("entered_by__office", "index_case", "risk_area", *planned):
        key = _decided_by(case)
        yield Pending(key, _("case"), case.entered_by, case.entered_at, "", _facts_of(case, words))


def _decided_by(case: Case) -> str:
    if case.state == State.REPORTED:
        return "case.enter_report"
    return "case.decide" if case.resumes_id is None else "hold.decide" if case.hold_id else "case.answer_fall"


def _about_cases(person: Person, words: dict[str, str]) -> Iterator[Pending]:
    of_case = {"case__in": Case.objects.of(person)}
    related = ("case", "proposed_by__office")
    for report in undecided.waiting(ExitReport).filter(**of_case).select_related(*related):
        facts = (
            (_("what happened"), report.get_exit_display()),
            (_("on"), f"{report.happened_on:%Y-%m-%d}"),
            (_("evidence"), report.evidence_ref),
            (_("reclassified as"), words.get(report.new_ground, "")),
            *_facts_of(report.case, words),
        )
        yield of_proposal("case.enter_exit", _("exit report"), report, facts)
    for void in undecided.waiting(Void).filter(**of_case).select_related(*related, "replacement"):
        facts = (
            (_("kind of error"), void.get_reason_class_display()),
            (_("ticket or letter"), void.reference),
            *_finding_behind(void),
            (_("takes its place"), str(void.replacement or "")),
            (_("no case takes its place"), _("yes") if void.frees else ""),
            *_facts_of(void.case, words),
        )
        yield of_proposal("case.decide_void", _("voiding of a case"), void, facts)
    for check in undecided.waiting(SelfCheck).filter(**of_case).select_related(*related):
        facts = (
            (_("where the finding comes from"), check.source),
            (_("what failed"), check.failed),
            *_facts_of(check.case, words),
        )
        yield of_proposal("case.decide_self_check", _("own finding of the bureau"), check, facts)
    for release in undecided.waiting(Release).filter(**of_case).select_related(*related):
        facts = ((_("document number"), release.document_number), *_facts_of(release.case, words))
        yield of_proposal("case.decide_release", _("release from a discretionary ground"), release, facts)


def _finding_behind(void: Void) -> tuple[Fact, ...]:
    """Return what the bureau's own finding says on which a void rests: its number alone lets nobody decide."""
    checks = SelfCheck.objects.filter(case__in=chain_of(void.case), decision=Decision.APPROVED)
    check = next((one for one in checks if one.number == void.reference.strip()), None)
    if check is None:
        return ()
    return ((_("where the finding comes from"), check.source), (_("what failed"), check.failed))


def _others(person: Person) -> Iterator[Pending]:
    group = person.group
    stays = undecided.waiting(HomeStay).filter(order__person__among=group)
    for stay in stays.select_related("proposed_by__office", "order"):
        asked = ((_("measure"), stay.order.get_kind_display()), (_("address"), stay.address))
        yield of_proposal("order.decide_home", _("home-stay exception"), stay, asked)
    for row in undecided.waiting(Relocation).filter(order__person__among=group).select_related(*BY_ORDER):
        place = ((_("place of isolation"), row.place), (_("letter of acceptance"), row.letter))
        yield of_proposal("order.decide_elsewhere", _("control elsewhere"), row, place)
    for paper in undecided.waiting(Certificate).filter(order__person__among=group).select_related(*BY_ORDER):
        yield of_proposal("order.decide_certificate", _("release certificate"), paper, _of_certificate(paper))
    moves = undecided.waiting(Transfer).filter(person__among=group)
    for move in moves.select_related("proposed_by__office", "from_division", "to_division"):
        facts = (
            (pgettext_lazy("residence", "from"), str(move.from_division)),
            (pgettext_lazy("residence", "to"), str(move.to_division)),
            (_("new address"), move.address),
        )
        yield of_proposal("person.accept_transfer", _("transfer"), move, facts)
    merges = undecided.waiting(Merge).filter(Q(duplicate__in=group) | Q(survivor__in=group))
    for merge in merges.select_related("proposed_by__office", "duplicate", "survivor"):
        records = (_record(_("duplicate"), merge.duplicate), _record(_("survivor"), merge.survivor))
        yield of_proposal("person.approve_merge", _("merge"), merge, records)
    changes = undecided.waiting(NumberChange).filter(person__among=group)
    for change in changes.select_related("proposed_by__office", "person"):
        yield of_proposal("person.decide_number", _("another document number"), change, _numbers_of(change))
    for erasure in (
        undecided.waiting(Erasure).filter(person__among=group).select_related("proposed_by__office")
    ):
        yield of_proposal("person.decide_erasure", _("erasure"), erasure, ())


def _numbers_of(change: NumberChange) -> tuple[Fact, ...]:
    before, after = (_known_by(change, which) for which in ("old", "new"))
    counts_at_once = change.confirm_by is not None
    return (
        (_("name"), change.person.name),
        (_("number before"), f"{change.get_old_type_display()} {before}"),
        (_("number after"), f"{change.get_new_type_display()} {after}"),
        (_("how the document was read"), f"{change.get_reading_display()} {change.reading_ref}".strip()),
        (_("counts already"), _("yes") if counts_at_once else _("no")),
        (
            _("to be confirmed by"),
            f"{localtime(change.confirm_by):%Y-%m-%d %H:%M}" if change.confirm_by else "",
        ),
    )


def _known_by(change: NumberChange, which: str) -> str:
    """Return a number that a change names, masked; of a child without a document name, birth date and order."""
    sealed, kind = getattr(change, f"{which}_sealed"), getattr(change, f"{which}_type")
    if not sealed:
        return str(_("none"))
    return readable(
        lambda: _in_words(vault.decrypt(sealed, owner=change.vault_owner(f"{which}_sealed")), kind)
    )


def _in_words(text: str, kind: str) -> str:
    if kind != DocumentType.NONE:
        return masked(text, 4, 4)
    known = json.loads(text)
    return f"· {known['name']} · {known['birth_date']} · {known['birth_order']}"


def _deaths(person: Person, words: dict[str, str]) -> Iterator[Pending]:
    group = person.group
    for death in undecided.waiting(Death).filter(person__among=group).select_related("proposed_by__office"):
        standing = Case.objects.of(person).open().order_by("pk")
        facts = (*_of_death(death), (_("what ends with it"), _grounds(standing, words)))
        yield of_proposal("person.confirm_death", _("death"), death, facts)
    asked = undecided.waiting(DeathWithdrawal).filter(person__among=group)
    for withdrawal in asked.select_related("proposed_by__office"):
        ended = Case.objects.of(person).filter(exit="DEATH").unresumed().order_by("pk")
        facts = (
            *(fact for death in deaths.standing(person.root_id) for fact in _of_death(death)),
            (_("what stands again"), _grounds(ended, words)),
        )
        yield of_proposal("person.decide_death_withdrawal", _("taking back of a death"), withdrawal, facts)


def _reversals(person: Person, words: dict[str, str]) -> Iterator[Pending]:
    rows = undecided.waiting(Reversal).filter(person__among=person.group)
    related = (
        "proposed_by__office",
        "exit_report__case",
        "extension__order",
        "merge",
        "order",
        "release__case",
    )
    for row in rows.select_related(*related):
        yield of_proposal(
            DECIDED_BY[Reversal.Kind(row.kind)],
            languages.bracketed(_("taking back of an act"), row.get_kind_display()),
            row,
            _reversed(row, words),
        )


def _reversed(row: Reversal, words: dict[str, str]) -> tuple[Fact, ...]:
    """Return what the act said that is to be taken back."""
    if row.exit_report is not None:
        report = row.exit_report
        return (
            (_("what happened"), report.get_exit_display()),
            (_("on"), f"{report.happened_on:%Y-%m-%d}"),
            (_("evidence"), report.evidence_ref),
            *_facts_of(report.case, words),
        )
    if row.extension is not None:
        added = row.extension
        instants = (added.before, added.until, row.until)
        before, until, asked = (f"{localtime(one):%Y-%m-%d %H:%M}" if one else "" for one in instants)
        return (
            (_("document number"), added.document),
            (_("end before"), before),
            (_("until"), until),
            (_("new end"), asked or _("when the rule book says")),
        )
    if row.merge is not None:
        return (_record(_("duplicate"), row.merge.duplicate), _record(_("survivor"), row.merge.survivor))
    if row.release is not None:
        return ((_("document number"), row.release.document_number), *_facts_of(row.release.case, words))
    assert row.order is not None
    return ((_("measure"), row.order.get_kind_display()), (_("letter or certificate"), row.order.letter))


def _of_death(death: Death) -> tuple[Fact, ...]:
    return (
        (_("deceased on"), f"{death.on:%Y-%m-%d}"),
        (_("number of the death certificate"), death.certificate),
    )


def _grounds(cases: QuerySet[Case], words: dict[str, str]) -> str | Promise:
    return listed([words.get(case.ground, case.ground) for case in cases]) or _("nothing")


def of_proposal(key: str, title: str | Promise, proposal, facts: tuple[Fact, ...]) -> Pending:  # type: ignore[no-untyped-def]
    return Pending(key, title, proposal.proposed_by, proposal.proposed_at, proposal.reason, facts)


def _facts_of(case: Case, words: dict[str, str]) -> tuple[Fact, ...]:
    return (
        (_("ground"), words.get(case.ground, case.ground)),
        (pgettext_lazy("case", "state"), case.get_state_display()),
        (_("began on"), f"{case.began_on:%Y-%m-%d}"),
        (_("stay began at"), f"{localtime(case.stayed_from):%Y-%m-%d %H:%M}" if case.stayed_from else ""),
        (_("evidence"), case.evidence),
        (_("index case"), str(case.index_case) if case.index_case_id else ""),
        (_("risk area"), str(case.risk_area) if case.risk_area_id else ""),
        *_plan_of(case),
    )


def _plan_of(case: Case) -> tuple[Fact, ...]:
    """Return what a case that waits was planned with: it will be ordered once it is approved."""
    if case.state not in (State.REPORTED, State.HELD):
        return ()
    label = {name: case._meta.get_field(name).verbose_name for name in PLANNED}  # type: ignore[union-attr]
    kind = OrderKind(case.plan_kind).label if case.plan_kind else ""
    return tuple(
        (label[name], str(kind if name == "plan_kind" else getattr(case, name) or "")) for name in PLANNED
    )


def _of_certificate(paper: Certificate) -> tuple[Fact, ...]:
    called = ""
    if paper.called_at is not None:
        instant = f"{localtime(paper.called_at):%Y-%m-%d %H:%M}"
        called = f"{paper.called_name} · {instant} · {paper.get_number_from_display()}"
    tested: str | Promise = _("none named: the one stored counts")
    if paper.sampled_at is not None:
        instant = f"{localtime(paper.sampled_at):%Y-%m-%d %H:%M}"
        tested = f"{instant} · {paper.laboratory} · {paper.report_number}"
    until = f"{localtime(paper.order.until):%Y-%m-%d %H:%M}" if paper.order.until else ""
    return (
        (_("measure"), paper.order.get_kind_display()),
        (_("until"), until),
        (_("number of the release certificate"), paper.number),
        (_("issued by"), paper.issuer),
        (_("letter of reply"), paper.reply_letter),
        (_("who confirmed by telephone"), called),
        (_("negative test, sampled at"), tested),
    )


def _record(title: str | Promise, person: Person) -> Fact:
    born = f"{person.birth_date:%Y-%m-%d}" if person.birth_date else ""
    known = (person.get_sex_display(), born, person.masked_phone, str(person.present))
    parts = (person.name, person.masked_document, *known, f"{local_day(person.registered_at):%Y-%m-%d}")
    return (title, " · ".join(part for part in parts if part))
