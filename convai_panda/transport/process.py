"""Rooms in a process of their own: what LiveKit costs, leaks and breaks stays there. Runs on the asyncio thread."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePath

from ..audio.frame import AudioFrame
from ..errors import JoinError, RoomError, RoomLossReason, RoomLost
from . import worker
from .arrivals import Arrivals
from .base import AudioArrived, MessageArrived, RoomItem, TrackEnded
from .child import CannotStart, Child
from .frames import Ended, Join, Joined, Leave, Left, Lost, Message, NotJoined, Said, Sent, Sound, Unheard

_log = logging.getLogger(__name__)

_LEAVE_LIMIT = 6.0  # s: LiveKit's own bound is 5 s
_PLAYER = ""  # the one track that goes out


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
    replaced when it dies, hangs or has outgrown ``limits``. LiveKit is never imported here. Plain ``ws`` is refused
    off the loopback unless ``allow_insecure``.
    """

    def __init__(self, *, allow_insecure: bool = False, limits: Limits | None = None) -> None:
        self._allow_insecure = allow_insecure
        self._limits = limits or Limits()
        self._child: Child | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._replacing: asyncio.Task[None] | None = None
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
        async with self._starting:
            if (child := self.child) is not None:
                return child
            if why := why_no_process():
                raise CannotStart(why)
            self._child = await Child.start(_command(), allow_insecure=self._allow_insecure, on_idle=self._consider)
            self._started += 1
            _log.debug("= rooms' process %d ready, %.0f MB", self._child.pid, self._child.health.rss_bytes / 1e6)
            return self._child

    async def join(self, url: str, token: str) -> ProcessRoom:
        """Enter the room that the token names. Raises JoinError."""
        room = ProcessRoom(await self.start(), next(self._numbers))
        try:
            await room.enter(url, token)
        except RoomLost as error:
            raise JoinError(str(error)) from None
        except BaseException:
            await room.aclose()
            raise
        return room

    async def aclose(self) -> None:
        """End the process; rooms that are still open are lost."""
        self._is_closing = True
        try:
            if self._replacing is not None:
                await asyncio.wait({self._replacing})
                self._replacing = None
            async with self._starting:
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

    def _consider(self, child: Child) -> None:
        """The last room was left: is it time for a new process?"""
        if child is not self._child or self._is_closing or not self._is_outgrown(child):
            return
        self._child = None
        self._replacing = asyncio.create_task(self._replace(child), name="convai-rooms-replacement")

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


class ProcessRoom:
    """A room in the other process; see ``transport.base.Room``."""

    def __init__(self, child: Child, number: int) -> None:
        self._child = child
        self._number = number
        self._arrivals = Arrivals()
        self._joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = asyncio.Event()
        self._numbers = itertools.count(1)
        self._unsent: dict[int, asyncio.Future[None]] = {}
        self._refusal: RoomError | None = None
        child.settle(number, self)

    async def enter(self, url: str, token: str) -> None:
        """Join. Raises JoinError, or RoomLost if the process is lost meanwhile."""
        self._child.say(Join(self._number, url, token))
        await self._joined

    def incoming(self) -> AsyncIterator[RoomItem]:
        """Everything in order; ends when we close, raises RoomLost otherwise, after what had arrived."""
        return self._arrivals.items()

    async def send(self, payload: bytes) -> None:
        """One reliable data message; returns when LiveKit has taken it."""
        self._check()
        number = next(self._numbers)
        sent = self._unsent[number] = asyncio.get_running_loop().create_future()
        self._child.say(Message(self._number, number, payload))
        try:
            await sent
        finally:
            del self._unsent[number]

    async def publish(self, frame: AudioFrame) -> None:
        """One frame of the player's voice. A refusal is raised by the call after it, because none is waited for."""
        self._check()
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal
        self._child.say(Sound(self._number, _PLAYER, frame))

    async def aclose(self) -> None:
        """Leave, and wait until nothing of the room is left there."""
        self._arrivals.end()
        self._forget(RoomError("The room is closed."))
        if self._left.is_set():
            return
        self._child.say(Leave(self._number))
        try:
            async with asyncio.timeout(_LEAVE_LIMIT):
                await self._left.wait()
        except TimeoutError:
            _log.warning("The rooms' process did not leave a room within %.0f s.", _LEAVE_LIMIT)

    def hear(self, said: Said) -> None:
        """Something was said about this room."""
        match said:
            case Sound(track=track, frame=frame):
                self._arrivals.put(AudioArrived(track, frame))
            case Message(payload=payload):
                self._arrivals.put(MessageArrived(payload))
            case Ended(track=track):
                self._arrivals.put(TrackEnded(track))
            case Joined() if not self._joined.done():
                self._joined.set_result(None)
            case NotJoined(message=message) if not self._joined.done():
                self._joined.set_exception(JoinError(message))
            case Sent(number=number, error=error) if (sent := self._unsent.get(number)) and not sent.done():
                if error is None:
                    sent.set_result(None)
                else:
                    sent.set_exception(RoomError(error))
            case Unheard(message=message):
                self._refusal = RoomError(message)
            case Lost(reason=reason, message=message):
                self._lose(RoomLost(RoomLossReason(reason), message))
            case Left():
                self.lose(RoomLost(RoomLossReason.UNKNOWN, "The room ended without a reason."))

    def lose(self, loss: RoomLost) -> None:
        """Nothing of the room is left, by our wish or not."""
        self._left.set()
        self._lose(loss)

    def _lose(self, loss: RoomLost) -> None:
        self._arrivals.lose(loss)
        self._forget(loss)

    def _forget(self, error: RoomError) -> None:
        """Nobody will answer any more."""
        for waiting in (self._joined, *self._unsent.values()):
            if not waiting.done():
                waiting.set_exception(error)
        if self._joined.done() and not self._joined.cancelled():
            self._joined.exception()  # seen, also where nobody waits

    def _check(self) -> None:
        self._arrivals.check()
        if self._arrivals.is_over:
            raise RoomError("The room is closed.")


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
