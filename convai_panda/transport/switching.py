"""The interpreter's switch interval, made short while rooms are open. On the asyncio thread.

A busy frame keeps the interpreter's lock for the whole interval each time that another thread wants it. A frame of
sound from the rooms' process needs it twice: to be noticed and to be read. With the default of 5 ms that takes 6 ms
and at times 15; with 1 ms, 1 to 4. With LiveKit in the game's process, which needs it far more often, eight voices come
later and later until they break.
"""

import sys

INTERVAL = 0.0005  # s: LiveKit in this process; short enough for eight voices beside 25 ms of Python a frame
PIPE_INTERVAL = 0.001  # s: LiveKit elsewhere; the same voices are 1 to 4 ms late, and half of this gains nothing
_MICROSECOND = 1e-6  # s: the unit in which the interpreter keeps it


class _ShortInterval:
    """Held once for each open room; the interval is the process's own, so there is one holder for all."""

    def __init__(self) -> None:
        self._held: list[float] = []
        self._before = self._ours = 0.0

    def hold(self, interval: float = INTERVAL) -> None:
        """Another room is open."""
        if not self._held:
            self._before = self._ours = sys.getswitchinterval()
        self._held.append(interval)
        self._apply()

    def release(self, interval: float = INTERVAL) -> None:
        """A room is closed; after the last one the interval is what it was, unless the game has set its own."""
        self._held.remove(interval)
        self._apply()

    def _apply(self) -> None:
        wanted = min(self._before, *self._held) if self._held else self._before
        if _is_same(sys.getswitchinterval(), self._ours) and not _is_same(wanted, self._ours):
            # The interpreter cuts to whole microseconds; half of one more keeps the number that it was.
            sys.setswitchinterval(wanted + _MICROSECOND / 2)
            self._ours = sys.getswitchinterval()


def _is_same(one: float, other: float) -> bool:
    return abs(one - other) < _MICROSECOND / 2


short_interval = _ShortInterval()
