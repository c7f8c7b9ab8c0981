"""R8: half an hour with twelve characters, a player who walks about, and a service that is bad in many ways.

It is played on a clock of its own, so that it takes a minute; see ``tests.soak``.
"""

import logging

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from tests.soak import soak

from .figure import Figure

_SECONDS = 1_800.0
_SEED = 8
_GROWTH = 40.0  # MB: the simulator keeps the sounds that it has made, and what was said
_OBJECTS = 0.05  # share


def measure() -> list[Figure]:
    """One evening."""
    logging.getLogger("convai_panda").addHandler(logging.NullHandler())
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    base = ShowBase()
    outcome = soak(base, _SECONDS, _SEED)
    base.destroy()
    lost, stuck = len(outcome.astray), len(outcome.stuck) + len(outcome.mute) + len(outcome.broken)
    return [
        Figure(
            "R8",
            f"{outcome.seconds / 60:.0f} simulated minutes, 12 characters: visits opened, closed",
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
        Figure(
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
        ),
    ]
