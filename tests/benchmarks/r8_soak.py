"""R8: half an hour with twelve characters, a player who walks about, and a service that is bad in many ways.

The half hour is played on a clock of its own, so that it takes a minute; see ``tests.soak``. Four more minutes are
played in real time, with real rooms and processes; see ``tests.soak_for_real``.
"""

import logging
import tempfile
from pathlib import Path

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda.testing import capture_mix
from tests.soak import soak
from tests.soak_for_real import MIXTURES, RealSoaked, soak_for_real
from tests.wandering import Soaked

from .figure import Figure

_SECONDS = 1_800.0
_REAL_SECONDS = 240.0
_CAST = 12
_SEED = 8
_GROWTH = 40.0  # MB: the simulator keeps the sounds that it has made, and what was said
_REAL_GROWTH = 10.0  # MB: here it is elsewhere
_OBJECTS = 0.05  # share
_KEPT = 1 + len(MIXTURES)  # descriptors: a connection to each service that waits for the next call
_ROOMS = 200.0  # MB of the rooms' process, which is replaced when it has grown by 128


def measure() -> list[Figure]:
    """One evening on its own clock, and the minutes in real time."""
    logging.getLogger("convai_panda").addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory(prefix="convai-panda-soak-") as folder:
        capture_mix(Path(folder) / "mix.wav")
        load_prc_file_data("", "window-type none\naudio-library-name p3openal_audio\nnotify-level-device fatal")
        base = ShowBase()
        simulated = soak(base, _SECONDS, _SEED)
        real = soak_for_real(base, _REAL_SECONDS, cast=_CAST, mixtures=MIXTURES, seed=_SEED)
        base.destroy()
    return [
        *_visits("simulated minutes", simulated),
        _left_by_the_simulated(simulated),
        *_visits("minutes in real time", real),
        *_left_by_the_real(real),
    ]


def _visits(what: str, outcome: Soaked) -> list[Figure]:
    lost, stuck = len(outcome.astray), len(outcome.stuck) + len(outcome.mute) + len(outcome.broken)
    return [
        Figure(
            "R8",
            f"{outcome.seconds / 60:.0f} {what}, {_CAST} characters: visits opened, closed",
            f"{outcome.opened}, {outcome.closed}",
            f"{outcome.states['lost']} lost or refused",
            "",
            "the same",
            outcome.opened == outcome.closed,
        ),
        Figure(
            "R8",
            f"  of {outcome.said} things said: neither heard once nor reported",
            f"{lost}",
            f"{outcome.delivered} delivered, {outcome.reported} reported",
            "",
            "0",
            lost == 0,
        ),
        Figure("R8", "  stuck, mute or broken sessions", f"{stuck}", "", "", "0", stuck == 0),
    ]


def _left_by_the_simulated(outcome: Soaked) -> Figure:
    return Figure(
        "R8",
        "  threads, descriptors, tasks, objects, memory: more than after a third of it",
        f"{outcome.threads:+d}, {outcome.descriptors:+d}, {outcome.tasks - 1:+d}, {outcome.objects:+.1%}, "
        f"{outcome.growth:+.0f} MB",
        "",
        "",
        f"+-1, 0, 0, <= {_OBJECTS:.0%}, <= {_GROWTH:.0f} MB",
        outcome.threads <= 1
        and outcome.descriptors <= 0
        and outcome.tasks == 1
        and outcome.objects <= _OBJECTS
        and outcome.growth <= _GROWTH,
    )


def _left_by_the_real(outcome: RealSoaked) -> list[Figure]:
    largest = outcome.largest
    return [
        Figure(
            "R8",
            "  threads, descriptors, tasks, memory: more than after a third of it, all rooms left",
            f"{outcome.threads:+d}, {outcome.descriptors:+d}, {outcome.tasks - 1:+d}, {outcome.growth:+.1f} MB",
            f"the rooms' process: {largest.threads} threads, {largest.descriptors} descriptors, {largest.rss:.0f} MB",
            "",
            f"+-1, <= {_KEPT}, 0, <= {_REAL_GROWTH:.0f} MB; {_ROOMS:.0f} MB",
            outcome.threads <= 1
            and outcome.descriptors <= _KEPT
            and outcome.tasks == 1
            and outcome.growth <= _REAL_GROWTH
            and largest.rss <= _ROOMS,
        ),
        Figure(
            "R8",
            "  when the game has ended: threads, descriptors, processes that are left",
            f"{outcome.threads_left:+d}, {outcome.descriptors_left:+d}, {len(outcome.left)} of {len(outcome.rooms)}",
            "before it began",
            "",
            "0, 0, 0",
            outcome.threads_left <= 0 and outcome.descriptors_left <= 0 and not outcome.left,
        ),
    ]
