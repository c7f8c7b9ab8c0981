"""Step a ShowBase in real time until something is true. Main thread."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from time import monotonic, sleep
from typing import TYPE_CHECKING

from direct.showbase.DirectObject import DirectObject

from ..events import EVENTS
from .trace import Trace

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

    from ..character import Character
    from ..events import Event

_PACE = 1 / 60  # s a frame: while something real is under way, game time must not run ahead of it


def step_until(
    base: ShowBase, condition: Callable[[], object], *, within: float = 10.0, what: str | None = None
) -> float:
    """Step frames, in real time, until ``condition()`` is true; give the seconds it took.

    Raises AssertionError after ``within`` seconds, naming ``what`` was waited for and what was seen meanwhile.
    """
    began = due = monotonic()
    witness = Witness(lambda: monotonic() - began)
    try:
        while not condition():
            now = monotonic()
            if now - began > within:
                seen = witness.trace.excerpt(0.0)
                raise AssertionError(f"Not within {within:g} s: {awaited(condition, what)}.\nSeen meanwhile:\n{seen}")
            base.task_mgr.step()
            due = max(due + _PACE, now)
            sleep(max(0.0, due - monotonic()))
    finally:
        witness.ignore_all()
    return monotonic() - began


class Witness(DirectObject):
    """Notes every event that the messenger sends, with the time that a clock gives."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.trace = Trace()
        self._clock = clock
        for event in EVENTS:
            self.accept(event.name, self._note)

    def _note(self, character: Character, event: Event) -> None:
        self.trace.note(self._clock(), character, event)


def awaited(condition: Callable[[], object], what: str | None) -> str:
    """What was waited for, in the test's own words where they can be had."""
    if what is not None:
        return what
    name: str = getattr(condition, "__qualname__", repr(condition))
    if not name.endswith("<lambda>"):
        return name
    try:
        source = " ".join(inspect.getsource(condition).split())
    except (OSError, TypeError):
        return name
    return _body(source) or name


def _body(source: str) -> str:
    """What stands behind ``lambda:``, up to the bracket or comma that ends it."""
    match = re.search(r"lambda\s*:\s*", source)
    if match is None:
        return ""
    depth, body = 0, source[match.end() :]
    for index, char in enumerate(body):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0 or (depth == 0 and char == ","):
            return body[:index]
    return body
