"""P16: what our task costs a frame of the sample village, drawn by whatever draws here, in the middle of a talk."""

import logging
import statistics
import subprocess
import sys
from time import monotonic, perf_counter, thread_time

from panda3d.core import load_prc_file_data

from samples.village.budget import MOST_DRAW_CALLS, MOST_VERTICES

from .figure import Figure, percentile

_SHARE = 0.05  # of a frame
_RATE = 15.0  # frames/s in low quality, even where a processor draws
_FRAMES = 300
_PRC = """
load-display p3headlessgl
aux-display none
window-type offscreen
win-size 640 360
sync-video 0
audio-library-name null
notify-level-device fatal
notify-level-egldisplay fatal
print-pipe-types 0
"""


def measure() -> list[Figure]:
    """Low and high, each in a process of its own: one of them would warm the other's caches."""
    return [figure for quality in ("low", "high") for figure in _measure(quality)]


def _measure(quality: str) -> list[Figure]:
    command = [sys.executable, "-m", "tests.benchmarks.p16_village", quality]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    line = next((line for line in outcome.stdout.splitlines() if line.startswith("P16 ")), None)
    if line is None:
        raise RuntimeError(outcome.stderr)
    _, frame, ours, worst, slowest, theirs, calls, vertices = line.split()
    rate, share = 1000.0 / float(frame), float(ours) / float(frame)
    wanted_rate = f">= {_RATE:.0f} frames/s" if quality == "low" else "-"
    return [
        Figure(
            "P16",
            f"village, {quality}, 640x360, in a talk: convai-update (the sample's own code {float(theirs):.2f} ms)",
            f"{float(ours):.3f} ms",
            f"frame: {float(frame):.1f} ms",
            f"{share:.4f}",
            f"<= {_SHARE:.2f} of it",
            share <= _SHARE,
        ),
        Figure(
            "P1",
            f"village, {quality}: convai-update with everything on, in a talk, p99",
            f"{float(worst):.3f} ms of the main thread",
            f"with what it waits for a processor that draws: {float(slowest):.3f} ms",
            "-",
            "-",
        ),
        Figure(
            "P16",
            f"village, {quality}, 640x360: frame rate",
            f"{rate:.1f} frames/s",
            "-",
            "-",
            wanted_rate,
            rate >= _RATE if quality == "low" else None,
        ),
        Figure(
            "P16",
            f"village, {quality}: draw calls at most, vertices",
            f"{calls}, {int(vertices):,}",
            "-",
            "-",
            f"<= {MOST_DRAW_CALLS}, {MOST_VERTICES:,}",
            int(calls) <= MOST_DRAW_CALLS and int(vertices) <= MOST_VERTICES,
        ),
    ]


def _run(quality: str) -> None:
    from direct.task.Task import Task

    from samples.village.budget import cost
    from samples.village.game import Game

    logging.disable(logging.WARNING)
    load_prc_file_data("", _PRC)
    game = Game(quality=quality)
    costs: dict[str, list[float]] = {}
    spent: dict[str, list[float]] = {}

    def clock(name: str) -> None:
        (task,) = game.task_mgr.getTasksNamed(name)
        function, times = task.get_function(), costs.setdefault(name, [])
        work = spent.setdefault(name, [])

        def run(task: Task) -> int:
            began, busy = perf_counter(), thread_time()
            outcome = function(task)
            times.append((perf_counter() - began) * 1000)
            work.append((thread_time() - busy) * 1000)
            return outcome

        task.set_function(run)

    jun = game.find("Jun")
    at = jun.body.node.get_pos()
    game.player.node.set_pos(at.x - 0.8, at.y - 2.0, 0)
    game.player.face(at.x, at.y)
    end = monotonic() + 60
    while not jun.character.is_speaking:
        game.task_mgr.step()
        if monotonic() > end:
            raise RuntimeError("Jun has not spoken within 60 s.")
    for name in ("convai-update", "village-update"):
        clock(name)
    frames = []
    while len(frames) < _FRAMES:
        if not jun.character.is_speaking and jun.character.is_ready:
            jun.character.say("Tell me about the weather on the hill, and about the mill.")
        began = perf_counter()
        game.task_mgr.step()
        frames.append((perf_counter() - began) * 1000)
    found = cost(game.village.node)
    ours, theirs = (statistics.median(costs[name]) for name in ("convai-update", "village-update"))
    worst, slowest = (percentile(times["convai-update"], 0.99) for times in (spent, costs))
    calls = found.draw_calls + found.shadow_calls
    print("P16", statistics.median(frames), ours, worst, slowest, theirs, calls, found.vertices)
    game.destroy()


if __name__ == "__main__":
    _run(sys.argv[1])
