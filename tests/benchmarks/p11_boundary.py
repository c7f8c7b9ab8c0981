"""P11: what the boundary between the processes adds to a frame of sound while the game is busy with Python.

The rooms' process writes into each frame when LiveKit handed it over; the game reads the clock as the frame gets
to its voice's inbox. Beside it the same with the interpreter's default switch interval.
"""

from collections import defaultdict
from dataclasses import replace

from .busy_game import Outcome, Run, play, units_in_ms
from .figure import Figure
from .processes import SENDERS, serving

_ROUNDS = 3
_SECONDS = 8.0
_MEDIAN, _P99 = 5.0, 20.0  # ms


def measure() -> list[Figure]:
    """Alternating runs; the worst of them counts."""
    units = units_in_ms()
    with serving(SENDERS) as service:
        busy = Run(service.connect_url, work=round(25 * units), seconds=_SECONDS, is_stamped=True)
        games = {
            "25 ms of Python a frame": busy,
            "12 ms a frame, 60 fps": replace(busy, work=round(12 * units), rate=60.0),
        }
        outcomes: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
        for _ in range(_ROUNDS):
            for game, run in games.items():
                for form in ("process", "process-default"):
                    outcomes[game, form].append(play(replace(run, form=form)))
    rows = []
    for game in games:
        for place, what, target in ((0, "median", _MEDIAN), (1, "p99", _P99)):
            ours, default = (
                max(each.latencies[place] for each in outcomes[game, form]) for form in ("process", "process-default")
            )
            rows.append(
                Figure(
                    "P11",
                    f"{game}, 8 voices: LiveKit to inbox, {what}, the worst of {_ROUNDS}",
                    f"{ours:.1f} ms",
                    f"with the default switch interval: {default:.1f} ms",
                    f"{ours / default:.2f}",
                    f"<= {target:.0f} ms",
                    ours <= target,
                )
            )
    return rows
