import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convai_panda.errors import ProtocolError
from convai_panda.protocol import server
from convai_panda.protocol.server import (
    MAX_PAYLOAD_BYTES,
    SERVER_MESSAGES,
    VISEMES,
    Action,
    ActionResponse,
    BlendshapeTurnStats,
    BotEmotion,
    BotLlmText,
    BotReady,
    BotStartedSpeaking,
    BotTurnCompleted,
    CharacterStatus,
    ChunkedNeurosyncBlendshapes,
    Envelope,
    ErrorMessage,
    ErrorResponse,
    FinalUserTranscription,
    LlmNoResponse,
    Metrics,
    NeurosyncBlendshapes,
    ServerLog,
    ServerMessage,
    ServerResponse,
    TurnComplete,
    TurnStats,
    UnknownMessage,
    Visemes,
    VisemeWeights,
    parse_server_message,
)

from .examples import decoded, example, names


def parsed(value: object) -> ServerMessage:
    return parse_server_message(json.dumps(value).encode())


# ── every message ───────────────────────────────────────────────────────────────────────────────────────


def test_every_message_has_an_example() -> None:
    assert names("server") == sorted(SERVER_MESSAGES)


def test_every_message_is_a_public_name() -> None:
    assert {message_class.__name__ for message_class in SERVER_MESSAGES.values()} <= set(server.__all__)


@pytest.mark.parametrize("name", names("server"))
def test_a_message_survives_the_wire(name: str) -> None:
    message = parse_server_message(example("server", name))
    assert type(message) is SERVER_MESSAGES[name]
    assert message.type == name
    assert json.loads(message.encode()) == decoded("server", name)
    assert parse_server_message(message.encode()) == message


@pytest.mark.parametrize("name", names("server"))
@pytest.mark.parametrize("envelope", Envelope)
def test_a_message_is_the_same_in_every_envelope(name: str, envelope: Envelope) -> None:
    message = parse_server_message(example("server", name))
    assert parse_server_message(message.encode(envelope)) == message


@pytest.mark.parametrize("name", names("server"))
def test_unknown_fields_are_ignored(name: str) -> None:
    wire = decoded("server", name)
    wire["surprise"] = 1
    wire.setdefault("data", {})["novelty"] = {"a": [1]}
    assert type(parsed(wire)) is SERVER_MESSAGES[name]


def test_messages_are_frozen() -> None:
    message = BotLlmText(text="a")
    with pytest.raises(ValueError, match="frozen"):
        message.text = "b"  # type: ignore[misc]


# ── envelopes ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_payload_has_no_data_key() -> None:
    assert json.loads(BotStartedSpeaking().encode()) == {"label": "rtvi-ai", "type": "bot-started-speaking"}


@pytest.mark.parametrize("data", [None, {}])
def test_missing_data_is_empty_data(data: object) -> None:
    assert parsed({"type": "bot-started-speaking", "data": data}) == BotStartedSpeaking()


def test_the_speaking_marks_repeat_their_label_when_wrapped() -> None:
    wire = json.loads(BotStartedSpeaking(response_id="r1").encode(Envelope.B))
    assert wire == {
        "label": "rtvi-ai",
        "type": "server-message",
        "data": {"label": "rtvi-ai", "type": "bot-started-speaking", "response_id": "r1"},
    }


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "final-user-transcription", "text": "hello"},
        {"type": "final-user-transcription", "data": {"text": "hello"}},
        {"label": "rtvi-ai", "type": "server-message", "data": {"type": "final-user-transcription", "text": "hello"}},
        {"type": "final-user-transcription", "payload": {"text": "hello"}},
    ],
)
def test_a_wrapped_event_may_come_flat(wire: object) -> None:
    assert parsed(wire) == FinalUserTranscription(text="hello")


def test_a_server_response_may_come_wrapped() -> None:
    fields = {"event_type": "tts-toggle", "status": "error", "message": None, "extras": None}
    expected = ServerResponse(event_type="tts-toggle", status="error")
    assert parsed({"type": "server-response", **fields}) == expected
    assert parsed({"type": "server-message", "data": {"type": "server-response", **fields}}) == expected
    assert json.loads(expected.encode()) == {
        "type": "server-response",
        "event_type": "tts-toggle",
        "status": "error",
    }


