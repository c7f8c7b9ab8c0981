"""Where a character's voice goes: the seam, the silent form, and one character's sounds in OpenAL.

``PandaSink`` is fed from the asyncio thread (``write``), placed from the main thread (``update``) and moved by
the voice thread alone (``pump``): every call on a Panda3D sound happens there, because ``UserDataAudio`` has no lock.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from panda3d.core import AudioManager, AudioSound, LPoint3, LVector3, UserDataAudio

from .frame import AudioFrame
from .jitter import PRIME, JitterBuffer, JitterStats

_FADE = 0.8  # share of the maximum distance at which the fade to silence begins


class AudioSink(Protocol):
    """One character's voice."""

    def write(self, track: str, frame: AudioFrame) -> None:
        """Queue one frame of one track (asyncio thread; returns at once)."""

    def flush(self) -> None:
        """Be silent now and forget everything that is queued (any thread)."""

    def update(self, position: LPoint3, volume: float) -> None:
        """Say where the mouth is, in world space, and how loud it is, 0 to 1 (main thread)."""

    @property
    def is_sounding(self) -> bool:
        """Whether something louder than silence is being heard or is still to come."""

    @property
    def loudness(self) -> float:
        """The peak, 0 to 1, of what is being heard just now, before distance: enough to open a mouth by."""

    def close(self) -> None:
        """Stop, and leave no sound behind (main thread)."""


class VoiceOutput(Protocol):
    """Opens sinks and knows where the ears are. ``Convai(voice=…)`` takes one."""

    def open(self) -> AudioSink:
        """A new sink for one character."""

    def listen(self, position: LPoint3, forward: LVector3, up: LVector3) -> None:
        """Say where the listener is and where it looks, in world space (main thread, each frame)."""

    def close(self) -> None:
        """Close every sink and end what plays them."""


class SilentVoice:
    """A voice output that plays nothing, in real time: ``is_sounding`` tells what would have been heard."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock

    def open(self) -> AudioSink:
        """A new silent sink."""
        return _SilentSink(self._clock)

    def listen(self, position: LPoint3, forward: LVector3, up: LVector3) -> None:
        """Nothing is heard, so it matters not from where."""

    def close(self) -> None:
        """Nothing is held."""


class _SilentSink:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buffers: dict[str, JitterBuffer] = {}

    def write(self, track: str, frame: AudioFrame) -> None:
        now = self._clock()
        buffer = self._buffers.setdefault(track, JitterBuffer(frame.sample_rate))
        buffer.push(frame.pcm, now)
        while buffer.release(now):
            pass

    def flush(self) -> None:
        self._buffers.clear()

    def update(self, position: LPoint3, volume: float) -> None:
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

    def close(self) -> None:
        self._buffers.clear()


class PandaSink:
    """One character's tracks as positional sounds of one ``AudioManager``."""

    def __init__(
        self,
        manager: AudioManager,
        *,
        min_distance: float,
        max_distance: float,
        spatial: bool,
        on_close: "Callable[[PandaSink], None]",
    ) -> None:
        self._manager = manager
        self._min_distance = min_distance
        self._max_distance = max_distance
        self._spatial = spatial
        self._on_close = on_close
        self._inbox: deque[tuple[str, AudioFrame] | None] = deque()  # None: flush
        self._tracks: dict[str, _Track] = {}
        self._position = LPoint3(0)
        self._volume = 0.0  # silent until it has been placed
        self._is_sounding = False
        self._loudness = 0.0
        self._is_closed = False

    def write(self, track: str, frame: AudioFrame) -> None:
        self._inbox.append((track, frame))

    def flush(self) -> None:
        self._inbox.append(None)

    def update(self, position: LPoint3, volume: float) -> None:
        self._position = position
        self._volume = volume

    @property
    def is_sounding(self) -> bool:
        return self._is_sounding

    @property
    def loudness(self) -> float:
        return self._loudness

    @property
    def stats(self) -> dict[str, JitterStats]:
        """What happened to each track's audio so far."""
        return {name: track.buffer.stats for name, track in list(self._tracks.items())}

    @property
    def depth(self) -> float:
        """Seconds of audio queued in the deepest track."""
        now = monotonic()
        return max((track.buffer.depth(now) for track in list(self._tracks.values())), default=0.0)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._on_close(self)

    def pump(self, now: float, ears: LPoint3) -> None:
        """Move what has arrived towards the device, and the sounds to where the mouth is (voice thread)."""
        self._drain(now)
        gain = self._volume * (_fade((self._position - ears).length(), self._max_distance) if self._spatial else 1.0)
        for track in self._tracks.values():
            track.pump(now, self._position, gain)
        self._is_sounding = any(track.buffer.is_sounding(now) for track in self._tracks.values())
        self._loudness = max((track.buffer.loudness for track in self._tracks.values()), default=0.0)

    def silence(self) -> None:
        """Stop every sound and let go of it (voice thread)."""
        for track in self._tracks.values():
            track.stop()
        self._tracks.clear()
        self._is_sounding = False
        self._loudness = 0.0

    def _drain(self, now: float) -> None:
        while self._inbox:
            item = self._inbox.popleft()
            if item is None:
                self.silence()
                continue
            name, frame = item
            track = self._tracks.get(name)
            if track is None or track.buffer.sample_rate != frame.sample_rate:
                if track is not None:
                    track.stop()
                track = self._tracks[name] = _Track(self._manager, frame.sample_rate, self._min_distance, self._spatial)
            track.buffer.push(frame.pcm, now)


class _Track:
    """One stream into OpenAL. A flushed one is thrown away: ``stop`` and ``play`` would keep what is unswallowed."""

    def __init__(self, manager: AudioManager, sample_rate: int, min_distance: float, spatial: bool) -> None:
        self.buffer = JitterBuffer(sample_rate, PRIME)
        self._stream: UserDataAudio | None = None
        self._sound: AudioSound | None = None
        self._gain = -1.0
        # Without a device the sound would never read: appending to it would only eat memory.
        if manager.is_valid():
            self._stream = UserDataAudio(sample_rate, 1, True)  # mono: a stereo sound is never spatialised
            self._sound = manager.get_sound(self._stream, spatial)
            self._sound.set_3d_min_distance(min_distance)
            self._sound.set_volume(0.0)
            self._sound.play()

    def pump(self, now: float, position: LPoint3, gain: float) -> None:
        pcm = self.buffer.release(now)
        if self._stream is None or self._sound is None:
            return
        if pcm:
            self._stream.append(pcm)  # type: ignore[call-overload]  # the stubs do not know bytes
        self._sound.set_3d_attributes(position.x, position.y, position.z, 0.0, 0.0, 0.0)  # no Doppler on a voice
        if gain != self._gain:
            self._gain = gain
            self._sound.set_volume(gain)

    def stop(self) -> None:
        if self._sound is not None:
            self._sound.stop()  # a playing sound that is only dropped keeps its OpenAL source for ever
        self._sound = self._stream = None


def _fade(distance: float, max_distance: float) -> float:
    """1 up to near the maximum distance, then smoothly to true silence, which OpenAL's own law never reaches."""
    start = _FADE * max_distance
    if distance <= start:
        return 1.0
    if distance >= max_distance:
        return 0.0
    t = (max_distance - distance) / (max_distance - start)
    return t * t * (3.0 - 2.0 * t)
