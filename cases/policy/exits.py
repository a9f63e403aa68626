"""What still has to happen before a ground ends, and whose act it is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .days import local_day, midnight, moment
from .parts import Parameters, Policy
from .words import Bilingual

Rest = tuple[str, int]
"""One fact that something rests on: its kind, and the row in the table of that kind."""
Rests = tuple[Rest, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One uncorrected nucleic acid test result."""

    sampled_at: datetime
    outcome: str
    pk: int = 0
    known_at: datetime | None = None
    """When the result was entered; None as soon as it was sampled."""
    by: frozenset[str] = frozenset()
    """The humans who entered it, and the rows that it corrects; none where nobody asks."""


@dataclass(frozen=True, slots=True)
class Examination:
    """One examination at a fever clinic."""

    at: datetime
    ruled_out: bool
    known_at: datetime | None = None
    """When the finding was entered; None at the visit itself."""
    pk: int = 0
    by: frozenset[str] = frozenset()
    """The humans who entered it, and the rows that it corrects; none where nobody asks."""
    clinic: int = 0
    """The office that examined."""


@dataclass(frozen=True, slots=True)
class FilledForm:
    """One health-code form as filled in; clean when it names neither fever nor symptoms."""

    at: datetime
    clean: bool
    pk: int = 0
    by: str = ""
    """The human it came from; empty where nobody asks."""
    guided_by: int = 0
    """The clinic whose staff filled it in; 0 where none did."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the conditions of an exit look at, about one person and one case."""

    now: datetime
    began_on: date
    until: datetime | None = None
    """End of the governing order; None without an order or with an open end."""
    has_order: bool = False
    order: int = 0
    """The row of that order."""
    samples: tuple[Sample, ...] = ()
    onset_at: datetime | None = None
    declared_at: datetime | None = None
    """When the fever was declared."""
    visits: tuple[Examination, ...] = ()
    declarations: tuple[FilledForm, ...] = ()
    notices: Mapping[str, Rest] = field(default_factory=dict)
    """Exit keys that have been reported, recorded or approved, each with the row that says so."""
    stayed_from: datetime | None = None
    """When the last stay began; None where nobody knows."""
    """The day of leaving, where that stay came after the one the ground began with."""
    answered: Mapping[int, Rests] = field(default_factory=dict)
    """The positives that somebody answered, by the sample's row, each with what the answer rests on."""
    report_waits: bool = False
    """A report of an infection of this person that nobody entered or sent back yet."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an exit as it stands now."""

    key: str
    met: bool
    words: Bilingual
    roles: tuple[str, ...]
    """Whose act is missing; empty when it is met, or when only time has to pass."""
    field: str
    earliest: datetime | None
    """The due instant, or the first instant at which the missing act would count."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """In which state a condition is, and since when its act is done."""

    state: str
    fills: dict[str, Bilingual] = field(default_factory=dict)
    earliest: datetime | None = None
    at: datetime | None = None
    sample: Sample | None = None
    rests_on: Rests = ()

    @property
    def met(self) -> bool:
        return self.state == "met"


def conditions(book: Policy, exit_key: str, facts: Facts) -> tuple[Condition, ...]:
    """Say for each condition of an exit whether it is met, in words that can be shown."""
    found = _findings(book, exit_key, facts)
    return tuple(_condition(book, key, finding) for key, finding in found.items())


def besides_the_word(book: Policy, exit_key: str, facts: Facts) -> tuple[Condition, ...]:
    """Return the conditions of an exit besides the word of whoever reports, records or approves it."""
    return tuple(one for one in conditions(book, exit_key, facts) if one.key in _CHECKS)


def relied_on(book: Policy, exit_key: str, facts: Facts) -> Sample | None:
    """Return the negative sample an exit rests on; None while it does not count or none is needed."""
    found = _findings(book, exit_key, facts).values()
    return next((finding.sample for finding in found if finding.met and finding.sample), None)


def basis(book: Policy, exit_key: str, facts: Facts) -> tuple[Rest, ...]:
    """Return the facts that an exit's conditions rest on, in their order; none of a condition that is not met."""
    found = _findings(book, exit_key, facts).values()
    return tuple(dict.fromkeys(rest for one in found if one.met for rest in one.rests_on))


