"""All voices read at the same moments. Runs on the asyncio thread.

LiveKit hands sound out every 10 ms, to all tracks of a process at the same moment. A stream of 20 ms frames gives one
at every second of these; at which half of them depends on when it was opened. Two halves would wake a game twice as
often, and each time it pays with its interpreter's lock. So a stream that turns out to be on the other half than the
one that is read for longest makes room for a second one of the same track, without a sample lost or heard twice.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

_log = logging.getLogger(__name__)

_PERIOD = 0.020  # s: a frame
_APART = 0.005  # s: voices of one moment come within 1 ms of each other, those of the other half 10 ms later
_SURE = 10  # frames in a row that were on the other half: a busy machine brings some late
_TRIES = 5  # for each voice: where two streams of a track are not the same, there is nothing to be done


class Stream(Protocol):
    """Frames of ``_PERIOD`` of one track: LiveKit's ``AudioStream``, as s16le bytes."""

    async def read(self) -> bytes | None:
        """The next one; None after the last."""

    async def aclose(self) -> None:
        """Let go of it."""


class Beat:
    """Shared by all voices of a process; the one that is read for longest gives the beat."""

    def __init__(self) -> None:
        self._voices: list[object] = []
        self._struck_at = 0.0

    async def read(self, open_stream: Callable[[], Stream], take: Callable[[bytes], None]) -> None:
        """Give ``take`` each frame of a track, until it ends."""
        voice = _Voice(open_stream, take)
        self._voices.append(voice)
        missed, tries = 0, _TRIES
        try:
            while await voice.pass_on():
                missed = missed + 1 if self._is_missed_by(voice) else 0
                if missed == _SURE and tries:
                    missed, tries = 0, tries - 1
                    if not await voice.shift():
                        break
        finally:
            self._voices.remove(voice)
            await voice.aclose()

    def _is_missed_by(self, voice: object) -> bool:
        """Whether the frame that it has just given came between those of the voice that gives the beat."""
        now = asyncio.get_running_loop().time()
        if voice is self._voices[0]:
            self._struck_at = now
            return False
        return _APART < now - self._struck_at < _PERIOD - _APART


class _Voice:
    """One track, read from one stream and for some moments from two."""

    def __init__(self, open_stream: Callable[[], Stream], take: Callable[[bytes], None]) -> None:
        self._open_stream = open_stream
        self._take = take
        self._streams = [open_stream()]

    async def pass_on(self) -> bytes | None:
        """Give one frame on; None after the last."""
        frame = await self._streams[0].read()
        if frame is not None:
            self._take(frame)
        return frame

    async def shift(self) -> bool:
        """Just after a frame: go over to a stream whose frames begin in the middle of these. False after the last."""
        await asyncio.sleep(0.75 * _PERIOD)  # half-way between two of LiveKit's moments, the second of which is ours
        self._streams.append(self._open_stream())
        last = await self.pass_on()
        first = await self._streams[1].read() if last is not None else None
        if last is None or first is None:
            return False
        half = len(last) // 2
        if first[:half] == last[half:]:
            self._take(first[half:])
            self._streams.reverse()
        else:
            _log.debug("= a voice could not be brought to the beat of the others")
        await self._streams.pop().aclose()
        return True

    async def aclose(self) -> None:
        while self._streams:
            await self._streams.pop().aclose()
