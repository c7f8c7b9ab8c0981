"""What is to happen when: a queue ordered by time, and by arrival where times are equal. Pure: knows no clock."""

import heapq
from collections.abc import Callable
from itertools import count

from ..audio.frame import AudioFrame


class SoundFlushed:
    """What was queued for playing is void: an interruption. Only shells that queue sound ahead need to act."""

    __slots__ = ()


Output = bytes | AudioFrame | SoundFlushed
Step = Callable[[float], None]  # called with the time it was due


class Agenda:
    """Outputs and steps to come."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Output | Step]] = []
        self._order = count()

    def add(self, time: float, entry: Output | Step) -> None:
        """Have something happen at a time; at once when the time is past."""
        heapq.heappush(self._entries, (time, next(self._order), entry))

    def clear(self) -> None:
        """Forget everything to come."""
        self._entries.clear()

    @property
    def next_time(self) -> float | None:
        """When the next thing is due, or None."""
        return self._entries[0][0] if self._entries else None

    def take(self, now: float) -> list[Output]:
        """Do what is due, steps included, and return the outputs in order."""
        outputs: list[Output] = []
        while self._entries and self._entries[0][0] <= now:
            time, _, entry = heapq.heappop(self._entries)
            if callable(entry):
                entry(time)
            else:
                outputs.append(entry)
        return outputs
