"""A game that is busy with Python while characters hum: one run in a process of its own, told as JSON."""

import json
import logging
import random
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import repeat
from time import monotonic, monotonic_ns, perf_counter, sleep, thread_time

from convai_panda import (
    AudioFrame,
    CloudTransport,
    Convai,
    JoinError,
    MemoryContinuity,
    PandaVoice,
    Ring,
    Room,
    SessionState,
)
from convai_panda.audio.panda_sink import PandaSink
from convai_panda.audio.placement import VoicePlacement
from convai_panda.transport import switching
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.process import ProcessRooms
from convai_panda.transport.rooms import Rooms

from .ears import Ears
from .figure import percentile
from .processes import Size, size
from .senders import TONES, character_id
from .stamped import moment_of, stamp_arrivals

_SETTLE = 1.5  # s after the last voice has begun
_EDGE = 0.3  # s at both ends of the mix that are not looked at
_NO_ROOM = (SessionState.IDLE, SessionState.CLOSED)
_PERIOD_NS = 20_000_000  # of a frame of sound
_PATH = bytes((number * 167 + 13) % 256 for number in range(256))  # of ``burn``


@dataclass(frozen=True, slots=True)
class Run:
    """What to do. ``work`` is Python a frame, in units of ``units_in_ms``; ``rate`` 0 is as fast as it goes."""

    url: str
    form: str = "process"  # or thread; with -default: at the interpreter's own switch interval; none: no rooms
    voices: int = 8
    work: int = 0
    rate: float = 0.0
    seconds: float = 6.0
    hitches: int = 0
    hitch_work: tuple[int, int] = (0, 0)
    is_stamped: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it."""

    fps: float = 0.0
    running: float = 0.0  # share of the time in which the game's thread had a processor: what others leave it
    delivered: float = 0.0  # share of the frames of sound
    latencies: tuple[float, ...] = ()  # ms from LiveKit to the voice's inbox: p50, p99
    queue: tuple[float, ...] = ()  # ms: p50, p95
    gaps: tuple[int, ...] = ()  # of each voice
    before: Size = field(default_factory=lambda: Size(0.0, 0, 0))
    after: Size = field(default_factory=lambda: Size(0.0, 0, 0))


def play(run: Run) -> Outcome:
    """In a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.busy_game", json.dumps(asdict(run))]
    told = json.loads(subprocess.check_output(command, text=True, timeout=90.0).splitlines()[-1])
    sizes = {name: Size(**told.pop(name)) for name in ("before", "after")}
    return Outcome(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}, **sizes
    )


def told_run() -> Run:
    """What this process was started to do."""
    arguments = json.loads(sys.argv[1])
    arguments["hitch_work"] = tuple(arguments["hitch_work"])
    return Run(**arguments)


def units_in_ms() -> float:
    """How much work a millisecond is, as fast as this machine can do it."""
    best = float("inf")
    for _ in range(50):
        began = perf_counter()
        burn(20_000)
        best = min(best, perf_counter() - began)
    return 20_000 / (best * 1000)


def burn(units: int) -> int:
    """Python, and nothing but; without an object made.

    How fast objects are made depends on what else lies in the interpreter's pools, by up to a fifth, and by chance.
    """
    value, path = 1, _PATH
    for _ in repeat(None, units):
        value = path[value]
    return value


class _First:
    """The first so many of those who are near are talked to, all at once."""

    radius = 30.0

    def __init__(self) -> None:
        self.count = 0

    def choose(self, distances: Mapping[str, float], now: float, pace: float) -> Mapping[str, Ring]:
        return dict.fromkeys(sorted(distances)[: self.count], Ring.TALK)


