"""What has happened and is still to be told: posted on the asyncio thread, told on the main thread. Pure.

A burst is told over some frames, as far as each frame has time for it, so that it is no hitch; of words that grow
only the latest waits, because each replaces the one before.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from .events import Event, Transcript

if TYPE_CHECKING:
    from .character import Character

_MOST = 256  # events a frame: what a flood leaves waits for the next one
_PATIENCE = 0.15  # s: a frame is told this part of its own length of what waits, whatever that takes


class News:
    """Events of characters, in order. ``watch`` gives the seconds by which a frame's time is measured."""

    def __init__(self, watch: Callable[[], float] = perf_counter) -> None:
        self._watch = watch
        # Each event in a list of its own, which is empty once it was taken: so a later one can take its place, or not.
        self._waiting: deque[tuple[Character, list[Event]]] = deque()
        self._growing: dict[Character, list[Event]] = {}  # the last of each, where its words may still grow

    def __len__(self) -> int:
        return len(self._waiting)

    def post(self, character: Character, event: Event) -> None:
        """Something has happened (asyncio thread)."""
        if not isinstance(event, Transcript) or event.is_final:
            self._growing.pop(character, None)
            self._waiting.append((character, [event]))
        elif not self._replaces(character, event):
            held: list[Event] = [event]
            self._growing[character] = held
            self._waiting.append((character, held))

    def take(self, elapsed: float, until: float) -> Iterator[tuple[Character, Event]]:
        """What a frame that follows ``elapsed`` seconds after the one before is to be told (main thread).

        One at least, and more until the watch shows ``until``, or until so many were told that none waits for long.
        """
        waiting = len(self._waiting)
        due = max(1, math.ceil(waiting * elapsed / _PATIENCE))
        for count in range(min(waiting, _MOST)):
            if count >= due and self._watch() >= until:
                return
            character, held = self._waiting.popleft()
            yield character, held.pop()

    def _replaces(self, character: Character, grown: Transcript) -> bool:
        held = self._growing.get(character)
        try:
            if held is None or not isinstance(was := held[0], Transcript) or was.speaker is not grown.speaker:
                return False
            held[0] = grown
        except IndexError:  # it has been taken meanwhile
            return False
        return True
