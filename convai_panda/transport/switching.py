"""The interpreter's switch interval, made short while rooms are open in the game's process. On the asyncio thread.

A busy frame keeps the interpreter's lock for the whole interval each time that LiveKit wants it. With the default
of 5 ms and 12 ms of Python a frame, eight voices come later and later until they break; with 0.5 ms none does.
"""

import sys

INTERVAL = 0.0005  # s: short enough for eight voices beside 25 ms of Python a frame
_MICROSECOND = 1e-6  # s: the unit in which the interpreter keeps it


class _ShortInterval:
    """Held once for each open room; the interval is the process's own, so there is one holder for all."""

    def __init__(self) -> None:
        self._holders = 0
        self._before = 0.0

    def hold(self) -> None:
        """Another room is open."""
        self._holders += 1
        if self._holders == 1:
            self._before = sys.getswitchinterval()
            if self._before > INTERVAL:
                sys.setswitchinterval(INTERVAL)

    def release(self) -> None:
        """A room is closed; after the last one the interval is what it was, unless the game has set its own."""
        self._holders -= 1
        if self._holders == 0 and self._before > INTERVAL and _is_same(sys.getswitchinterval(), INTERVAL):
            # The interpreter cuts to whole microseconds; half of one more keeps the number that it was.
            sys.setswitchinterval(self._before + _MICROSECOND / 2)


def _is_same(one: float, other: float) -> bool:
    return abs(one - other) < _MICROSECOND


short_interval = _ShortInterval()
