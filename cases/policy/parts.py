"""The parts of a rule book, as plain frozen values.

What the program has to know of a ground it asks here, never by the ground's key: a book may say it of another one.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .colours import Colour
from .words import Bilingual


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a colour means for the person's movement. Clauses 2.0 to 2.3."""

    colour: Colour
    clauses: tuple[str, ...]
    words: Bilingual
    advice: Bilingual
    movement: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason for a colour. Sections 1 and 3."""

    key: str
    colour: Colour
    clause: str
    words: Bilingual
    advice: Bilingual
    began: Bilingual
    channels: Mapping[str, tuple[str, ...]] = dataclasses.field(hash=False)
    """Who may bring it in by which channel, in the order of acting: ("cdc", "group")."""
    entered: tuple[str, ...]
    """The clauses of section 3 it is entered under; none where the guide is silent."""
    measure: str | None
    follows: tuple[str, ...]
    exits: tuple[str, ...]
    needs: tuple[str, ...]
    clinical: bool
    discretionary: bool
    ours: tuple[Bilingual, ...]

    @property
    def infected(self) -> bool:
        """Say whether it is an infection: confirmed, suspected or asymptomatic. Clauses 1.1a to 1.1c."""
        return self.clause in ("1.1a", "1.1b", "1.1c")

    @property
    def is_exposure(self) -> bool:
        """Say whether somebody was exposed, so that a later exposure asks for an answer of its own. Clause 2.1d."""
        typed = tuple(self.channels) != ("ENGINE",)
        return typed and not self.infected and (self.ends_with_control or self.ends_by_test)

    @property
    def treated(self) -> bool:
        """Say whether it is treated in hospital, so that a discharge means that the person is cured. Clause 2.1a."""
        return self.measure == "HOSPITAL_TREATMENT"

    @property
    def rests_on_index_case(self) -> bool:
        """Say whether it names the case that the person was in contact with."""
        return "index_case" in self.needs

    @property
    def rests_on_area(self) -> bool:
        """Say whether it names a listed area or place."""
        return "area" in self.needs

    @property
    def rests_on_document(self) -> bool:
        """Say whether it cites a document, or the rule or order behind it."""
        return "document" in self.needs or "order_basis" in self.needs

    @property
    def cites_a_rule(self) -> bool:
        """Say whether one office enters it by itself on a rule or order that somebody issued."""
        return "order_basis" in self.needs

    @property
    def rests_on_overseas_stay(self) -> bool:
        """Say whether it is a recent stay overseas, which is looked back for by days. Clause 1.1e."""
        return self.clause == "1.1e"

    @property
    def self_declared(self) -> bool:
        """Say whether the person's own form brings it in. Clause 3.2a."""
        return "SELF" in self.channels

    @property
    def automatic(self) -> bool:
        """Say whether linked data alone brings it in. Clauses 3.1c, 3.2c."""
        return tuple(self.channels) == ("AUTOMATIC",)

    @property
    def leaves_measure_open(self) -> bool:
        """Say whether whoever enters it has to name the measure, as the cited rule says."""
        return self.colour is Colour.RED and self.measure is None

    @property
    def ends_with_control(self) -> bool:
        """Say whether it ends with the control order that serves it. Clause 3.3."""
        return "CONTROL_ENDED" in self.exits

    @property
    def ends_by_test(self) -> bool:
        """Say whether a negative test alone ends it. Clause 3.4b."""
        return "TESTED_NEGATIVE" in self.exits

    @property
    def ends_with_area(self) -> bool:
        """Say whether it ends when its area is lifted and no test is due any more. Clause 1.2b."""
        return "AREA_LIFTED" in self.exits

    @property
    def ends_by_release(self) -> bool:
        """Say whether whoever brought it in may release it. Clause 1.2c."""
        return "RELEASED" in self.exits

    @property
    def voided_by_health_side(self) -> bool:
        """Say whether a void needs a second person from the control group or CDC."""
        return self.clinical or self.rests_on_overseas_stay


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of control order. Section 2.1."""

    key: str
    clause: str
    words: Bilingual
    days: int | None
    """Full days after day 0; None has an open end."""
    places: tuple[str, ...]
    gravity: int
    ours: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class Exit:
    """One way a ground ends: all conditions, then the roles' act. Sections 3.3 and 3.4."""

    key: str
    clause: str
    """Empty where no clause speaks of it."""
    words: Bilingual
    conditions: tuple[str, ...]
    roles: tuple[str, ...]
    ours: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition as the book words it: in general, and in each state it can be in."""

    key: str
    clause: str
    words: Bilingual
    roles: tuple[str, ...]
    field: str
    says: Mapping[str, Bilingual] = dataclasses.field(hash=False)
    ours: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class VenueKind:
    """One kind of place or vehicle with a door to guard. Clauses 2.2a, 2.2b."""

    key: str
    clause: str
    words: Bilingual
    yellow_restricted: bool
    ride: bool
    """A vehicle that yellow may take with a mask worn correctly."""
    admits: Bilingual | None
    """Who belongs there and can be admitted with a reason; None when nobody does."""
    admits_fever: bool = False
    """Whether somebody with a fever goes in to be examined. Clause 3.4a."""
    ours: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class VehicleKind:
    """One kind of closed vehicle that moves red people. Clause 2.1f."""

    key: str
    clause: str
    words: Bilingual
    ours: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherRule:
    """A rule without a table of its own: transport, rides, the gate."""

    key: str
    clause: str
    words: Bilingual
    requires: tuple[str, ...]
    ours: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class ParameterNote:
    """How the book explains one of its parameters."""

    key: str
    clause: str
    words: Bilingual
    value: object = dataclasses.field(hash=False)
    ours: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameters:
    """The numbers and switches of a book, typed; `notes` says what each is for."""

    overseas_look_back_days: int
    area_look_back_days: int
    fever_celsius: Decimal
    fever_onset_days: int
    fever_evidence_days: int
    count_from: str
    mass_hold_threshold: int
    province_entered_by_group: bool
    convalescence_after_asymptomatic: bool
    release_window_days: int
    risk_test_validity_days: int
    entry_look_back_days: int
    stands_again_days: int
    shortest_stay_minutes: int
    notes: Mapping[str, ParameterNote] = dataclasses.field(hash=False)


@dataclass(frozen=True, eq=False)
class Policy:
    """One version of the policy; compared and hashed by identity, so that answers can be cached by book."""

    version: str
    document_number: str
    title: Bilingual
    roles: Mapping[str, Bilingual]
    """How the book names whoever it gives an act to."""
    clauses: Mapping[str, Bilingual]
    colours: Mapping[Colour, Meaning]
    grounds: Mapping[str, Ground]
    measures: Mapping[str, Measure]
    exits: Mapping[str, Exit]
    conditions: Mapping[str, Requirement]
    outcomes: Mapping[str, Bilingual]
    venues: Mapping[str, VenueKind]
    vehicles: Mapping[str, VehicleKind]
    rules: Mapping[str, OtherRule]
    parameters: Parameters

    @property
    def fever(self) -> Ground:
        """Return the ground that a declared fever opens. Clause 1.2a."""
        return self.grounds["FEVER"]

    @property
    def convalescence(self) -> Ground:
        """Return the ground that a discharge opens. Clause 2.1c."""
        return self.grounds["CONVALESCENT"]

    def convalesces(self, ground: str) -> bool:
        """Say whether a discharge from this ground opens convalescence. Clause 2.1c."""
        return self.grounds[ground].treated or self.parameters.convalescence_after_asymptomatic

    def ground_of_area(self, *, severe: bool) -> Ground:
        """Return the ground of whoever was in a listed area. Clauses 1.2b, 1.4."""
        return self.grounds["SEVERE_AREA" if severe else "RISK_AREA"]

    def keys_where(self, asked: Callable[[Ground], bool]) -> tuple[str, ...]:
        """Return the keys of the grounds of which something is true, as queries want them."""
        return tuple(key for key, ground in self.grounds.items() if asked(ground))
