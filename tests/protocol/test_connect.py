import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convai_panda.errors import (
    AccessDenied,
    AuthenticationError,
    CharacterNotFound,
    ConnectError,
    InvalidRequest,
    RateLimited,
    ServiceUnavailable,
    SessionNotFound,
    SharedSessionConflict,
)
from convai_panda.protocol.connect import (
    ActionConfig,
    AudioConfig,
    AudioOutput,
    ConnectRequest,
    ConnectResponse,
    RequestRefused,
    SceneObject,
    parse_error_body,
)

from .examples import decoded, example

GUARD = "0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0001"
SAVED = "9a77d2b0-61c8-4f0e-8a43-5be1c09f0002"
SECRET = "eyJ0ZXN0Ijoib25seSJ9.not.real"

REQUESTS = ["request", "request-characters", "request-join"]
RESPONSES = ["response", "response-characters"]


# ── the request ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_survives_the_wire(name: str) -> None:
    request = ConnectRequest.parse(example("connect", name))
    assert request.to_json() == decoded("connect", name)
    assert ConnectRequest.parse(request.encode()) == request


def test_the_examples_use_every_field() -> None:
    used = {field for name in REQUESTS for field in decoded("connect", name)}
    assert used == set(ConnectRequest.model_fields) - {"speaker_id"}


def test_the_smallest_request_still_says_how_it_comes() -> None:
    assert ConnectRequest.build(character_id=GUARD).to_json() == {
        "character_id": GUARD,
        "transport": "livekit",
        "connection_type": "audio",
    }


def test_the_legacy_speaker_id_is_understood_but_not_sent() -> None:
    request = ConnectRequest.parse(json.dumps({"character_id": GUARD, "speaker_id": "s"}).encode())
    assert request.speaker_id == "s"
    assert "speaker_id" not in request.to_json()


@pytest.mark.parametrize(("asked", "sent"), [(10, 10), (11, 20), (45, 50), (95, 100), (991, 1000), (1000, 1000)])
def test_chunk_durations_round_up_to_ten(asked: int, sent: int) -> None:
    assert AudioOutput(max_chunk_duration_ms=asked).max_chunk_duration_ms == sent


def test_parts_may_be_given_as_objects_or_as_json() -> None:
    as_objects = ConnectRequest.build(
        character_id=GUARD,
        audio_config=AudioConfig(output=AudioOutput(audio_routing="both")),
        action_config=ActionConfig(actions=("Wave",), objects=(SceneObject(name="a", description="b"),)),
    )
    as_json = ConnectRequest.build(
        character_id=GUARD,
        audio_config={"output": {"audio_routing": "both"}},
        action_config={"actions": ["Wave"], "objects": [{"name": "a", "description": "b"}]},
    )
    assert as_objects == as_json


def test_actions_have_names_in_either_form() -> None:
    config = ActionConfig.model_validate({"actions": ["Move To", {"value": "Wave"}]})
    assert config.action_names == ("Move To", "Wave")
    assert ActionConfig().action_names == ()


def test_a_format_may_be_written_in_capitals() -> None:
    request = ConnectRequest.build(character_id=GUARD, blendshape_config={"format": "MHA"})
    assert request.to_json()["blendshape_config"] == {"format": "mha"}