def test_nulls_inside_extras_stay() -> None:
    response = ServerResponse(event_type="x", status="success", extras={"active_membership_id": None})
    assert parse_server_message(response.encode()) == response


def test_in_a_room_of_several_the_identity_lies_deeper() -> None:
    who = {"membership_id": "m1", "character_id": "c1"}
    assert parsed({"type": "bot-llm-text", "data": {"text": "Hi", **who}}).membership_id == "m1"
    flat = parsed({"type": "server-message", "data": {"type": "llm-no-response", "reason": "abstain", "data": who}})
    assert flat == LlmNoResponse(reason="abstain", membership_id="m1")
    answer = parsed({"type": "server-response", "event_type": "x", "status": "success", "data": who})
    assert answer == ServerResponse(event_type="x", status="success", membership_id="m1")


def test_a_group_turns_end_has_no_label_and_a_deeper_payload() -> None:
    wire = json.loads(TurnComplete(turn_id="t", addressed_membership_ids=("m1",)).encode())
    assert "label" not in wire
    assert wire["data"]["data"]["addressed_membership_ids"] == ["m1"]


def test_an_id_beside_the_data_is_kept() -> None:
    ready = parsed({"type": "bot-ready", "id": "abc", "data": {"version": "1.2.0"}})
    assert ready == BotReady(id="abc", version="1.2.0")
    assert parsed({"type": "error-response", "id": 5, "data": {"error": "e"}}) == ErrorResponse(error="e")


# ── the unknown ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wire",
    [
        {"label": "rtvi-ai", "type": "novelty", "data": {"id": 1, "type": "x"}},
        {"type": "server-message", "data": {"type": "novelty", "id": 1, "kind": "x"}},
        {"type": "novelty", "kind": "x"},
        {"type": "novelty"},
    ],
)
def test_an_unknown_type_is_kept_whole(wire: dict[str, Any]) -> None:
    message = parsed(wire)
    assert isinstance(message, UnknownMessage)
    assert message.type == "novelty"
    inner = wire.get("data", wire)
    assert message.payload == {k: v for k, v in inner.items() if v not in ("novelty", "rtvi-ai")}
    assert parse_server_message(message.encode()) == message


def test_a_server_message_that_names_no_event_is_unknown() -> None:
    message = parsed({"type": "server-message", "data": {"x": 1}})
    assert message == UnknownMessage(type="server-message", payload={"x": 1})


def test_a_free_form_message_keeps_its_fields() -> None:
    message = parsed({"type": "server-message", "data": {"type": "server-log", "anything": [1, None]}})
    assert message == ServerLog(payload={"anything": [1, None]})


# ── tolerance ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("scale", "read"),
    [(None, 2), (0, 1), (-5, 1), (1, 1), (2.0, 2), (3, 3), (9, 3), (1e300, 3), ("3", 3), ("strong", 2), ([], 2)],
)
def test_an_emotion_is_one_two_or_three_strong(scale: object, read: int) -> None:
    assert parsed({"type": "bot-emotion", "emotion": "Joy", "scale": scale}) == BotEmotion(emotion="Joy", scale=read)


def test_an_emotion_without_a_strength_is_moderate() -> None:
    assert parsed({"type": "bot-emotion", "emotion": "Joy"}) == BotEmotion(emotion="Joy", scale=2)


def test_actions_may_be_mere_names() -> None:
    message = parsed({"type": "action-response", "actions": ["Wave", {"name": "Take", "target": "cup"}]})
    assert message == ActionResponse(actions=(Action(name="Wave"), Action(name="Take", target="cup")))
    assert parsed({"type": "action-response", "actions": None}) == ActionResponse()


@pytest.mark.parametrize(
    ("data", "error", "fatal"),
    [
        ({"error": "e", "fatal": False}, "e", False),
        ({"error": "e"}, "e", True),
        ({"error": "e", "fatal": None}, "e", True),
        ({"error": {"code": 7}}, '{"code": 7}', True),
        ({}, "", True),
    ],
)
def test_an_error_is_fatal_unless_it_says_otherwise(data: object, error: str, fatal: bool) -> None:
    assert parsed({"type": "error", "data": data}) == ErrorMessage(error=error, fatal=fatal)


