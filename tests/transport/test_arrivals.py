"""What has arrived: in order, and sound past the queue for who wants it at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from convai_panda import AudioFrame
from convai_panda.transport.arrivals import Arrivals
from convai_panda.transport.base import AudioArrived, MessageArrived, RoomItem
from convai_panda.transport.fairly import fairly

SOUND = AudioArrived("track", AudioFrame(bytes(960)))
WORDS = MessageArrived(b"{}")


async def read(arrivals: Arrivals) -> list[RoomItem]:
    return [item async for item in arrivals.items()]


def play(arrivals: Arrivals) -> list[RoomItem]:
    arrivals.end()
    return asyncio.run(read(arrivals))


def test_without_a_taker_everything_is_read_in_order() -> None:
    arrivals = Arrivals()
    for item in (WORDS, SOUND, WORDS):
        arrivals.put(item)
    assert play(arrivals) == [WORDS, SOUND, WORDS]


def test_sound_that_waits_and_sound_that_comes_goes_to_the_taker() -> None:
    arrivals, taken = Arrivals(), list[RoomItem]()
    arrivals.put(SOUND)
    arrivals.put(WORDS)
    arrivals.hand_audio_to(taken.append, lambda: None)
    arrivals.put(SOUND)
    assert taken == [SOUND, SOUND]
    assert play(arrivals) == [WORDS]


def test_who_takes_sound_is_told_when_that_of_one_moment_is_there() -> None:
    arrivals, told = Arrivals(), list[str]()
    arrivals.settle()
    arrivals.hand_audio_to(lambda arrived: told.append("sound"), lambda: told.append("settled"))
    for item in (SOUND, WORDS, SOUND):
        arrivals.put(item)
    arrivals.settle()
    assert told == ["sound", "sound", "settled"]


def test_a_taker_that_breaks_is_told_to_its_reader_and_to_nobody_else() -> None:
    def break_down(arrived: AudioArrived) -> None:
        raise ValueError("a broken voice")

    arrivals = Arrivals()
    arrivals.hand_audio_to(break_down, lambda: None)
    arrivals.put(SOUND)
    with pytest.raises(ValueError, match="a broken voice"):
        asyncio.run(read(arrivals))


def test_so_is_what_breaks_when_it_is_settled() -> None:
    def break_down() -> None:
        raise ValueError("a broken voice")

    arrivals = Arrivals()
    arrivals.hand_audio_to(lambda arrived: None, break_down)
    arrivals.put(SOUND)
    arrivals.settle()
    arrivals.settle()
    with pytest.raises(ValueError, match="a broken voice"):
        asyncio.run(read(arrivals))


def test_large_messages_that_nobody_reads_fill_no_memory() -> None:
    arrivals, large = Arrivals(), MessageArrived(bytes(1_000_000))
    for _ in range(100):
        arrivals.put(large)
    arrivals.put(WORDS)
    items = play(arrivals)
    assert len(items) < 50
    assert items[-1] == WORDS


def test_a_room_that_was_full_takes_more_once_it_has_been_read() -> None:
    async def read_twice() -> int:
        arrivals, large = Arrivals(), MessageArrived(bytes(1 << 20))
        items, count = arrivals.items(), 0
        for _ in range(3):
            for _ in range(20):
                arrivals.put(large)
            for _ in range(20):
                assert await anext(items) is large
                count += 1
        return count

    assert asyncio.run(read_twice()) == 60


def test_a_burst_is_read_at_once_and_what_goes_on_as_fast_slowly() -> None:
    async def duration(count: int) -> float:
        async def said() -> AsyncIterator[int]:
            for number in range(count):
                yield number

        loop = asyncio.get_running_loop()
        began = loop.time()
        assert [number async for number in fairly(said())] == list(range(count))
        return loop.time() - began

    burst, flood = asyncio.run(duration(4_000)), asyncio.run(duration(12_000))
    assert flood > 0.9  # a rest of 16 ms after each of the last fifty-nine helpings
    assert burst < flood / 3
