"""How long a session waits before it tries again. Pure: the clock is an argument."""

import random
from dataclasses import dataclass

_WAITS = (0.5, 1.0, 2.0, 2.0, 4.0, 8.0)  # s
_JITTER = 1.33  # a wait is up to a third longer, so that a crowd does not come back all at once
_PROVEN = 20.0  # s that a room was usable: one that dies each time does so within seconds, while it is joined


@dataclass(slots=True)
class BackOff:
    """One player's tries; each that proves nothing makes the next wait longer."""

    _tries: int = 0
    _opened: float | None = None

    def opened(self, now: float) -> None:
        """A room is usable. That alone proves nothing: it may be lost again at once, and for ever."""
        self._opened = now

    def proven(self) -> None:
        """Something came of a room, so the next loss is a new one."""
        self._tries = 0

    def wait(self, now: float) -> float:
        """Seconds until the next try."""
        if self._opened is not None and now - self._opened >= _PROVEN:
            self.proven()
        self._opened = None
        wait = _WAITS[min(self._tries, len(_WAITS) - 1)] * random.uniform(1.0, _JITTER)
        self._tries += 1
        return wait
