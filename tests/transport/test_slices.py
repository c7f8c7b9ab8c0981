"""Pictures on the pipe: cut, put together, and never put together wrongly."""

import asyncio

import pytest

from convai_panda import AudioFrame, ConfigurationError, Picture
from convai_panda.transport.child import _UNREAD_LIMIT
from convai_panda.transport.frames import Decoder, PictureSlice, Said, encode
from convai_panda.transport.process import ProcessRooms
from convai_panda.transport.process_room import ProcessRoom
from convai_panda.transport.slices import SLICE_BYTES, Assembly, slices

PICTURE = Picture(160, 90, bytes(range(256)) * 225)


def over_the_pipe(parts: list[PictureSlice]) -> list[PictureSlice]:
    data = b"".join(encode(part) for part in parts)
    decoder = Decoder()
    found = [said for at in range(0, len(data), 1000) for said in decoder.feed(data[at : at + 1000])]
    assert all(isinstance(said, PictureSlice) for said in found)
    return found  # type: ignore[return-value]


def test_a_picture_comes_out_as_it_went_in() -> None:
    parts = over_the_pipe(list(slices(3, "camera", PICTURE)))
    assert len(parts) == 3
    assert {(part.room, part.track) for part in parts} == {(3, "camera")}
    assert max(len(part.data) for part in parts) == SLICE_BYTES
    assembly = Assembly()
    for _ in range(2):
        *begun, whole = [assembly.add(part) for part in parts]
        assert begun == [None, None]
        assert whole == PICTURE


def test_a_picture_that_was_broken_off_is_none_and_the_next_one_is() -> None:
    parts = list(slices(3, "camera", PICTURE))
    assembly = Assembly()
    assert [assembly.add(part) for part in (parts[0], parts[2])] == [None, None]
    assert [assembly.add(part) for part in parts][-1] == PICTURE


def test_a_picture_is_turned_for_video_and_has_as_many_bytes_as_it_says() -> None:
    low, high = b"\1" * 8, b"\2" * 8
    assert Picture(2, 2, low + high).turned() == high + low
    with pytest.raises(ConfigurationError, match="16 bytes"):
        Picture(2, 2, low)
    assert "bgra" not in repr(PICTURE)


def test_voices_pass_between_the_slices_of_the_largest_picture() -> None:
    """The rooms' process takes sound only while little waits to be read."""

    async def scene() -> int:
        rooms = ProcessRooms()
        try:
            child = await rooms.start()
            room = ProcessRoom(child, 1)
            most = 0
            say = child.say

            def note(said: Said) -> None:
                nonlocal most
                say(said)
                assert child._input is not None
                most = max(most, child._input.get_write_buffer_size())

            child.say = note  # type: ignore[method-assign]
            showing = asyncio.create_task(room.show(Picture(1920, 1080, bytes(4 * 1920 * 1080)), "camera"))
            while not showing.done():
                await room.publish(AudioFrame(bytes(960)))
                await asyncio.sleep(0.01)  # as often as a microphone
            await showing
            return most
        finally:
            await rooms.aclose()

    assert asyncio.run(scene()) <= _UNREAD_LIMIT