BAD_REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("character_id", {}),
    ("character_id", {"character_id": "guard"}),
    ("character_id", {"character_id": GUARD.replace("-", "")}),
    ("character_id", {"character_id": GUARD + "\n"}),
    ("character_id", {"character_id": GUARD, "characters": [{"character_id": GUARD}], "end_user_id": "p"}),
    ("character_id", {"mode": "join", "end_user_id": "p"}),
    ("characters", {"characters": [], "end_user_id": "p"}),
    ("end_user_id", {"characters": [{"character_id": GUARD}], "end_user_id": "  "}),
    ("characters.0.character_id", {"characters": [{"character_id": "x"}], "end_user_id": "p"}),
    ("character_session_id", {"character_id": GUARD, "character_session_id": "-1"}),
    ("character_session_id", {"character_id": GUARD, "character_session_id": "last one"}),
    ("connection_type", {"character_id": GUARD, "connection_type": "text"}),
    ("transport", {"character_id": GUARD, "transport": "sse"}),
    ("audio_config", {"character_id": GUARD, "transport": "daily", "audio_config": {"output": {}}}),
    *(
        (
            "audio_config.output.max_chunk_duration_ms",
            {"character_id": GUARD, "audio_config": {"output": {"max_chunk_duration_ms": value}}},
        )
        for value in (9, 1001, "100", True, 50.5)
    ),
    ("audio_config.output.routing", {"character_id": GUARD, "audio_config": {"output": {"routing": "both"}}}),
    ("blendshape_config.format", {"character_id": GUARD, "blendshape_config": {"format": "cc3"}}),
    ("shared_session_key", {"character_id": GUARD, "shared_session_key": "no spaces"}),
    ("vad_params.confidence", {"character_id": GUARD, "vad_params": {"confidence": 1.5}}),
    ("vad_params.stop_secs", {"character_id": GUARD, "vad_params": {"stop_secs": float("nan")}}),
    ("action_config.actions.0", {"character_id": GUARD, "action_config": {"actions": [7]}}),
    ("end_user_metadata", {"character_id": GUARD, "end_user_metadata": {"name": 7}}),
    ("narrative_template_keys.hp", {"character_id": GUARD, "narrative_template_keys": {"hp": 7}}),
    ("charakter_id", {"character_id": GUARD, "charakter_id": GUARD}),
]


@pytest.mark.parametrize(("field", "fields"), BAD_REQUESTS)
def test_a_bad_request_names_the_field_before_it_is_sent(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ConnectRequest.build(**fields)
    assert caught.value.field == field
    assert field in str(caught.value)
    assert caught.value.status is None
    assert not caught.value.is_transient


def test_a_bad_request_never_quotes_what_was_given() -> None:
    with pytest.raises(InvalidRequest) as caught:
        ConnectRequest.build(character_id=SECRET, character_session_id=SECRET, end_user_metadata=SECRET)
    assert SECRET not in str(caught.value)
    assert SECRET not in caught.value.detail


def test_the_sentinel_session_has_a_sentence_of_its_own() -> None:
    with pytest.raises(InvalidRequest, match="leave the field out to begin a new conversation"):
        ConnectRequest.build(character_id=GUARD, character_session_id="-1")


def test_a_saved_session_stays_out_of_the_repr() -> None:
    assert SAVED not in repr(ConnectRequest.build(character_id=GUARD, character_session_id=SAVED))


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (400, {"character_id": GUARD, "transport": "daily", "audio_config": {"output": {}}}),
        (400, {"character_id": GUARD, "character_session_id": "-1"}),
        (400, {"character_id": GUARD, "character_session_id": "x"}),
        (400, {"character_id": GUARD, "vad_params": {"confidence": 2}}),
        (422, {"character_id": GUARD, "vad_params": {"confidence": "high"}}),
        (422, {"character_id": GUARD, "transport": "sse"}),
        (422, {"character_id": GUARD, "unheard_of": 1}),
        (422, {}),
    ],
)
def test_the_service_refuses_with_its_status(status: int, fields: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused) as caught:
        ConnectRequest.parse(json.dumps(fields).encode())
    assert caught.value.status == status
    assert isinstance(caught.value.detail, str if status == 400 else list)
    error = parse_error_body(status, {}, json.dumps({"detail": caught.value.detail}).encode())
    assert isinstance(error, InvalidRequest)


