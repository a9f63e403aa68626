"""Verifying: every leaf is computed again from its live event, every root, the chain and the signatures.

One pass in the order of the leaves, in constant memory. A fault is reported once, where it is: an event that was
changed is named, and what lies around it is still compared; the tree goes on from the next seal that fits.
"""

from collections.abc import Iterable, Iterator

from django.db import connection

from healthcode.core.audit import (
    checkpoints,
    findings,
    restorations,
    rows,
    unsealed,
    verifying_batches,
    watermarks,
)
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.findings import Finding, to_the_second
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.merkle import Frontier
from healthcode.core.audit.models import Seal
from healthcode.core.audit.rows import InspectedLeaf, Stretch
from healthcode.core.audit.sealing import checkpoint_of

# Events are sealed within seconds. One dated so much before the seal that was already there was not written then.
TOLERANCE = 3_600_000_000

SLIPPED_IN = """
SELECT id FROM audit_event AS event
 WHERE {past} AND NOT EXISTS (SELECT 1 FROM audit_leaf AS leaf WHERE leaf.event = event.id)
 ORDER BY id LIMIT 1000
"""


class Verification:
    """One pass over the ledger: `findings` yields what does not fit; afterwards the counts are complete."""

    def __init__(self, anchors: Iterable[Checkpoint] = ()) -> None:
        self.passed = 0  # leaves passed so far
        self.seals = 0
        self.unsealed = 0  # events that the next seal will take
        self.last: Seal | None = None
        self._tree: Frontier | None = Frontier()  # None: leaves are missing, so the root cannot be compared
        self._coming = Seal.objects.order_by("size").iterator(chunk_size=2000)
        self._seal: Seal | None = None
        self._anchors = sorted(anchors, key=lambda anchor: anchor.size)
        self.declared: list[Finding] = []  # anchors of an end that was lost, and answered for
        self._strayed = False
        self._live = 0  # leaves whose event is there

    def findings(self) -> Iterator[Finding]:
        """Walk through the whole ledger."""
        for anchor in self._anchors:
            if not anchor.is_signed:
                yield Finding(findings.ANCHOR_UNSIGNED, {"size": anchor.size})
        self._set_declared_aside()
        yield from self._advance()
        for stretch in rows.stretches():
            yield from self._walk(stretch)
        yield from self._rest()
        yield from verifying_batches.findings()

    def _set_declared_aside(self) -> None:
        """Take out the anchors of what a restored backup lost: they fit nothing, and the ledger says why."""
        lost = [one for one in restorations.restorations() if one.acknowledged] if self._anchors else []
        aside = [
            anchor
            for anchor in self._anchors
            if any(one.covers(anchor) for one in lost) and not restorations.has(anchor)
        ]
        self._anchors = [anchor for anchor in self._anchors if anchor not in aside]
        self.declared = [Finding(findings.ANCHOR_LOST, {"size": anchor.size}) for anchor in aside]

    def _walk(self, stretch: Stretch) -> Iterator[Finding]:
        """Grow the tree by a stretch, and compare it at every size that a seal or an anchor names."""
        leaves: list[bytes | None] = [*stretch.leaves]
        instants = stretch.instants
        self._live += len(leaves)
        if stretch.doubtful:
            inspected = list(rows.inspect(stretch.start, stretch.end))
            leaves = [bytes.fromhex(leaf.kept) if leaf.kept else None for leaf in inspected]
            instants = [leaf.at_us for leaf in inspected if leaf.own]
            self._live += len(instants)
            yield from self._faults(inspected)
        done = 0
        while done < len(leaves):
            if (stop := self._stop()) is None:
                yield Finding(findings.LEAVES_UNSEALED, {"first": self.passed})
                self.passed += len(leaves) - done
                return
            upto = min(len(leaves), done + stop - self.passed)
            self._grow(leaves[done:upto])
            # Where events are gone the instants do not match the leaves: then all of them are compared.
            dated = instants[done:upto] if len(instants) == len(leaves) else instants
            yield from self._dated(stretch.start + done, stretch.start + upto, dated)
            done = upto
            if self.passed == stop:
                yield from self._compare()

    def _grow(self, leaves: list[bytes | None]) -> None:
        """Add leaves to the tree; give the tree up where one is missing."""
        whole = [leaf for leaf in leaves if leaf is not None]
        if len(whole) < len(leaves):
            self._tree = None
        if self._tree is not None:
            self._tree.extend(whole)
        self.passed += len(leaves)

    def _faults(self, inspected: list[InspectedLeaf]) -> Iterator[Finding]:
        """Yield what is wrong in a stretch, index by index, with the seal that covers the index."""
        covering = Seal.objects.order_by("size")
        for leaf in inspected:
            if leaf.event is None:
                found = Finding(findings.LEAVES_MISSING, {"first": leaf.index, "last": leaf.index})
            elif not leaf.live:
                found = Finding(findings.EVENT_DELETED, {"event": leaf.event, "leaf": leaf.index})
            elif not leaf.live == leaf.own == leaf.kept:
                found = Finding(findings.EVENT_CHANGED, {"event": leaf.event, "leaf": leaf.index})
            else:
                continue
            yield Finding(found.what, found.values, covering.filter(size__gt=leaf.index).first())

    def _dated(self, start: int, end: int, instants: list[int]) -> Iterator[Finding]:
        """Find events that are dated before the seal that was there when they were written."""
        if self.last is None or min(instants, default=self.last.at_us) >= self.last.at_us - TOLERANCE:
            return
        for leaf in rows.inspect(start, end):
            if leaf.own and leaf.at_us < self.last.at_us - TOLERANCE:
                values = {"event": leaf.event, "at": to_the_second(instant(leaf.at_us))}
                yield Finding(findings.BACK_DATED, values, self._seal)

    def _stop(self) -> int | None:
        """Return the size at which the next root is known."""
        sizes = [anchor.size for anchor in self._anchors if anchor.size > self.passed]
        return min([*sizes[:1], *([self._seal.size] if self._seal else [])], default=None)

    def _compare(self) -> Iterator[Finding]:
        """Compare the tree with the anchors and the seal of its size."""
        root = self._tree.root().hex() if self._tree else ""
        for anchor in self._anchors:
            if self._tree and anchor.size == self.passed and anchor.root != root:
                yield Finding(findings.ANCHOR_DIFFERS, {"size": anchor.size}, self._seal)
        if self._seal is None or self._seal.size != self.passed:
            return
        if self._tree and root != self._seal.root and not self._strayed:
            first = self.last.size if self.last else 0
            yield Finding(findings.ROOT_DIFFERS, {"first": first, "last": self.passed - 1}, self._seal)
        self._resume(self._seal, root)
        yield from self._advance()

    def _resume(self, seal: Seal, root: str) -> None:
        """Go on from the tree that the seal kept, if it is the one that was signed."""
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
            self._strayed = True  # every root from here on differs: reported once is enough

    def _advance(self) -> Iterator[Finding]:
        """Take the next seal, and check its signature and that it follows the last."""
        before, self.last = self._seal, self._seal or self.last
        self._seal = next(self._coming, None)
        if self._seal is None:
            return
        self.seals += 1
        seal = checkpoint_of(self._seal)
        if not seal.is_signed:
            yield Finding(findings.SEAL_UNSIGNED, {"size": seal.size}, self._seal)
        if seal.previous != (checkpoint_of(before).digest if before else checkpoints.FIRST):
            yield Finding(findings.CHAIN_BROKEN, {"size": seal.size}, self._seal)

    def _rest(self) -> Iterator[Finding]:
        """Find what seals and anchors have beyond the last leaf, and events that were slipped in."""
        have = self.passed
        if self._seal is not None and self._seal.size > have:
            yield Finding(findings.LEAVES_MISSING, {"first": have, "last": self._seal.size - 1}, self._seal)
        while self._seal is not None:
            yield from self._advance()
        for anchor in self._anchors:
            if anchor.size > have:
                yield Finding(findings.ANCHOR_BEYOND, {"size": anchor.size, "have": have})
        yield from self._slipped_in()

    def _slipped_in(self) -> Iterator[Finding]:
        """Find events without a leaf that were written where sealing had passed: no sealer can have missed them."""
        since = self.last.watermark if self.last else 0
        self.unsealed = unsealed.count(since)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_event")
            if cursor.fetchone()[0] == self._live + self.unsealed:
                return
            cursor.execute(SLIPPED_IN.format(past=watermarks.past(connection, since=since)))
            for (event,) in cursor.fetchall():
                yield Finding(findings.SLIPPED_IN, {"event": event}, self.last)
