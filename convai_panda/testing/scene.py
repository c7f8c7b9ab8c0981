"""Step a scene until something is true. Main thread."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

_PACE = 1 / 60  # s a frame: while something real is under way, game time must not run ahead of it


def step_until(
    base: ShowBase, condition: Callable[[], object], *, within: float = 10.0, what: str | None = None
) -> float:
    """Step frames, in real time, until ``condition()`` is true; give the seconds it took.

    Raises AssertionError after ``within`` seconds, naming ``what`` was waited for.
    """
    began = due = monotonic()
    while not condition():
        now = monotonic()
        if now - began > within:
            awaited = what or getattr(condition, "__qualname__", repr(condition))
            raise AssertionError(f"Not within {within:g} s: {awaited}.")
        base.task_mgr.step()
        due = max(due + _PACE, now)
        sleep(max(0.0, due - monotonic()))
    return monotonic() - began
