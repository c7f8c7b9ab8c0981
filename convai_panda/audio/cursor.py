"""How far a voice has been heard, sample by sample: what a face follows. Pure."""

from typing import NamedTuple, Protocol

QUIET = 180  # sample value: about -45 dBFS, under which a chunk counts as silence
_DEAD = 8  # sample value: about -72 dBFS; what is louder is a breath, or the room of a recording
_BREATH = 0.15  # s of silence after which a voice begins anew
_LEAD_IN = 0.5  # s: breath and room tone longer than this before a voice are no part of it

NEVER = float("-inf")


class Cursor(NamedTuple):
    """Places in one stream of sound, in seconds from its first sample; silence and what was dropped count too."""

    source: str  # which stream; places in two of them have nothing to do with each other
    heard: float  # what the player hears now
    onset: float = NEVER  # where the stretch of voice begins that is heard, or was heard last
    voiced: float = NEVER  # how far that stretch has been heard, or is about to be within a chunk

    @property
    def silence(self) -> float:
        """Seconds since a voice was heard."""
        return max(0.0, self.heard - self.voiced)


class KnowsCursor(Protocol):
    """What an audio sink can do beyond playing: say how far it is. Without it a face follows the loudness alone."""

    @property
    def cursor(self) -> Cursor | None:
        """Where the voice is just now; None before its first sample (main thread)."""


class OnsetFinder:
    """Finds where voices begin in a stream that is pushed chunk by chunk."""

    def __init__(self) -> None:
        self._stirred = NEVER  # where digital silence ended
        self._quiet_from = NEVER  # where the last loud chunk ended
        self._onset = NEVER

    def push(self, pcm: bytes, peak: int, start: float, sample_rate: int) -> float:
        """Take the chunk at ``start``; give where the stretch of voice begins that it belongs to or follows."""
        if peak < _DEAD:
            self._stirred = NEVER
            return self._onset
        if self._stirred == NEVER:
            self._stirred = start + _first_over(pcm, _DEAD) / sample_rate
        if peak >= QUIET:
            if start - self._quiet_from > _BREATH:
                loud = start + _first_over(pcm, QUIET) / sample_rate
                self._onset = self._stirred if loud - self._stirred <= _LEAD_IN else loud
            self._quiet_from = start + len(pcm) / 2 / sample_rate
        return self._onset


def _first_over(pcm: bytes, limit: int) -> int:
    import numpy as np  # not at the top: it would be half of the package's import time

    samples = np.frombuffer(pcm, dtype="<i2", count=len(pcm) // 2).astype(np.int32)
    return int(np.argmax(np.abs(samples) >= limit))


class GuessedCursor:
    """A cursor for a sink that has none: it runs with the clock while the sink sounds."""

    def __init__(self) -> None:
        self._cursor = Cursor("clock", 0.0)
        self._now: float | None = None

    def follow(self, now: float, *, is_sounding: bool) -> Cursor:
        """Where the voice must be about now."""
        elapsed = 0.0 if self._now is None else max(0.0, now - self._now)
        self._now = now
        _, heard, onset, voiced = self._cursor
        if is_sounding:
            onset = heard if heard - voiced > _BREATH else onset
            voiced = heard + elapsed
        self._cursor = Cursor("clock", heard + elapsed, onset, voiced)
        return self._cursor
