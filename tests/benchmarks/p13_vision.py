"""P13: what pictures of the scene, 640 by 360 once a second, cost the frame; on and off in turn in one run.

The game runs at 60 frames a second. Each frame is copied to memory, as a window does that is shown: a software renderer
would otherwise never draw what nobody looks at. The C library keeps the memory that it has: where it gives the
renderer's back to the system and asks for it again each frame, as it does or not by chance, that costs more than a
picture.
"""

import ctypes
import random
import statistics
from time import monotonic, perf_counter, sleep

from direct.showbase.ShowBase import ShowBase
from panda3d.core import GraphicsOutput, Texture, load_prc_file_data

from convai_panda import Vision

from .figure import Figure, percentile

_FPS = 60
_ROUND = 2.0  # s: short, so that what else this machine does falls on both
_ROUNDS = 30  # of each, in pairs; every second pair begins with pictures
_SETTLING = 8.0  # s in which it is learnt what the parts of a picture cost
_TARGET = 1.0  # ms


class _Game:
    """A meadow with pandas, 640 by 360."""

    def __init__(self) -> None:
        _keep_memory()
        load_prc_file_data(
            "",
            "load-display p3headlessgl\naux-display none\nwindow-type offscreen\nwin-size 640 360\nsync-video 0\n"
            "audio-library-name null\nnotify-level-device fatal\nnotify-level-display error",
        )
        self.base = ShowBase()
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
        self.busy: list[float] = []  # frames in which a part was drawn, or all of it copied
        self.base.win.add_render_texture(Texture(), GraphicsOutput.RTM_copy_ram, GraphicsOutput.RTP_color)
        self._due = monotonic()

    def play(self, seconds: float, *, is_seen: bool) -> list[float]:
        """Milliseconds of each frame."""
        times = []
        for _ in range(round(seconds * _FPS)):
            began = perf_counter()
            picture = self.vision.update(monotonic(), is_wanted=is_seen)
            is_busy = self.vision.is_busy
            self.base.task_mgr.step()
            times.append(1000.0 * (perf_counter() - began))
            self.pictures += picture is not None
            if is_busy:
                self.busy.append(times[-1])
            self._due = max(self._due + 1 / _FPS, monotonic())
            sleep(max(0.0, self._due - monotonic()))
        return times

    def close(self) -> None:
        self.vision.close()
        self.base.destroy()


def _keep_memory() -> None:
    """Have glibc keep what is freed; elsewhere nothing is done."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, size in ((-1, 1 << 28), (-2, 1 << 26), (-3, 1 << 25)):  # trim threshold, top pad, mmap threshold
            mallopt(parameter, size)


def measure() -> list[Figure]:
    """By how much the p99 of a round with pictures exceeds that of the round without beside it: the median pair.

    One busy moment of the machine spoils one pair, where it would decide the p99 of all frames together.
    """
    game = _Game()
    game.play(_SETTLING, is_seen=True)
    game.pictures = 0
    game.busy.clear()
    on: list[list[float]] = []
    off: list[list[float]] = []
    for number in range(_ROUNDS):
        for is_seen in (True, False) if number % 2 else (False, True):
            (on if is_seen else off).append(game.play(_ROUND, is_seen=is_seen))
    pictures, busy = game.pictures, statistics.median(game.busy)
    game.close()
    if pictures < 0.8 * _ROUNDS * _ROUND:
        raise RuntimeError(f"Only {pictures} pictures were made; the figure would mean nothing.")
    with_, without = [[percentile(times, 0.99) for times in each] for each in (on, off)]
    more = statistics.median(one - other for one, other in zip(with_, without, strict=True))
    all_on, all_off = [[frame for times in each for frame in times] for each in (on, off)]
    p99, beside, usual = percentile(all_on, 0.99), percentile(all_off, 0.99), percentile(all_off, 0.5)
    return [
        Figure(
            "P13",
            f"vision 640x360 at 1 Hz: frame p99, median of {_ROUNDS} rounds",
            f"{statistics.median(with_):.2f} ms",
            f"off: {statistics.median(without):.2f} ms; the median pair: {more:+.2f} ms",
            f"{statistics.median(with_) / statistics.median(without):.2f}",
            f"<= {_TARGET:.0f} ms more",
            more <= _TARGET,
        ),
        Figure(
            "P13",
            f"vision: the p99 of all frames together (p50 {percentile(all_on, 0.5):.2f})",
            f"{p99:.2f} ms",
            f"off: {beside:.2f} ms (p50 {usual:.2f})",
            f"{p99 / beside:.2f}",
            f"<= {_TARGET:.0f} ms more",
            p99 - beside <= _TARGET,
        ),
        Figure(
            "P13",
            "vision: the frames that draw or copy, median",
            f"{busy:.2f} ms",
            f"any frame: {usual:.2f} ms",
            f"{busy / usual:.2f}",
            "-",
        ),
    ]
