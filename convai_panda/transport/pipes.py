"""The two pipes to the game, as the rooms' process holds them: on its asyncio loop, or on threads beside it.

A thread is woken, and wakes the loop, for each piece that it reads or writes; that takes processor time from the game.
Windows has no other way: a pipe that was inherited cannot be on a loop there.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

HAS_LOOP_PIPES = sys.platform != "win32"

_READ_SIZE = 1 << 16  # bytes: a pipe of Linux


async def read_pipe(source: int, take: Callable[[bytes], None], *, on_loop: bool = HAS_LOOP_PIPES) -> None:
    """Give ``take`` what comes, until the other end is closed. Raises what ``take`` raises."""
    if not on_loop:
        while data := await asyncio.to_thread(os.read, source, _READ_SIZE):
            take(data)
        return
    loop = asyncio.get_running_loop()
    reader = _LoopReader(take, loop.create_future())
    transport, _ = await loop.connect_read_pipe(lambda: reader, os.fdopen(source, "rb", buffering=0, closefd=False))
    try:
        await reader.ended
    finally:
        transport.close()


class PipeWriter(Protocol):
    """One write at a time."""

    gone: asyncio.Future[None]  # the other end is closed

    @property
    def is_busy(self) -> bool:
        """Whether the other end has still to take what was written."""

    def write(self, data: bytes) -> None:
        """Write, while it is not busy."""

    def close(self) -> None:
        """Write nothing any more."""


async def open_writer(sink: int, on_taken: Callable[[], None], *, on_loop: bool = HAS_LOOP_PIPES) -> PipeWriter:
    """``on_taken`` is called when it is not busy any more."""
    loop = asyncio.get_running_loop()
    if not on_loop:
        return _ThreadWriter(sink, on_taken, loop.create_future())
    writer = _LoopWriter(on_taken, loop.create_future())
    await loop.connect_write_pipe(lambda: writer, os.fdopen(sink, "wb", buffering=0, closefd=False))
    return writer


class _LoopReader(asyncio.Protocol):
    def __init__(self, take: Callable[[bytes], None], ended: asyncio.Future[None]) -> None:
        self._take = take
        self.ended = ended

    def data_received(self, data: bytes) -> None:
        if self.ended.done():
            return
        try:
            self._take(data)
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            self.ended.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class _LoopWriter(asyncio.BaseProtocol):
    def __init__(self, on_taken: Callable[[], None], gone: asyncio.Future[None]) -> None:
        self._on_taken = on_taken
        self.gone = gone
        self.is_busy = False

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        if not self.gone.done():
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.set_write_buffer_limits(high=0)
        self._transport = transport

    def pause_writing(self) -> None:
        self.is_busy = True

    def resume_writing(self) -> None:
        self.is_busy = False
        self._on_taken()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)


class _ThreadWriter:
    def __init__(self, sink: int, on_taken: Callable[[], None], gone: asyncio.Future[None]) -> None:
        self._sink = sink
        self._on_taken = on_taken
        self.gone = gone
        self._writing: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return self._writing is not None

    def write(self, data: bytes) -> None:
        self._writing = asyncio.create_task(self._write(data), name="write")

    def close(self) -> None:
        if self._writing is not None:
            self._writing.cancel()

    async def _write(self, data: bytes) -> None:
        with suppress(OSError):
            await asyncio.to_thread(_write_all, self._sink, data)
            self._writing = None
            self._on_taken()
            return
        if not self.gone.done():
            self.gone.set_result(None)


def _write_all(sink: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(sink, rest) :]
