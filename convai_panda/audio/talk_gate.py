"""Which of the microphone's frames are sent: push-to-talk with its pre-roll and tail, open microphone, mute. Pure."""

from collections import deque
from enum import Enum

from .frame import AudioFrame, peak_of

_LEAD = 0.03  # s kept before the first sound of the pre-roll: a consonant begins softly
_ROUNDING = 1e-6  # s that sums of durations may be off
_QUIET = 100  # sample value: about -50 dBFS, under which the pre-roll's beginning is thrown away


class TalkMode(Enum):
    """When the player is heard."""

    PUSH_TO_TALK = "push-to-talk"
    OPEN_MICROPHONE = "open-microphone"


class TalkGate:
    """Lets frames through while the player talks.

    ``pre_roll`` seconds from before the key was pressed are let through with it, as far as there was sound in them,
    and ``tail`` seconds after its release.
    """

    def __init__(self, mode: TalkMode, *, pre_roll: float, tail: float) -> None:
        self._mode = mode
        self._pre_roll = pre_roll
        self._tail = tail
        self._held: deque[AudioFrame] = deque()
        self._held_duration = 0.0
        self._behind = 0.0  # s that what is let through is late, because the pre-roll went first
        self._is_pressed = False
        self._closes_at: float | None = None
        self.is_muted = False

    @property
    def is_open(self) -> bool:
        """Whether frames are let through now."""
        if self.is_muted:
            return False
        return self._mode is TalkMode.OPEN_MICROPHONE or self._is_pressed or self._closes_at is not None

    @property
    def closes_at(self) -> float | None:
        """When the tail of a released key is over."""
        return self._closes_at

    def press(self) -> bool:
        """The key goes down; whether this opens the gate."""
        was_open = self.is_open
        self._is_pressed = True
        self._closes_at = None
        if was_open or not self.is_open:
            return False
        self._trim()
        self._behind = self._held_duration
        return True

    def release(self, now: float) -> None:
        """The key goes up; what was said before the release is let through, and then the tail."""
        was_heard = self._is_pressed and not self.is_muted
        self._is_pressed = False
        if was_heard:
            self._closes_at = now + self._tail + self._behind

    def close(self) -> None:
        """The tail is over, or the talk is: hold back what comes now."""
        self._is_pressed = False
        self._closes_at = None
        self._behind = 0.0

    def take(self, frame: AudioFrame) -> list[AudioFrame]:
        """One frame of the microphone; those that are let through now."""
        self._held.append(frame)
        self._held_duration += frame.duration
        if self.is_open:
            frames = list(self._held)
            self._held.clear()
            self._held_duration = 0.0
            return frames
        while self._held and self._held_duration - self._held[0].duration >= self._pre_roll - _ROUNDING:
            self._drop()
        return []

    def _trim(self) -> None:
        """Silence before the first syllable would only make every word late."""
        silent = 0.0
        for frame in self._held:
            if peak_of(frame.pcm) >= _QUIET:
                break
            silent += frame.duration
        while self._held and silent - self._held[0].duration >= _LEAD:
            silent -= self._held[0].duration
            self._drop()

    def _drop(self) -> None:
        self._held_duration -= self._held.popleft().duration
