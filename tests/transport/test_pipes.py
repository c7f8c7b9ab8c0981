"""The rooms' process's pipes, in both of their forms."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from convai_panda.transport.pipes import open_writer, read_pipe

FORMS = pytest.mark.parametrize("on_loop", [True, False], ids=["loop", "threads"])
MUCH = bytes(range(256)) * 2_000  # eight times what a pipe holds


def with_pipe(use: Callable[[int, int], Awaitable[None]]) -> None:
    source, sink = os.pipe()
    try:
        asyncio.run(use(source, sink))
    finally:
        for end in (source, sink):
            with suppress(OSError):  # the test has closed it
                os.close(end)


@FORMS
def test_what_comes_is_given_on_until_the_other_end_is_closed(on_loop: bool) -> None:
    pieces: list[bytes] = []

    async def use(source: int, sink: int) -> None:
        taken = asyncio.Event()

        def take(data: bytes) -> None:
            pieces.append(data)
            taken.set()

        reading = asyncio.create_task(read_pipe(source, take, on_loop=on_loop))
        async with asyncio.timeout(10.0):
            os.write(sink, b"one")
            await taken.wait()
            os.write(sink, b"two")
            os.close(sink)
            await reading

    with_pipe(use)
    assert pieces == [b"one", b"two"]


@FORMS
def test_what_breaks_in_taking_it_is_raised(on_loop: bool) -> None:
    def break_down(_: bytes) -> None:
        raise ValueError("out of step")

    async def use(source: int, sink: int) -> None:
        os.write(sink, b"one")
        with pytest.raises(ValueError, match="out of step"):
            await read_pipe(source, break_down, on_loop=on_loop)

    with_pipe(use)


@FORMS
def test_a_writer_is_busy_until_all_was_taken(on_loop: bool) -> None:
    read = bytearray()

    async def use(source: int, sink: int) -> None:
        taken = asyncio.Event()
        writer = await open_writer(sink, taken.set, on_loop=on_loop)
        assert not writer.is_busy
        writer.write(MUCH)
        assert writer.is_busy
        while len(read) < len(MUCH):
            read.extend(await asyncio.to_thread(os.read, source, 1 << 16))
        async with asyncio.timeout(10.0):
            await taken.wait()
        assert not writer.is_busy
        writer.close()

    with_pipe(use)
    assert bytes(read) == MUCH


@FORMS
def test_a_writer_knows_when_nobody_reads_any_more(on_loop: bool) -> None:
    async def use(source: int, sink: int) -> None:
        writer = await open_writer(sink, lambda: None, on_loop=on_loop)
        os.close(source)
        writer.write(b"lost")
        async with asyncio.timeout(10.0):
            await writer.gone
        writer.close()

    with_pipe(use)