def test_odd_side_information_does_not_cost_the_message() -> None:
    message = parsed({"type": "bot-turn-completed", "was_interrupted": True, "epoch": "?", "response_id": 5})
    assert message == BotTurnCompleted(was_interrupted=True)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (kind, name)
        for kind, message_class in SERVER_MESSAGES.items()
        for name, field in message_class.model_fields.items()
        if not field.is_required() and name not in ("names", "samples")  # ours, not the wire's
        if "payload" not in message_class.model_fields  # kept as it came
    ],
)
def test_null_is_as_good_as_missing(kind: str, field: str) -> None:
    fields = parse_server_message(example("server", kind)).to_wire()
    fields.pop(field, None)
    assert parsed({"type": kind, "data": {**fields, field: None}}) == parsed({"type": kind, "data": fields})


def test_null_is_as_good_as_missing_inside_too() -> None:
    stats = parsed({"type": "blendshape-turn-stats", "stats": {"fps": 50, "was_interrupted": None}})
    assert stats == BlendshapeTurnStats(stats=TurnStats(fps=50))
    assert parsed({"type": "visemes", "visemes": {"aa": 1, "sil": None}}) == Visemes(visemes=VisemeWeights(aa=1))


def test_a_turn_is_said_to_be_aborted_only_when_it_was() -> None:
    assert "was_aborted" not in json.loads(BotTurnCompleted().encode())["data"]


def test_a_ready_character_need_not_say_who_it_is() -> None:
    assert parsed({"type": "bot-ready", "data": {"about": "me", "version": 1}}) == BotReady()


def test_metrics_keep_every_kind() -> None:
    message = parsed({"type": "metrics", "data": {"ttfa": [{"processor": "p", "ttfa": 0.1}], "n": 1, "x": [2]}})
    assert isinstance(message, Metrics)
    assert set(message.samples) == {"ttfa", "x"}
    assert message.samples["ttfa"][0].processor == "p"
    assert parsed({"type": "metrics", "data": {}}) == Metrics()


def test_a_status_of_a_character_says_which() -> None:
    message = parse_server_message(example("server", "character-status"))
    assert isinstance(message, CharacterStatus)
    assert (message.status, message.display_name) == ("ready", "Mira")
    assert message.character_session_id is not None
    assert message.character_session_id not in repr(message)


# ── faces ───────────────────────────────────────────────────────────────────────────────────────────────


def test_visemes_make_a_frame_in_the_wires_order() -> None:
    message = parsed({"type": "visemes", "visemes": {"sil": 0, "aa": 0.5, "ou": 1, "grin": 1}})
    assert isinstance(message, Visemes)
    assert dict(zip(VISEMES, message.visemes.frame, strict=True))["aa"] == 0.5
    assert message.visemes.frame == (0.0,) * 10 + (0.5, 0.0, 0.0, 0.0, 1.0)


def test_frames_may_be_named_objects() -> None:
    wire = {
        "type": "chunked-neurosync-blendshapes",
        "turn_id": 4,
        "blendshapes": [{"JawOpen": 0.5, "MouthClose": 0.1}, {"MouthClose": 0.2}],
    }
    message = parsed(wire)
    assert isinstance(message, ChunkedNeurosyncBlendshapes)
    assert message.names == ("JawOpen", "MouthClose")
    assert message.frames == ((0.5, 0.1), (0.0, 0.2))
    assert message.neurosync_turn_id == 4
    assert parse_server_message(message.encode()) == message
    one = parsed({"type": "neurosync-blendshapes", "blendshapes": {"JawOpen": 0.5}})
    assert isinstance(one, NeurosyncBlendshapes)
    assert (one.names, one.frames) == (("JawOpen",), ((0.5,),))
    assert parse_server_message(one.encode()) == one


@pytest.mark.parametrize("size", [15, 61, 170, 251])
def test_a_frame_has_as_many_shapes_as_it_has(size: int) -> None:
    frames = [[round(math.sin(n + i) ** 2, 4) for n in range(size)] for i in range(10)]
    message = parsed({"type": "chunked-neurosync-blendshapes", "blendshapes": frames})
    assert isinstance(message, ChunkedNeurosyncBlendshapes)
    assert [list(frame) for frame in message.frames] == frames


