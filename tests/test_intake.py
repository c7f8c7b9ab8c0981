"""What a hostile service says: kept out or mended, with a reason, counted, and never more than a game can bear."""

import json
from base64 import b64encode

import pytest

from convai_panda import AudioFrame, ProtocolError, Transcript
from convai_panda.audio.jitter import JitterBuffer
from convai_panda.conversation import Conversation
from convai_panda.events import Speaker
from convai_panda.intake import Intake
from convai_panda.protocol.server import AudioData, BotLlmText, BotTurnCompleted, UserTranscription
from convai_panda.skipped import Harm
from convai_panda.voice_data import VoiceData

SECOND = b"\1\2" * 48_000


def test_what_is_mended_is_counted_and_its_reason_told(caplog: pytest.LogCaptureFixture) -> None:
    intake = Intake()
    message = intake.read(BotLlmText(text="\x1b[2Jhello").encode(), 0.0)
    assert message == BotLlmText(text="[2Jhello")
    assert intake.skipped.counts == {Harm.MENDED: 1}
    assert "bot-llm-text" in caplog.text


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b'{"type":"bot-llm-text","data":{"text":NaN}}',
        b'{"type":"chunked-neurosync-blendshapes","data":{"blendshapes":[[1e999,0]]}}',
        b'{"type":"visemes","data":{"visemes":{"aa":Infinity}}}',
        b'{"type":"chunked-neurosync-blendshapes","data":{"blendshapes":[[0,0],[0,0,0]]}}',
        b'{"type":"neurosync-blendshapes","data":{"blendshapes":' + json.dumps([0.0] * 5000).encode() + b"}}",
        b'{"type":"a name that\\nis two lines"}',
        b'{"type":"' + b"x" * 100 + b'"}',
        b'{"type":"n","data":' + b'{"n":' * 500 + b"1" + b"}" * 501,
    ],
)
def test_nonsense_is_skipped_and_counted(payload: bytes) -> None:
    intake = Intake()
    assert intake.read(payload, 0.0) is None
    assert intake.skipped.counts == {Harm.SKIPPED: 1}


def test_a_flood_is_cut_to_what_a_game_can_bear_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    intake = Intake()
    payload = BotTurnCompleted().encode()
    taken = sum(intake.read(payload, number / 100_000) is not None for number in range(100_000))
    assert taken <= 5_100
    assert intake.skipped.counts[Harm.FLOOD] == 100_000 - taken
    assert len([record for record in caplog.records if "dropped" in record.message]) == 1
    assert intake.read(payload, 10.0) is not None


def test_megabytes_a_second_are_a_flood_too() -> None:
    intake = Intake()
    payload = b'{"type":"x","data":{"y":"' + b"z" * 250_000 + b'"}}'
    assert 100 < sum(intake.read(payload, number / 1000) is not None for number in range(600)) < 160


def test_what_a_busy_room_says_is_no_flood() -> None:
    intake = Intake()
    payload = BotLlmText(text="word ").encode()
    assert all(intake.read(payload, 20.0 + number / 400) for number in range(20_000))


@pytest.mark.parametrize(
    "fields",
    [
        {"sample_rate": 1},
        {"sample_rate": 10**9},
        {"sample_rate": 48_000, "channels": 10**6},
        {"sample_rate": 48_000, "audio": "ü" * 40},
        {"sample_rate": 48_000, "audio": "A"},
        {"sample_rate": 8_000, "audio": b64encode(b"\0" * 700_000).decode()},
    ],
)
def test_voice_that_lies_about_itself_is_refused(fields: dict[str, object]) -> None:
    message = AudioData.model_validate({"audio": b64encode(SECOND).decode(), **fields})
    with pytest.raises(ProtocolError):
        VoiceData("data_only").receive(message)


def test_voice_without_an_end_fills_no_memory() -> None:
    buffer = JitterBuffer(is_live=False)
    for _ in range(1000):
        buffer.push(SECOND, 0.0)
    assert buffer.depth(0.0) <= 120.0
    assert buffer.stats.dropped_speech == pytest.approx(880.0)


@pytest.mark.parametrize(
    ("frame", "is_sound"),
    [
        (AudioFrame(b"\0\0" * 960), True),
        (AudioFrame(b"\0\0" * 160, 16_000), True),
        (AudioFrame(b"\0" * 961), False),
        (AudioFrame(b"\0\0" * 960, 0), False),
        (AudioFrame(b"\0\0" * 960, 10**9), False),
        (AudioFrame(b"\0\0" * 480_000), False),
    ],
)
def test_a_frame_that_is_no_sound_is_not_played(frame: AudioFrame, is_sound: bool) -> None:
    assert Intake().admits(frame) is is_sound


def test_a_turn_without_an_end_is_told_as_far_as_a_screen_can_bear() -> None:
    conversation = Conversation()
    told = [
        event
        for _ in range(1000)
        for event in conversation.receive(BotLlmText(text="lorem ipsum " * 10), 0.0)
        if isinstance(event, Transcript)
    ]
    assert len(told) < 100
    assert max(len(event.text) for event in told) <= 8_000
    player = UserTranscription(text="x" * 60_000, final=True)
    heard = [event for _ in range(100) for event in conversation.receive(player, 0.0) if isinstance(event, Transcript)]
    assert all(len(event.text) <= 8_000 and event.speaker is Speaker.PLAYER for event in heard)
