"""All voices read at the same moments. Runs on the asyncio thread.

LiveKit hands sound out every 10 ms, to all tracks of a process at the same moment. A stream of 20 ms frames gives one
at every second of these; at which half of them depends on when it was opened. Two halves would wake a game twice as
often, and each time it pays with its interpreter's lock. So a stream that turns out to be on the other half makes room
for a second one of the same track, without a sample lost or heard twice.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

_log = logging.getLogger(__name__)

PERIOD = 0.020  # s: a frame of all streams; half the wake-ups of 10 ms, and no more delay that anybody hears
_MOMENT = PERIOD / 2  # s: how often LiveKit hands sound out
_APART = 0.005  # s: voices of one moment come within 1 ms of each other, those of the other half 10 ms later
_SURE = 10  # frames in a row that were on the other half: a busy machine brings some late
_TRIES = 5  # for each voice: where two streams of a track are not the same, there is nothing to be done
_GONE = 0.100  # s without a frame, after which another voice gives the beat
_LIMIT = 0.060  # s that a second stream has to give its first frame, or to be closed


class Stream(Protocol):
    """Frames of ``PERIOD`` of one track: LiveKit's ``AudioStream``, as s16le bytes."""

    async def read(self) -> bytes | None:
        """The next one; None after the last."""

    async def aclose(self) -> None:
        """Let go of it."""


class Beat:
    """Shared by all voices of a process; one of them gives it, for as long as it gives sound."""

    def __init__(self) -> None:
        self._leader: object = None
        self._struck_at = float("-inf")

    async def read(self, open_stream: Callable[[], Stream], take: Callable[[bytes], None]) -> None:
        """Give ``take`` each frame of a track, until its stream ends."""
        voice = _Voice(open_stream, take)
        missed, tries = 0, _TRIES
        try:
            while await voice.pass_on():
                missed = missed + 1 if self._is_missed_by(voice) else 0
                if missed == _SURE and tries:
                    missed = 0
                    if await voice.shift():
                        tries -= 1
        finally:
            await voice.aclose()

    def _is_missed_by(self, voice: object) -> bool:
        """Whether the frame that it has just given came between those of the voice that gives the beat."""
        now = asyncio.get_running_loop().time()
        if voice is self._leader or now - self._struck_at > _GONE:
            self._leader, self._struck_at = voice, now
            return False
        return _APART < now - self._struck_at < PERIOD - _APART


class _Voice:
    """One track, read from one stream and for some moments from two."""

    def __init__(self, open_stream: Callable[[], Stream], take: Callable[[bytes], None]) -> None:
        self._open_stream = open_stream
        self._take = take
        self._streams = [open_stream()]
        self._is_over = False

    async def pass_on(self) -> bytes | None:
        """Give one frame on; None after the last."""
        frame = None if self._is_over else await self._streams[0].read()
        if frame is None:
            self._is_over = True
        else:
            self._take(frame)
        return frame

    async def shift(self) -> bool:
        """Just after a frame: go over to a stream whose frames begin in the middle of these, if that can be had.

        False where it was not tried, because this process was held up.
        """
        clock, between = asyncio.get_running_loop(), 1.5 * _MOMENT  # after the moment that is not ours, before ours
        due = clock.time() + between
        await asyncio.sleep(between)
        if clock.time() > due + 0.3 * _MOMENT:  # ours may have been
            return False
        try:
            self._streams.append(self._open_stream())
        except Exception as error:  # noqa: BLE001 - whatever LiveKit has against a second one, there is the first
            _log.debug("= no second stream of a voice (%s)", type(error).__name__)
            return True
        last, first = await self.pass_on(), await _first_of(self._streams[1])
        if last and first and first[: (half := len(last) // 2)] == last[half:]:
            self._take(first[half:])
            self._streams.reverse()
        await self._retire(self._streams.pop())
        return True

    async def aclose(self) -> None:
        """Let go of its streams."""
        while self._streams:
            await self._streams.pop().aclose()

    async def _retire(self, stream: Stream) -> None:
        """Close it while the other one is read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LIMIT):
                await stream.aclose()


async def _first_of(stream: Stream) -> bytes | None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_LIMIT):
            return await stream.read()
    return None
