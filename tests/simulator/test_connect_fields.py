"""Every field of the Connect request does something, or is known to do nothing that can be seen from outside."""

import asyncio
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import BaseModel

from convai_panda import simulator
from convai_panda.audio.frame import AudioFrame
from convai_panda.protocol.client import (
    ClientReady,
    ContextUpdate,
    TriggerMessage,
    UpdateSceneMetadata,
    UserTextMessage,
    VisionStatus,
)
from convai_panda.protocol.connect import ConnectRequest, SceneObject
from convai_panda.simulator import Behaviour, Character, Memory, Simulator
from convai_panda.simulator.characters import Cast
from convai_panda.simulator.service import Service

from .stage import CHARACTER, Stage

RANGER = Character(CHARACTER, "Ines", "the ranger", greeting="It is {hour}.", has_narrative=True)
USUAL: dict[str, Any] = {
    "emotion_config": {"provider": "nrclex"},
    "blendshape_provider": "neurosync",
    "blendshape_config": {"format": "arkit"},
    "turn_detection_config": {"type": "smart_turn"},
    "action_config": {"actions": ["Wave", "Pick up", "Give"], "objects": [{"name": "bell", "description": "Of brass"}]},
    "audio_config": {"output": {"audio_routing": "both"}},
    "vision_input_config": {"enabled": True},
    "debug": True,
}

# What is asked for, by the fields of the request that it is about.
ASKED: list[tuple[str, Any]] = [
    ("end_user_id", "p-1"),
    ("connection_type", "video"),
    ("respond_modes.text", "silent"),
    ("respond_modes.audio", "silent"),
    ("respond_modes.trigger", "silent"),
    ("respond_modes.context_update", "must_respond"),
    ("respond_modes.scene_metadata", "must_respond"),
    ("vad_params.start_secs", 0.5),
    ("vad_params.stop_secs", 0.2),
    ("vad_params.min_volume", 1.0),
    ("vad_params.confidence", 1.0),
    ("turn_detection_config.type", "not_provided"),
    ("turn_detection_config.params.stop_secs", 1.5),
    ("default_tts_enabled", False),
    ("default_stt_enabled", False),
    ("emotion_config", None),
    ("emotion_config.provider", "llm"),
    ("emotion_config.min_word_threshold", 60),
    ("emotion_config.low_intensity_threshold", 0.6),
    ("emotion_config.high_intensity_threshold", 0.1),
    ("blendshape_provider", "not_provided"),
    ("blendshape_provider", "ovr"),
    ("blendshape_config.format", "mha"),
    ("blendshape_config.format", "cc4_extended"),
    ("blendshape_config.format", "cc5_hd"),
    ("blendshape_config.format", "visemes"),
    ("blendshape_config.enable_chunking", False),
    ("blendshape_config.chunk_size", 3),
    ("blendshape_config.output_fps", 30),
    ("blendshape_config.deliver_chunks_ahead", True),
    ("blendshape_config.frames_buffer_duration", 0.5),
    ("audio_config", None),
    ("audio_config.output.audio_routing", "data_only"),
    ("audio_config.output.max_chunk_duration_ms", 250),
    ("audio_config.output.add_wav_header", True),
    ("audio_config.output.sample_rate", 16_000),
    ("action_config", None),
    ("action_config.actions", ["Bow"]),
    ("action_config.objects", []),
    ("action_config.characters", [{"name": "Player", "bio": "Who talks to you"}]),
    ("action_config.current_attention_object", "bell"),
    ("dynamic_info.text", "It rains."),
    ("dynamic_info.static_text", "The gate is old."),
    ("narrative_template_keys", {"hour": "noon"}),
    ("scene_description", [{"name": "anvil", "description": "Heavy"}]),
    ("debug", False),
    ("debug_row_cap", 0),
]

# Seen in the answer, or in the refusal.
CALLS: list[tuple[dict[str, Any], int]] = [
    ({"transport": "sse"}, 422),
    ({"transport": "daily", "audio_config": {"output": {}}}, 400),
    ({"character_session_id": "0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0001"}, 404),
    ({"mode": "join", "shared_session_key": "k"}, 403),
    ({"mode": "join", "room_session_id": "0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0001"}, 403),
    ({"room_session_id": "0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0001"}, 403),
    ({"group_chat": True}, 403),
    ({"room_brief": "Old friends."}, 403),
    ({"shared_session_key": "taken"}, 409),
    ({"end_user_metadata": {"name": 7}}, 422),
    ({"blendshape_config": {"format": "clay"}}, 422),
    ({"dynamic_info": {"static_text": "x" * 90_000}}, 400),
    ({"dynamic_info": {"text": "x" * 130_000}}, 400),
    ({"vad_params": {"min_volume": 2.0}}, 400),
    ({"room_name": "mine"}, 200),
    ({"end_user_id": "p-1", "end_user_metadata": {"name": "Ana"}}, 200),
    ({"capabilities": {"action_protocol_version": 2}}, 200),
]
# Nobody outside can see them: they choose the service's own parts, or are only written down.
UNSEEN = {
    *("llm_provider", "stt_provider", "disable_live_fallback", "thinking_mode", "invocation_metadata", "speaker_id"),
    *("max_num_participants", "characters"),  # of rooms that are refused here
    *("dynamic_info.keep_in_context", "turn_detection_config.params.pre_speech_ms"),
    *("turn_detection_config.params.max_duration_secs", "blendshape_config.provider", "action_config.tools"),
}
SIGHT = {"vision_input_config", "video_track_name", "respond_modes.vision"}  # see the tests of sight


