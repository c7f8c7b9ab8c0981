"""P12: memory and threads that rooms take of the game's own process, for one and for eight, in both forms."""

import statistics

from .busy_game import Run, play
from .figure import Figure
from .processes import SENDERS, Size, serving

_ROUNDS = 3
_SECONDS = 3.0


def measure() -> list[Figure]:
    """What comes on top of a game that has everything but rooms; medians of alternating runs."""
    rows = []
    with serving(SENDERS) as service:
        empty = [play(Run(service.connect_url, "none", voices=0, rate=60.0, seconds=1.0)).after for _ in range(_ROUNDS)]
        rss, threads = statistics.median(each.rss for each in empty), statistics.median(each.threads for each in empty)
        for voices in (1, 8):
            sizes: dict[str, list[Size]] = {"process": [], "thread": []}
            for _ in range(_ROUNDS):
                for form, taken in sizes.items():
                    run = Run(service.connect_url, form, voices=voices, rate=60.0, seconds=_SECONDS)
                    taken.append(play(run).after)
            memory = {form: statistics.median(each.rss for each in taken) - rss for form, taken in sizes.items()}
            more = {form: statistics.median(each.threads for each in taken) - threads for form, taken in sizes.items()}
            rows.append(
                Figure(
                    "P12",
                    f"{voices} room{'s' if voices > 1 else ''}, on top of {rss:.0f} MB and {threads:.0f} threads",
                    f"{memory['process']:+.0f} MB, {more['process']:+.0f}",
                    f"thread form: {memory['thread']:+.0f} MB, {more['thread']:+.0f}",
                    f"{memory['process'] / memory['thread']:.2f}",
                    "",
                )
            )
    return rows