def latest_sample(samples: Iterable[Sample], now: datetime) -> Sample | None:
    """Return the sample taken last, up to now; a lost one counts as never taken.

    Of two taken at the same instant, one that is not negative governs.
    """
    taken = (one for one in samples if one.outcome != "LOST" and one.sampled_at <= now)
    return max(taken, key=lambda one: (one.sampled_at, one.outcome != "NEGATIVE", one.pk), default=None)


def _findings(book: Policy, exit_key: str, facts: Facts) -> dict[str, _Finding]:
    """Look at the conditions in the book's order: a later one may have to come after the earlier."""
    found: dict[str, _Finding] = {}
    for key in book.exits[exit_key].conditions:
        check = _CHECKS.get(key)
        if check is None:
            notice = facts.notices.get(exit_key)
            found[key] = _Finding("met" if notice else "none", rests_on=(notice,) if notice else ())
        else:
            found[key] = check(_Case(book, facts, tuple(found.values())))
    return found


def _condition(book: Policy, key: str, finding: _Finding) -> Condition:
    requirement = book.conditions[key]
    waits = finding.met or finding.state == "not_yet"
    return Condition(
        key=key,
        met=finding.met,
        words=requirement.says[finding.state].fill(finding.fills),
        roles=() if waits else requirement.roles,
        field=requirement.field,
        earliest=finding.earliest,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """What a check sees: the book, the facts, and what was found for the conditions before it."""

    book: Policy
    facts: Facts
    before: tuple[_Finding, ...]

    @property
    def parameters(self) -> Parameters:
        return self.book.parameters

    @property
    def since(self) -> datetime:
        """From when an examination or a test says something about this fever.

        It counts from the onset (from its day, when nobody knows the hour), but not from long before it was declared:
        an onset is what somebody says, and the further back it lies the older the proof it would let count.
        """
        onset = self.facts.onset_at or midnight(self.facts.began_on)
        if self.facts.declared_at is None:
            return onset
        before = timedelta(days=self.parameters.fever_evidence_days)
        return max(onset, midnight(local_day(self.facts.declared_at) - before))

    def negative(self, counts: Callable[[datetime], bool], earliest: datetime, name: str) -> _Finding:
        """Ask for a latest sample that is negative and was taken at an instant that counts."""
        sample = latest_sample(self.facts.samples, self.facts.now)
        if sample is None:
            return _Finding("none", {name: moment(earliest)}, earliest)
        fills = {"sampled_at": moment(sample.sampled_at)}
        if sample.outcome != "NEGATIVE":
            fills["outcome"] = self.book.outcomes[sample.outcome]
            return _Finding("not_negative", fills, earliest)
        if not counts(sample.sampled_at):
            return _Finding("too_early", {**fills, name: moment(earliest)}, earliest)
        known_at = sample.known_at or sample.sampled_at
        return _Finding("met", fills, earliest, known_at, sample, (("RESULT", sample.pk),))


def _period_over(case: _Case) -> _Finding:
    facts = case.facts
    if not facts.has_order:
        return _Finding("no_order")
    if facts.until is None:
        return _Finding("open_end")
    state = "met" if facts.now >= facts.until else "not_yet"
    fills = {"until": moment(facts.until)}
    return _Finding(state, fills, facts.until, facts.until, rests_on=(("ORDER", facts.order),))


def _negative_before_release(case: _Case) -> _Finding:
    facts = case.facts
    if facts.until is None:
        return _Finding("no_due_day")
    # Day 0 itself does not count: nobody can say that the sample was taken after the exposure.
    first = midnight(facts.began_on + timedelta(days=1))
    earliest = max(first, facts.until - timedelta(days=case.parameters.release_window_days))
    return case.negative(lambda at: at >= earliest, earliest, "earliest_sample")


def _ruled_out(case: _Case) -> _Finding:
    facts = case.facts
    visits = (visit for visit in facts.visits if case.since < visit.at <= facts.now)
    last = max(visits, key=lambda visit: (visit.at, not visit.ruled_out), default=None)
    if last is None:
        return _Finding("none", {"since": moment(case.since)}, case.since)
    fills = {"visit_at": moment(last.at)}
    if not last.ruled_out:
        return _Finding("not_ruled_out", fills, case.since)
    return _Finding("met", fills, case.since, last.known_at or last.at, rests_on=(("VISIT", last.pk),))


def _negative_after_onset(case: _Case) -> _Finding:
    return case.negative(lambda at: at > case.since, case.since, "since")


def _declared_well(case: _Case) -> _Finding:
    """Ask for a clean form after all that comes before it, which whoever entered that did not fill in (3.4a)."""
    if not all(finding.met for finding in case.before):
        return _Finding("wait")
    earliest = max((finding.at for finding in case.before if finding.at), default=case.since)
    forms = [form for form in case.facts.declarations if form.at <= case.facts.now]
    theirs = [form for form in forms if form.clean and form.at > earliest and _same_human(form, case)]
    last, last_of_theirs = _last(form for form in forms if form not in theirs), _last(theirs)
    finding = _well(last, earliest)
    if not finding.met and last_of_theirs and (last is None or last.at < last_of_theirs.at):
        return _Finding("same_hands", {"declared_at": moment(last_of_theirs.at)}, earliest)
    return finding


def _well(last: FilledForm | None, earliest: datetime) -> _Finding:
    if last is None:
        return _Finding("none", {"earliest": moment(earliest)}, earliest)
    fills = {"declared_at": moment(last.at)}
    if not last.clean:
        return _Finding("unwell", fills, earliest)
    if last.at <= earliest:
        return _Finding("too_early", {**fills, "earliest": moment(earliest)}, earliest)
    return _Finding("met", fills, earliest, last.at, rests_on=(("FORM", last.pk),))


def _last(forms: Iterable[FilledForm]) -> FilledForm | None:
    return max(forms, key=lambda form: (form.at, not form.clean), default=None)


def _same_human(form: FilledForm, case: _Case) -> bool:
    """Tell whether a form came from the human who entered what it rests on, or from the clinic that examined."""
    rests = {rest for finding in case.before for rest in finding.rests_on}
    visits = [visit for visit in case.facts.visits if ("VISIT", visit.pk) in rests]
    samples = [sample for sample in case.facts.samples if ("RESULT", sample.pk) in rests]
    humans = frozenset[str]().union(*(visit.by for visit in visits), *(sample.by for sample in samples))
    clinics = {visit.clinic for visit in visits}
    return bool(form.by and form.by in humans) or bool(form.guided_by and form.guided_by in clinics)


def _negative_for_risk(case: _Case) -> _Finding:
    facts = case.facts
    earliest = first_for_stay(case.book, facts.began_on, facts.stayed_from, facts.now)
    return case.negative(lambda at: at >= earliest, earliest, "earliest_sample")


def first_for_stay(book: Policy, left_on: date, stayed_from: datetime | None, now: datetime) -> datetime:
    """Return from when a negative answers a stay, at an instant: since the person left, or as long as it is valid.

    A test says nothing of a stay it came before; of one whose beginning nobody knows, only its last day is sure.
    """
    left = midnight(left_on)
    valid = now - timedelta(days=book.parameters.risk_test_validity_days)
    return max(stayed_from or left, min(valid, left))


def _positives_answered(case: _Case) -> _Finding:
    """Ask for an answer to every positive since the exposure: a later negative alone is none.

    A ground begins on the last day of its exposure (the last contact, the day of leaving); when the exposure began is
    known of some stays alone, and else looked back for as of an area.
    """
    facts = case.facts
    back = timedelta(days=case.parameters.area_look_back_days)
    first = midnight(facts.began_on - back)
    if facts.stayed_from is not None:
        first = min(first, facts.stayed_from)
    since = [
        one for one in facts.samples if one.outcome == "POSITIVE" and first <= one.sampled_at <= facts.now
    ]
    missing = [one.sampled_at for one in since if one.pk not in facts.answered]
    if missing:
        return _Finding("unanswered", {"sampled_at": moment(min(missing))})
    return _Finding("met", rests_on=tuple(rest for one in since for rest in facts.answered[one.pk]))


def _no_report_waits(case: _Case) -> _Finding:
    return _Finding("waits" if case.facts.report_waits else "met")


_CHECKS: dict[str, Callable[[_Case], _Finding]] = {
    "PERIOD_OVER": _period_over,
    "NEGATIVE_BEFORE_RELEASE": _negative_before_release,
    "RULED_OUT": _ruled_out,
    "NEGATIVE_AFTER_ONSET": _negative_after_onset,
    "DECLARED_WELL": _declared_well,
    "NEGATIVE_FOR_RISK": _negative_for_risk,
    "POSITIVES_ANSWERED": _positives_answered,
    "NO_REPORT_WAITS": _no_report_waits,
}
