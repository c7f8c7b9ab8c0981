"""Where a character's voice goes: the seam between a session, a scene, and what plays the sound."""

from typing import NamedTuple, Protocol

from panda3d.core import LPoint3, LVector3

from .frame import AudioFrame
from .placement import VoicePlacement


class Heard(NamedTuple):
    """What the player has heard of a turn."""

    seconds: float  # of voice, silence not counted
    was_sounding: bool  # more of it was being heard, or still to come


class AudioSink(Protocol):
    """One character's voice."""

    def write(self, track: str, frame: AudioFrame) -> None:
        """Queue one frame of one track (asyncio thread; returns at once). Dropped after ``interrupt``."""

    def interrupt(self) -> Heard:
        """Fade out now, and drop what is queued and all that is written until ``begin_turn`` (any thread)."""

    def begin_turn(self) -> Heard:
        """Let what is written from now on be heard, as a new turn (asyncio thread); what was heard of the last."""

    def flush(self) -> None:
        """Fade out now and forget everything that is queued; what is written next is heard (any thread)."""

    def update(self, position: LPoint3, volume: float, muffling: float = 0.0) -> None:
        """Say where the mouth is, in world space, and how loud and how muffled it is, 0 to 1 (main thread)."""

    @property
    def is_sounding(self) -> bool:
        """Whether something louder than silence is being heard or is still to come."""

    @property
    def loudness(self) -> float:
        """The peak, 0 to 1, of what is being heard just now, before distance: enough to open a mouth by."""

    def close(self) -> None:
        """Stop, and leave no sound behind (main thread)."""


class MovesAtOnce(Protocol):
    """A sink that need not look for sound by the clock; others just leave ``settle`` out."""

    def settle(self) -> None:
        """What came at one moment has been written, for all characters (asyncio thread; returns at once)."""


class VoiceOutput(Protocol):
    """Opens sinks and knows where the ears are. ``Convai(voice=…)`` takes one."""

    def open(self, placement: VoicePlacement | None = None) -> AudioSink:
        """A new sink for one character; None: with the output's own distances."""

    def listen(self, position: LPoint3, forward: LVector3, up: LVector3) -> None:
        """Say where the listener is and where it looks, in world space (main thread, each frame)."""

    def pause(self) -> None:
        """Fade out, and drop what arrives until ``resume`` (main thread; safe to call twice)."""

    def resume(self) -> None:
        """Let what arrives from now on be heard (main thread; safe to call twice)."""

    def close(self) -> None:
        """Close every sink and end what plays them."""
