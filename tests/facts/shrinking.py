"""The shortest story that still fails: what a random one of thirty acts comes down to, in seconds."""

from collections.abc import Callable, Sequence

Act = tuple[str, int, int, int]  # its name, two numbers, and the minutes since the act before


def shortest(acts: Sequence[Act], fails_at: Callable[[Sequence[Act]], int | None]) -> Sequence[Act]:
    """Leave out one act after the other, as long as the rest fails.

    `fails_at` returns how many acts it took to fail, or None. The time that an act took passes all the same, or not.
    """
    smaller: Sequence[Act] | None = acts
    while smaller is not None:
        acts, smaller = smaller, None
        for left_out in reversed(range(len(acts))):
            for candidate in _without(acts, left_out):
                if smaller is None and (count := fails_at(candidate)) is not None:
                    smaller = candidate[:count]
    return acts


def _without(acts: Sequence[Act], left_out: int) -> list[Sequence[Act]]:
    fewer, minutes = [*acts[:left_out], *acts[left_out + 1 :]], acts[left_out][3]
    if left_out == len(fewer):
        return [fewer]
    name, one, two, own = fewer[left_out]
    return [fewer, [*fewer[:left_out], (name, one, two, own + minutes), *fewer[left_out + 1 :]]]
