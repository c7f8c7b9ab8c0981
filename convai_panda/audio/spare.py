"""A second copy of a voice, held until it is known whether the first one is heard. Pure.

Where the service sends the voice on a track and in messages, the messages come first, by as much as the sender
queues. They are used only where the track stays silent, so that no word is heard twice.
"""

from collections import deque

from .frame import AudioFrame

_HOLD = 1.5  # s: a sender queues 1 s of its track; a network may take half a second


class Spare:
    """The held copy."""

    def __init__(self) -> None:
        self._held: deque[tuple[float, AudioFrame]] = deque()  # each with the time of its arrival
        self._live_at = float("-inf")

    @property
    def is_held(self) -> bool:
        """Whether there is anything to decide about."""
        return bool(self._held)

    def note_live(self, now: float) -> None:
        """The first voice sounds, and nothing of the copy is here."""
        self._live_at = now

    def push(self, frame: AudioFrame, now: float) -> None:
        """Take a frame of the copy."""
        self._held.append((now, frame))

    def release(self, now: float, *, is_live: bool, is_flowing: bool) -> list[AudioFrame]:
        """What is to be played of it: nothing while the first voice sounds (``is_live``), all once it does not come.

        ``is_flowing``: this copy is being heard already, so that what follows need not wait.
        """
        if is_live:
            self._live_at = now
            self._held.clear()
        if not self._held or now - self._live_at < _HOLD:
            return []
        if not is_flowing and now - self._held[0][0] < _HOLD:
            return []
        frames = [frame for _, frame in self._held]
        self._held.clear()
        return frames

    def clear(self) -> None:
        """Forget what is held."""
        self._held.clear()
