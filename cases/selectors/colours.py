"""The derived colour of one person, a set, a list page, or a past moment, by the grounds of the book."""

from collections.abc import Container, Iterable
from datetime import datetime

from django.db.models import Case as SqlCase
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from cases.models import Case, Merge, Person, RuleBook, Transition
from cases.models.proposals import Decision
from cases.policy import rulebook
from cases.policy.colours import Colour

# The code ends with a death, and begins again where it is taken back.
OF_DEATHS = Q(to_colour=Colour.NONE) | Q(from_colour=Colour.NONE)
BY_GRAVITY = {colour.gravity: colour for colour in Colour}


def gravity(book: rulebook.Policy) -> SqlCase:
    """Return the SQL for the gravity a book gives to a case's ground: the document itself, no second copy."""
    of_colour = {
        colour: [key for key, ground in book.grounds.items() if ground.colour == colour]
        for colour in (Colour.RED, Colour.YELLOW)
    }
    return SqlCase(
        *(When(ground__in=grounds, then=Value(colour.gravity)) for colour, grounds in of_colour.items()),
        default=Value(Colour.GREEN.gravity),
        output_field=IntegerField(),
    )


def gravest_in(book: rulebook.Policy, grounds: Iterable[str]) -> Colour:
    """Return the colour of somebody against whom these grounds stand, by a book."""
    return BY_GRAVITY[max((_gravity_in(book, one) for one in grounds), default=Colour.GREEN.gravity)]


def _gravity_in(book: rulebook.Policy, ground: str) -> int:
    known = book.grounds.get(ground)
    return (known.colour if known else Colour.GREEN).gravity


def colours_of(
    roots: Iterable[int],
    *,
    at: datetime,
    book: RuleBook | None = None,
    deceased: Container[int] | None = None,
) -> dict[int, Colour]:
    """Return the colour of each person (keys of surviving records) at an instant, over their merged groups.

    What the code showed: cases voided later still count at an instant before their void. `deceased`: which of them have
    died, where that was read already.
    """
    keys = list(roots)
    if deceased is None:
        dead = Person.objects.filter(pk__in=keys, deceased_on__isnull=False)
        deceased = set(dead.values_list("pk", flat=True))
    book = book or RuleBook.objects.in_force(at)
    # Weighed here, not in SQL: every act asks twice, mostly about one person, and to write a CASE over all grounds of
    # the book takes twice as long as to read the row or two that it would be asked of.
    # The group first, by two indexes: an OR across the join would join every open case with its person.
    standing = Case.objects.standing_at(at).filter(person__among=Person.objects.group_of(*keys))
    gravest: dict[int, int] = {}
    for merged_into, person, ground in standing.values_list("person__merged_into", "person", "ground"):
        root, weight = merged_into or person, _gravity_in(book.policy, ground)
        gravest[root] = max(weight, gravest.get(root, weight))
    return {
        key: Colour.NONE if key in deceased else BY_GRAVITY[gravest.get(key, Colour.GREEN.gravity)]
        for key in keys
    }


def colour_at(person: Person, at: datetime) -> Colour:
    """Return what a person's code showed at an instant, over the records that were one person then."""
    if _died(person, at):
        return Colour.NONE
    cases = (
        Case.objects.standing_at(at)
        .filter(person__in=group_at(person, at))
        .annotate(gravity=gravity(_book(at)))
    )
    return BY_GRAVITY[max(cases.values_list("gravity", flat=True), default=Colour.GREEN.gravity)]


def _died(person: Person, at: datetime) -> bool:
    """Tell whether a death stood then: on whoever was of one group with this record as it was recorded.

    A death can be taken back: the last that was recorded of it decides.
    """
    recorded = Transition.objects.filter(OF_DEATHS, person__in=_ever_joined(person), at__lte=at)
    for who, when, colour in recorded.order_by("-at", "-pk").values_list("person", "at", "to_colour"):
        if who == person.pk or who in group_at(person, when):
            return colour == Colour.NONE
    return False


def _ever_joined(person: Person) -> set[int]:
    """Return the keys of the records that merges, undone since or not, ever joined with this one."""
    return _joined_by(Merge.objects.filter(decision=Decision.APPROVED), person)


def group_at(person: Person, at: datetime) -> set[int]:
    """Return the keys of the records that merges had joined with this one at an instant."""
    joined = Merge.objects.filter(decision=Decision.APPROVED, decided_at__lte=at)
    return _joined_by(joined.filter(Q(undone_at=None) | Q(undone_at__gt=at)), person)


def _joined_by(joined: QuerySet[Merge], person: Person) -> set[int]:
    group, fresh = {person.pk}, {person.pk}
    while fresh:
        pairs = joined.filter(Q(duplicate__in=fresh) | Q(survivor__in=fresh)).values_list(
            "duplicate", "survivor"
        )
        fresh = {key for pair in pairs for key in pair} - group
        group |= fresh
    return group


def merged_at(at: datetime) -> dict[int, int]:
    """Return for each record that merges had joined at an instant the one that stood for its group."""
    joined = Merge.objects.filter(decision=Decision.APPROVED, decided_at__lte=at)
    joined = joined.filter(Q(undone_at=None) | Q(undone_at__gt=at)).order_by("decided_at", "pk")
    leads_to: dict[int, int] = {}

    def end(key: int) -> int:
        while key in leads_to:
            key = leads_to[key]
        return key

    keys = set()
    for duplicate, survivor in joined.values_list("duplicate", "survivor"):
        keys |= {duplicate, survivor}
        start, goal = end(duplicate), end(survivor)
        if start != goal:
            leads_to[start] = goal
    return {key: end(key) for key in keys}


def with_gravity(persons: QuerySet[Person], *, at: datetime) -> QuerySet[Person]:
    """Annotate each person with `gravity` (−1 no code, 0 green, 1 yellow, 2 red) as it is now."""
    book = RuleBook.objects.in_force(at).policy
    gravest = (
        Case.objects.open()
        .filter(
            person__in=Person.objects.filter(
                Q(pk=OuterRef(OuterRef("pk"))) | Q(merged_into=OuterRef(OuterRef("pk")))
            )
        )
        .order_by()
        .annotate(gravity=gravity(book))
        .order_by("-gravity")
        .values("gravity")[:1]
    )
    living = Coalesce(Subquery(gravest), Value(0))
    return persons.annotate(
        gravity=SqlCase(
            When(deceased_on__isnull=False, then=Value(-1)), default=living, output_field=IntegerField()
        )
    )


def _book(at: datetime) -> rulebook.Policy:
    return RuleBook.objects.in_force(at).policy
