"""A voice that plays nothing, in real time: for tests, servers, and games that only read."""

from collections.abc import Callable
from time import monotonic

from panda3d.core import LPoint3, LVector3

from .cursor import Cursor
from .frame import DATA_TRACK, SPARE_TRACK, AudioFrame
from .gate import Gate
from .jitter import JitterBuffer
from .placement import VoicePlacement
from .sink import AudioSink, Heard


class SilentVoice:
    """A voice output that plays nothing, in real time: ``is_sounding`` tells what would have been heard."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock

    def open(self, placement: VoicePlacement | None = None) -> AudioSink:
        """A new silent sink."""
        return _SilentSink(self._clock)

    def listen(self, position: LPoint3, forward: LVector3, up: LVector3) -> None:
        """Nothing is heard, so it matters not from where."""

    def pause(self) -> None:
        """It is silent already."""

    def resume(self) -> None:
        """It stays silent."""

    def close(self) -> None:
        """Nothing is held."""


class _SilentSink:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buffers: dict[str, JitterBuffer] = {}
        self._gate = Gate()
        self._before = 0.0  # s heard of turns that are over

    def write(self, track: str, frame: AudioFrame) -> None:
        if self._gate.mark() is None or track == SPARE_TRACK:
            return
        now = self._clock()
        buffer = self._buffers.setdefault(track, JitterBuffer(frame.sample_rate, is_live=track != DATA_TRACK))
        buffer.push(frame.pcm, now, frame.peak)
        while buffer.release(now):
            pass

    def interrupt(self) -> Heard:
        heard = Heard(self._heard(), self.is_sounding)
        self._gate.close()
        self._buffers.clear()
        return heard

    def begin_turn(self) -> Heard:
        heard = Heard(self._heard(), self.is_sounding)
        self._before += heard.seconds
        self._gate.open()
        return heard

    def flush(self) -> None:
        self._buffers.clear()

    def update(self, position: LPoint3, volume: float, muffling: float = 0.0) -> None:
        pass

    @property
    def is_sounding(self) -> bool:
        now = self._clock()
        return any(buffer.is_sounding(now) for buffer in list(self._buffers.values()))

    @property
    def loudness(self) -> float:
        now = self._clock()
        for buffer in list(self._buffers.values()):
            buffer.release(now)
        return max((buffer.loudness for buffer in list(self._buffers.values())), default=0.0)

    @property
    def cursor(self) -> Cursor | None:
        now = self._clock()
        buffers = list(self._buffers.items())
        for _, buffer in buffers:
            buffer.release(now)
        if not buffers:
            return None
        name, buffer = max(buffers, key=lambda item: item[1].is_sounding(now))
        return buffer.cursor(name, now)

    def close(self) -> None:
        self._buffers.clear()

    def _heard(self) -> float:
        now, heard = self._clock(), 0.0
        for buffer in list(self._buffers.values()):
            buffer.release(now)
            heard += buffer.voiced(now)
        return max(0.0, heard - self._before)