class _Voice(PandaVoice):
    """Notes what arrives for each voice, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.sinks: list[PandaSink] = []
        self.arrivals: list[list[tuple[int, int]]] = []  # stamp and arrival, ns

    def open(self, placement: VoicePlacement | None = None) -> PandaSink:
        sink = super().open(placement)
        assert isinstance(sink, PandaSink)
        arrivals: list[tuple[int, int]] = []
        write = sink.write

        def note(track: str, frame: AudioFrame) -> None:
            arrivals.append((moment_of(frame), monotonic_ns()))
            write(track, frame)

        sink.write = note  # type: ignore[method-assign]
        self.sinks.append(sink)
        self.arrivals.append(arrivals)
        return sink


class _NoRooms:
    """Loads nothing and starts nothing."""

    async def prepare(self) -> None:
        pass

    async def join(self, url: str, token: str) -> Room:
        raise JoinError("There are no rooms.")

    async def aclose(self) -> None:
        pass

    def describe(self) -> str:
        return "nowhere"


def _rooms(run: Run) -> Rooms:
    if run.form == "none":
        return _NoRooms()
    if run.form.endswith("-default"):
        switching.short_interval._apply = lambda: None  # type: ignore[method-assign]
    if run.form.startswith("process"):
        command = [sys.executable, "-P", "-m", "tests.benchmarks.stamped"] if run.is_stamped else ()
        return ProcessRooms(command=command)
    if run.is_stamped:
        stamp_arrivals()
    return LiveKitRooms()


class Game:
    """The game itself."""

    def __init__(self, run: Run) -> None:
        from direct.showbase.ShowBase import ShowBase
        from panda3d.core import load_prc_file_data

        load_prc_file_data("", "window-type none\naudio-library-name p3openal_audio\nnotify-level-device fatal")
        self._run = run
        self._base = ShowBase()
        player = self._base.render.attach_new_node("player")
        self.voice = _Voice()
        self._proximity = _First()
        transport = CloudTransport(url=run.url, api_key="benchmark", rooms=_rooms(run))
        self._convai = Convai(
            self._base,
            transport=transport,
            voice=self.voice,
            listener=player,
            proximity=self._proximity,
            continuity=MemoryContinuity(),
        )
        for number in range(run.voices):
            node = self._base.render.attach_new_node(f"npc-{number}")
            node.set_pos(-1, 0, 0)  # the left ear
            self._convai.add_character(character_id(number), node, greeting=None)
        self._due = monotonic()
        self.depths: list[float] = []  # ms
        self.running = 0.0

    def wait(self, seconds: float) -> None:
        until = monotonic() + seconds
        while monotonic() < until:
            self._step(0, 60.0)

    def visit(self, voices: int) -> None:
        """Talk to so many of those around; wait until these are heard and no other room is open."""
        self._proximity.count = voices
        began = monotonic()
        characters = self._convai.characters.values()
        while (
            sum(character.loudness > 0.02 for character in characters) != voices
            or sum(character.state not in _NO_ROOM for character in characters) != voices
        ):
            if monotonic() - began > 40.0:
                raise RuntimeError("Not all voices came or went within 40 s.")
            self._step(0, 60.0)
        # Busy from here on, so that what is measured has settled as it is.
        until = monotonic() + _SETTLE
        while monotonic() < until:
            self._step(self._run.work, self._run.rate)

    def play(self) -> tuple[float, float, float]:
        """The measured part: frames a second, when it began, when it ended."""
        run, chance = self._run, random.Random(2)
        began, ran_before = monotonic(), thread_time()
        hitches = sorted(began + chance.uniform(0.5, run.seconds - 0.5) for _ in range(run.hitches))
        for arrivals in self.voice.arrivals:
            arrivals.clear()
        frames = 0
        while monotonic() < began + run.seconds:
            self._step(run.work, run.rate)
            frames += 1
            if not run.is_stamped:  # else what arrives is looked at, and not how much there is
                self.depths += [sink.depth * 1000 for sink in self.voice.sinks]
            if hitches and monotonic() > hitches[0]:
                hitches.pop(0)
                burn(chance.randint(*run.hitch_work))
        ended = monotonic()
        self.running = (thread_time() - ran_before) / (ended - began)
        return frames / (ended - began), began, ended

    def arrived(self, seconds: float) -> tuple[tuple[float, ...], float]:
        """Of the stamped frames of sound in the measured part: how late they were, and the least voice's share."""
        arrivals = [each for each in self.voice.arrivals if each]
        if self._run.is_stamped and len(arrivals) != self._proximity.count:
            raise RuntimeError(f"{len(arrivals)} voices of {self._proximity.count} gave any sound.")
        if not self._run.is_stamped or not arrivals:
            return (), 0.0
        late = [(there - then) / 1e6 for each in arrivals for then, there in each]
        expected = seconds * 1e9 / _PERIOD_NS - 1  # of a voice; one more or less may be on its way
        least = min(len(each) for each in arrivals) / expected
        return (statistics.median(late), percentile(late, 0.99)), min(1.0, least)

    def close(self) -> None:
        self._convai.destroy()
        self._base.destroy()

    def _step(self, work: int, rate: float) -> None:
        self._base.task_mgr.step()
        burn(work)
        if rate:
            self._due = max(self._due + 1 / rate, monotonic())
            sleep(max(0.0, self._due - monotonic()))


def _run(run: Run) -> Outcome:
    from .p2_hitches import _gaps_and_end

    logging.disable(logging.WARNING)
    with Ears() as ears:
        game = Game(run)
        game.wait(1.5)
        before = size()
        if run.form != "none":
            game.visit(run.voices)
        fps, began, ended = game.play()
        after = size()
        latencies, delivered = game.arrived(ended - began)
        game.close()
    assert ears.mix is not None
    gaps: tuple[int, ...] = ()
    if run.form != "none" and not run.is_stamped:
        offset = ears.heard_at(0.0)
        part = ears.mix.between(began - offset + _EDGE, ended - offset - _EDGE).samples[:, 0]
        gaps = tuple(_gaps_and_end(part, tone)[0] for tone in TONES[: run.voices])
    queue = (percentile(game.depths, 0.5), percentile(game.depths, 0.95)) if game.depths else ()
    return Outcome(fps, game.running, delivered, latencies, queue, gaps, before, after)


if __name__ == "__main__":
    print(json.dumps(asdict(_run(told_run()))))
