"""R4: games killed while they save which conversations they had."""

import tempfile
from pathlib import Path

from tests.killed_games import kill_games

from .figure import Figure

_KILLS = 1_000


def measure() -> list[Figure]:
    """Each game a process, each file used by some games one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        found = kill_games(Path(folder), _KILLS, seed=4)
    return [
        Figure(
            "R4",
            f"games killed while they saved, {_KILLS} times: files that do not load, saved ids that are gone",
            f"{found.unreadable}, {found.lost}",
            f"{found.done} saves were reported done; {found.under_way} more were cut and found whole",
            "",
            "0",
            found.unreadable == found.lost == 0,
        )
    ]
