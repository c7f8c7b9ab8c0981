"""The voice in messages, through the scene into the mix: one voice, without gaps, however it is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, MemoryContinuity, MessageReceived, Nearest, Simulator, SpeechFinished

from .conftest import Village


@pytest.fixture
def routed(base: ShowBase, request: pytest.FixtureRequest) -> Iterator[Village]:
    output: dict[str, Any] = request.param
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=Simulator(),
        listener=player,
        proximity=Nearest(linger=0.5),
        continuity=MemoryContinuity(),
        player_name="Ana",
        connect_options={"audio_config": {"output": output}},
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()


@pytest.mark.parametrize(
    "routed",
    [
        {"audio_routing": "audio_only"},
        {"audio_routing": "both"},
        {"audio_routing": "data_only"},
        {"audio_routing": "data_only", "sample_rate": 16_000, "add_wav_header": True, "max_chunk_duration_ms": 250},
        {"audio_routing": "data_only", "sample_rate": 48_000, "max_chunk_duration_ms": 10},
    ],
    indirect=True,
    ids=["track", "both", "data", "16 kHz wav", "48 kHz bare"],
)
def test_there_is_one_voice_and_it_has_no_gap(routed: Village) -> None:
    routed.stand(2.0, 0.0)
    routed.until(lambda: routed.told(SpeechFinished))
    assert "audio-data" not in [message.type for message in routed.told(MessageReceived)]
    mix = routed.mix()
    sentences = mix.sounding(pause=0.12)
    assert len(sentences) == 3  # “Hello, Ana.” “I am …” “What brings you here?”
    for start, end in sentences:
        assert mix.between(start, end).gaps(at_least=0.06) == []
