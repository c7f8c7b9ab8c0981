"""One time for a game's frames and its asyncio thread, which passes frame by frame and waits for nobody."""

import asyncio
import selectors
import threading
from time import monotonic


class GameTime:
    """Seconds that pass only when the game says so, and the asyncio loop that lives by them."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.is_idle = threading.Event()
        self._freed_at: float | None = None

    def __call__(self) -> float:
        return self.now if self._freed_at is None else self.now + monotonic() - self._freed_at

    def free(self) -> None:
        """From now on it passes by itself."""
        self._freed_at = monotonic()

    def new_loop(self) -> asyncio.AbstractEventLoop:
        clock = self

        class Selector(selectors.SelectSelector):
            def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
                if timeout != 0:
                    clock.is_idle.set()
                    timeout = 0.02  # whoever moves the time on wakes it
                return super().select(timeout)

        class Loop(asyncio.SelectorEventLoop):
            def time(self) -> float:
                return clock()

        return Loop(Selector())
