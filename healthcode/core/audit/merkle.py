"""The Merkle tree of RFC 6962: roots that grow leaf by leaf, and proofs about them. Pure: no database, no clock."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

STRETCH = 1 << 16  # leaves in memory at once
EMPTY = hashlib.sha256(b"").digest()
Leaves = Callable[[int, int], Sequence[bytes]]  # the leaf hashes from one index up to another


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (0x01 prefix)."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass
class Frontier:
    """A tree of any size as the roots of its perfect subtrees, left to right: all that growing needs."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf at the right."""
        self._add(leaf, 1)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves, the perfect subtrees among them level by level: twice as fast as one by one."""
        place = 0
        while left := len(leaves) - place:
            width = 1 << (left.bit_length() - 1)
            if self.size:  # a subtree begins at a multiple of its width
                width = min(width, self.size & -self.size)
            level: Sequence[bytes] = leaves[place : place + width]
            while len(level) > 1:
                pairs = zip(level[::2], level[1::2], strict=True)
                level = [hashlib.sha256(b"\1" + one + other).digest() for one, other in pairs]
            self._add(level[0], width)
            place += width

    def _add(self, peak: bytes, width: int) -> None:
        self.size += width
        rest = self.size // width
        while not rest & 1:
            peak = node(self.peaks.pop(), peak)
            rest >>= 1
        self.peaks.append(peak)

    def root(self) -> bytes:
        """Return the tree's root."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root

    def text(self) -> str:
        """Return the peaks as hex, to be kept beside the size."""
        return "".join(peak.hex() for peak in self.peaks)

    @classmethod
    def of(cls, size: int, text: str) -> "Frontier":
        """Return the frontier that `text` wrote. Raises ValueError when it cannot be one of this size."""
        peaks = [bytes.fromhex(text[place : place + 64]) for place in range(0, len(text), 64)]
        if len(peaks) != size.bit_count() or any(len(peak) != 32 for peak in peaks):
            raise ValueError(f"{len(peaks)} peaks are no tree of {size} leaves.")
        return cls(size, peaks)


def inclusion(index: int, size: int, leaves: Leaves) -> list[bytes]:
    """Return the audit path of one leaf in the tree of `size` leaves, from the leaf up."""
    if not 0 <= index < size:
        raise ValueError(f"The tree of {size} leaves has no leaf {index}.")
    return _path(index, 0, size, leaves)


def consistency(first: int, second: int, leaves: Leaves) -> list[bytes]:
    """Return the proof that the tree of `second` leaves begins with the tree of `first` leaves."""
    if not 0 < first <= second:
        raise ValueError(f"A tree of {second} leaves does not continue one of {first}.")
    return _subproof(first, 0, second, leaves, whole=True)


def _path(index: int, start: int, end: int, leaves: Leaves) -> list[bytes]:
    if end - start == 1:
        return []
    split = start + _split(end - start)
    if index < split:
        return [*_path(index, start, split, leaves), _root(split, end, leaves)]
    return [*_path(index, split, end, leaves), _root(start, split, leaves)]


def _subproof(first: int, start: int, end: int, leaves: Leaves, *, whole: bool) -> list[bytes]:
    if first == end:
        return [] if whole else [_root(start, end, leaves)]
    split = start + _split(end - start)
    if first <= split:
        return [*_subproof(first, start, split, leaves, whole=whole), _root(split, end, leaves)]
    return [*_subproof(first, split, end, leaves, whole=False), _root(start, split, leaves)]


def _root(start: int, end: int, leaves: Leaves) -> bytes:
    tree = Frontier()
    for low in range(start, end, STRETCH):
        tree.extend(leaves(low, min(low + STRETCH, end)))
    return tree.root()


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)
