"""Nothing secret is left in what is recorded, however it is spelt; everything else stays as it was."""

import json

import pytest

from convai_panda.recording.scrub import REMOVED, Scrubber

from .stage import KEY, SESSION, TOKEN


def clean(scrubber: Scrubber, value: object) -> object:
    return json.loads(scrubber.clean(json.dumps(value).encode()))


def test_what_holds_no_secret_stays_byte_for_byte() -> None:
    for payload in (b'{ "type":"bot-ready" ,"data": {"a":1.50}}', b'{"token_count": 7, "max_tokens": 9}', b"\xff\x00{"):
        assert Scrubber([KEY]).clean(payload) == payload


@pytest.mark.parametrize(
    "name",
    ["session_id", "character_session_id", "room_session_id", "characterSessionId", "Session-Id", "shared_session_key"],
)
def test_session_ids_get_numbers_that_still_tell_them_apart(name: str) -> None:
    scrubber = Scrubber()
    first = clean(scrubber, {"data": [{name: SESSION}]})
    assert SESSION not in str(first)
    assert clean(scrubber, {"data": [{name: SESSION}]}) == first
    assert clean(scrubber, {"data": [{name: SESSION[::-1]}]}) != first


@pytest.mark.parametrize("name", ["token", "auth_token", "apiKey", "X-API-Key", "API-AUTH-TOKEN", "Authorization"])
def test_tokens_and_keys_are_removed(name: str) -> None:
    assert clean(Scrubber(), {name: "abc"}) == {name: REMOVED}
    assert clean(Scrubber(), {name: ["abc"]}) == {name: REMOVED}


def test_a_secret_once_seen_is_found_wherever_it_is_quoted() -> None:
    scrubber = Scrubber([KEY])
    clean(scrubber, {"token": "opaque-token-1", "session_id": SESSION})
    quoted = clean(scrubber, {"error": f"{KEY} opaque-token-1 {SESSION} {TOKEN}", SESSION: 1})
    assert not any(secret in str(quoted) for secret in (KEY, "opaque-token-1", SESSION, TOKEN))


def test_a_long_recording_forgets_old_visits_and_never_the_key() -> None:
    scrubber = Scrubber([KEY])
    for n in range(1000):
        clean(scrubber, {"token": f"token-of-visit-{n}"})
    assert KEY not in str(clean(scrubber, {"error": KEY}))
    assert "token-of-visit-999" not in str(clean(scrubber, {"error": "token-of-visit-999"}))
    assert len(scrubber._aliases) < 300


def test_an_escape_hides_nothing() -> None:
    hidden = b'{"\\u0074oken": "abc", "x": "%s"}' % "".join(f"\\u{ord(char):04x}" for char in KEY).encode()
    assert KEY not in str(json.loads(Scrubber([KEY]).clean(hidden)))
    assert json.loads(Scrubber([KEY]).clean(hidden))["token"] == REMOVED


def test_what_is_no_json_and_holds_a_secret_is_left_out() -> None:
    assert b"abc" not in Scrubber().clean(b'{"token": "abc", ')
    assert KEY.encode() not in Scrubber([KEY]).clean(b"\xff" + KEY.encode())


@pytest.mark.parametrize(
    "message",
    [
        {"type": "user_text_message", "data": {"text": "my words"}},
        {"type": "user-transcription", "data": {"text": "my words", "user_id": "Ana"}},
        {
            "type": "server-message",
            "data": {"type": "final-user-transcription", "text": "my words", "speaker_name": "Ana"},
        },
        {"type": "final-user-transcription", "text": "my words", "speaker_name": "Ana"},
        {"type": "server-message", "data": {"type": "moderation-response", "user_input": "my words", "reason": "Ana"}},
        {"type": "server-response", "event_type": "user_text_message", "extras": {"text": "my words"}},
        {"type": "server-response", "event_type": "validation-error", "extras": {"received_message": {"my words": 1}}},
        {"character_id": "x", "end_user_id": "Ana", "end_user_metadata": {"name": "Ana", "note": "my words"}},
    ],
)
def test_the_players_words_and_name_go_on_request_only(message: dict[str, object]) -> None:
    assert clean(Scrubber(), message) == message
    cleaned = str(clean(Scrubber(keeps_words=False), message))
    assert "my words" not in cleaned
    assert "Ana" not in cleaned


def test_the_characters_words_stay() -> None:
    said = {"type": "bot-llm-text", "data": {"text": "Hello, "}}
    assert clean(Scrubber(keeps_words=False), said) == said
    assert b"secret" not in Scrubber(keeps_words=False).clean(b"not json: secret words")
