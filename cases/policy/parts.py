"""The parts of a rule book, as plain frozen values."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .colours import Colour
from .words import Words


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a colour means for the person's movement. Clauses 2.0 to 2.3."""

    colour: Colour
    clauses: tuple[str, ...]
    words: Words
    advice: Words
    movement: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason for a colour. Sections 1 and 3."""

    key: str
    colour: Colour
    clause: str
    words: Words
    advice: Words
    began: Words
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
    ours: tuple[Words, ...]

    @property
    def voided_by_health_side(self) -> bool:
        """Say whether a void needs a second person from the control group or CDC."""
        return self.clinical or self.key == "OVERSEAS"


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of control order. Section 2.1."""

    key: str
    clause: str
    words: Words
    days: int | None
    """Full days after day 0; None has an open end."""
    places: tuple[str, ...]
    gravity: int
    ours: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Exit:
    """One way a ground ends: all conditions, then the roles' act. Sections 3.3 and 3.4."""

    key: str
    clause: str
    """Empty where no clause speaks of it."""
    words: Words
    conditions: tuple[str, ...]
    roles: tuple[str, ...]
    ours: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition as the book words it: in general, and in each state it can be in."""

    key: str
    clause: str
    words: Words
    roles: tuple[str, ...]
    field: str
    says: Mapping[str, Words] = dataclasses.field(hash=False)
    ours: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Venue:
    """One kind of place or vehicle with a door to guard. Clauses 2.2a, 2.2b."""

    key: str
    clause: str
    words: Words
    yellow_restricted: bool
    ride: bool
    """A vehicle that yellow may take with a mask worn correctly."""
    admits: Words | None
    """Who belongs there and can be admitted with a reason; None when nobody does."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule without a table of its own: transport, rides, the gate."""

    key: str
    clause: str
    words: Words
    requires: tuple[str, ...]
    ours: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class ParameterNote:
    """How the book explains one of its parameters."""

    key: str
    clause: str
    words: Words
    value: object = dataclasses.field(hash=False)
    ours: tuple[Words, ...] = ()


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
    notes: Mapping[str, ParameterNote] = dataclasses.field(hash=False)


@dataclass(frozen=True, eq=False)
class RuleBook:
    """One version of the policy; compared and hashed by identity, so that answers can be cached by book."""

    version: str
    document_number: str
    title: Words
    roles: Mapping[str, Words]
    """How the book names whoever it gives an act to."""
    clauses: Mapping[str, Words]
    colours: Mapping[Colour, Meaning]
    grounds: Mapping[str, Ground]
    measures: Mapping[str, Measure]
    exits: Mapping[str, Exit]
    conditions: Mapping[str, Requirement]
    outcomes: Mapping[str, Words]
    venues: Mapping[str, Venue]
    rules: Mapping[str, Rule]
    parameters: Parameters