def test_audio_config_on_another_transport_is_refused_in_the_services_words() -> None:
    request = ConnectRequest(character_id=GUARD, transport="websocket", audio_config=AudioConfig(output=AudioOutput()))
    assert request.refusal() == (
        "audio_config is only supported with LiveKit transport, but transport is set to 'websocket'"
    )
    assert ConnectRequest(character_id=GUARD, transport="websocket").refusal() is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff", b"[" * 9000, b'{"character_id": NaN}'])
def test_a_body_that_is_no_object_is_a_422(body: bytes) -> None:
    with pytest.raises(RequestRefused) as caught:
        ConnectRequest.parse(body)
    assert caught.value.status == 422
    json.dumps(caught.value.detail)


# ── the response ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_survives_the_wire(name: str) -> None:
    response = ConnectResponse.parse(example("connect", name))
    assert json.loads(response.encode()) == decoded("connect", name)
    assert ConnectResponse.parse(response.encode()) == response


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_keeps_its_secrets(name: str) -> None:
    fields = decoded("connect", name)
    response = ConnectResponse.parse(example("connect", name))
    for shown in (repr(response), str(response)):
        assert fields["token"] not in shown
        assert fields["session_id"] not in shown
        assert fields["character_session_id"] not in shown
        assert "secret-member-session" not in shown
    assert response.token.get_secret_value() == fields["token"]


def test_unknown_and_odd_fields_do_not_keep_us_out() -> None:
    fields = decoded("connect", "response") | {"speaker_id": 1, "route_epoch": "?", "room_name": 5}
    fields |= {"characters": "none", "partial_dispatch": "no", "session_id": None}
    response = ConnectResponse.parse(json.dumps(fields).encode())
    assert response.room_name is None
    assert response.route_epoch is None
    assert response.session_id.get_secret_value() == ""


@pytest.mark.parametrize("field", ["room_url", "token", "character_session_id"])
@pytest.mark.parametrize("value", [None, 5, ["x"], ""])
def test_a_response_without_what_matters_is_no_response(field: str, value: object) -> None:
    fields = decoded("connect", "response") | {field: value}
    with pytest.raises(ServiceUnavailable, match=field) as caught:
        ConnectResponse.parse(json.dumps(fields).encode())
    assert SECRET not in str(caught.value)
    assert caught.value.request_trace_id == "req-51b2"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b"[" * 100_000, b'{"a":' * 9000, b"\xff\xfe", b'{"token": NaN}']
)
def test_a_hostile_body_is_no_response(body: bytes) -> None:
    with pytest.raises(ServiceUnavailable) as caught:
        ConnectResponse.parse(body)
    assert caught.value.is_transient


# ── the refusal ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "kind", "is_transient"),
    [
        (400, InvalidRequest, False),
        (401, AuthenticationError, False),
        (402, AccessDenied, False),
        (403, AccessDenied, False),
        (404, CharacterNotFound, False),
        (405, ConnectError, False),
        (408, ServiceUnavailable, True),
        (409, SharedSessionConflict, False),
        (422, InvalidRequest, False),
        (425, ServiceUnavailable, True),
        (429, RateLimited, True),
        (500, ServiceUnavailable, True),
        (503, ServiceUnavailable, True),
        (599, ServiceUnavailable, True),
        (204, ConnectError, False),
    ],
)
def test_every_status_has_its_error(status: int, kind: type[ConnectError], is_transient: bool) -> None:
    error = parse_error_body(status, {}, b'{"detail": "so it is"}')
    assert type(error) is kind
    assert error.is_transient is is_transient
    assert (error.status, error.detail) == (status, "so it is")
    assert f"({status}): so it is. " in str(error)


def test_the_wrong_key_says_what_to_set() -> None:
    error = parse_error_body(401, {}, example("connect", "refusal-401"))
    assert str(error).startswith("Convai refused the API key (401)")
    assert "CONVAI_API_KEY" in str(error)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    error = parse_error_body(status, {"Location": "https://elsewhere.example"}, b"")
    assert type(error) is ConnectError
    assert "redirects are not followed" in str(error)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"detail": "a"}', "a"),
        (b'{"message": "b"}', "b"),
        (b'{"error": "c"}', "c"),
        (b'{"error": {"message": "d"}}', "d"),
        (b'{"detail": [{"msg": "e", "loc": ["body", "x"]}, {"msg": "f"}]}', "e"),
        (b'{"detail": null, "message": "g"}', "g"),
        (b"<h1>Bad gateway</h1>", "<h1>Bad gateway</h1>"),
        (b"", ""),
        (b"[]", "[]"),
        (b'{"detail": []}', ""),
        (b'{"detail": 7}', ""),
    ],
)
def test_the_reason_is_found_wherever_it_is(body: bytes, detail: str) -> None:
    assert parse_error_body(500, {}, body).detail == detail


