"""Takes secrets out of what is recorded and, on request, the player's words. Pure.

Session ids become numbered ones, so that a recording still tells which visits continue one conversation.
"""

import re
from collections.abc import Sequence
from typing import Any

from ..errors import ProtocolError
from ..protocol.payload import read_json, write_json

REMOVED = "removed"
_MOST = 256  # secrets of visits that are looked for: those of the latest hundred, as old ones open nothing any more
_SHORTEST = 8  # characters: a shorter value is taken out where its name stands, but not looked for elsewhere

_SESSION = re.compile(r"(^|_)session_(id|key)$")
_SECRET = re.compile(r"(^|_)(token|api_key|apikey|authorization|api_secret)$")
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Whatever may need a look: names in any spelling, and escapes, which can hide one.
_SUSPECT = re.compile(rb"session.?(?:id|key)|token|api.?key|authorization|api.?secret|eyJ|\\u", re.IGNORECASE)

_PLAYERS_MESSAGES = frozenset(
    {"user_text_message", "user-transcription", "final-user-transcription", "user-llm-text", "moderation-response"}
)
_REFUSALS = frozenset({"parse-error", "validation-error"})  # they quote what they refuse
_PLAYERS_FIELDS = frozenset(
    {"text", "user_input", "reason", "speaker_id", "speaker_name", "user_id", "participant_id", "received_message"}
)
_PLAYERS_NAMES = frozenset({"end_user_id", "end_user_metadata", "speaker_id", "speaker_name"})


class Scrubber:
    """Knows the secrets of one recording; ``secrets`` are known from the start."""

    def __init__(self, secrets: Sequence[str] = (), *, keeps_words: bool = True) -> None:
        self._keeps_words = keeps_words
        self._aliases: dict[str, str] = {}
        self._sessions = 0
        self._lasting = {secret for secret in secrets if len(secret) >= _SHORTEST}
        for secret in secrets:
            self._learn(secret, REMOVED)

    def clean(self, payload: bytes) -> bytes:
        """The payload without secrets; byte for byte the same where it holds none."""
        if self._keeps_words and not self._is_suspect(payload):
            return payload
        try:
            value = read_json(payload)
        except ProtocolError:
            return self._clean_raw(payload)
        cleaned = self._walk(value)
        if not self._keeps_words:
            cleaned = _without_words(cleaned)
        if cleaned == value:
            return payload
        try:
            return write_json(cleaned)
        except ProtocolError:  # it held what can be read and not be written
            return write_json(REMOVED)

    def _is_suspect(self, payload: bytes) -> bool:
        return _SUSPECT.search(payload) is not None or any(secret.encode() in payload for secret in self._aliases)

    def _clean_raw(self, payload: bytes) -> bytes:
        """What is no JSON may hold anything in any form: only its size is kept where something was found."""
        is_clean = self._keeps_words and not self._is_suspect(payload)
        return payload if is_clean else b"(%d bytes that are no JSON: removed)" % len(payload)

    def _walk(self, value: Any) -> Any:
        match value:
            case dict():
                return {self._plain(name): self._field(name, item) for name, item in value.items()}
            case list():
                return [self._walk(item) for item in value]
            case str():
                return self._plain(value)
            case _:
                return value

    def _field(self, name: str, value: Any) -> Any:
        plain = _HUMP.sub("_", name).replace("-", "_").lower()
        is_session = _SESSION.search(plain) is not None
        if not is_session and _SECRET.search(plain) is None:
            return self._walk(value)
        if isinstance(value, str):
            return self._alias(value, is_session=is_session) if value else value
        return value if value is None or isinstance(value, bool) else REMOVED

    def _alias(self, secret: str, *, is_session: bool) -> str:
        if secret in self._aliases.values():
            return secret  # a recording of a replay
        if is_session and secret not in self._aliases:
            self._sessions += 1
            alias = f"00000000-0000-4000-8000-{self._sessions:012d}"
            self._learn(secret, alias)
            return alias
        if not is_session:
            self._learn(secret, REMOVED)
        return self._aliases.get(secret, REMOVED)

    def _learn(self, secret: str, alias: str) -> None:
        if len(secret) < _SHORTEST:
            return
        self._aliases.setdefault(secret, alias)
        if len(self._aliases) > _MOST + len(self._lasting):
            oldest = next(each for each in self._aliases if each not in self._lasting)
            del self._aliases[oldest]

    def _plain(self, text: str) -> str:
        for secret, alias in self._aliases.items():
            if secret in text:
                text = text.replace(secret, alias)
        return _JWT.sub(REMOVED, text) if "eyJ" in text else text


def _without_words(value: Any, *, is_players: bool = False) -> Any:
    """The player's words and names replaced; whose a message is, its envelope or its type says."""
    if isinstance(value, list):
        return [_without_words(item, is_players=is_players) for item in value]
    if not isinstance(value, dict):
        return value
    kinds = {value.get("type"), value.get("event_type")} - {None}
    is_players = is_players or any(kind in _PLAYERS_MESSAGES | _REFUSALS for kind in kinds if isinstance(kind, str))
    cleaned = {}
    for name, item in value.items():
        if (is_players and name in _PLAYERS_FIELDS) or name in _PLAYERS_NAMES:
            cleaned[name] = {} if name == "end_user_metadata" and item else REMOVED if item else item
        else:
            cleaned[name] = _without_words(item, is_players=is_players)
    return cleaned
