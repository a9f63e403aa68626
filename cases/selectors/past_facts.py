"""What counted for ended cases at an instant, as it is known now.

Facts whose own time lies later do not count, nor those that nobody had entered by then; a correction that left the
outcome as it was counts from the row it began with. The order is the one that served the case.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain

from cases.models import Batch, Case, ControlOrder, Fact, Opinion, OrderCase, Person
from cases.policy import exits
from cases.policy.rulebook import Policy
from cases.selectors import facts, positives
from cases.selectors.histories import FORMS, RESULTS, VISITS, History


class PastFacts:
    """The facts of everybody whom some ended cases are about, each table read once for all of them."""

    def __init__(self, cases: Sequence[Case]) -> None:
        roots = {case.person.root_id for case in cases}
        self._root = {
            person: merged_into or person
            for person, merged_into in Person.objects.group_of(*roots).values_list("pk", "merged_into")
        }
        self._results = History(RESULTS, self._root, self._root.__getitem__)
        self._visits = History(VISITS, self._root, self._root.__getitem__)
        self._forms = History(FORMS, self._root, self._root.__getitem__)
        self._cases: dict[int, list[Case]] = defaultdict(list)
        for case in positives.of_chains_that_stand().filter(person__in=self._root).order_by("pk"):
            self._cases[self._root[case.person_id]].append(case)
        self._opinions: dict[int, list[Opinion]] = defaultdict(list)
        opinions = Opinion.objects.filter(person__in=self._root, withdrawn_at=None)
        for opinion in opinions.select_related("result").order_by("pk"):
            self._opinions[self._root[opinion.person_id]].append(opinion)
        self._asked = cases
        self._notices = facts.notices_of(cases)
        self._orders = orders_served(cases)

    def then(self, case: Case, *, book: Policy, until: datetime) -> exits.Facts:
        """Gather what counted for one of the cases at an instant."""
        root, order = case.person.root_id, self._orders.get(case.pk)
        forms = [form for form, _first in self._forms.known(root, until)]
        samples = tuple(
            exits.Sample(row.sampled_at, row.outcome, row.pk, first.entered_at, self._results.enterers(row))
            for row, first in self._results.known(root, until)
        )
        # A positive is answered or not as it is known now; a report that waits today says nothing of that instant.
        opinions = positives.on_current(self._opinions[root], self._results.corrected)
        known = positives.Answering(self._cases[root], opinions)
        answered, _waits = positives.answers_of(samples, known, book=book)
        visits = tuple(
            facts.visit_of(row, first, self._visits.enterers(row))
            for row, first in self._visits.known(root, until)
        )
        read = {"samples": samples, "visits": visits, "answered": answered, "notices": self._notices[case.pk]}
        return facts.put_together(case, order, book=book, at=until, forms=forms, **read)

    def repeated_besides(
        self, lost: set[tuple[str, int | None]], bases: set[tuple[str, int | None]]
    ) -> frozenset[tuple[str, int | None]]:
        """Return the deliveries among the lost bases of an ending beside which another says its release too."""
        deliveries = {key for fact, key in bases if fact == Fact.DELIVERY}
        repeated = frozenset(rest for rest in lost if rest[0] == Fact.DELIVERY)
        others = deliveries - {key for _fact, key in repeated}
        return repeated if repeated and others & self._standing_deliveries else frozenset()

    @cached_property
    def _standing_deliveries(self) -> set[int]:
        bases = (one for case in self._asked for one in case.bases.all() if one.fact == Fact.DELIVERY)
        named = {one.key for one in bases if one.key is not None}
        standing = Batch.objects.exclude(state=Batch.State.UNDONE).filter(pk__in=named)
        return set(standing.values_list("pk", flat=True))

    def instants_since(self, case: Case, now: datetime) -> list[datetime]:
        """Return the instants after a case's end at which something more was known of the person."""
        assert case.closed_at is not None
        root = case.person.root_id
        entered = {
            at
            for at in chain.from_iterable(
                one.entered(root) for one in (self._results, self._visits, self._forms)
            )
            if case.closed_at < at <= now
        }
        return sorted({now, *entered})


def orders_served(cases: Iterable[Case]) -> dict[int, ControlOrder]:
    """Return by the case's key the order that served it last, standing or ended."""
    served = OrderCase.objects.filter(case__in=[case.pk for case in cases]).order_by("pk")
    return {
        row.case_id: row.order for row in served.select_related("order__officer__office", "order__office")
    }
