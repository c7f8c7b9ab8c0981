"""One character's voice in OpenAL.

``PandaSink`` is fed from the asyncio thread (``write``, ``begin_turn``), placed from the main thread (``update``) and
moved in rounds (``pump``), by one thread at a time (``PandaVoice``): every call on a Panda3D sound happens there.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic

from panda3d.core import AudioManager, LPoint3

from .cursor import Cursor
from .far_end import FarEnd
from .frame import DATA_TRACK, SPARE_TRACK, AudioFrame
from .gate import Gate
from .jitter import PRIME, JitterBuffer, JitterStats
from .placement import VoicePlacement
from .sink import Heard
from .spare import Spare
from .track import Track

_DATA_PRIME = 0.200  # s: two messages of the usual length, so that one may be late
_MOST_TRACKS = 8  # of a character, who has one voice; each room that it comes back in brings a new one


class PandaSink:
    """One character's tracks as sounds of one ``AudioManager``."""

    def __init__(
        self,
        manager: AudioManager | None,
        placement: VoicePlacement,
        *,
        far_end: FarEnd,
        on_sound: Callable[[], None],
        on_cut: Callable[[], None],
        on_close: "Callable[[PandaSink], None]",
        make_track: Callable[..., Track] = Track,
    ) -> None:
        self._manager = manager
        self._placement = placement
        self._far_end = far_end
        self._on_sound = on_sound
        self._on_cut = on_cut
        self._on_close = on_close
        self._make_track = make_track
        self._gate = Gate()
        self._inbox: deque[tuple[int, str, AudioFrame]] = deque()  # each with the gate's mark
        self._spare = Spare()
        self._tracks: dict[str, Track] = {}
        self._fading: list[Track] = []
        self._pushed: dict[str, float] = {}  # s: how far each stream has come that has no track just now
        self._leading: tuple[str, JitterBuffer] | None = None  # the one that is heard
        self._epoch = 0  # of what the tracks hold
        self._position = LPoint3(0)
        self._muffling = 0.0
        self._volume = 0.0  # silent until it has been placed
        self._is_sounding = False
        self._loudness = 0.0
        self._heard_before = 0.0  # s, on tracks that are gone
        self._heard = 0.0  # s in all
        self._turn_began = 0.0  # s heard when the turn began
        self._is_closed = False

    def write(self, track: str, frame: AudioFrame) -> None:
        mark = self._gate.mark()
        if mark is not None and not self._is_closed:
            self._inbox.append((mark, track, frame))

    def settle(self) -> None:
        if self._inbox:  # the first of all characters has everybody's sound moved
            self._on_sound()

    def interrupt(self) -> Heard:
        heard = Heard(self._heard - self._turn_began, self.is_sounding)
        self._gate.close()
        self._on_cut()
        return heard

    def begin_turn(self) -> Heard:
        heard = Heard(self._heard - self._turn_began, self.is_sounding)
        self._turn_began = self._heard
        self._gate.open()
        return heard

    def flush(self) -> None:
        self._gate.cut()
        self._on_cut()

    def update(self, position: LPoint3, volume: float, muffling: float = 0.0) -> None:
        self._position = position
        self._volume = volume
        self._muffling = muffling

    @property
    def is_sounding(self) -> bool:
        return self._is_sounding and self._epoch == self._gate.epoch

    @property
    def loudness(self) -> float:
        return self._loudness

    @property
    def cursor(self) -> Cursor | None:
        leading = self._leading
        return None if leading is None else leading[1].cursor(leading[0], monotonic())

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
        """Move what has arrived towards the device, and the sounds to where the mouth is (in a round)."""
        self._take(now)
        gain = self._volume * self._placement.gain((self._position - ears).length())
        heard, loudness, sounding = self._heard_before, 0.0, []
        for name, track in self._tracks.items():  # in one go: a busy game waits for as long as this takes
            track.pump(now, self._position, gain, self._muffling)
            buffer = track.buffer
            heard += buffer.voiced(now)
            loudness = max(loudness, buffer.loudness)
            if buffer.is_sounding(now):
                sounding.append(name)
        self._heard, self._loudness = heard, loudness
        self._lead(sounding)
        if self._fading:
            self._fading = [track for track in self._fading if not track.has_faded(now)]

    def is_steady(self, now: float, reserve: float) -> bool:
        """Whether the next ``pump`` may come ``reserve`` seconds later (in a round)."""
        return not self._inbox and all(track.buffer.is_steady(now, reserve) for track in self._tracks.values())

    def is_waiting(self, now: float, reserve: float) -> bool:
        """The same where it comes with the next sound anyway (in a round)."""
        return not self._inbox and all(track.buffer.is_waiting(now, reserve) for track in self._tracks.values())

    def discard(self, now: float) -> None:
        """Drop what has arrived, and be silent (in a round)."""
        self.fade(now)
        while self._inbox:
            _, name, frame = self._inbox.popleft()
            self._pushed[name] = self._pushed.get(name, 0.0) + frame.duration
        self.has_faded(now)

    def fade(self, now: float) -> None:
        """Let every sound end without a click (in a round)."""
        for name in list(self._tracks):
            self._drop(name, now)
        self._spare.clear()
        self._leading = None
        self._is_sounding = False
        self._loudness = 0.0

    def has_faded(self, now: float) -> bool:
        """Whether nothing of it is left (in a round)."""
        self._fading = [track for track in self._fading if not track.has_faded(now)]
        return not self._fading

    def stop(self) -> None:
        """Let go of every sound at once, and take none any more (in a round)."""
        self._is_closed = True
        self._inbox.clear()
        for track in [*self._tracks.values(), *self._fading]:
            track.stop()
        self._tracks.clear()
        self._fading.clear()
        self._leading = None
        self._is_sounding = False

    def _take(self, now: float) -> None:
        """What has arrived, each to its track; what was cut meanwhile, away."""
        epoch = self._gate.epoch
        if epoch != self._epoch:
            self.fade(now)
            self._epoch = epoch
        while self._inbox:
            mark, name, frame = self._inbox.popleft()
            if mark < epoch:
                continue
            if name == SPARE_TRACK:
                self._spare.push(frame, now)
            else:
                self._track(name, frame, now).buffer.push(frame.pcm, now, frame.peak)
        if self._spare.is_held or SPARE_TRACK in self._tracks:
            self._fill_in(now)
        elif self._is_sounding:
            self._spare.note_live(now)

    def _fill_in(self, now: float) -> None:
        """Use the copy of the voice where its track is silent, and only there."""
        is_live = any(track.buffer.is_sounding(now) for name, track in self._tracks.items() if name != SPARE_TRACK)
        spare = self._tracks.get(SPARE_TRACK)
        is_flowing = spare is not None and spare.buffer.depth(now) > 0.0
        if is_live and spare is not None:
            self._drop(SPARE_TRACK, now)
        for frame in self._spare.release(now, is_live=is_live, is_flowing=is_flowing):
            self._track(SPARE_TRACK, frame, now).buffer.push(frame.pcm, now, frame.peak)

    def _track(self, name: str, frame: AudioFrame, now: float) -> Track:
        track = self._tracks.get(name)
        if track is not None and track.buffer.sample_rate == frame.sample_rate:
            return track
        if track is not None:
            self._drop(name, now)
        if len(self._tracks) >= _MOST_TRACKS:
            oldest = min(self._tracks, key=lambda name: self._tracks[name].buffer.dry_at)
            self._drop(oldest, now)
        is_live = name not in (DATA_TRACK, SPARE_TRACK)
        track = self._tracks[name] = self._make_track(
            self._manager,
            frame.sample_rate,
            spatial=self._placement.spatial,
            is_live=is_live,
            far_end=self._far_end,
            prime=PRIME if is_live else _DATA_PRIME,
        )
        track.buffer.pushed = self._pushed.pop(name, 0.0)
        return track

    def _lead(self, sounding: list[str]) -> None:
        """Note which track is heard: the same one as long as it sounds."""
        self._is_sounding = bool(sounding)
        if sounding and (self._leading is None or self._leading[0] not in sounding):
            self._leading = (sounding[0], self._tracks[sounding[0]].buffer)

    def _drop(self, name: str, now: float) -> None:
        track = self._tracks.pop(name)
        self._pushed[name] = track.buffer.pushed
        self._heard_before += track.buffer.voiced(now)
        track.fade(now)
        self._fading.append(track)
