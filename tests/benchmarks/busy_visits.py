"""A busy game that stands among characters and talks to some of them: in a process of its own, told line by line.

What voices cost a game is the difference to the same game without them. Two processes that do the same differ by a
tenth in how fast they run Python, and a machine by as much from one minute to the next; here both are the same
process, seconds apart.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from .busy_game import Game, Outcome, Run, told_run
from .ears import Ears


@contextmanager
def visiting(run: Run) -> Iterator[Callable[[int], Outcome]]:
    """``visit(voices)``: talk to so many characters for ``run.seconds``, after all else has settled; 0: with nobody."""
    command = [sys.executable, "-m", "tests.benchmarks.busy_visits", json.dumps(asdict(run))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as game:
        assert game.stdin is not None
        assert game.stdout is not None
        told, asked = game.stdout, game.stdin

        def visit(voices: int) -> Outcome:
            print(voices, file=asked, flush=True)
            line = told.readline()
            if not line:
                raise RuntimeError("The game ended.")
            fps, running, delivered = json.loads(line)
            return Outcome(fps, running, delivered)

        try:
            yield visit
        finally:
            asked.close()


def _visits(run: Run) -> None:
    logging.disable(logging.WARNING)
    with Ears():
        game = Game(run)
        game.wait(1.5)
        for line in sys.stdin:
            game.visit(int(line))
            fps, began, ended = game.play()
            _, delivered = game.arrived(ended - began)
            print(json.dumps([fps, game.running, delivered]), flush=True)
        game.close()


if __name__ == "__main__":
    _visits(told_run())
