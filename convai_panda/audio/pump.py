"""What moves PCM into OpenAL, so that a slow frame never breaks a voice: a round every 10 or 20 ms, for all voices.

``UserDataAudio`` moves only inside ``AudioManager.update()``. Called once per frame, every hitch longer than the
queue is an audible hole; called here, on a manager of its own, none is, because rendering releases the GIL.

The voice thread has its rounds by the clock. Where sound comes for all voices at once, the asyncio thread, which has
just read it, has the round instead: a busy game stands still whenever another thread takes the interpreter's lock
from it, so one thread that takes it every 20 ms is better than two.
"""

import logging
import threading
from time import monotonic

from panda3d.core import AudioManager, LPoint3, LVector3

from .far_end import FarEnd
from .panda_sink import PandaSink
from .placement import VoicePlacement
from .sink import AudioSink

_log = logging.getLogger(__name__)

_PERIOD = 0.010  # s: well under the prime, so that two missed rounds are not heard
_STEADY = 0.020  # s: the period while every device holds twice that, because each round takes from a busy frame
_RELIEVED = 0.100  # s: the same after a round that came with the sound itself, as will the next
_IDLE = 0.25  # s: how often a thread without voices looks whether the game has ended


class PandaVoice:
    """Voices as 3D sound in Panda3D's audio system, at the character's head.

    ``min_distance``, ``max_distance``, ``roll_off`` and ``spatial`` are those of a ``VoicePlacement``, for every
    character that has none of its own.
    Without a sound device the voices are consumed in real time and one warning says so.
    """

    def __init__(
        self,
        *,
        min_distance: float = 1.5,
        max_distance: float = 20.0,
        roll_off: float = 1.0,
        spatial: bool = True,
    ) -> None:
        self._placement = VoicePlacement(
            min_distance=min_distance, max_distance=max_distance, roll_off=roll_off, spatial=spatial
        )
        self.far_end = FarEnd()
        self._is_paused = False
        self._is_urgent = False
        self._due = 0.0  # when the voice thread has its next round
        self._moving = threading.Lock()  # whoever has a round
        self._fading: list[PandaSink] = []  # closed, and still to fall silent
        self._manager: AudioManager | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Condition()
        self._sinks: list[PandaSink] = []
        self._leaving: list[PandaSink] = []
        self._ears = (LPoint3(0), LVector3(0, 1, 0), LVector3(0, 0, 1))
        self._is_closing = False

    def open(self, placement: VoicePlacement | None = None) -> AudioSink:
        """A new sink; the first one opens the device's manager and starts the thread."""
        sink = self._sink(placement or self._placement)
        with self._wake:
            self._sinks.append(sink)
            self._wake.notify()
        return sink

    def listen(self, position: LPoint3, forward: LVector3, up: LVector3) -> None:
        """Place the ears; taken over at the next round of the thread."""
        self._ears = (position, forward, up)

    def pause(self) -> None:
        """Fade out; what arrives until ``resume`` is dropped, so that nothing old is heard afterwards."""
        if not self._is_paused:
            self._is_paused = True
            self._hurry()

    def resume(self) -> None:
        """Let what arrives from now on be heard."""
        self._is_paused = False

    def close(self) -> None:
        """Stop every voice, end the thread and let go of the manager."""
        with self._wake:
            self._is_closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._manager = None  # its shutdown() would shut down every manager of the game

    @property
    def has_device(self) -> bool:
        """Whether sound is really played; False before the first voice was opened."""
        return self._manager is not None and self._manager.is_valid()

    def _sink(self, placement: VoicePlacement) -> PandaSink:
        manager = self._start()
        return PandaSink(
            manager,
            placement,
            far_end=self.far_end,
            on_sound=self._settle,
            on_cut=self._hurry,
            on_close=self._release,
        )

    def _start(self) -> AudioManager | None:
        if self._is_closing:
            raise RuntimeError("This PandaVoice is closed; make a new one.")
        if self._manager is None:
            self._manager = AudioManager.create_AudioManager()
            if not self._manager.is_valid():
                _log.warning("No sound device: characters are silent, their words still arrive as transcripts.")
            # Not a daemon: it sees the main thread end and lets go of its sounds before the interpreter does.
            self._thread = threading.Thread(target=self._run, name="convai-voice")
            self._thread.start()
        return self._manager

    def _hurry(self) -> None:
        """A voice is cut: do not wait for the next round."""
        with self._wake:
            self._is_urgent = True
            self._wake.notify()

    def _release(self, sink: PandaSink) -> None:
        with self._wake:
            if sink in self._sinks:
                self._sinks.remove(sink)
                self._leaving.append(sink)
                self._wake.notify()

    def _settle(self) -> None:
        """Sound has come: move it, unless the voice thread is just doing that (asyncio thread)."""
        if self._moving.acquire(blocking=False):
            try:
                if not self._is_closing:
                    self._move(monotonic(), came_with_sound=True)
            finally:
                self._moving.release()

    def _run(self) -> None:
        main = threading.main_thread()
        while not self._is_closing and main.is_alive():
            with self._wake:
                if not self._sinks and not self._leaving and not self._fading:
                    self._wake.wait(_IDLE)
                    self._due = monotonic()
                elif not self._is_urgent and not self._leaving:
                    self._wake.wait(max(0.0, self._due - monotonic()))
            with self._moving:
                now = monotonic()
                if now >= self._due or self._is_urgent or self._leaving:  # else woken by a new voice
                    self._move(now)
        with self._moving:
            self._is_closing = True  # also where the game ended without a word: no sound comes after this
            self._stop()

    def _move(self, now: float, *, came_with_sound: bool = False) -> None:
        """A round, and when the voice thread has its next one."""
        with self._wake:
            sinks, leaving = self._take()
            since = now if came_with_sound or self._is_urgent else self._due
            self._is_urgent = False
        self._round(self._manager, sinks, leaving, now)
        if came_with_sound and not self._fading and all(sink.is_waiting(now, _RELIEVED) for sink in sinks):
            rest = _RELIEVED
        elif not self._fading and all(sink.is_steady(now, _STEADY) for sink in sinks):
            rest = _STEADY
        else:
            rest = _PERIOD
        due = max(since + rest, now)
        with self._wake:
            if due < self._due:
                self._wake.notify()
            self._due = due

    def _take(self) -> tuple[list[PandaSink], list[PandaSink]]:
        """Those that sound, and those that have just been closed."""
        leaving, self._leaving = self._leaving, []
        return list(self._sinks), leaving

    def _stop(self) -> None:
        for sink in [*self._sinks, *self._leaving, *self._fading]:
            sink.stop()

    def _round(
        self, manager: AudioManager | None, sinks: list[PandaSink], leaving: list[PandaSink], now: float
    ) -> None:
        for sink in leaving:
            sink.fade(now)
        self._fading = [sink for sink in [*self._fading, *leaving] if not sink.has_faded(now)]
        position, forward, up = self._ears
        for sink in sinks:
            try:
                if self._is_paused:
                    sink.discard(now)
                else:
                    sink.pump(now, position)
            except Exception:  # noqa: BLE001 - one broken voice must not take the others along
                _log.exception("A voice failed and is silent from now on.")
                sink.close()
        if manager is not None and (sinks or leaving or self._fading):
            x, y, z = position
            fx, fy, fz = forward
            ux, uy, uz = up
            manager.audio_3d_set_listener_attributes(x, y, z, 0.0, 0.0, 0.0, fx, fy, fz, ux, uy, uz)
            manager.update()
