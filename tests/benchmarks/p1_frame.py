"""P1: what ``convai-update`` costs the frame with 1,000 characters known and 8 live, beside the naive ways."""

import logging
import random
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic, perf_counter, sleep

from direct.showbase.ShowBase import ShowBase
from direct.task.Task import Task
from panda3d.core import NodePath, TextNode, load_prc_file_data

from convai_panda import Character, Convai, MemoryContinuity, Ring, Simulator, Transcript
from convai_panda.protocol.blendshapes import ARKIT

from ..faces.models import morph_model
from .figure import Figure, percentile

_KNOWN = 1_000
_LIVE = 8
_FRAMES = 600  # a round: ten seconds
_ROUNDS = 5
_TARGET = 0.30  # ms
_SLIDERS = 52  # the shapes of an ARKit face


class _NearestEight:
    """The eight nearest are talked to, so that eight rooms are live at once."""

    radius = 30.0

    def choose(self, distances: Mapping[str, float], now: float, pace: float) -> Mapping[str, Ring]:
        return dict.fromkeys(sorted(distances, key=distances.__getitem__)[:_LIVE], Ring.TALK)


class _Watch:
    """Milliseconds, frame by frame, in rounds."""

    def __init__(self) -> None:
        self.rounds: list[list[float]] = []
        self.is_running = False

    @contextmanager
    def round(self) -> Iterator[None]:
        self.rounds.append([])
        self.is_running = True
        yield
        self.is_running = False

    def median(self, share: float) -> float:
        return statistics.median(percentile(times, share) for times in self.rounds)


class _Stopwatch(_Watch):
    """Two tasks around a third one: the time between them."""

    def __init__(self, base: ShowBase, name: str, before: int, after: int) -> None:
        super().__init__()
        self._began = 0.0
        self._tasks = (
            base.task_mgr.add(self._start, f"{name}-before", sort=before),
            base.task_mgr.add(self._stop, f"{name}-after", sort=after),
        )

    def close(self) -> None:
        for task in self._tasks:
            task.remove()

    def _start(self, task: Task) -> int:
        self._began = perf_counter()
        return task.cont

    def _stop(self, task: Task) -> int:
        if self.is_running:
            self.rounds[-1].append((perf_counter() - self._began) * 1000)
        return task.cont


class _Clocked(_Watch):
    """Times one task from within, so that waiting for the interpreter's lock before it is not counted as its own."""

    def __init__(self, base: ShowBase, name: str) -> None:
        super().__init__()
        (task,) = base.task_mgr.getTasksNamed(name)
        self._function = task.get_function()
        task.set_function(self._run)

    def _run(self, task: Task) -> int:
        began = perf_counter()
        outcome = self._function(task)
        if self.is_running:
            self.rounds[-1].append((perf_counter() - began) * 1000)
        return outcome


def measure() -> list[Figure]:
    """Alternating rounds, the live eight talking all the time; the median over the rounds of each round's p99."""
    logging.disable(logging.WARNING)
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    base = ShowBase()
    rows = [*_measure(base, shows=False), *_measure(base, shows=True)]
    base.destroy()
    return rows


