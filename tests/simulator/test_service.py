"""POST /connect without a socket: exact statuses and bodies for everything that is not as published."""

import json
from typing import Any

import pytest

from convai_panda.simulator.characters import NIL_ID, VILLAGERS, Cast, Character
from convai_panda.simulator.service import Reply, Service

BRAM = VILLAGERS[0].id
OTHER = "7d1f1c0e-0000-4000-8000-0000000000bb"
KEY = {"X-API-Key": "key-a", "Content-Type": "application/json"}


@pytest.fixture
def service() -> Service:
    return Service(api_keys=("key-a", "key-b"))


def ask(service: Service, headers: dict[str, str] | None = None, **fields: Any) -> Reply:
    return service.connect(json.dumps({"character_id": BRAM, **fields}).encode(), KEY if headers is None else headers)


def test_a_good_request_gets_a_room(service: Service) -> None:
    reply = ask(service, end_user_id=" p1 ", end_user_metadata={"name": "Ana"})
    assert reply.status == 200
    body = json.loads(reply.encode())
    assert set(body) == {
        "session_id",
        "request_trace_id",
        "character_session_id",
        "room_url",
        "room_name",
        "token",
        "end_user_id",
        "end_user_metadata",
        "room_session_id",
        "active_membership_id",
        "route_epoch",
        "roster_epoch",
        "partial_dispatch",
        "characters",
    }
    assert (body["end_user_id"], body["end_user_metadata"]) == ("p1", {"name": "Ana"})
    assert (body["partial_dispatch"], body["characters"]) == (False, None)
    visit = service.visit(body["session_id"])
    assert visit is not None
    assert visit.character.name == "Bram"


def test_metadata_is_ignored_without_an_end_user_id(service: Service) -> None:
    assert ask(service, end_user_metadata={"name": "Ana"}).body["end_user_metadata"] is None


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({}, "Authentication required: provide X-API-Key or API-AUTH-TOKEN"),
        ({"x-api-key": "wrong"}, "Invalid API key"),
        ({"x-api-key": ""}, "Invalid API key"),
        ({"API-AUTH-TOKEN": "nonsense"}, "Invalid API key"),
        ({"x-api-key": "wrong", "API-AUTH-TOKEN": "nonsense"}, "Invalid API key"),
    ],
)
def test_who_is_not_known_is_refused(service: Service, headers: dict[str, str], detail: str) -> None:
    reply = ask(service, headers)
    assert (reply.status, reply.body) == (401, {"detail": detail})


def test_header_names_come_in_any_case_and_a_session_is_a_token(service: Service) -> None:
    first = ask(service, {"x-Api-KEY": "key-b"})
    assert first.status == 200
    second = ask(service, {"api-auth-token": first.body["session_id"]})
    assert second.status == 200
    resumed = ask(service, {"x-api-key": "key-b"}, character_session_id=second.body["character_session_id"])
    assert resumed.status == 200  # the token stood for key-b's account


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}),
        (
            b'{"character_id": }',
            {
                "type": "json_invalid",
                "loc": ["body", 17],
                "msg": "JSON decode error",
                "input": {},
                "ctx": {"error": "Expecting value"},
            },
        ),
        (
            b"[1]",
            {
                "type": "model_attributes_type",
                "loc": ["body"],
                "msg": "Input should be a valid dictionary or object to extract fields from",
                "input": [1],
            },
        ),
        (b"{}", {"type": "missing", "loc": ["body", "character_id"], "msg": "Field required", "input": None}),
    ],
    ids=["empty", "broken", "list", "no character"],
)
def test_what_is_no_request_is_refused_as_fastapi_does(service: Service, body: bytes, problem: dict[str, Any]) -> None:
    reply = service.connect(body, KEY)
    assert (reply.status, reply.body) == (422, {"detail": [problem]})


