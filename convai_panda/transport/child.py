"""The rooms' own process as the game sees it: started, spoken to, watched, ended. Runs on the asyncio thread."""

from __future__ import annotations

import asyncio
import errno
import logging
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from ..errors import JoinError, ProtocolError, RoomLossReason, RoomLost
from .discretion import conceal_tokens
from .frames import PREAMBLE, Decoder, Health, Join, Left, Ping, Said, Sound, Start, Unusable, Usable, encode
from .inheritance import away_from_the_terminal, environment
from .slices import SLICE_BYTES

_log = logging.getLogger(__name__)

_START_LIMIT = 20.0  # s: LiveKit's import takes 0.3 s here, and many times that from a cold disk
_BEAT = 0.5  # s between two pings
_MISSES = 6  # pings without a word in return: 3 s, after which the process hangs rather than works
_CLOSE_LIMIT = 2.0  # s: the process gives its rooms 1.5 s to be left
_UNREAD_LIMIT = 1 << 16  # bytes that the process has not read: further sound would be late anyway
_LINE_LIMIT = 500  # characters of one line of the process's own log
_LINE_BYTES = 1 << 16  # of a line that has no end yet; not cut before what is secret has been taken out of it
_NEVER = frozenset({errno.ENOENT, errno.ENOEXEC, errno.EACCES, errno.EPERM, errno.ENOSYS})  # nothing to run, no right


class CannotStart(JoinError):
    """No process of ours comes up here; the rooms would have to be somewhere else."""


class Inhabitant(Protocol):
    """A room of the process, as the process's reader sees it."""

    def hear(self, said: Said) -> None:
        """Something was said about this room."""

    def settle(self) -> None:
        """Sound was said, and what else came with it."""

    def lose(self, loss: RoomLost) -> None:
        """The process is gone."""


