"""How a picture is divided into parts that are cheap to draw, learnt from what they cost. Pure.

A binary tree of rectangles: what costs more than a frame may spend is halved, halves that cost little are joined.
Drawing costs what is seen, not how many pixels there are; where both halves see the same, halving is in vain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_BUDGET = 0.0008  # s that a part may cost its frame
_CHEAP = 0.6  # of the budget: halves that cost less together are joined
_SAME = 0.95  # of the whole: what the dearer half costs where halving is in vain
_BOTH = 0.7  # of the whole: what the cheaper half costs then
_REST = 20  # pictures until halving in vain is tried again
_COARSEST, _FIRST = 3, 5  # halvings: never fewer, for what a graphics card has to do is not known
_SMALLEST = 16  # pixels


@dataclass(slots=True, eq=False)
class Part:
    """A rectangle of a picture in pixels, from its lower left corner on; ``cost`` in seconds, as it was seen last."""

    x: int
    y: int
    width: int
    height: int
    depth: int = 0
    cost: float | None = None
    halves: tuple[Part, Part] | None = None
    rest: int = 0  # pictures for which it is not to be halved

    def note(self, seconds: float) -> None:
        """Take in what drawing it has cost. A single dear frame may be the machine's doing."""
        rise = 0.0 if self.cost is None else seconds - self.cost
        self.cost = seconds - 0.5 * max(0.0, rise)

    def halve(self) -> bool:
        """Divide it across its longer side; false where it is too small."""
        width, height = self.width, self.height
        if max(width, height) < 2 * _SMALLEST:
            return False
        below = self.depth + 1
        if width >= height:
            half = width // 2
            self.halves = (
                Part(self.x, self.y, half, height, below),
                Part(self.x + half, self.y, width - half, height, below),
            )
        else:
            half = height // 2
            self.halves = (
                Part(self.x, self.y, width, half, below),
                Part(self.x, self.y + half, width, height - half, below),
            )
        return True

    def leaves(self) -> Iterator[Part]:
        """The undivided parts, neighbours after one another."""
        if self.halves is None:
            yield self
        else:
            for half in self.halves:
                yield from half.leaves()


class Division:
    """One camera's. ``size`` is the picture's, in pixels; no part will be larger than ``largest``."""

    largest: tuple[int, int]

    def __init__(self, size: tuple[int, int]) -> None:
        self._whole = Part(0, 0, *size)
        for halvings in range(_FIRST):
            if halvings == _COARSEST:
                self.largest = max(part.width for part in self.parts), max(part.height for part in self.parts)
            for part in self.parts:
                part.halve()

    @property
    def parts(self) -> list[Part]:
        """What to draw, one after the other."""
        return list(self._whole.leaves())

    @property
    def blocks(self) -> list[Part]:
        """The coarsest parts that there are, divided or not; none is larger than ``largest``."""
        return [part for part in _nodes(self._whole) if part.depth == _COARSEST or _is_small(part)]

    def revise(self, most: int) -> None:
        """Divide anew by what the last picture's parts have cost, into ``most`` parts if that can be."""
        self._join(self._whole, _CHEAP * _BUDGET)
        parts = self.parts
        excess = len(parts) - most
        while excess > 0 and self._join_cheapest():
            excess -= 1
        dear = sorted((part for part in parts if (part.cost or 0.0) > _BUDGET), key=lambda part: -(part.cost or 0.0))
        for part in dear[: max(0, -excess)]:
            if part.rest == 0:
                part.halve()

    def _join(self, part: Part, cheap: float) -> None:
        part.rest = max(0, part.rest - 1)
        if part.halves is None:
            return
        for half in part.halves:
            self._join(half, cheap)
        if (costs := _joinable(part)) is None:
            return
        is_vain = part.cost is not None and costs[1] > _SAME * part.cost and costs[0] > _BOTH * part.cost
        if is_vain:
            part.halves, part.rest = None, _REST
        elif sum(costs) <= cheap:
            part.halves, part.cost = None, sum(costs)

    def _join_cheapest(self) -> bool:
        joinable = [(sum(costs), part) for part in _nodes(self._whole) if (costs := _joinable(part)) is not None]
        if not joinable:
            return False
        cost, part = min(joinable, key=lambda each: each[0])
        part.halves, part.cost = None, cost
        return True


def _nodes(part: Part) -> Iterator[Part]:
    yield part
    for half in part.halves or ():
        yield from _nodes(half)


def _is_small(part: Part) -> bool:
    """Whether it could not even be halved into the coarsest parts."""
    return part.halves is None and part.depth < _COARSEST


def _joinable(part: Part) -> tuple[float, float] | None:
    """What its halves cost, the cheaper one first; None where it has to stay divided."""
    if part.halves is None or part.depth < _COARSEST:
        return None
    one, other = part.halves
    if one.halves is not None or other.halves is not None or one.cost is None or other.cost is None:
        return None
    return min(one.cost, other.cost), max(one.cost, other.cost)
