"""What the rooms' process says to the game, each moment in one write. On its asyncio loop.

LiveKit gives the voices of one tick one after the other, within a millisecond. Each write wakes the game, which pays
for it with its interpreter's lock. So they are written when the same have come as the last time, else some time later.
"""

import asyncio
import time

from .frames import Said, Sound, encode
from .pipes import HAS_LOOP_PIPES, PipeWriter, open_writer

_TICK = 0.002  # s: the voices of a tick arrive within about 1 ms of each other
_AGE_LIMIT = 2.0  # s: sound that waited longer for the game is no conversation any more
_BACKLOG = 2_000  # frames waiting, when old sound is looked for: 2 s of ten voices


class BatchWriter:
    """Filled from anywhere on the loop; written while ``run`` runs."""

    def __init__(self, preamble: bytes, *, on_loop: bool = HAS_LOOP_PIPES) -> None:
        self._preamble = preamble
        self._is_on_loop = on_loop
        self._waiting: list[tuple[float, Said]] = []
        self._prune_at = _BACKLOG
        self._voices: set[tuple[int, str]] = set()  # room and track of the sound that waits
        self._usual: set[tuple[int, str]] = set()  # of what was written last
        self._writer: PipeWriter | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, sink: int) -> None:
        """Write until the game is gone."""
        self._writer = await open_writer(sink, self._write, on_loop=self._is_on_loop)
        self._writer.write(self._preamble)
        self._write()
        try:
            await self._writer.gone
        finally:
            self._writer.close()

    def put(self, said: Said) -> None:
        """Have something said to the game."""
        now = time.monotonic()
        self._waiting.append((now, said))
        if len(self._waiting) > self._prune_at:  # the game does not read: it hangs, or was stopped
            self._prune(now)
        if isinstance(said, Sound):
            self._voices.add((said.room, said.track))
            if self._voices == self._usual:
                self._write()
                return
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK, self._write)

    def _write(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writer is None or self._writer.is_busy or not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        self._prune_at = _BACKLOG
        if self._voices:
            self._usual, self._voices = self._voices, set()
        self._writer.write(b"".join(encode(said) for _, said in waiting))

    def _prune(self, now: float) -> None:
        self._waiting = [
            (at, said) for at, said in self._waiting if at > now - _AGE_LIMIT or not isinstance(said, Sound)
        ]
        self._prune_at = max(_BACKLOG, 2 * len(self._waiting))
