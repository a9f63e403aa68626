"""What an operation on a person is: its subject is the person, and its effect is what the code has come to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cases.models import Person, RuleBook
from cases.models.reading import reading
from cases.policy import rulebook
from cases.selectors import fallen
from cases.selectors.awaited import has_lapsed
from cases.selectors.explanation import Explanation, explain
from cases.selectors.pending import Pending, pending
from cases.services.engine.second_person import AlreadyDecided, Lapsed
from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.offices import roles
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import Reach

Row = TypeVar("Row", bound=Model)


class PersonOperation(Operation):
    """One thing that may be done to a person, or (`alone`) that leads to one."""

    @property
    def person(self) -> Person | None:
        return self.subject  # type: ignore[no-any-return]

    @person.setter
    def person(self, person: Person | None) -> None:
        self.subject = person

    @classmethod
    def words_of_choices(cls, name: str) -> Mapping[str, str | Promise]:
        """Return also the words of what the rule book offers: grounds and vehicles."""
        if name not in ("ground", "new_ground", "vehicle"):
            return super().words_of_choices(name)
        book = RuleBook.objects.in_force(timezone.now()).policy
        parts = book.vehicles if name == "vehicle" else book.grounds
        return {key: one.words.text(languages.current()) for key, one in parts.items()}

    def about(self) -> tuple[Pending, ...]:
        if self.person is None:
            return ()
        return tuple(one for one in pending(self.person, at=self.at) if one.key == self.act)

    @classmethod
    def offered(cls, person: Any, *, by: User, at: datetime) -> bool:
        """Tell whether there is something for this operation to act on now; by default a living person."""
        return cls.alone or person.deceased_on is None

    @classmethod
    def why_not(cls, subject: Any, *, by: User, at: datetime) -> str | Promise:
        return Lapsed.message if has_lapsed(subject, cls.act) else super().why_not(subject, by=by, at=at)

    def effect(self) -> Explanation | None:
        return explain(self.person, at=self.at) if self.person else None

    def refresh(self) -> None:
        if self.person is not None and self.person.pk and Person.objects.filter(pk=self.person.pk).exists():
            self.person.refresh_from_db()


class AnswersFacts(Operation):
    """An act that takes a fact back: its effect says whose codes turn again by it, and how many wait to."""

    def besides(self) -> str:
        return in_words(fallen.reached_by(self.by, since=self.at), RuleBook.objects.in_force(self.at).policy)


def in_words(reached: fallen.Reached, book: rulebook.Policy) -> str:
    """Return whom an act let stand again: by name whoever the reader may see, the others counted."""
    language, sentences = languages.current(), []
    names = [
        languages.bracketed(case.person.name, book.grounds[case.ground].words.text(language))
        for case in reached.named
    ]
    if names:
        sentences.append(_("Stands again: %(names)s.") % {"names": languages.listed(names)})
    if reached.more:
        sentences.append(_("%(number)s more of your people's cases stand again.") % {"number": reached.more})
    if reached.others:
        sentences.append(
            _("Of people whom you may not see, %(number)s cases stand again.") % {"number": reached.others}
        )
    if reached.waiting:
        sentences.append(
            _("%(number)s would stand again: so many within the hour that a duty lead decides first.")
            % {"number": reached.waiting}
        )
    return languages.sentences(sentences)


def still_waiting(rows: QuerySet[Row]) -> Row:
    """Return the proposal to decide; somebody else may have decided it while the page was open."""
    row = rows.order_by("pk").first()
    if row is None:
        raise AlreadyDecided()
    return row


def may(operation: type[Operation], person: Person, *, by: User, at: datetime) -> bool:
    """Tell whether this user may do this to this person now: role, reach, and something to act on."""
    return bool(open_to((operation,), person, by=by, at=at))


def open_to(
    operations: Iterable[type[Operation]], person: Person, *, by: User, at: datetime
) -> list[type[Operation]]:
    """Return those operations that this user may do to this person now, in their order."""
    return open_to_each(operations, (person,), by=by, at=at)[person.pk]


def open_to_each(
    operations: Iterable[type[Operation]], people: Iterable[Person], *, by: User, at: datetime
) -> dict[int, list[type[Operation]]]:
    """Return by person key what this user may do to each now; whom a reach covers is asked for all of them at once."""
    by_key = {person.pk: person for person in people}
    living = [pk for pk, person in by_key.items() if person.erased_at is None]
    reached: dict[Reach | None, set[int]] = {None: set()}  # asked once for each reach, not for each act

    def reached_by(act: str) -> set[int]:
        reach = roles.reach(by.role, act) if by.is_active else None
        if reach not in reached:
            rows = Person.objects.reachable_by(by, act, at).filter(pk__in=living)
            reached[reach] = set(rows.values_list("pk", flat=True))
        return reached[reach]

    operations = [one for one in operations if reached_by(one.act)]
    with reading():
        return {
            pk: [one for one in operations if pk in reached_by(one.act) and one.offered(person, by=by, at=at)]
            for pk, person in by_key.items()
        }
