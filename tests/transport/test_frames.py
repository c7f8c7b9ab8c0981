"""What the two processes say to each other, in pieces of every size."""

import pytest

from convai_panda import AudioFrame
from convai_panda.errors import ProtocolError
from convai_panda.transport.frames import (
    PREAMBLE,
    Decoder,
    Ended,
    Health,
    Join,
    Joined,
    Leave,
    Left,
    Lost,
    Message,
    NotJoined,
    Ping,
    Said,
    Sent,
    Sound,
    Start,
    Unheard,
    Unusable,
    Usable,
    encode,
)

EVERYTHING: tuple[Said, ...] = (
    Start(allow_insecure=True),
    Ping(),
    Join(7, "wss://rooms.example", "a token"),
    Leave(7),
    Health(123, 45),
    Usable(),
    Unusable("no such library", is_transient=False),
    Joined(7),
    NotJoined(7, "refused"),
    Left(7),
    Lost(7, 3, "gone … für immer"),
    Sent(7, 2),
    Sent(7, 3, "too large"),
    Unheard(7, "no microphone"),
    Ended(7, "TR_1"),
    Message(7, 9, b"\x00{}\n"),
    Sound(7, "TR_1", AudioFrame(b"\x01\x02" * 960)),
    Sound(8, "", AudioFrame(b"", 16_000)),
)


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_everything_arrives_as_it_was_said_in_pieces_of_any_size(size: int) -> None:
    data = b"".join(encode(said) for said in EVERYTHING)
    decoder = Decoder()
    heard = [said for at in range(0, len(data), size) for said in decoder.feed(data[at : at + size])]
    assert heard == list(EVERYTHING)


@pytest.mark.parametrize("size", [1, 5, 1_000])
def test_what_was_printed_before_the_preamble_is_skipped(size: int) -> None:
    data = b"a site's greeting\n" + PREAMBLE[:4] + PREAMBLE + encode(Ping())
    decoder = Decoder(preamble=PREAMBLE)
    assert [said for at in range(0, len(data), size) for said in decoder.feed(data[at : at + size])] == [Ping()]


@pytest.mark.parametrize("data", [b"\xff" * 16, b"\x02\x00\x00\x00\x00\x00\x00\x00\x00{]", b"\x00\x00\x00\x00\x09" * 2])
def test_a_stream_that_is_out_of_step_is_noticed(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(Decoder().feed(data))


@pytest.mark.parametrize("peak", [None, 0, 12_345, 32_768])
def test_the_peak_of_a_sound_comes_along_where_it_is_known(peak: int | None) -> None:
    (said,) = Decoder().feed(encode(Sound(1, "voice", AudioFrame(bytes(4), 48_000, peak))))
    assert isinstance(said, Sound)
    assert said.frame.peak == peak


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Join(1, "wss://rooms.example", "secret"))