# ── nonsense ────────────────────────────────────────────────────────────────────────────────────────────

CHUNK = b'{"type":"chunked-neurosync-blendshapes","blendshapes":[[%s]]}'

NONSENSE = {
    "nothing": b"",
    "no json": b"hello",
    "no utf-8": b'{"type":"\xff"}',
    "no object": b"[]",
    "no type": b'{"data":{}}',
    "an odd type": b'{"type":7}',
    "odd data": b'{"type":"bot-llm-text","data":"hi"}',
    "too deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep in a list": b'{"type":"novelty","data":{"a":' + b"[" * 3000 + b"]" * 3000 + b"}}",
    "a lone surrogate": b'{"type":"bot-llm-text","data":{"text":"\\ud800"}}',
    "no text": b'{"type":"bot-llm-text"}',
    "a number for text": b'{"type":"bot-llm-text","data":{"text":1.5}}',
    "an endless number": b'{"type":"bot-emotion","emotion":"a","scale":' + b"9" * 9000 + b"}",
    "not a number": CHUNK % b"NaN",
    "infinity": CHUNK % b"Infinity",
    "infinity in disguise": CHUNK % b"1e999",
    "a huge integer": CHUNK % (b"9" * 400),
    "infinity in what is unknown": b'{"type":"novelty","data":{"a":[1e999]}}',
    "infinity in free form": b'{"type":"server-log","data":{"a":{"b":-1e999}}}',
    "a word for a shape": CHUNK % b'"wide"',
    "two kinds of frames": b'{"type":"chunked-neurosync-blendshapes","blendshapes":[{"a":1},[1]]}',
    "an unheard-of status": b'{"type":"server-response","event_type":"x","status":"maybe"}',
    "a silent rate": b'{"type":"audio-data","sample_rate":0,"channels":1,"audio":""}',
    "too large": b'{"type":"bot-llm-text","data":{"text":"' + b"a" * MAX_PAYLOAD_BYTES + b'"}}',
}


@pytest.mark.parametrize("payload", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_a_protocol_error(payload: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_server_message(payload)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_what_json_cannot_carry_is_not_sent() -> None:
    with pytest.raises(ProtocolError):
        ServerLog.model_construct(payload={"a": math.nan}).encode()


SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "1e999", "bot-ready", "server-message"])
)
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=6) | st.sampled_from(["type", "data", "text", "label"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def parse_or_refuse(payload: bytes) -> None:
    """Whatever comes, it is a message that can be sent again, or a ProtocolError."""
    try:
        message = parse_server_message(payload)
    except ProtocolError:
        return
    for envelope in Envelope:
        message.encode(envelope)
    assert parse_server_message(message.encode()) == message


@settings(derandomize=True, max_examples=400, deadline=None)
@given(kind=st.sampled_from(sorted(SERVER_MESSAGES)), value=ANY_JSON, choice=st.randoms(use_true_random=False))
def test_a_known_type_with_one_odd_field_never_surprises(kind: str, value: Any, choice: Any) -> None:
    wire = decoded("server", kind)
    holder = choice.choice([wire, *(inner for inner in wire.values() if isinstance(inner, dict))])
    key = choice.choice([key for key in holder if key != "type"] or ["data"])
    holder[key] = value
    parse_or_refuse(json.dumps(wire).encode())


@settings(derandomize=True, max_examples=250, deadline=None)
@given(value=ANY_JSON)
def test_any_json_never_surprises(value: Any) -> None:
    parse_or_refuse(json.dumps(value).encode())


@settings(derandomize=True, max_examples=250, deadline=None)
@given(payload=st.binary(max_size=80))
def test_any_bytes_never_surprise(payload: bytes) -> None:
    parse_or_refuse(payload)


@settings(derandomize=True, max_examples=250, deadline=None)
@given(kind=st.sampled_from(sorted(SERVER_MESSAGES)), choice=st.randoms(use_true_random=False))
def test_a_damaged_message_never_surprises(kind: str, choice: Any) -> None:
    payload = bytearray(example("server", kind))
    for _ in range(choice.randint(1, 4)):
        payload[choice.randrange(len(payload))] = choice.randrange(256)
    parse_or_refuse(bytes(payload))
