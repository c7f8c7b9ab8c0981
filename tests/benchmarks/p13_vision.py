"""P13: what pictures of the scene, 640 by 360 once a second, cost the frame, on and off in turn in one run."""

import random
import statistics
from time import monotonic, perf_counter, sleep

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import Vision

from .figure import Figure, percentile

_FPS = 60.0
_ROUND = 10.0  # s
_ROUNDS = 4  # of each
_TARGET = 1.0  # ms


class _Game:
    """A landscape with pandas in a window of 640 by 360, at 60 frames a second."""

    def __init__(self) -> None:
        load_prc_file_data(
            "",
            "load-display p3headlessgl\naux-display none\nwindow-type offscreen\nwin-size 640 360\nsync-video 0\n"
            "audio-library-name null\nnotify-level-device fatal\nnotify-level-display error",
        )
        self.base = ShowBase()
        ground = self.base.loader.load_model("models/environment")
        ground.reparent_to(self.base.render)
        ground.set_scale(0.25)
        ground.set_pos(-8.0, 42.0, 0.0)
        chance = random.Random(3)
        for _ in range(5):
            panda = self.base.loader.load_model("panda")
            panda.reparent_to(self.base.render)
            panda.set_scale(0.2)
            panda.set_pos(chance.uniform(-6, 6), chance.uniform(8, 24), 0.0)
        self.base.disable_mouse()
        self.base.camera.set_pos(0.0, -10.0, 4.0)
        self.vision = Vision(size=(640, 360), rate=1.0)
        self.vision.serve(self.base)
        self.pictures = 0
        self._due = monotonic()

    def play(self, seconds: float, *, is_seen: bool) -> list[float]:
        """Milliseconds of each frame."""
        times = []
        for _ in range(round(seconds * _FPS)):
            began = perf_counter()
            picture = self.vision.update(monotonic(), is_wanted=is_seen)
            self.base.task_mgr.step()
            times.append(1000.0 * (perf_counter() - began))
            self.pictures += picture is not None
            self._due = max(self._due + 1.0 / _FPS, monotonic())
            sleep(max(0.0, self._due - monotonic()))
        return times

    def close(self) -> None:
        self.vision.close()
        self.base.destroy()


def measure() -> list[Figure]:
    """The median over the rounds of each round's p99."""
    game = _Game()
    game.play(2.0, is_seen=True)
    game.pictures = 0
    on, off = [], []
    for _ in range(_ROUNDS):
        off.append(game.play(_ROUND, is_seen=False))
        on.append(game.play(_ROUND, is_seen=True))
    pictures = game.pictures
    game.close()
    if pictures < 0.8 * _ROUNDS * _ROUND:
        raise RuntimeError(f"Only {pictures} pictures were made; the figure would mean nothing.")

    def at(rounds: list[list[float]], share: float) -> float:
        return statistics.median(percentile(times, share) for times in rounds)

    cost = at(on, 0.99) - at(off, 0.99)
    return [
        Figure(
            "P13",
            f"vision 640x360 at 1 Hz, frame p99 (p50 {at(on, 0.5):.2f})",
            f"{at(on, 0.99):.2f} ms",
            f"off: {at(off, 0.99):.2f} ms (p50 {at(off, 0.5):.2f})",
            f"{at(on, 0.99) / at(off, 0.99):.2f}",
            f"<= {_TARGET:.0f} ms more",
            cost <= _TARGET,
        )
    ]
