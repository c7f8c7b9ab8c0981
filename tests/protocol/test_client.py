import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convai_panda.errors import MessageTooLarge
from convai_panda.protocol.client import (
    CLIENT_MESSAGES,
    MAX_MESSAGE_BYTES,
    SUPPORTED_TYPES,
    ActionResult,
    ClientMessageError,
    ClientReady,
    ContextUpdate,
    InteractionTarget,
    InterruptBot,
    UpdateSceneMetadata,
    UserTextMessage,
    parse_client_message,
)
from convai_panda.protocol.connect import ActionConfig, SceneObject

from .examples import decoded, example, names


def test_every_message_has_an_example() -> None:
    assert names("client") == sorted(CLIENT_MESSAGES)
    assert set(SUPPORTED_TYPES) <= set(CLIENT_MESSAGES)


@pytest.mark.parametrize("name", names("client"))
def test_a_message_survives_the_wire(name: str) -> None:
    message, id_ = parse_client_message(example("client", name))
    assert type(message) is CLIENT_MESSAGES[name]
    assert message.type == name
    assert json.loads(message.encode(id_)) == decoded("client", name)
    assert parse_client_message(message.encode(id_)) == (message, id_)


@pytest.mark.parametrize("name", names("client"))
def test_label_and_id_are_optional_for_the_service(name: str) -> None:
    bare = {key: value for key, value in decoded("client", name).items() if key in ("type", "data")}
    message, id_ = parse_client_message(json.dumps(bare).encode())
    assert type(message) is CLIENT_MESSAGES[name]
    assert id_ is None


def test_a_message_without_data_is_empty() -> None:
    assert parse_client_message(b'{"type":"interrupt-bot"}') == (InterruptBot(), None)
    assert parse_client_message(b'{"type":"interrupt-bot","data":null}') == (InterruptBot(), None)


def test_each_message_gets_an_id_of_its_own() -> None:
    first, second = (json.loads(InterruptBot().encode()) for _ in range(2))
    assert first["label"] == "rtvi-ai"
    assert first["data"] == {}
    assert first["id"] != second["id"]


def test_the_web_clients_participant_sid_is_ignored() -> None:
    payload = b'{"type":"user_text_message","data":{"text":"hi","participant_sid":"PA_1"}}'
    assert parse_client_message(payload)[0] == UserTextMessage(text="hi")


def test_the_limit_is_the_services_and_exact() -> None:
    room = MAX_MESSAGE_BYTES - len(UserTextMessage(text="").encode("x"))
    assert len(UserTextMessage(text="a" * room).encode("x")) == MAX_MESSAGE_BYTES
    with pytest.raises(MessageTooLarge, match=f"{MAX_MESSAGE_BYTES + 1} bytes.*{MAX_MESSAGE_BYTES}"):
        UserTextMessage(text="a" * (room + 1)).encode("x")


def test_the_limit_counts_bytes_and_not_characters() -> None:
    with pytest.raises(MessageTooLarge):
        UserTextMessage(text="ü" * 8000).encode()


def test_half_an_emoji_does_not_cost_the_message() -> None:
    assert json.loads(UserTextMessage(text="hi \ud83d").encode())["data"] == {"text": "hi ?"}


@pytest.mark.parametrize("key", ["scene_metadata", "metadata", None])
def test_scene_metadata_comes_in_three_shapes(key: str | None) -> None:
    things = [{"name": "well", "description": "A dry well"}]
    payload = json.dumps({"type": "update-scene-metadata", "data": {key: things} if key else things}).encode()
    message, _ = parse_client_message(payload)
    assert message == UpdateSceneMetadata(scene_metadata=(SceneObject(name="well", description="A dry well"),))
    assert json.loads(message.encode())["data"] == {"scene_metadata": things}


def test_a_context_update_replaces_only_the_lists_that_are_given() -> None:
    message = ContextUpdate(text="Dawn.", action_config=ActionConfig(objects=()))
    assert json.loads(message.encode())["data"] == {
        "text": "Dawn.",
        "mode": "append",
        "run_llm": "auto",
        "action_config": {"objects": []},
    }


def test_an_empty_attention_object_clears_it() -> None:
    data = json.loads(ContextUpdate(mode="reset", current_attention_object="").encode())["data"]
    assert data["current_attention_object"] == ""
    assert "text" not in data


