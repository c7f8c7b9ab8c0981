"""When a stream of sound is opened, beside others that are open already."""

import asyncio

from convai_panda.transport.beat import Beat


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_first_stream_waits_for_nobody() -> None:
    asyncio.run(asyncio.wait_for(Beat().wait(), 0.01))


def test_others_are_opened_when_the_one_that_is_open_longest_gives_a_frame() -> None:
    async def run() -> list[str]:
        beat, opened = Beat(), list[str]()
        first, second = object(), object()

        async def open_one(name: str) -> None:
            await beat.wait()
            opened.append(name)

        with beat.kept_by(first), beat.kept_by(second):
            tasks = [asyncio.create_task(open_one(name)) for name in ("third", "fourth")]
            await settle()
            beat.strike(second)
            await settle()
            assert opened == []
            beat.strike(first)
            await settle()
            await asyncio.gather(*tasks)
        return opened

    assert asyncio.run(run()) == ["third", "fourth"]


def test_the_next_in_line_gives_the_beat_once_the_first_is_closed() -> None:
    async def run() -> None:
        beat, first, second = Beat(), object(), object()
        with beat.kept_by(second):
            with beat.kept_by(first):
                pass
            waiting = asyncio.create_task(beat.wait())
            await settle()
            beat.strike(second)
            await settle()
            assert waiting.done()

    asyncio.run(run())


def test_a_stream_that_gives_nothing_is_not_waited_for() -> None:
    async def run() -> None:
        beat, silent = Beat(), object()
        with beat.kept_by(silent):
            await asyncio.wait_for(beat.wait(), 5.0)
            beat.strike(silent)  # late; nobody is left who waits

    asyncio.run(run())


def test_whoever_gives_up_waiting_is_forgotten() -> None:
    async def run() -> None:
        beat, stream = Beat(), object()
        with beat.kept_by(stream):
            leaving, staying = (asyncio.create_task(beat.wait()) for _ in range(2))
            await settle()
            leaving.cancel()
            await settle()
            beat.strike(stream)
            await settle()
            assert leaving.cancelled()
            assert staying.done()

    asyncio.run(run())
