"""What whoever opens a case wants for its order, and what a case that waits keeps of it."""

from dataclasses import dataclass, replace
from datetime import date

from cases.models import Case, ControlOrder
from cases.policy.rulebook import Policy
from cases.services.engine import officers, places
from healthcode.core.offices.models import Office, User


@dataclass(frozen=True)
class Plan:
    """What the opener of a case wants for its order; what is left empty follows the rule book."""

    day0: date | None = None  # the isolation's first day, where the book counts from it
    kind: str = ""  # only where the rule cited leaves the measure open (1.1f, 1.1g)
    days: int | None = None  # the same
    site: Office | None = None  # a designated hospital or isolation site
    address: str = ""  # where it is served at home
    officer: User | None = None
    office: Office | None = None
    elsewhere: bool = False
    like: ControlOrder | None = None  # what stands again goes on where this one was served

    @staticmethod
    def of(case: Case, book: Policy) -> "Plan":
        """Return what a case that waited was planned with; without an officer who can no longer answer for it."""
        plan = Plan(**{name: getattr(case, column) for name, column in KEPT.items()})
        kind = plan.measure_for(case, book)
        able = plan.officer is None or not kind or officers.can_answer(plan.officer, book.measures[kind])
        return plan if able else replace(plan, officer=None, office=None)

    def keep(self, case: Case, book: Policy) -> None:
        """Keep this with a case until somebody decides on it; refuse at once what could not be carried out then."""
        if kind := self.measure_for(case, book):
            if self.officer:
                officers.require_able(self.officer, book.measures[kind])
            places.require_place(self.site, self.address, book.measures[kind])
        for name, column in KEPT.items():
            setattr(case, column, getattr(self, name))

    def measure_for(self, case: Case, book: Policy) -> str:
        """Return the measure of a case: the rule book's, or the planned one where that leaves it open."""
        return book.grounds[case.ground].measure or self.kind


# What a case that waits keeps of its plan.
KEPT = {name: f"plan_{name}" for name in ("kind", "days", "day0", "site", "address", "officer", "office")}