def test_a_form_is_not_read_as_json(service: Service) -> None:
    reply = service.connect(b"character_id=1", {**KEY, "Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status == 422
    assert reply.body["detail"][0]["type"] == "model_attributes_type"


def test_what_is_not_even_text_is_a_bad_request(service: Service) -> None:
    reply = service.connect(b'{"a": "\xff"}', KEY)
    assert (reply.status, reply.body) == (400, {"detail": "There was an error parsing the body"})


@pytest.mark.parametrize(
    ("fields", "loc", "kind", "message"),
    [
        ({"no_such_field": 1}, ["no_such_field"], "extra_forbidden", "Extra inputs are not permitted"),
        ({"debug": "yes"}, ["debug"], "bool_type", "Input should be a valid boolean"),
        ({"max_num_participants": "one"}, ["max_num_participants"], "int_type", "Input should be a valid integer"),
        ({"end_user_id": 7}, ["end_user_id"], "string_type", "Input should be a valid string"),
        ({"transport": "sse"}, ["transport"], "value_error", "Value error, Invalid transport: sse"),
        (
            {"connection_type": "smell"},
            ["connection_type"],
            "literal_error",
            "Input should be 'audio' or 'video'",
        ),
        (
            {"audio_config": {"output": {"loudness": 3}}},
            ["audio_config", "output", "loudness"],
            "extra_forbidden",
            "Extra inputs are not permitted",
        ),
        ({"scene_description": "a"}, ["scene_description"], "list_type", "Input should be a valid list"),
        (
            {"dynamic_info": "It rains."},
            ["dynamic_info"],
            "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from",
        ),
        (
            {"characters": [], "character_id": None, "end_user_id": "p"},
            ["characters"],
            "too_short",
            "List should have at least 1 item after validation, not 0",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_wrong_field_is_named(
    service: Service, fields: dict[str, Any], loc: list[str], kind: str, message: str
) -> None:
    reply = ask(service, **fields)
    assert reply.status == 422
    (problem,) = reply.body["detail"]
    assert (problem["type"], problem["loc"], problem["msg"]) == (kind, ["body", *loc], message)
    assert "url" not in problem
    value: Any = fields
    for step in loc:
        value = value[step]
    assert problem["input"] == value


def test_audio_config_wants_livekit(service: Service) -> None:
    reply = ask(service, transport="websocket", audio_config={"output": {}})
    words = "audio_config is only supported with LiveKit transport, but transport is set to 'websocket'"
    assert (reply.status, reply.body) == (400, {"detail": words})


@pytest.mark.parametrize("transport", ["daily", "websocket"])
def test_another_transport_gets_no_way_into_a_room(service: Service, transport: str) -> None:
    reply = ask(service, transport=transport)
    assert (reply.status, reply.body["token"], reply.body["room_name"]) == (200, "", None)


@pytest.mark.parametrize(("session", "status", "detail"), [
    ("-1", 400, "Invalid session id"),
    ("12345", 400, "Invalid session id"),
    (OTHER, 404, "Session not found"),
])  # fmt: skip
def test_session_ids_that_lead_nowhere(service: Service, session: str, status: int, detail: str) -> None:
    reply = ask(service, character_session_id=session)
    assert (reply.status, reply.body) == (status, {"detail": detail})


def test_a_conversation_goes_on_for_its_account_alone(service: Service) -> None:
    first = ask(service).body
    again = ask(service, character_session_id=first["character_session_id"].upper())
    assert again.status == 200
    assert again.body["character_session_id"] == first["character_session_id"]
    assert again.body["session_id"] != first["session_id"]
    theirs = ask(service, {"x-api-key": "key-b"}, character_session_id=first["character_session_id"])
    assert theirs.status == 403
    elsewhere = ask(service, character_id=OTHER, character_session_id=first["character_session_id"])
    assert elsewhere.status == 404


def test_every_uuid_but_the_nil_one_is_somebody(service: Service) -> None:
    assert ask(service, character_id=OTHER).status == 200
    reply = ask(service, character_id=NIL_ID)
    assert (reply.status, reply.body) == (404, {"detail": "Character not found or doesn't belong to user"})


def test_a_restricted_cast_knows_only_its_own() -> None:
    service = Service(cast=Cast({OTHER: "Olga"}))
    assert ask(service).status == 404
    visit = service.visit(ask(service, character_id=OTHER).body["session_id"])
    assert visit is not None
    assert visit.character.name == "Olga"


def test_long_term_memory_needs_an_end_user_id() -> None:
    service = Service(cast=Cast([Character(OTHER, "Olga", "a healer", needs_end_user_id=True)]))
    reply = ask(service, character_id=OTHER)
    assert reply.status == 400
    assert reply.body["detail"].startswith("Missing end_user_id. ")
    assert ask(service, character_id=OTHER, end_user_id="p1").status == 200


def test_rooms_are_limited_for_each_account_and_given_back() -> None:
    service = Service(max_rooms=1)
    first = ask(service)
    refused = ask(service)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
    assert ask(service, {"x-api-key": "somebody else"}).status == 200
    service.disconnect(first.body["session_id"])
    assert ask(service).status == 200


def test_disconnecting_always_works_on_a_uuid(service: Service) -> None:
    session = ask(service).body["session_id"]
    done = {"status": "success", "message": "Session disconnected successfully"}
    for _ in range(2):
        reply = service.disconnect(session)
        assert (reply.status, reply.body) == (200, done)
    assert service.visit(session) is None
    reply = service.disconnect("nonsense")
    assert (reply.status, reply.body) == (400, {"detail": "Invalid session ID format"})
    assert service.disconnect(None).status == 422


def test_no_secret_shows_in_a_repr(service: Service) -> None:
    reply = ask(service)
    visit = service.visit(reply.body["session_id"])
    shown = f"{service!r} {reply!r} {visit!r}"
    for secret in ("key-a", reply.body["token"], reply.body["session_id"], reply.body["character_session_id"]):
        assert secret not in shown
