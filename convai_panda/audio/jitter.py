"""Hold one track's audio until enough has arrived, then release it evenly.

Pure: knows neither devices nor threads; the clock is an argument. Whoever plays the sound calls ``push`` as
audio arrives and ``release`` every few milliseconds, and appends what it gets to the device.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from .cursor import NEVER, QUIET, Cursor, OnsetFinder
from .frame import SAMPLE_RATE, SAMPLE_SIZE, peak_of

PRIME = 0.060  # s: three 20 ms frames, so that one late frame is never heard
_AHEAD = 0.200  # s: no more than this is handed to the device; it covers a pump that comes late itself
_WARIER = 0.040  # s: added to the prime by each underrun
_WARIEST = 0.120  # s: and never more than this in all
_SLACK = 0.040  # s: depth above the prime that is tolerated before silence is trimmed
_LIMIT = 2.0  # s: a backlog older than this is no longer a conversation; the oldest goes
_MOST = 120.0  # s of a head start that are kept: no turn is longer
_FULL_SCALE = 32_768
_RESUMED = 0.5  # s: speech that comes back within this time after running dry was broken, not finished


class _Chunk(NamedTuple):
    pcm: bytes
    duration: float
    peak: int  # sample value
    end: float  # s of the stream
    onset: float  # s of the stream: where its voice begins

    @property
    def is_quiet(self) -> bool:
        return self.peak < QUIET


class _Playing(NamedTuple):
    until: float
    chunk: _Chunk


@dataclass(slots=True)
class JitterStats:
    """What happened to a track's audio; counts since the track began, durations in seconds."""

    underruns: int = 0  # times that speech ran dry and went on
    trimmed_silence: float = 0.0
    dropped_speech: float = 0.0


