"""What endings rest on, in words: read by sets, one query for each kind of fact."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import (
    AreaChange,
    Basis,
    Batch,
    Case,
    Certificate,
    ClinicVisit,
    ControlOrder,
    Death,
    Declaration,
    ExitReport,
    Fact,
    LabResult,
    Merge,
    Opinion,
    Release,
    RiskArea,
    RuleBook,
    Strike,
    Undo,
    Void,
)
from healthcode.core import languages
from healthcode.core.offices.seats import post_at

TWO = ("proposed_by__office", "decided_by__office")
# Where a fact's row is read, with what its words need. What ended before this was kept has none.
TABLES: dict[str, tuple[Any, tuple[str, ...]]] = {
    Fact.RESULT: (LabResult, ("entered_by", "office")),
    Fact.VISIT: (ClinicVisit, ("clinic",)),
    Fact.FORM: (Declaration, ()),
    Fact.REPORT: (ExitReport, ("proposed_by__office",)),
    Fact.ORDER: (ControlOrder, ("officer", "office")),
    Fact.RELEASE: (Release, TWO),
    Fact.SOURCE: (Case, ("source_office",)),
    Fact.DELIVERY: (Batch, ("office",)),
    Fact.AREA: (RiskArea, ()),
    Fact.WITHDRAWAL: (AreaChange, ("area", *TWO)),
    Fact.STRIKE: (Strike, ("document", *TWO)),
    Fact.UNDO: (Undo, TWO),
    Fact.DEATH: (Death, TWO),
    Fact.CERTIFICATE: (Certificate, TWO),
    Fact.OPINION: (Opinion, ("office",)),
    Fact.ANSWER: (Case, ("source_office",)),
    Fact.DECISION: (Case, ("closed_by__office",)),
    Fact.BOOK: (RuleBook, ()),
    Fact.CASE: (Case, ("source_office", "person")),
    Fact.MERGE: (Merge, TWO),
    Fact.VOID: (Void, ("case", *TWO)),
}
UNREAD: Mapping[Any, tuple[str, ...]] = {RuleBook: ("text",)}
Grounds = Mapping[str, str]  # the words of each ground by its key
Words = Callable[[Any, Basis, Grounds], str]
OF_GROUNDS = (Fact.SOURCE, Fact.CASE, Fact.VOID, Fact.ANSWER)  # whose words name a ground


def bases_of(cases: Sequence[Case]) -> dict[int, list[str]]:
    """Return for each ended case the facts it rests on, in words, by its key."""
    rests = list(Basis.objects.filter(case__in=cases).select_related("case__person").order_by("pk"))
    facts = in_words(rests)
    words: dict[int, list[str]] = defaultdict(list)
    for rest in rests:
        words[rest.case_id].append(facts[rest.pk])
    return dict(words)


def in_words(rests: Sequence[Basis]) -> dict[int, str]:
    """Return facts that endings rest on in words, by the key of the basis. Reads the case and person of each."""
    rows = {fact: _rows(fact, rests) for fact in TABLES}
    grounds = _grounds(rests)
    words: dict[int, str] = {}
    for rest in rests:
        row = rows.get(rest.fact, {}).get(rest.key or 0)
        words[rest.pk] = rest.get_fact_display() if row is None else WORDS[rest.fact](row, rest, grounds)
    return words


def _rows(fact: str, rests: Iterable[Basis]) -> dict[int, Any]:
    table, related = TABLES[fact]
    keys = [rest.key for rest in rests if rest.fact == fact]
    if not keys:
        return {}
    return table._default_manager.defer(*UNREAD.get(table, ())).select_related(*related).in_bulk(keys)


def _grounds(rests: Iterable[Basis]) -> Mapping[str, str]:
    """Return the words of the grounds under the book in force at the latest of the endings."""
    ended = [rest.case.closed_at for rest in rests if rest.fact in OF_GROUNDS and rest.case.closed_at]
    if not ended:
        return {}
    grounds = RuleBook.objects.in_force(max(ended)).policy.grounds
    return {key: ground.words.text(languages.current()) for key, ground in grounds.items()}


def _order(row: ControlOrder, _rest: Basis, _grounds: Grounds) -> str:
    served = {"measure": row.measure, "day0": row.day0, "place": row.place}
    served["officer"] = row.officer.name if row.officer else row.office or "–"
    if row.place:
        return _("%(measure)s counted from %(day0)s, %(place)s, responsible: %(officer)s") % served
    return _("%(measure)s counted from %(day0)s, responsible: %(officer)s") % served


def _lifting(row: RiskArea, _rest: Basis, _grounds: Grounds) -> str:
    if row.lifted_at is None:
        return _("lifting of %(area)s, taken back since") % {"area": row}
    return _("%(area)s lifted %(at)s") % {"area": row, "at": _instant(row.lifted_at)}


def _source(row: Case, _rest: Basis, grounds: Grounds) -> str:
    return _("release of “%(ground)s” sent by %(office)s") % {
        "ground": grounds.get(row.ground, row.ground), "office": row.source_office,
    }  # fmt: skip


def _case(row: Case, rest: Basis, grounds: Grounds) -> str:
    about = {
        "ground": grounds.get(row.ground, row.ground),
        "office": row.source_office,
        "at": _instant(row.opened_at or row.entered_at),
    }
    if row.person.root_id == rest.case.person.root_id:  # two records of one human may be merged
        return _("case “%(ground)s” of %(office)s, %(at)s") % about
    return _("somebody else's case “%(ground)s” of %(office)s, %(at)s") % about


def _void(row: Void, rest: Basis, grounds: Grounds) -> str:
    about = {"ground": grounds.get(row.case.ground, row.case.ground), **_both(row)}
    return _("void of “%(ground)s” proposed by %(office)s, confirmed by %(second)s %(at)s") % about


def _answer(row: Case, rest: Basis, grounds: Grounds) -> str:
    if row.ground == rest.case.ground:
        words = _("the same ground on the same evidence, reported by %(office)s, which stood already")
    else:
        words = _("positive answered by case “%(ground)s” of %(office)s, %(at)s")
    return words % {
        "ground": grounds.get(row.ground, row.ground), "office": row.source_office,
        "at": _instant(row.opened_at or row.entered_at),
    }  # fmt: skip


def _decision(row: Case, _rest: Basis, _grounds: Grounds) -> str:
    return _("decision of %(office)s, %(at)s, that it does not stand again: %(reason)s") % {
        "office": post_at(row.closed_by, row.closed_at).office if row.closed_by and row.closed_at else "–",
        "at": _instant(row.closed_at),
        "reason": row.closing_reason,
    }


def _both(row: Any) -> dict[str, Any]:
    recorded, confirmed = (row.proposed_by, row.proposed_at), (row.decided_by, row.decided_at)
    return {
        "office": post_at(*recorded).office,
        "second": post_at(*confirmed).office,
        "at": _instant(row.decided_at),
    }


def _instant(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "–"


def _named(sentence: str | Promise, about: Callable[[Any], dict[str, Any]]) -> Words:
    """Name a fact by a sentence, with what its row says."""
    return lambda row, _rest, _grounds: str(sentence) % about(row)


WORDS: Mapping[str, Words] = {
    Fact.RESULT: _named(
        gettext_lazy("%(outcome)s sampled %(at)s, %(laboratory)s, entered by %(office)s · %(name)s"),
        lambda row: {
            "outcome": row.get_outcome_display(), "at": _instant(row.sampled_at), "laboratory": row.laboratory,
            "office": row.office, "name": row.entered_by.name,
        },
    ),
    Fact.VISIT: _named(
        gettext_lazy("examined %(at)s, %(clinic)s"),
        lambda row: {"at": _instant(row.visited_at), "clinic": row.clinic},
    ),
    Fact.FORM: _named(gettext_lazy("form filled in %(at)s"), lambda row: {"at": _instant(row.at)}),
    Fact.REPORT: _named(
        gettext_lazy("%(exit)s reported by %(office)s, %(reference)s"),
        lambda row: {
            "exit": row.get_exit_display(), "office": post_at(row.proposed_by, row.proposed_at).office,
            "reference": row.evidence_ref,
        },
    ),
    Fact.ORDER: _order,
    Fact.RELEASE: _named(
        gettext_lazy("release under %(document)s, proposed by %(office)s, decided by %(second)s %(at)s"),
        lambda row: {"document": row.document_number, **_both(row)},
    ),
    Fact.SOURCE: _source,
    Fact.DELIVERY: _named(
        gettext_lazy("delivery %(number)s of %(office)s, %(at)s"),
        lambda row: {"number": row.pk, "office": row.office, "at": _instant(row.delivered_at)},
    ),
    Fact.AREA: _lifting,
    Fact.WITHDRAWAL: _named(
        gettext_lazy("listing of %(area)s withdrawn by %(office)s, confirmed by %(second)s %(at)s"),
        lambda row: {"area": row.area, **_both(row)},
    ),
    Fact.STRIKE: _named(
        gettext_lazy(
            "%(document)s struck from the register by %(office)s, confirmed by %(second)s: %(reason)s"
        ),
        lambda row: {"document": row.document.number, "reason": row.reason, **_both(row)},
    ),
    Fact.UNDO: _named(
        gettext_lazy("delivery %(number)s taken back by %(office)s, confirmed by %(second)s %(at)s"),
        lambda row: {"number": row.batch_id, **_both(row)},
    ),
    Fact.DEATH: _named(
        gettext_lazy("death on %(on)s, %(certificate)s, recorded by %(office)s, confirmed by %(second)s"),
        lambda row: {"on": row.on, "certificate": row.certificate, **_both(row)},
    ),
    Fact.CERTIFICATE: _named(
        gettext_lazy("release certificate %(number)s, recorded by %(office)s, confirmed by %(second)s"),
        lambda row: {"number": row.number, **_both(row)},
    ),
    Fact.OPINION: _named(
        gettext_lazy("opinion of %(office)s, %(document)s: no new case"),
        lambda row: {"office": row.office, "document": row.document},
    ),
    Fact.ANSWER: _answer,
    Fact.DECISION: _decision,
    Fact.BOOK: _named(
        gettext_lazy("rule book %(version)s, in force since %(at)s"),
        lambda row: {"version": row.version, "at": _instant(row.adopted_at)},
    ),
    Fact.CASE: _case,
    Fact.MERGE: _named(gettext_lazy("merge of two records proposed by %(office)s, decided %(at)s"), _both),
    Fact.VOID: _void,
}  # fmt: skip