class Child(asyncio.SubprocessProtocol):
    """One process; dead ones stay dead.

    ``on_idle`` is called whenever its last room has been left, ``on_loss`` when it is over while rooms were open.
    """

    def __init__(self, on_idle: Callable[[Child], None], on_loss: Callable[[Child], None]) -> None:
        self._on_idle = on_idle
        self._on_loss = on_loss
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._gone = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._decoder = Decoder(preamble=PREAMBLE)
        self._line = b""
        self._last = ""
        self._secrets: set[str] = set()
        self._rooms: dict[int, Inhabitant] = {}
        self._sounding: list[Inhabitant] = []  # heard from in what is being read
        self._unanswered = -round(_START_LIMIT / _BEAT)  # it may be long in saying its first word
        self._heartbeat: asyncio.TimerHandle | None = None
        self._killing: asyncio.TimerHandle | None = None
        self._process: asyncio.SubprocessTransport | None = None
        self._input: asyncio.WriteTransport | None = None
        self.visits = 0
        self.at_first = self.health = Health(0, 0)
        self.is_over = False

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        allow_insecure: bool,
        on_idle: Callable[[Child], None],
        on_loss: Callable[[Child], None],
    ) -> Child:
        """Start one and wait until it can take rooms. Raises CannotStart, or JoinError: no LiveKit, bad luck."""
        loop = asyncio.get_running_loop()
        child = cls(on_idle, on_loss)
        try:
            await loop.subprocess_exec(
                lambda: child, *command, stderr=subprocess.PIPE, env=environment(), **away_from_the_terminal()
            )
        except OSError as error:
            # Too many open files, or no memory for now: LiveKit in the game would have no more of them.
            kind = CannotStart if error.errno in _NEVER else JoinError
            raise kind(f"The rooms' process cannot be started ({error}).") from None
        except NotImplementedError:
            raise CannotStart("The game's asyncio policy makes loops that start no processes.") from None
        except RuntimeError as error:  # no thread can be had to wait for it, or the game's policy lets nobody wait
            child.is_over = True  # it may run already
            raise JoinError(f"The rooms' process cannot be started ({error}).") from None
        child._beat()
        child.say(Start(allow_insecure=allow_insecure))
        try:
            async with asyncio.timeout(_START_LIMIT):
                await child._ready
        except TimeoutError:
            child._end(f"was not ready within {_START_LIMIT:.0f} s")
            raise JoinError(f"The rooms' process was not ready within {_START_LIMIT:.0f} s.") from None
        finally:
            if not child._ready.done() or child._ready.cancelled() or child._ready.exception() is not None:
                await child.aclose()
        return child

    @property
    def pid(self) -> int:
        """The process's id; 0 before it has one."""
        return self._process.get_pid() if self._process is not None else 0

    @property
    def rooms(self) -> int:
        """How many rooms are open or on the way."""
        return len(self._rooms)

    def admit(self, number: int, room: Inhabitant) -> None:
        """Tell the room of this number from now on what is said about it."""
        self.visits += 1
        self._rooms[number] = room

    def say(self, said: Said) -> None:
        """Write one frame; nothing happens once the process is gone."""
        if self.is_over or self._input is None:
            return
        if isinstance(said, Join):
            self._secrets.add(said.token)
        if isinstance(said, Sound) and self._input.get_write_buffer_size() > _UNREAD_LIMIT:
            return
        self._input.write(encode(said))

    async def has_taken(self) -> None:
        """Wait until it has read most of what was said; at once when it is over."""
        await self._writable.wait()

    async def aclose(self) -> None:
        """Close its input, at which it leaves its rooms and ends; kill it if it doesn't."""
        if self._process is None:
            return
        try:
            if self._input is not None:
                self._input.close()
            async with asyncio.timeout(_CLOSE_LIMIT):
                await self._gone.wait()
        except TimeoutError:
            _log.warning("The rooms' process %d did not end by itself; it is killed.", self.pid)
        finally:
            self._end("was closed")
        await self._gone.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._process = transport
        if self.is_over:  # asyncio has given it up
            transport.close()
            return
        pipe = transport.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        pipe.set_write_buffer_limits(high=SLICE_BYTES)
        self._input = pipe
        output = transport.get_pipe_transport(1)
        assert isinstance(output, asyncio.ReadTransport)
        output.set_protocol(_Straight(output.get_protocol(), self.pipe_data_received))

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._note(data)
            return
        self._unanswered = 0
        try:
            for said in self._decoder.feed(data):
                self._take(said)
        except ProtocolError as error:
            self._end(f"made no sense ({error})")
        sounding, self._sounding = self._sounding, []
        for room in sounding:
            room.settle()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1 and self._ready.done():  # else we wait to hear why
            self._end("has ended", is_exiting=True)

    def process_exited(self) -> None:
        if self._ready.done():
            self._has_exited()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_exited()  # all that it printed has been read
        if self._killing is not None:
            self._killing.cancel()
        if self._process is not None:
            self._process.close()
        self._gone.set()

    # What comes of it.

    def _take(self, said: Said) -> None:
        match said:
            case Sound(room) if (inhabitant := self._rooms.get(room)) is not None:  # first: eight voices, 400 a second
                inhabitant.hear(said)
                self._sounding.append(inhabitant)
            case Health():
                self.health = said
            case Usable():
                self.at_first = self.health
                if not self._ready.done():
                    self._ready.set_result(None)
            case Unusable(message, is_transient):
                if not self._ready.done():
                    self._ready.set_exception(JoinError(message, is_transient=is_transient))
            case Left(room):
                inhabitant = self._rooms.pop(room, None)
                if inhabitant is not None:
                    inhabitant.hear(said)
                if not self._rooms:
                    self._on_idle(self)
            case _ if (inhabitant := self._rooms.get(said.room)) is not None:
                inhabitant.hear(said)

    def _beat(self) -> None:
        """Ask for a sign of life; counted, not timed, because it may be we who were stopped."""
        if self._unanswered >= _MISSES:
            self._end(f"has not answered for {_MISSES * _BEAT:.0f} s")
            return
        self._unanswered += 1
        self.say(Ping())
        self._heartbeat = self._loop.call_later(_BEAT, self._beat)

    def _has_exited(self) -> None:
        self._end(f"has ended with exit status {self._status}", is_exiting=True)

    @property
    def _status(self) -> int | None:
        """Its exit status, the negative number of the signal that killed it, None while it runs."""
        return self._process.get_returncode() if self._process is not None else None

    def _end(self, how: str, *, is_exiting: bool = False) -> None:
        """The process is over, whether it knows that or not."""
        if self.is_over:
            return
        self.is_over = True
        self._writable.set()
        _log.debug("= rooms' process %d %s", self.pid, how)
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        # Killing one that is just exiting would take its exit status from under asyncio's eyes.
        self._killing = self._loop.call_later(_CLOSE_LIMIT if is_exiting else 0.0, self._kill)
        if not self._ready.done():
            # One that ends by itself will always; one that was killed or hung may have a better successor.
            kind = CannotStart if self._status is not None and self._status >= 0 else JoinError
            last = f": {self._last.rstrip('.')}" if self._last else ""
            self._ready.set_exception(kind(f"The rooms' process {how} before it could take rooms{last}."))
        rooms, self._rooms = self._rooms, {}
        for room in rooms.values():
            room.lose(RoomLost(RoomLossReason.UNKNOWN, f"The rooms' process {how}."))
        if rooms:
            self._on_loss(self)

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # it may be gone already
                self._process.kill()

    def _note(self, data: bytes) -> None:
        """Pass on what the process and its libraries print, line by line."""
        *lines, self._line = (self._line + data).split(b"\n")
        self._line = self._line[-_LINE_BYTES:]
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            for secret in self._secrets:
                text = text.replace(secret, "…")
            self._last = conceal_tokens(text)[:_LINE_LIMIT]
            _log.debug("rooms: %s", self._last)


class _Straight(asyncio.Protocol):
    """Reads the process's output at once, where asyncio's own protocol does in the next round of the loop.

    Each round lets the interpreter's lock go, and a busy game keeps it for a while.
    """

    def __init__(self, before: asyncio.BaseProtocol, take: Callable[[int, bytes], None]) -> None:
        self._before = before
        self._take = take

    def data_received(self, data: bytes) -> None:
        self._take(1, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._before.connection_lost(exc)
