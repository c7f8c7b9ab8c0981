"""Rooms in a process of their own: what LiveKit costs, leaks and breaks stays there. Runs on the asyncio thread."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ..errors import JoinError, RoomLost
from . import worker
from .child import CannotStart, Child
from .process_room import ProcessRoom

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a process has grown so much that it is replaced, between two visits.

    A visit leaves half a megabyte behind for ever, and threads and descriptors for some seconds.
    """

    growth_bytes: int = 128 << 20  # over what it had when it started
    threads: int = 256  # eight rooms have one hundred
    visits: int = 250  # where the system does not tell the others


class ProcessRooms:
    """Joins LiveKit rooms in one child process for all characters of a game.

    The process is started by ``prepare`` or by the first join, ends with the game whatever happens to it, and is
    replaced when it dies, hangs or has outgrown ``limits``. LiveKit is never imported here. While a room is open,
    ``sys.setswitchinterval`` is 1 ms, so that a busy game does not make voices late (``switching``). Plain ``ws``
    is refused off the loopback unless ``allow_insecure``. ``command`` starts another program that calls
    ``worker.main()``.
    """

    def __init__(
        self, *, allow_insecure: bool = False, limits: Limits | None = None, command: Sequence[str] = ()
    ) -> None:
        self._allow_insecure = allow_insecure
        self._own_command = command
        self._limits = limits or Limits()
        self._child: Child | None = None
        self._starting: asyncio.Task[Child] | None = None
        self._numbers = itertools.count(1)
        self._replacing: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._started = 0

    @property
    def child(self) -> Child | None:
        """The process that takes rooms now, if there is one."""
        return self._child if self._child is not None and not self._child.is_over else None

    @property
    def started(self) -> int:
        """How many processes were started so far."""
        return self._started

    async def prepare(self) -> None:
        """Start the process ahead of the first join."""
        try:
            await self.start()
        except JoinError as error:
            _log.warning("%s It is tried again with the next room.", error)

    async def start(self) -> Child:
        """The living process, started if there is none. Raises CannotStart, or JoinError without LiveKit."""
        if (child := self.child) is not None:
            return child
        if self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="convai-rooms-start")
            self._starting.add_done_callback(self._has_started)
        return await asyncio.shield(self._starting)  # others may wait for it, and half a process is none

    async def join(self, url: str, token: str) -> ProcessRoom:
        """Enter the room that the token names. Raises JoinError."""
        room = ProcessRoom(await self.start(), next(self._numbers))
        try:
            await room.enter(url, token)
        except RoomLost as error:
            await room.aclose()
            raise JoinError(str(error)) from None
        except BaseException:
            await room.aclose()
            raise
        return room

    async def aclose(self) -> None:
        """End the process; rooms that are still open are lost."""
        self._is_closing = True
        try:
            if self._replacing:
                await asyncio.wait(self._replacing)
            if self._starting is not None:
                await asyncio.wait({self._starting})
            if self._child is not None:
                await self._child.aclose()
                self._child = None
        finally:
            self._is_closing = False

    def describe(self) -> str:
        """One line for people."""
        if (child := self.child) is None:
            return "in a process of their own (not running)"
        rooms = f"{child.rooms} room{'' if child.rooms == 1 else 's'}"
        return f"in a process of their own (pid {child.pid}, {rooms}, {child.health.rss_bytes / 1e6:.0f} MB)"

    async def _start(self) -> Child:
        if not self._own_command and (why := why_no_process()):
            raise CannotStart(why)
        child = await Child.start(
            self._own_command or _command(),
            allow_insecure=self._allow_insecure,
            on_idle=self._consider,
            on_loss=self._follow,
        )
        self._started += 1
        _log.debug("= rooms' process %d ready, %.0f MB", child.pid, child.health.rss_bytes / 1e6)
        return child

    def _has_started(self, task: asyncio.Task[Child]) -> None:
        self._starting = None
        if not task.cancelled() and task.exception() is None:
            self._child = task.result()

    def _consider(self, child: Child) -> None:
        """The last room was left: is it time for a new process?"""
        if child is self._child and not self._is_closing and self._is_outgrown(child):
            self._child = None
            self._begin(self._replace(child))

    def _follow(self, child: Child) -> None:
        """It was lost with its rooms, which come back in half a second: be ready for them by then."""
        if child is self._child and not self._is_closing:
            self._child = None
            self._begin(self._succeed(child))

    def _begin(self, replacement: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(replacement, name="convai-rooms-replacement")
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _succeed(self, old: Child) -> None:
        if not self._is_closing:
            await self.prepare()
        await old.aclose()

    async def _replace(self, old: Child) -> None:
        _log.debug("= rooms' process %d is replaced after %d visits: %r", old.pid, old.visits, old.health)
        await old.aclose()
        if not self._is_closing:
            await self.prepare()

    def _is_outgrown(self, child: Child) -> bool:
        limits, health = self._limits, child.health
        return (
            child.visits >= limits.visits
            or health.threads > limits.threads
            or health.rss_bytes > child.at_first.rss_bytes + limits.growth_bytes
        )


def why_no_process() -> str | None:
    """Why rooms cannot have a process of their own here; None where they can."""
    if sys.platform in ("emscripten", "wasi", "ios", "android"):
        return f"{sys.platform} starts no processes."
    if getattr(sys, "frozen", False):
        hook = "convai_panda.transport.worker.run_if_asked()"
        return None if worker.is_hooked() else f"This program is frozen and does not call {hook} first."
    name = PurePath(sys.executable or "").stem.lower()
    if not name.startswith(("python", "ppython", "pypy")):
        return f"There is no Python to run: sys.executable is {sys.executable!r}."
    return None


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, worker.ARGUMENT]
    # -P: what lies in the game's current directory must not stand in for a module of the same name.
    return [sys.executable, "-P", "-m", worker.__name__]
