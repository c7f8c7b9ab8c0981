"""The asyncio side without a thread: what is due is done, in order, and no more; nothing waits in real time."""

import asyncio
from time import monotonic

import pytest

from convai_panda.testing.stepped_io import SteppedIo


async def nothing() -> None:
    """No farewell."""


def test_timers_run_at_their_moment_and_in_order() -> None:
    io = SteppedIo(nothing, 10.0)
    seen: list[tuple[str, float]] = []

    async def tick(name: str, every: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(every)
            seen.append((name, round(loop.time(), 6)))

    for name, every in (("a", 0.35), ("b", 0.2)):
        io.submit(tick(name, every))
    io.advance(10.45)
    first = list(seen)
    io.advance(10.75)
    io.close()
    assert first == [("b", 10.2), ("a", 10.35), ("b", 10.4)]
    assert seen[3:] == [("b", 10.6), ("a", 10.7)]


def test_an_hour_takes_no_time_and_the_farewell_all_that_it_wants() -> None:
    began, said = monotonic(), []

    async def farewell() -> None:
        await asyncio.sleep(5.0)
        said.append("bye")

    io = SteppedIo(farewell, 0.0)
    io.submit(asyncio.sleep(3599.0))
    io.advance(3600.0)
    io.close()
    io.close()
    io.call(said.append, "too late")
    assert said == ["bye"]
    assert monotonic() - began < 2.0


def test_work_for_threads_is_done_here_and_its_errors_are_its_callers() -> None:
    io = SteppedIo(nothing, 0.0)

    async def fail() -> str:
        try:
            await asyncio.to_thread(int, "x")
        except ValueError:
            return "caught"
        return "missed"

    outcome = io.submit(fail())
    io.advance(0.1)
    assert outcome.result(timeout=0) == "caught"
    io.close()


def test_what_nobody_catches_is_kept() -> None:
    io = SteppedIo(nothing, 0.0)
    io.call(lambda: [][0])
    io.advance(0.1)
    io.close()
    assert isinstance(io.errors[0], IndexError)


def test_a_farewell_that_would_wait_for_ever_is_an_error() -> None:
    async def farewell() -> None:
        await asyncio.Event().wait()

    io = SteppedIo(farewell, 0.0)
    with pytest.raises(RuntimeError, match="Future completed"):
        io.close()
