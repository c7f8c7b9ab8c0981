"""The asyncio side without a thread and without real time: run on the main thread, as far as game time has come.

A loop of its own for each Convai. Nothing waits: what is due by the frame's time is done before the frame goes on, in
the same order each time.
"""

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class SteppedIo:
    """Takes the place of ``IoThread``. ``errors`` are those that nobody has caught."""

    def __init__(self, farewell: Callable[[], Coroutine[Any, Any, None]], now: float) -> None:
        self._farewell = farewell
        self._loop = _VirtualLoop(now)
        self._loop.set_exception_handler(self._note)
        self.errors: list[BaseException | str] = []

    def call(self, function: Callable[[*_Ts], object], *args: *_Ts) -> None:
        """Have the loop call the function at its next step; nothing happens after ``close``."""
        if not self._loop.is_closed():
            self._loop.call_soon(function, *args)

    def submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run a coroutine on the loop and give its future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def work(self, function: Callable[[], object]) -> None:
        """Have it called at the next step."""
        self.call(function)

    def advance(self, now: float) -> None:
        """Do all that is due by ``now``."""
        if not self._loop.is_closed():
            self._loop.advance(now)

    def close(self) -> None:
        """Say goodbye to every room, as if all the time that takes had passed."""
        if self._loop.is_closed():
            return
        try:
            self._loop.finish(self._farewell())
            for task in (left := asyncio.all_tasks(self._loop)):
                task.cancel()
            if left:
                self._loop.finish(_settle(left))
            self._loop.finish(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.errors.append(context.get("exception") or str(context.get("message")))


async def _settle(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks)


class _Selector(selectors.SelectSelector):
    """Where an event loop waits; this one is told so instead, and lets time pass."""

    def __init__(self, wait: Callable[[float | None], None]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._wait(timeout)
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is what it is told."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._until = now
        self._due = math.inf  # when the next timer is, as far as is known
        self._has_news = True
        super().__init__(_Selector(self._pass_time))

    def time(self) -> float:
        return self._now

    def advance(self, until: float) -> None:
        """Run what is due by ``until``."""
        self._until = max(until, self._now)
        if self._has_news or self._due <= self._until:
            self._has_news = False
            self.run_forever()
        self._now = self._until

    def finish(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Let as much time pass as it takes."""
        self._until = math.inf
        self.run_until_complete(coroutine)
        self._until = self._now

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        self._has_news = True
        return super().call_soon(callback, *args, context=context)

    # Threads may call it: the queue is a deque, and the next step finds what is in it.
    call_soon_threadsafe = call_soon

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self._due = min(self._due, when)
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[[*_Ts], _T], *args: *_Ts) -> asyncio.Future[_T]:
        """At once and here: a thread would make the order a matter of chance."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the future
            future.set_exception(error)
        return future

    def _pass_time(self, timeout: float | None) -> None:
        if timeout == 0:
            return
        due = math.inf if timeout is None else self._now + timeout
        if due <= self._until and due < math.inf:
            self._now = due
            return
        self._due = due
        self._now = self._until if self._until < math.inf else self._now
        self.stop()