def asked(path: str, value: Any) -> dict[str, Any]:
    """The usual request but for one field."""
    fields: dict[str, Any] = json.loads(json.dumps(USUAL))
    *outer, name = path.split(".")
    place = fields
    for each in outer:
        place = place.setdefault(each, {})
    place[name] = value
    return fields


def talk(fields: dict[str, Any]) -> list[object]:
    """What is heard in a visit, and when."""
    behaviour = Behaviour(advises=False, hearing=("I see.", "I would like to say and"))
    stage = Stage(behaviour=behaviour, character=RANGER, **fields)
    stage.run(1.5)
    for message in (
        ContextUpdate(text="It snows.", update_id="u"),
        UserTextMessage(text="Please wave at it"),
        UserTextMessage(text="What do you know?"),
        UserTextMessage(text="What do you see?"),
        UserTextMessage(text="Bring me the bell"),
        TriggerMessage(trigger_message="Greet them."),
        VisionStatus(),
    ):
        stage.send(message)
        stage.run(0.9)
    stage.run(1.5)
    stage.send(UpdateSceneMetadata(scene_metadata=(SceneObject(name="oak", description="Old"),)))
    stage.run(1.0)
    tone = (450 * np.sin(np.arange(960) * 2 * math.pi / 60)).astype("<i2").tobytes()
    for _ in range(2):
        for _ in range(40):
            stage.actor.hear(AudioFrame(tone), stage.now)
            stage.run(0.02)
        stage.run(3.9)
    return [(round(heard.time, 2), heard.name, _plain(heard.data)) for heard in stage.heard]


def _plain(data: object) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[^\"]+", "", json.dumps(data, sort_keys=True))


@pytest.fixture(scope="module")
def usual() -> list[object]:
    return talk(USUAL)


@pytest.mark.parametrize(("path", "value"), ASKED)
def test_what_is_asked_for_is_heard(path: str, value: Any, usual: list[object]) -> None:
    assert talk(asked(path, value)) != usual


def test_the_same_is_heard_again(usual: list[object]) -> None:
    assert talk(USUAL) == usual


@pytest.mark.parametrize(("fields", "status"), CALLS)
def test_what_is_asked_for_is_answered(fields: dict[str, Any], status: int) -> None:
    service = Service(cast=Cast(), memory=Memory())
    headers = {"X-API-Key": "any"}

    def call(more: dict[str, Any]) -> Any:
        return service.connect(json.dumps({"character_id": CHARACTER, **more}).encode(), headers)

    plain = call({"shared_session_key": "taken"}).body
    reply = call(fields)
    assert reply.status == status
    if status == 200:
        for name, value in fields.items():
            assert plain.get(name) != reply.body[name]
            assert name == "capabilities" or reply.body[name] == value


def test_a_room_without_an_agent_stays_empty() -> None:
    async def scene() -> bool:
        service = Simulator(behaviour=Behaviour(unprompted_ready=0.0, ready_delay=0.0))
        room = await service.join(
            await service.connect(ConnectRequest.build(character_id=CHARACTER, spawn_agent=False))
        )
        await room.send(ClientReady().encode())
        try:
            async with asyncio.timeout(0.3):
                return await anext(room.incoming()) is None
        except TimeoutError:
            return True
        finally:
            await room.aclose()

    assert asyncio.run(scene())


_FORMS = {"actions", "objects", "characters", "current_attention_object", "tools", "scene_description"}  # of one thing


def leaves(model: type[BaseModel], outer: str = "") -> Iterator[str]:
    """Every field that a request can have, those of its parts by their path."""
    for name, field in model.model_fields.items():
        inner = parts_in(field.annotation)
        if inner is None or name in _FORMS:
            yield f"{outer}{name}"
        else:
            yield from leaves(inner, f"{outer}{name}.")


def parts_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := parts_in(each))), None)


def test_no_field_is_forgotten() -> None:
    known = {path for path, _ in ASKED} | {path for fields, _ in CALLS for path in fields}
    whole = UNSEEN | SIGHT | {"character_id", "spawn_agent", "capabilities"}
    missing = {leaf for leaf in leaves(ConnectRequest) if leaf not in known}
    assert {leaf for leaf in missing if not any(f"{leaf}.".startswith(f"{path}.") for path in whole)} == set()
    guide = Path(simulator.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert [name for name in ConnectRequest.model_fields if f"`{name}`" not in guide] == []
