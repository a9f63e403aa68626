"""From the text of a rule book to a validated `Policy`."""

from collections.abc import Iterable, Iterator, Mapping

from . import defaults, faults, keys
from .colours import Colour
from .parts import (
    Exit,
    Ground,
    Meaning,
    Measure,
    OtherRule,
    ParameterNote,
    Parameters,
    Policy,
    Requirement,
    VehicleKind,
    VenueKind,
)
from .reader import RuleBookError, Section, read
from .sections import days_of, sentence
from .words import Bilingual

__all__ = (
    "Exit",
    "Ground",
    "Meaning",
    "Measure",
    "OtherRule",
    "ParameterNote",
    "Parameters",
    "Policy",
    "Requirement",
    "RuleBookError",
    "VehicleKind",
    "VenueKind",
    "parse",
)

_COLOURS = ("RED", "YELLOW", "GREEN")


def parse(text: str, *, roles: frozenset[str], decided: bool = False) -> Policy:
    """Read and validate a rule book; RuleBookError names the line and the key of the first fault.

    One that was `decided` before the program knew a ground does not name it, and under it nobody has that ground.
    """
    top = read(text).allow(*keys.TABLES)
    reader = _BookReader(top, roles, decided)
    book = Policy(
        version=top.text("version"),
        document_number=top.text("document_number"),
        title=top.words_at("title"),
        roles=reader.names,
        clauses=reader.clauses,
        colours=reader.colours(),
        grounds=reader.grounds(),
        measures=reader.measures(),
        exits=reader.exits(),
        conditions=reader.conditions(),
        outcomes=reader.outcomes(),
        venues=reader.venues(),
        vehicles=reader.vehicles(),
        rules=reader.rules(),
        parameters=reader.parameters(),
    )
    reader.check_links(book)
    reader.check_each_clause_has_a_row()
    return book


