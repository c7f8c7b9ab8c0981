"""The asyncio thread ``convai-io``, and calls into it from the main thread."""

import asyncio
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar, TypeVarTuple

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

_FAREWELL = 6.0  # s: LiveKit's own bound on a disconnect is 5 s
_WATCH = 0.25  # s: how often the thread looks whether the main thread has ended without saying goodbye


class Io(Protocol):
    """Runs what must not hold up the frame."""

    def call(self, function: Callable[[*_Ts], object], *args: *_Ts) -> None:
        """Have the asyncio side call the function soon (any thread); nothing happens after ``close``."""

    def submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run a coroutine there (any thread) and give its future."""

    def work(self, function: Callable[[], object]) -> None:
        """Have a function called that may wait for a disk; nothing happens after ``close``."""

    def close(self) -> None:
        """Say goodbye to every room and end (main thread)."""


class IoThread:
    """One asyncio loop on one thread; started when made, joined by ``close``.

    ``farewell`` is run on the loop at the end, also when the main thread ends without calling ``close``: the
    thread is not a daemon, so the interpreter waits for rooms to be left.
    """

    def __init__(self, farewell: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._farewell = farewell
        self._loop = _new_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="convai-io")
        self._thread.start()

    def call(self, function: Callable[[*_Ts], object], *args: *_Ts) -> None:
        """Have the loop call the function soon (any thread); nothing happens once the thread has ended."""
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is closed
            _log.debug("= io thread has ended; a call was dropped")

    def submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run a coroutine on the loop (any thread) and give its future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def work(self, function: Callable[[], object]) -> None:
        """Have a worker thread call the function, which may wait for a disk; nothing happens after ``close``."""
        self.call(lambda: self._loop.run_in_executor(None, function))

    def close(self) -> None:
        """Say goodbye to every room and join the thread (main thread)."""
        self.call(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        main = threading.main_thread()
        while main.is_alive() and not self._end.is_set():
            try:
                async with asyncio.timeout(_WATCH):
                    await self._end.wait()
            except TimeoutError:
                continue
        try:
            async with asyncio.timeout(_FAREWELL):
                await self._farewell()
        except TimeoutError:
            _log.warning("Rooms took longer than %.0f s to close; they were abandoned.", _FAREWELL)


def _new_loop() -> asyncio.AbstractEventLoop:
    """A loop that can start processes, where the game's own policy may make others."""
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop()
    return asyncio.new_event_loop()


class LineReader:
    """Lines of a file descriptor, such as a terminal's, read on a thread of their own.

    The thread is a daemon: nothing wakes it from a terminal but its player.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: deque[str] = deque()
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="convai-lines", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether all has been read and taken."""
        return self._has_ended and not self._lines

    def take(self, count: int = 100) -> list[str]:
        """The next lines, without their ends, as far as they have come."""
        return [self._lines.popleft() for _ in range(min(count, len(self._lines)))]

    def _run(self) -> None:
        # Not through sys.stdin, whose lock would be held here when the interpreter ends.
        rest = b""
        try:
            while piece := os.read(self._descriptor, 1 << 16):
                *lines, rest = (rest + piece).split(b"\n")
                self._lines.extend(line.decode("utf-8", "replace") for line in lines)
        except OSError:
            _log.debug("= no more lines can be read")
        if rest:
            self._lines.append(rest.decode("utf-8", "replace"))
        self._has_ended = True
