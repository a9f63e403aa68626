"""Verifying: every leaf is computed again from its live event, every root, the chain and the signatures.

One pass in the order of the leaves, in constant memory. A fault is told once, where it is: an event that was changed
is named, and what lies around it is still compared; the tree goes on from the next seal that fits.
"""

from collections.abc import Iterable, Iterator

from django.db import connection

from healthcode.core.audit import checkpoints, findings, rows, waiting, watermarks
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.findings import Finding, to_the_second
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.merkle import Frontier
from healthcode.core.audit.models import Seal
from healthcode.core.audit.rows import Place, Stretch
from healthcode.core.audit.sealing import said

# Events are sealed within seconds. One dated so much before the seal that was already there was not written then.
TOLERANCE = 3_600_000_000

SLIPPED_IN = """
SELECT id FROM audit_event AS event
 WHERE {past} AND NOT EXISTS (SELECT 1 FROM audit_leaf AS leaf WHERE leaf.event = event.id)
 ORDER BY id LIMIT 1000
"""


class Verification:
    """One pass over the ledger; `findings` yields what does not fit, the counts are complete afterwards."""

    def __init__(self, anchors: Iterable[Checkpoint] = ()) -> None:
        self.place = 0  # leaves passed so far
        self.seals = 0
        self.waiting = 0  # events that the next seal will take
        self.last: Seal | None = None
        self._tree: Frontier | None = Frontier()  # None: leaves are missing, so the root cannot be compared
        self._coming = Seal.objects.order_by("size").iterator(chunk_size=2000)
        self._seal: Seal | None = None
        self._anchors = sorted(anchors, key=lambda anchor: anchor.size)
        self._strayed = False
        self._live = 0  # leaves whose event is there

    def findings(self) -> Iterator[Finding]:
        """Walk through the whole ledger."""
        for anchor in self._anchors:
            if not anchor.is_signed:
                yield Finding(findings.ANCHOR_UNSIGNED, {"size": anchor.size})
        yield from self._advance()
        for stretch in rows.stretches():
            yield from self._take(stretch)
        yield from self._rest()

    def _take(self, stretch: Stretch) -> Iterator[Finding]:
        leaves: list[bytes | None] = [*stretch.leaves]
        instants = stretch.instants
        self._live += len(leaves)
        if stretch.doubtful:
            places = list(rows.places(stretch.start, stretch.end))
            leaves = [bytes.fromhex(place.kept) if place.kept else None for place in places]
            instants = [place.at_us for place in places if place.own]
            self._live += len(instants)
            yield from self._looked_at(places)
        taken = 0
        while taken < len(leaves):
            if (stop := self._stop()) is None:
                yield Finding(findings.LEAVES_UNSEALED, {"first": self.place})
                self.place += len(leaves) - taken
                return
            upto = min(len(leaves), taken + stop - self.place)
            self._grow(leaves[taken:upto])
            # Where events are gone the instants do not match the places: then all of them are looked at.
            dated = instants[taken:upto] if len(instants) == len(leaves) else instants
            yield from self._dated(stretch.start + taken, stretch.start + upto, dated)
            taken = upto
            if self.place == stop:
                yield from self._compare()

    def _grow(self, leaves: list[bytes | None]) -> None:
        whole = [leaf for leaf in leaves if leaf is not None]
        if len(whole) < len(leaves):
            self._tree = None
        if self._tree is not None:
            self._tree.extend(whole)
        self.place += len(leaves)

    def _looked_at(self, places: list[Place]) -> Iterator[Finding]:
        """Say what is wrong in a stretch, index by index. The seal named is the one that covers the index."""
        covering = Seal.objects.order_by("size")
        for place in places:
            if place.event is None:
                found = Finding(findings.LEAVES_MISSING, {"first": place.index, "last": place.index})
            elif not place.live:
                found = Finding(findings.EVENT_DELETED, {"event": place.event, "leaf": place.index})
            elif not place.live == place.own == place.kept:
                found = Finding(findings.EVENT_CHANGED, {"event": place.event, "leaf": place.index})
            else:
                continue
            yield Finding(found.what, found.values, covering.filter(size__gt=place.index).first())

    def _dated(self, start: int, end: int, instants: list[int]) -> Iterator[Finding]:
        """Compare when events say they happened with the seal that was already there."""
        if self.last is None or min(instants, default=self.last.at_us) >= self.last.at_us - TOLERANCE:
            return
        for place in rows.places(start, end):
            if place.own and place.at_us < self.last.at_us - TOLERANCE:
                values = {"event": place.event, "at": to_the_second(instant(place.at_us))}
                yield Finding(findings.BACK_DATED, values, self._seal)

    def _stop(self) -> int | None:
        """Return the size at which the next root is known."""
        sizes = [anchor.size for anchor in self._anchors if anchor.size > self.place]
        return min([*sizes[:1], *([self._seal.size] if self._seal else [])], default=None)

    def _compare(self) -> Iterator[Finding]:
        """Compare the tree with the anchors and the seal of its size."""
        root = self._tree.root().hex() if self._tree else ""
        for anchor in self._anchors:
            if self._tree and anchor.size == self.place and anchor.root != root:
                yield Finding(findings.ANCHOR_DIFFERS, {"size": anchor.size}, self._seal)
        if self._seal is None or self._seal.size != self.place:
            return
        if self._tree and root != self._seal.root and not self._strayed:
            first = self.last.size if self.last else 0
            yield Finding(findings.ROOT_DIFFERS, {"first": first, "last": self.place - 1}, self._seal)
        self._settle(self._seal, root)
        yield from self._advance()

    def _settle(self, seal: Seal, root: str) -> None:
        """Go on from what was signed, where it can be had."""
        self._strayed = False
        if root == seal.root:
            return
        try:
            tree = Frontier.of(seal.size, seal.frontier)
        except ValueError:
            tree = Frontier()
        if tree.root().hex() == seal.root:
            self._tree = tree
        elif self._tree is not None:
            self._strayed = True  # every root from here on differs: that was said

    def _advance(self) -> Iterator[Finding]:
        """Take the next seal, and check its signature and that it follows the last."""
        before, self.last = self._seal, self._seal or self.last
        self._seal = next(self._coming, None)
        if self._seal is None:
            return
        self.seals += 1
        seal = said(self._seal)
        if not seal.is_signed:
            yield Finding(findings.SEAL_UNSIGNED, {"size": seal.size}, self._seal)
        if seal.previous != (said(before).digest if before else checkpoints.FIRST):
            yield Finding(findings.CHAIN_BROKEN, {"size": seal.size}, self._seal)

    def _rest(self) -> Iterator[Finding]:
        """Say what the seals and anchors have and the leaves have not, and which events no sealer can have missed."""
        have = self.place
        if self._seal is not None and self._seal.size > have:
            yield Finding(findings.LEAVES_MISSING, {"first": have, "last": self._seal.size - 1}, self._seal)
        while self._seal is not None:
            yield from self._advance()
        for anchor in self._anchors:
            if anchor.size > have:
                yield Finding(findings.ANCHOR_BEYOND, {"size": anchor.size, "have": have})
        yield from self._unsealed()

    def _unsealed(self) -> Iterator[Finding]:
        since = self.last.watermark if self.last else 0
        self.waiting = waiting.count(since)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_event")
            if cursor.fetchone()[0] == self._live + self.waiting:
                return
            cursor.execute(SLIPPED_IN.format(past=watermarks.past(connection, since=since)))
            for (event,) in cursor.fetchall():
                yield Finding(findings.SLIPPED_IN, {"event": event}, self.last)