def test_no_target_is_sent_as_null() -> None:
    message = InteractionTarget(room_session_id="r", target_membership_id=None, expected_route_epoch=0)
    assert json.loads(message.encode())["data"]["target_membership_id"] is None


def test_an_action_result_is_sent_as_it_is() -> None:
    data = json.loads(ActionResult(payload={"status": "completed", "output": None}).encode())["data"]
    assert data == {"status": "completed", "output": None}


@pytest.mark.parametrize("data", ["{}", '{"version": 5}', '{"version": "9", "about": 7}', "[]", "null"])
def test_an_odd_client_ready_is_still_one(data: str) -> None:
    message, _ = parse_client_message(b'{"type":"client-ready","data":' + data.encode() + b"}")
    assert isinstance(message, ClientReady)
    assert message.version in (None, "9")


REFUSED: list[tuple[bytes, str, str]] = [
    (b"{", "parse-error", "Failed to parse message: invalid JSON or UTF-8 encoding"),
    (b"\xff", "parse-error", "Failed to parse message: invalid JSON or UTF-8 encoding"),
    (b"{}", "validation-error", "Message missing required 'type' field"),
    (b'{"type": 5}', "validation-error", "Message missing required 'type' field"),
    (b"[1]", "validation-error", "Message missing required 'type' field"),
    (b'{"type": "npc-to-npc"}', "npc-to-npc", "Unknown message type: npc-to-npc"),
    (b'{"type": "update-dynamic-info"}', "update-dynamic-info", "No text provided in dynamic info"),
    (
        b'{"type": "update-dynamic-info", "data": {"dynamic_info": {"text": ""}}}',
        "update-dynamic-info",
        "No text provided in dynamic info",
    ),
    (b'{"type": "user_text_message"}', "user_text_message", "Failed to process user_text_message: text: "),
    (b'{"type": "tts-toggle", "data": {"enabled": "on"}}', "tts-toggle", "Failed to process tts-toggle: enabled: "),
    (b'{"type": "interrupt-bot", "data": [1]}', "interrupt-bot", "Failed to process interrupt-bot: "),
    (b'{"type": "context-update"}', "context-update", "Failed to process context-update: text is required"),
    (
        b'{"type": "context-update", "data": {"text": "a", "run_llm": true}}',
        "context-update",
        "Failed to process context-update: run_llm: ",
    ),
    (b'{"type": "x", "pad": "' + b"a" * MAX_MESSAGE_BYTES + b'"}', "validation-error", "Message exceeds 15360 bytes"),
]


@pytest.mark.parametrize(("payload", "event_type", "words"), REFUSED)
def test_the_service_refuses_in_its_own_words(payload: bytes, event_type: str, words: str) -> None:
    with pytest.raises(ClientMessageError) as caught:
        parse_client_message(payload)
    assert caught.value.event_type == event_type
    assert caught.value.message.startswith(words)


def test_a_refusal_says_what_was_received_or_what_would_do() -> None:
    with pytest.raises(ClientMessageError) as caught:
        parse_client_message(b'{"data":{"text":"hi"}}')
    assert caught.value.extras == {"received_message": {"data": {"text": "hi"}}}
    with pytest.raises(ClientMessageError) as caught:
        parse_client_message(b'{"type":"teleport"}')
    assert caught.value.extras == {"supported_types": list(SUPPORTED_TYPES)}
    assert len(SUPPORTED_TYPES) == 12


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(kind=st.sampled_from(sorted(CLIENT_MESSAGES)), data=ANY_JSON, swap=st.randoms(use_true_random=False))
def test_nothing_else_than_a_refusal_comes_of_nonsense(kind: str, data: Any, swap: Any) -> None:
    fields = decoded("client", kind)["data"]
    if fields and swap.random() < 0.7:
        data = {**fields, swap.choice(sorted(fields)): data}
    try:
        message, _ = parse_client_message(json.dumps({"type": kind, "data": data}).encode())
    except ClientMessageError:
        return
    assert parse_client_message(message.encode("x")) == (message, "x")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_get_through_as_anything_else(payload: bytes) -> None:
    with pytest.raises(ClientMessageError):
        parse_client_message(payload)
