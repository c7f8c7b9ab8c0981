"""The voices without their thread: moved once a frame, on game time, and written down. Main thread only.

The same jitter buffers, interruptions and distances as in a game; only what moves them differs. With a ``tempo`` they
are really played by OpenAL, on a device that is that many times faster than the clock.
"""

from functools import partial
from typing import Any

from panda3d.core import AudioManager, LPoint3, LVector3

from ..audio.panda_sink import PandaSink
from ..audio.placement import VoicePlacement
from ..audio.pump import PandaVoice
from ..audio.track import Track
from .stereo import BOTH, SILENCE, Ears, ears
from .tape import Piece, Strip, Tape


class SteppedVoice(PandaVoice):
    """Takes the place of ``PandaVoice``. ``tempo`` None: nothing is played."""

    def __init__(self, tempo: float | None = None) -> None:
        super().__init__()
        self._tempo = tempo
        self._tapes: dict[PandaSink, Tape] = {}

    def tape(self, sink: object) -> Tape | None:
        """What was played of a sink; None for one that is not ours."""
        return self._tapes.get(sink) if isinstance(sink, PandaSink) else None

    @property
    def open_sinks(self) -> int:
        """How many voices could be heard."""
        return len(self._sinks)

    def step(self, now: float) -> None:
        """Move everything on to ``now``."""
        sinks, leaving = self._take()
        self._is_urgent = False
        self._round(self._manager, sinks, leaving, now)

    def place(self, position: LPoint3, gain: float, *, spatial: bool) -> Ears:
        """How a sound there is heard by the listener as it stands."""
        if gain <= 0.0:
            return SILENCE
        level = BOTH
        if spatial:
            origin, forward, up = self._ears
            way, forward, up = position - origin, forward.normalized(), up.normalized()
            level = ears(way.dot(forward.cross(up)), way.dot(forward), way.dot(up))
        return Ears(gain * level.left, gain * level.right)

    def close(self) -> None:
        """Stop every voice."""
        self._is_closing = True
        self._stop()
        self._sinks.clear()
        self._leaving.clear()
        self._fading.clear()
        self._manager = None

    def listen(self, position: LPoint3, forward: LVector3, up: LVector3) -> None:
        """Place the ears."""
        self._ears = (LPoint3(position), LVector3(forward), LVector3(up))

    def _sink(self, placement: VoicePlacement) -> PandaSink:
        tape = Tape()
        sink = PandaSink(
            self._start(),
            placement,
            far_end=self.far_end,
            on_sound=self._settle,
            on_cut=self._hurry,
            on_close=self._release,
            make_track=partial(_TapedTrack, tape=tape, voice=self),
        )
        self._tapes[sink] = tape
        return sink

    def _settle(self) -> None:
        """Sound moves with the frame."""

    def _start(self) -> AudioManager | None:
        if self._is_closing:
            raise RuntimeError("This voice is closed: the scene is over.")
        if self._tempo is not None and self._manager is None:
            self._manager = AudioManager.create_AudioManager()
        return self._manager


class _TapedTrack(Track):
    """A track that writes down what it plays."""

    def __init__(
        self,
        manager: AudioManager | None,
        sample_rate: int,
        *,
        spatial: bool,
        tape: Tape,
        voice: SteppedVoice,
        **options: Any,
    ) -> None:
        super().__init__(manager, sample_rate, spatial=spatial, tempo=voice._tempo or 1.0, **options)
        self._strip = Strip()
        self._scene_voice = voice
        self._now = 0.0
        tape.strips.append(self._strip)

    def fade(self, now: float) -> None:
        self._strip.ends_at = min(self._strip.ends_at, now)
        super().fade(now)

    def stop(self) -> None:
        self._strip.ends_at = min(self._strip.ends_at, self._now)
        super().stop()

    def _hand_over(self, pcm: bytes, begins: float, gain: float) -> None:
        self._strip.pieces.append(Piece(begins, pcm, self.buffer.sample_rate))
        super()._hand_over(pcm, begins, gain)

    def _put(self, now: float, position: LPoint3, gain: float) -> None:
        self._now = now
        self._strip.place(now, self._scene_voice.place(position, gain, spatial=self._spatial))
        super()._put(now, position, gain)
