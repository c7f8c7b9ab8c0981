"""R3: a million mutated messages, through all that a message goes through in a game."""

import logging

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from tests.babel import babble

from .figure import Figure

_MESSAGES = 1_000_000
_SEED = 3
_GROWTH = 30.0  # MB


def measure() -> list[Figure]:
    """One long game."""
    logging.getLogger("convai_panda").addHandler(logging.NullHandler())
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    base = ShowBase()
    outcome = babble(base, _MESSAGES, _SEED)
    base.destroy()
    bad = len(outcome.broken) + len(outcome.unsafe) + outcome.misshapen
    return [
        Figure(
            "R3",
            f"{outcome.messages} mutated messages in {outcome.rooms} rooms: errors, harmful texts, values of a face",
            f"{len(outcome.broken)}, {len(outcome.unsafe)}, {outcome.misshapen}",
            f"{outcome.events.total()} events of {len(outcome.events)} kinds, "
            f"{outcome.messages / outcome.seconds:.0f} messages a second",
            "",
            "0",
            bad == 0,
        ),
        Figure(
            "R3",
            "  memory, from a tenth of them to the end",
            f"{outcome.growth:+.1f} MB",
            "",
            "",
            f"<= {_GROWTH:.0f} MB",
            outcome.growth <= _GROWTH,
        ),
    ]