@dataclass(slots=True)
class JitterBuffer:
    """The depth of one mono s16le track, in seconds of audio: what is held here plus what the device still has."""

    sample_rate: int = SAMPLE_RATE
    prime: float = PRIME
    is_live: bool = True  # what comes faster than real time is a backlog; elsewhere it is a head start, and all is kept
    pushed: float = 0.0  # s: how far its stream has come
    stats: JitterStats = field(default_factory=JitterStats)
    _held: deque[_Chunk] = field(default_factory=deque)
    _held_duration: float = 0.0
    _held_since: float = 0.0
    _is_flowing: bool = False
    _dry_at: float = float("-inf")
    _wariness: float = 0.0  # s on top of the prime, learnt from underruns
    _loud_until: float = float("-inf")
    _voiced: float = 0.0  # s of sound, not silence, that have been played
    _playing: deque[_Playing] = field(default_factory=deque)  # what the device has, chunk by chunk
    _onsets: OnsetFinder = field(default_factory=OnsetFinder)
    _heard: float = NEVER  # s of the stream, up to the last chunk that was played
    _onset: float = NEVER
    _voiced_until: float = NEVER

    def push(self, pcm: bytes, now: float, peak: int | None = None) -> None:
        """Take audio that has just arrived: whole s16le samples, any length, and their peak where it is known."""
        if not pcm:
            return
        if not self._held:
            self._held_since = now
        duration = len(pcm) / (SAMPLE_SIZE * self.sample_rate)
        peak = peak_of(pcm) if peak is None else peak
        onset = self._onsets.push(pcm, peak, self.pushed, self.sample_rate)
        self.pushed += duration
        if self._held_duration + duration > _MOST:
            self.stats.dropped_speech += duration
            return
        chunk = _Chunk(pcm, duration, peak, self.pushed, onset)
        self._held.append(chunk)
        self._held_duration += chunk.duration

    def release(self, now: float) -> bytes:
        """The audio that the device should be given now; empty where it has enough or there is none."""
        while self._playing and self._playing[0].until <= now:
            self._finish(self._playing.popleft().chunk)
        if not self._held:
            return b""
        if now >= self._dry_at:
            self._is_flowing = False
        if not self._is_flowing and not self._start(now):
            return b""
        if self.is_live:
            self._trim(now)
        released = []
        while self._held and self._dry_at - now < _AHEAD:
            chunk = self._take()
            self._dry_at += chunk.duration
            self._playing.append(_Playing(self._dry_at, chunk))
            if not chunk.is_quiet:
                self._loud_until = self._dry_at
            released.append(chunk.pcm)
        return b"".join(released)

    def clear(self, now: float) -> None:
        """Forget what is held; the owner silences the device itself."""
        self._held.clear()
        self._playing.clear()
        self._held_duration = 0.0
        self._is_flowing = False
        self._dry_at = self._loud_until = now

    def depth(self, now: float) -> float:
        """Seconds of audio between what arrived last and what is heard now."""
        return self._held_duration + max(0.0, self._dry_at - now)

    def is_steady(self, now: float, reserve: float) -> bool:
        """Whether nothing is lost by not looking again for ``reserve`` seconds: it has that much twice, or nothing."""
        return self._dry_at - now >= 2.0 * reserve or (not self._held and now >= self._dry_at)

    def is_waiting(self, now: float, reserve: float) -> bool:
        """Whether there is nothing to do before more comes, or not for ``reserve`` seconds."""
        return not self._held or self._dry_at - now >= 2.0 * reserve

    @property
    def dry_at(self) -> float:
        """When the last of what was released has been heard."""
        return self._dry_at

    def is_sounding(self, now: float) -> bool:
        """Whether something louder than silence is being heard now or is still to come."""
        return now < self._loud_until or any(not chunk.is_quiet for chunk in self._held)

    def voiced(self, now: float) -> float:
        """Seconds of sound, not counting silence, that have been heard."""
        if not self._playing or self._playing[0].chunk.is_quiet:
            return self._voiced
        playing = self._playing[0]
        return self._voiced + max(0.0, playing.chunk.duration - max(0.0, playing.until - now))

    def cursor(self, source: str, now: float) -> Cursor | None:
        """How far the stream has been heard; None before its first sample (any thread)."""
        playing = list(self._playing)  # first, so that what a round finishes meanwhile is only seen twice
        heard, onset, voiced = self._heard, self._onset, self._voiced_until
        for until, chunk in playing:
            left = until - now
            if left >= chunk.duration:
                break
            heard, onset = chunk.end - max(0.0, left), chunk.onset
            voiced = voiced if chunk.is_quiet else chunk.end
        return None if heard == NEVER else Cursor(source, heard, onset, voiced)

    @property
    def loudness(self) -> float:
        """The peak, 0 to 1, of what is being heard; as of the last ``release``."""
        return self._playing[0].chunk.peak / _FULL_SCALE if self._playing else 0.0

    def _finish(self, chunk: _Chunk) -> None:
        self._heard, self._onset = chunk.end, chunk.onset
        if not chunk.is_quiet:
            self._voiced += chunk.duration
            self._voiced_until = chunk.end

    def _start(self, now: float) -> bool:
        # A last word shorter than the prime must not wait for audio that never comes.
        prime = self.prime + self._wariness
        if self._held_duration < prime and now - self._held_since < prime:
            return False
        was_broken = self._loud_until >= self._dry_at > now - _RESUMED
        if was_broken and not self._held[0].is_quiet:
            self.stats.underruns += 1
            self._wariness = min(_WARIEST, self._wariness + _WARIER)
        self._is_flowing = True
        self._dry_at = now
        return True

    def _trim(self, now: float) -> None:
        """Give up latency that a hitch or a drifting clock left behind: silence first, speech only at the limit."""
        excess = self.depth(now) - self.prime - self._wariness - _SLACK
        if excess <= 0.0:
            return
        if self._held_duration <= _LIMIT:
            # Only silence that is followed by silence: the soft edges of a word belong to the word.
            kept: deque[_Chunk] = deque()
            chunks = list(self._held)
            for chunk, follower in zip(chunks, [*chunks[1:], None], strict=True):
                if excess > 0.0 and chunk.is_quiet and follower is not None and follower.is_quiet:
                    excess -= chunk.duration
                    self._held_duration -= chunk.duration
                    self.stats.trimmed_silence += chunk.duration
                else:
                    kept.append(chunk)
            self._held = kept
        while self._held_duration > _LIMIT:
            self.stats.dropped_speech += self._take().duration

    def _take(self) -> _Chunk:
        chunk = self._held.popleft()
        self._held_duration -= chunk.duration
        if not self._held:
            self._held_duration = 0.0  # no drift from adding and subtracting floats
        return chunk
