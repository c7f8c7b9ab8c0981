"""The moment at which all voices come, so that they come at once. Runs on the asyncio thread.

LiveKit hands sound out every 10 ms, to all tracks of a process at the same moment. A stream of 20 ms frames gives one
at every second of these; at which half of them depends on when it was opened. Two halves would wake a game twice as
often, and each time it pays with its interpreter's lock.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LIMIT = 0.040  # s: two frames; a stream that does not give any is none to wait for


class Beat:
    """Shared by all streams of a process; the one that has been open for longest gives the beat."""

    def __init__(self) -> None:
        self._streams: list[object] = []
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        """Return right after the next beat, when a stream is to be opened; at once where there is no other."""
        if not self._streams:
            return
        beat = asyncio.get_running_loop().create_future()
        self._waiting.append(beat)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LIMIT):
                await beat

    @contextmanager
    def kept_by(self, stream: object) -> Iterator[None]:
        """The stream is open meanwhile."""
        self._streams.append(stream)
        try:
            yield
        finally:
            self._streams.remove(stream)

    def strike(self, stream: object) -> None:
        """The stream has given a frame."""
        if self._waiting and stream is self._streams[0]:
            waiting, self._waiting = self._waiting, []
            for beat in waiting:
                if not beat.done():
                    beat.set_result(None)