class _BookReader:
    """Reads the tables one by one and remembers which clauses they cite."""

    def __init__(self, top: Section, roles: frozenset[str], decided: bool) -> None:
        self.top, self.decided = top, decided
        self.roles = roles
        self.names = {section.name: section.words() for section in top.sections("roles", roles, "role")}
        self.cited: set[str] = set()
        self.clauses = self._clauses()

    def _clauses(self) -> dict[str, Bilingual]:
        section = self.top.section("clauses").allow(*keys.CLAUSES)
        for clause in keys.CLAUSES:
            if clause not in section:
                raise section.error(faults.CLAUSE_MISSING, clause)
        return {clause: section.words_at(clause) for clause in section}

    def _clause(self, section: Section) -> str:
        clause = section.choice("clause", keys.CLAUSES, "clause")
        self.cited.add(clause)
        return clause

    def _clause_unless_ours(self, section: Section) -> str:
        """What no clause covers cites none, and is marked as ours."""
        return "" if "clause" not in section and "ours" in section else self._clause(section)

    def _clauses_cited(self, section: Section, key: str) -> tuple[str, ...]:
        clauses = section.choices(key, keys.CLAUSES, "clause")
        self.cited.update(clauses)
        return clauses

    def _roles(self, section: Section, key: str = "roles") -> tuple[str, ...]:
        roles = section.choices(key, self.roles, "role")
        for index, role in enumerate(roles):
            if role not in self.names:
                raise section.error(faults.nameless_role(role), key, str(index))
        return roles

    def _all(self, table: str, known: Iterable[str], found: Mapping[str, object]) -> None:
        for key in known:
            if key not in found:
                raise self.top.error(faults.MISSING, table, key)

    def colours(self) -> dict[Colour, Meaning]:
        found: dict[Colour, Meaning] = {}
        for section in self.top.sections("colours", _COLOURS, "colour"):
            section.allow("clauses", "zh", "en", "movement", "advice")
            colour = Colour(section.name)
            found[colour] = Meaning(
                colour=colour,
                clauses=self._clauses_cited(section, "clauses"),
                words=section.words(),
                advice=section.words_at("advice"),
                movement=section.choice("movement", keys.MOVEMENTS, "movement"),
            )
        self._all("colours", _COLOURS, {colour.value: None for colour in found})
        return found

    def grounds(self) -> dict[str, Ground]:
        found = {
            section.name: self._ground(section)
            for section in self.top.sections("grounds", keys.GROUNDS, "ground")
        }
        if not self.decided:
            self._all("grounds", keys.GROUNDS, found)
        return found

    def _ground(self, section: Section) -> Ground:
        section.allow(
            *("clause", "colour", "zh", "en", "began", "advice", "channels", "entered", "needs"),
            *("measure", "follows", "exits", "clinical", "discretionary", "ours"),
        )
        return Ground(
            key=section.name,
            clause=self._clause(section),
            colour=self._ground_colour(section),
            words=section.words(),
            began=section.words_at("began"),
            advice=section.words_at("advice"),
            channels=self._channels(section),
            entered=self._clauses_cited(section, "entered") if "entered" in section else (),
            needs=section.optional_choices("needs", keys.NEEDS, "need"),
            measure=self._measure_of(section),
            follows=section.optional_choices("follows", (*keys.MEASURES, *keys.GROUNDS), "measure or ground"),
            exits=section.choices("exits", keys.EXITS, "exit"),
            clinical=section.flag("clinical"),
            discretionary=section.flag("discretionary"),
            ours=section.ours(),
        )

    def _ground_colour(self, section: Section) -> Colour:
        """Green is the absence of a ground, never a ground. Clause 1.3."""
        return Colour(section.choice("colour", ("RED", "YELLOW"), "colour of a ground"))

    def _channels(self, section: Section) -> dict[str, tuple[str, ...]]:
        channels = section.section("channels").allow(*keys.CHANNELS)
        if not tuple(channels):
            raise section.error(faults.EMPTY, "channels")
        return {channel: self._roles(channels, channel) for channel in channels}

    def _measure_of(self, section: Section) -> str | None:
        if "measure" not in section:
            return None
        return section.choice("measure", keys.MEASURES, "measure")

    def measures(self) -> dict[str, Measure]:
        found: dict[str, Measure] = {}
        for section in self.top.sections("measures", keys.MEASURES, "measure"):
            section.allow(*("clause", "zh", "en", "days", "open_end", "places", "gravity", "ours"))
            found[section.name] = Measure(
                key=section.name,
                clause=self._clause(section),
                words=section.words(),
                days=days_of(section),
                places=section.choices("places", keys.PLACES, "place"),
                gravity=section.integer("gravity", least=1),
                ours=section.ours(),
            )
        self._all("measures", keys.MEASURES, found)
        return found

    def exits(self) -> dict[str, Exit]:
        found: dict[str, Exit] = {}
        for section in self.top.sections("exits", keys.EXITS, "exit"):
            section.allow("clause", "zh", "en", "conditions", "roles", "ours")
            found[section.name] = Exit(
                key=section.name,
                clause=self._clause_unless_ours(section),
                words=section.words(),
                conditions=(
                    *section.choices("conditions", keys.CONDITIONS, "condition"),
                    *self._conditions_of_before(section.name),
                ),
                roles=self._roles(section),
                ours=section.ours(),
            )
        self._all("exits", keys.EXITS, found)
        return found

    def _conditions_of_before(self, exit_key: str) -> Iterator[str]:
        """Yield the conditions that this exit has in every book but in those of before, which do not word them."""
        worded = self.top.section("conditions")
        for key, exit_keys in defaults.EXITS.items():
            if key not in worded and exit_key in exit_keys:
                yield key

    def conditions(self) -> dict[str, Requirement]:
        found: dict[str, Requirement] = {}
        for section in self.top.sections("conditions", keys.CONDITIONS, "condition"):
            section.allow("clause", "zh", "en", "roles", "field", "says", "ours")
            states = keys.CONDITIONS[section.name]
            sentences = section.section("says").allow(*states)
            found[section.name] = Requirement(
                key=section.name,
                clause=self._clause_unless_ours(section),
                words=section.words(),
                roles=self._roles(section),
                field=section.text("field"),
                says={state: sentence(sentences, state, fills) for state, fills in states.items()},
                ours=section.ours(),
            )
        found = {key: found.get(key) or one for key, one in defaults.CONDITIONS.items()} | found
        self._all("conditions", keys.CONDITIONS, found)
        return found

    def outcomes(self) -> dict[str, Bilingual]:
        section = self.top.section("outcomes").allow(*keys.OUTCOMES)
        return {outcome: section.words_at(outcome) for outcome in keys.OUTCOMES}

    def venues(self) -> dict[str, VenueKind]:
        group = self.top.section("venues")
        found: dict[str, VenueKind] = {}
        for name in group:
            section = group.section(name)
            section.allow(
                *("clause", "zh", "en", "yellow_restricted", "ride", "admits", "admits_fever", "ours")
            )
            if section.flag("ride") and section.boolean("yellow_restricted"):
                raise section.error(faults.RESTRICTED_RIDE, "ride")
            found[name] = VenueKind(
                key=name,
                clause=self._clause(section),
                words=section.words(),
                yellow_restricted=section.boolean("yellow_restricted"),
                ride=section.flag("ride"),
                admits=section.words_at("admits") if "admits" in section else None,
                admits_fever=section.flag("admits_fever"),
                ours=section.ours(),
            )
        if not found:
            raise self.top.error(faults.EMPTY, "venues")
        return found

    def vehicles(self) -> dict[str, VehicleKind]:
        if "vehicles" not in self.top:
            return {key: VehicleKind(key, "2.1f", words) for key, words in defaults.VEHICLES.items()}
        group = self.top.section("vehicles")
        sections = [group.section(name).allow("clause", "zh", "en", "ours") for name in group]
        if not sections:
            raise self.top.error(faults.EMPTY, "vehicles")
        return {
            one.name: VehicleKind(one.name, self._clause(one), one.words(), one.ours()) for one in sections
        }

    def rules(self) -> dict[str, OtherRule]:
        found: dict[str, OtherRule] = {}
        for section in self.top.sections("rules", keys.RULES, "rule"):
            section.allow("clause", "zh", "en", "requires", "ours")
            found[section.name] = OtherRule(
                key=section.name,
                clause=self._clause(section),
                words=section.words(),
                requires=section.choices("requires", keys.RULES[section.name], "requirement"),
                ours=section.ours(),
            )
        self._all("rules", keys.RULES, found)
        return found

    def parameters(self) -> Parameters:
        group = self.top.section("parameters")
        names = Parameters.__dataclass_fields__.keys() - {"notes"}
        group.allow(*names)
        notes: dict[str, ParameterNote] = {}

        def note(key: str, value: object) -> None:
            section = group.section(key)
            notes[key] = ParameterNote(
                key=key,
                clause=self._clause(section),
                words=section.words(),
                value=value,
                ours=section.ours(),
            )

        def at(key: str) -> Section:
            return group.section(key).allow("clause", "value", "zh", "en", "ours")

        def number_or_default(key: str) -> int:
            return at(key).integer("value", least=1) if key in group else defaults.PARAMETERS[key]

        parameters = Parameters(
            overseas_look_back_days=at("overseas_look_back_days").integer("value"),
            area_look_back_days=at("area_look_back_days").integer("value"),
            fever_celsius=at("fever_celsius").decimal("value"),
            fever_onset_days=at("fever_onset_days").integer("value", least=1),
            fever_evidence_days=at("fever_evidence_days").integer("value"),
            count_from=at("count_from").choice("value", keys.COUNT_FROM, "day to count from"),
            mass_hold_threshold=at("mass_hold_threshold").integer("value", least=1),
            province_entered_by_group=at("province_entered_by_group").boolean("value"),
            convalescence_after_asymptomatic=at("convalescence_after_asymptomatic").boolean("value"),
            release_window_days=at("release_window_days").integer("value", least=1),
            risk_test_validity_days=at("risk_test_validity_days").integer("value", least=1),
            entry_look_back_days=at("entry_look_back_days").integer("value", least=1),
            stands_again_days=number_or_default("stands_again_days"),
            shortest_stay_minutes=number_or_default("shortest_stay_minutes"),
            notes=notes,
        )
        for key in group:
            note(key, getattr(parameters, key))
        return parameters

    def check_links(self, book: Policy) -> None:
        """Refuse a follow-on that could never end."""
        for ground in book.grounds.values():
            for index, key in enumerate(ground.follows):
                measure = key if key in book.measures else book.grounds[key].measure
                if measure is None or book.measures[measure].days is None:
                    raise self.top.error(
                        faults.never_ends(key),
                        *("grounds", ground.key, "follows", str(index)),
                    )

    def check_each_clause_has_a_row(self) -> None:
        for clause in keys.CLAUSES:
            if clause not in self.cited:
                raise self.top.error(faults.uncited(clause), "clauses", clause)