@pytest.mark.parametrize(
    ("loc", "field"),
    [
        (["body", "transport"], "transport"),
        (["body", "audio_config", "output", "max_chunk_duration_ms"], "audio_config.output.max_chunk_duration_ms"),
        (["body", "characters", 0, "character_id"], "characters.0.character_id"),
        (["body"], None),
        ("body", None),
    ],
)
def test_a_schema_error_names_its_field(loc: object, field: str | None) -> None:
    body = json.dumps({"detail": [{"loc": loc, "msg": "no", "type": "t"}]}).encode()
    error = parse_error_body(422, {}, body)
    assert isinstance(error, InvalidRequest)
    assert error.field == field


def test_the_example_refusal_names_the_transport() -> None:
    error = parse_error_body(422, {}, example("connect", "refusal-422"))
    assert isinstance(error, InvalidRequest)
    assert error.field == "transport"


def test_a_character_that_remembers_asks_for_the_player() -> None:
    error = parse_error_body(400, {}, b'{"detail": "Missing end_user_id. It remembers."}')
    assert isinstance(error, InvalidRequest)
    assert error.field == "end_user_id"


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (400, "Invalid UUID"),
        (400, "invalid session id format"),
        (403, "Session not found"),
        (403, "Session belongs to a different user"),
        (404, "Session not found"),
        (404, "No such session for user"),
    ],
)
def test_a_lost_session_is_told_from_a_lost_character(status: int, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    assert isinstance(parse_error_body(status, {}, body, sent_session=True), SessionNotFound)
    assert not isinstance(parse_error_body(status, {}, body), SessionNotFound)


def test_a_lost_character_is_no_lost_session() -> None:
    body = b'{"detail": "Character not found or doesn\'t belong to user"}'
    assert isinstance(parse_error_body(404, {}, body, sent_session=True), CharacterNotFound)


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("1.5", 1.5), ("-3", 0.0), ("soon", None), ("nan", None), ("inf", None), (None, None)],
)
def test_how_long_to_wait(header: str | None, seconds: float | None, status: int) -> None:
    headers = {"retry-After": header} if header is not None else {}
    assert parse_error_body(status, headers, b"{}").retry_after == seconds


def test_how_long_to_wait_may_be_a_date() -> None:
    then = datetime.now(UTC) + timedelta(seconds=60)
    error = parse_error_body(429, {"Retry-After": format_datetime(then, usegmt=True)}, b"{}")
    assert error.retry_after == pytest.approx(60, abs=5)
    past = parse_error_body(429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"{}")
    assert past.retry_after == 0.0


def test_a_reason_is_made_fit_for_a_log() -> None:
    error = parse_error_body(500, {}, json.dumps({"detail": "a\nb\x1b[31m\u202eevil\u2066" + "x" * 999}).encode())
    assert error.detail.startswith("a b [31m evil")
    assert len(error.detail) == 500
    assert error.detail.isprintable()


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    status=st.integers(100, 599),
    header=st.text(max_size=30),
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["detail", "message", "error", "loc", "msg"]), inner, max_size=3)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
    sent=st.booleans(),
)
def test_any_refusal_becomes_an_error(status: int, header: str, body: bytes, sent: bool) -> None:
    error = parse_error_body(status, {"Retry-After": header}, body, sent_session=sent)
    assert isinstance(error, ConnectError)
    assert error.status == status
    assert len(error.detail) <= 500
