"""P2b: eight voices in real rooms and a busy game: gaps in the captured mix, and how deep the voices' queues are.

Each voice hums a tone of its own. Rooms are in a process of their own; beside it in the game's, with the short
switch interval that this form sets, and with the interpreter's default.
"""

from collections import defaultdict
from dataclasses import replace

from .busy_game import Outcome, Run, play, units_in_ms
from .figure import Figure
from .processes import SENDERS, serving

_ROUNDS = 2
_SECONDS = 12.0
_HITCHES = 10
_TARGET = 100.0  # ms of queue, p95
_FORMS = ("process", "thread", "thread-default")


def measure() -> list[Figure]:
    """Alternating runs of each form in both games."""
    units = units_in_ms()
    with serving(SENDERS) as service:
        games = {
            "25 ms of Python a frame": Run(service.connect_url, work=round(25 * units), seconds=_SECONDS),
            f"12 ms a frame, {_HITCHES} hitches of 100-250 ms": Run(
                service.connect_url,
                work=round(12 * units),
                rate=60.0,
                seconds=_SECONDS,
                hitches=_HITCHES,
                hitch_work=(round(100 * units), round(250 * units)),
            ),
        }
        outcomes: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
        for _ in range(_ROUNDS):
            for game, run in games.items():
                for form in _FORMS:
                    outcomes[game, form].append(play(replace(run, form=form)))
    rows = []
    for game in games:
        gaps = {form: sum(sum(each.gaps) for each in outcomes[game, form]) for form in _FORMS}
        queue = {form: max(each.queue[1] for each in outcomes[game, form]) for form in _FORMS}
        rows += [
            Figure(
                "P2b",
                f"{game}, 8 real rooms, {_ROUNDS} x {_SECONDS:.0f} s: gaps",
                f"{gaps['process']}",
                f"thread: {gaps['thread']}, with the default switch interval: {gaps['thread-default']}",
                "",
                "0",
                gaps["process"] == 0,
            ),
            Figure(
                "P2b",
                "  queue, p95 of the worse run",
                f"{queue['process']:.0f} ms",
                f"thread: {queue['thread']:.0f} ms, default: {queue['thread-default']:.0f} ms",
                f"{queue['process'] / queue['thread']:.2f}",
                f"<= {_TARGET:.0f} ms",
                queue["process"] <= _TARGET,
            ),
        ]
    return rows
