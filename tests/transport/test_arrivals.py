"""What has arrived: in order, and sound past the queue for who wants it at once."""

import asyncio

import pytest

from convai_panda import AudioFrame
from convai_panda.transport.arrivals import Arrivals
from convai_panda.transport.base import AudioArrived, MessageArrived, RoomItem

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
    arrivals.hand_audio_to(taken.append)
    arrivals.put(SOUND)
    assert taken == [SOUND, SOUND]
    assert play(arrivals) == [WORDS]


def test_a_taker_that_breaks_is_told_to_its_reader_and_to_nobody_else() -> None:
    def break_down(arrived: AudioArrived) -> None:
        raise ValueError("a broken voice")

    arrivals = Arrivals()
    arrivals.hand_audio_to(break_down)
    arrivals.put(SOUND)
    with pytest.raises(ValueError, match="a broken voice"):
        asyncio.run(read(arrivals))