def _measure(base: ShowBase, *, shows: bool) -> list[Figure]:
    """With ``shows`` the eight have faces of 52 sliders, and what they say is written on the screen."""
    scene = base.render.attach_new_node("scene")
    player = scene.attach_new_node("player")
    convai = Convai(
        base, transport=Simulator(), listener=player, proximity=_NearestEight(), continuity=MemoryContinuity()
    )
    chance = random.Random(1)
    nodes = []
    for number in range(_KNOWN):
        node = scene.attach_new_node(f"npc-{number}")
        near = number < _LIVE
        node.set_pos(chance.uniform(-5, 5) if near else chance.uniform(40, 900), chance.uniform(-5, 5), 0)
        if near and shows:
            morph_model(*ARKIT[:_SLIDERS]).reparent_to(node)
        convai.add_character(f"00000000-0000-4000-8000-{number + 1:012d}", node, name=f"NPC {number}")
        nodes.append(node)
    live = list(list(convai.characters.values())[:_LIVE])
    subtitles = TextNode("subtitles")
    if shows:
        base.accept(Transcript.name, lambda character, event: subtitles.set_text(f"{character.name}: {event.text}"))
    _step(base, lambda: all(character.is_ready for character in live))

    # Each has rounds of its own: a thousand nodes or tasks looked at throw everybody else out of the caches.
    ours = _Clocked(base, "convai-update")
    loop, tasks = _Stopwatch(base, "loop", 47, 49), _Stopwatch(base, "tasks", 52, 54)
    spoken = 0
    for _ in range(_ROUNDS):
        with ours.round():
            spoken += _play(base, player, live, _FRAMES)
        if shows:
            continue
        base.task_mgr.add(_naive_loop(nodes, player), "naive-loop", sort=48)
        with loop.round():
            _play(base, player, live, _FRAMES // 3)
        base.task_mgr.remove("naive-loop")
        for number, node in enumerate(nodes):
            base.task_mgr.add(_naive_task(node, player), f"naive-{number}", sort=53)
        with tasks.round():
            _play(base, player, live, _FRAMES // 3)
        base.task_mgr.removeTasksMatching("naive-*")
    convai.destroy()
    base.ignore_all()
    for watch in (loop, tasks):
        watch.close()
    faces = sum(character.face is not None for character in live)
    scene.remove_node()
    if spoken < _ROUNDS * _FRAMES:  # at least one of eight at a time, on average
        raise RuntimeError("The live characters did not speak; the figure would mean nothing.")
    if faces != (_LIVE if shows else 0):
        raise RuntimeError("The faces are not as they should be; the figure would mean nothing.")

    p99, median = ours.median(0.99), ours.median(0.5)
    if shows:
        what = f"  with {_LIVE} faces and subtitles (p50 {median:.3f})"
        return [Figure("P1", what, f"{p99:.3f} ms", "", "", "")]
    rows = []
    for what, other in (("one loop over all nodes", loop), ("a task per NPC", tasks)):
        beside = other.median(0.99)
        rows.append(
            Figure(
                "P1",
                f"frame cost, {_KNOWN} known, {_LIVE} talking, p99 (p50 {median:.3f})",
                f"{p99:.3f} ms",
                f"{what}: {beside:.3f} ms",
                f"{p99 / beside:.2f}",
                f"<= {_TARGET:.2f} ms",
                p99 <= _TARGET,
            )
        )
    return rows


def _play(base: ShowBase, player: NodePath, live: list[Character], frames: int) -> int:
    """Frames in which the live ones talk to a player who looks around; how often one was speaking in one of them."""
    spoken = 0
    for frame in range(frames):
        if frame % 120 == 0:
            for character in live:
                character.say("Tell me about the weather on the hill, and about the mill.")
        player.set_h(player.get_h() + 0.5)
        _step_once(base)
        spoken += sum(character.is_speaking for character in live)
    return spoken


def _naive_loop(nodes: list[NodePath], player: NodePath) -> Callable[[Task], int]:
    def loop(task: Task) -> int:
        _ = [node for node in nodes if node.get_distance(player) < 8.0]
        return task.cont

    return loop


def _naive_task(node: NodePath, player: NodePath) -> Callable[[Task], int]:
    def check(task: Task) -> int:
        _ = node.get_distance(player) < 8.0
        return task.cont

    return check


def _step(base: ShowBase, condition: Callable[[], bool]) -> None:
    began = monotonic()
    while not condition():
        if monotonic() - began > 60.0:
            raise RuntimeError("The live characters did not become ready within 60 s.")
        _step_once(base)


_next_frame = 0.0


def _step_once(base: ShowBase) -> None:
    """One frame of a game that runs at 60 a second."""
    global _next_frame
    base.task_mgr.step()
    _next_frame = max(_next_frame + 1 / 60, monotonic())
    sleep(max(0.0, _next_frame - monotonic()))
