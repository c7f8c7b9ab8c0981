"""One stream into OpenAL. Moved in a round of ``PandaVoice`` alone: ``UserDataAudio`` has no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panda3d.core import AudioManager, AudioSound, LPoint3, UserDataAudio

from .far_end import FarEnd
from .frame import SAMPLE_SIZE
from .jitter import PRIME, JitterBuffer

if TYPE_CHECKING:
    from .muffle import Muffle

_FADING = 0.080  # s from volume 0 to the stop; OpenAL ramps over one mixing period, 21 ms where it is longest
_NO_LAW = 1e6  # scene units: OpenAL's own distance law begins out there; the level is ours alone


class Track:
    """A track's sound. One that is cut is thrown away: ``stop`` and ``play`` would keep what is unswallowed.

    ``tempo``: how many seconds of voice the device plays in one of its own; only a test's device hurries.
    """

    def __init__(
        self,
        manager: AudioManager | None,
        sample_rate: int,
        *,
        spatial: bool,
        is_live: bool,
        far_end: FarEnd,
        prime: float = PRIME,
        tempo: float = 1.0,
    ) -> None:
        self.buffer = JitterBuffer(sample_rate, prime, is_live)
        self._spatial = spatial
        self._far_end = far_end
        self._stream: UserDataAudio | None = None
        self._sound: AudioSound | None = None
        self._gain = -1.0
        self._position: LPoint3 | None = None
        self._muffle: Muffle | None = None  # made when it is first behind something
        self._stops_at = float("inf")
        # Without a device the sound would never read: appending to it would only eat memory.
        if manager is not None and manager.is_valid():
            # Mono is placed in space; stereo never is, and so is the form for a voice in both ears.
            self._stream = UserDataAudio(round(tempo * sample_rate), 1 if spatial else 2, True)
            self._sound = manager.get_sound(self._stream, spatial)
            self._sound.set_3d_min_distance(_NO_LAW)
            self._sound.set_volume(0.0)
            self._sound.play()

    def pump(self, now: float, position: LPoint3, gain: float, muffling: float = 0.0) -> None:
        """Hand the device what is due, and place the sound."""
        if pcm := self.buffer.release(now):
            begins = self.buffer.dry_at - len(pcm) / (SAMPLE_SIZE * self.buffer.sample_rate)
            self._hand_over(self._muffled(pcm, muffling), begins, gain)
        self._put(now, position, gain)

    def _hand_over(self, pcm: bytes, begins: float, gain: float) -> None:
        """Give the device what begins to be heard at a time."""
        if self._stream is not None:
            self._far_end.add(pcm, self.buffer.sample_rate, at=begins, gain=gain)
            self._stream.append(pcm if self._spatial else _in_both_ears(pcm))  # type: ignore[call-overload]  # bytes

    def _put(self, now: float, position: LPoint3, gain: float) -> None:
        """Place the sound, and make it as loud as it is from there."""
        if self._sound is None:
            return
        if self._spatial and position != self._position:
            self._position = position
            self._sound.set_3d_attributes(position.x, position.y, position.z, 0.0, 0.0, 0.0)  # no Doppler on a voice
        if gain != self._gain:
            self._gain = gain
            self._sound.set_volume(gain)

    def _muffled(self, pcm: bytes, share: float) -> bytes:
        if self._muffle is None:
            if share == 0.0:
                return pcm
            from .muffle import Muffle  # not at the top: it brings numpy

            self._muffle = Muffle(self.buffer.sample_rate)
        return self._muffle.apply(pcm, share)

    def fade(self, now: float) -> None:
        """Be silent within one mixing period, without a click: OpenAL ramps to a new volume over one."""
        self._stops_at = now + _FADING
        if self._sound is not None:
            self._sound.set_volume(0.0)

    def has_faded(self, now: float) -> bool:
        """Stops the sound once its fade is over; whether it was."""
        if now < self._stops_at:
            return False
        self.stop()
        return True

    def stop(self) -> None:
        """Let go of the sound at once."""
        if self._sound is not None:
            self._sound.stop()  # a playing sound that is only dropped keeps its OpenAL source for ever
        self._sound = self._stream = None


def _in_both_ears(pcm: bytes) -> bytes:
    import numpy as np  # not at the top: it would be half of the package's import time

    doubled: bytes = np.repeat(np.frombuffer(pcm, "<i2", count=len(pcm) // SAMPLE_SIZE), 2).tobytes()
    return doubled
