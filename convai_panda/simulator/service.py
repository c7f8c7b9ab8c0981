"""``POST /connect`` and ``/disconnect`` without a socket: bytes and headers in, status and JSON out. Sans-IO.

As strict as the real service: whoever gets a 200 here has sent a body that the published schema allows.
Source: Convai live API, Connect, error codes, Disconnect; the shapes of errors are FastAPI's.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue, SecretStr

from ..ids import new_hex, new_uuid
from ..protocol.connect import ConnectRequest, ConnectResponse, RequestRefused
from .characters import Cast, Character
from .context import BudgetExceeded, Context
from .dialect import Dialect
from .memory import History, Memory

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RETRY_AFTER = 5  # s: rooms are given back within seconds when players leave

# The words of the service's refusals.
_NO_KEY = "Authentication required: provide X-API-Key or API-AUTH-TOKEN"
_BAD_KEY = "Invalid API key"
_NO_CHARACTER = "Character not found or doesn't belong to user"
_NEEDS_USER = (
    "Missing end_user_id. end_user_id is required when the character has Long Term Memory enabled. "
    "Provide end_user_id or disable Long Term Memory."
)

# The names of refusals in the service's own log.
_CODES = {
    401: "invalid_api_key",
    403: "realtime_access_denied",
    404: "character_not_found",
    409: "shared_session_conflict",
    429: "concurrency_limit",
}

TokenMaker = Callable[[str, str], str]  # room name, identity → what lets a participant in


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response."""

    status: int
    body: dict[str, Any] = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = field(default=None, repr=False)  # instead of the body: what is no JSON object

    def encode(self) -> bytes:
        """The body as it is sent."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Visit:
    """One room that was given away: who plays in it, for whom, and what they have said before."""

    session_id: str = field(repr=False)
    room_name: str
    identity: str  # the player's in the room
    character: Character
    request: ConnectRequest = field(repr=False)
    history: History = field(repr=False)
    token: str = field(repr=False)


class Service:
    """The accounts, their characters, and the rooms that are open.

    ``api_keys`` None takes any key; ``room_url`` is what clients are told to join; ``max_rooms`` is the plan's
    limit of rooms at once for each account.
    """

    def __init__(
        self,
        *,
        api_keys: tuple[str, ...] | None = None,
        cast: Cast | None = None,
        memory: Memory | None = None,
        room_url: str = "sim://in-process",
        make_token: TokenMaker = lambda room, identity: new_hex(24),
        max_rooms: int | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self._dialect = dialect or Dialect()
        self.room_url = _with_scheme(room_url, self._dialect)
        self._api_keys = api_keys
        self._cast = cast or Cast()
        self._memory = memory or Memory()
        self._make_token = make_token
        self._max_rooms = max_rooms
        self._visits: dict[str, Visit] = {}

    def __repr__(self) -> str:
        return f"<Service {self.room_url}, {len(self._visits)} rooms>"

    def connect(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Answer ``POST /connect``. After 200, ``visit()`` finds what was given away."""
        try:
            return self._connect(body, {name.lower(): value for name, value in headers.items()})
        except _Refused as refusal:
            reply = refusal.reply
        except RequestRefused as refusal:
            reply = Reply(refusal.status, {"detail": refusal.detail})
        return _in_dialect(reply, self._dialect)

    def disconnect(self, session_id: str | None) -> Reply:
        """Answer ``POST /disconnect``: asks for no key, and an unknown id is a success."""
        if session_id is None:
            problem = {"type": "missing", "loc": ["query", "session_id"], "msg": "Field required", "input": None}
            return Reply(422, {"detail": [problem]})
        if not _UUID.fullmatch(session_id):
            return Reply(400, {"detail": "Invalid session ID format"})
        self.close(session_id)
        return Reply(200, {"status": "success", "message": "Session disconnected successfully"})

    def visit(self, session_id: str) -> Visit | None:
        """The open room with this session id."""
        return self._visits.get(session_id.lower())

    def visits(self) -> tuple[Visit, ...]:
        """All open rooms."""
        return tuple(self._visits.values())

    def close(self, session_id: str) -> Visit | None:
        """Forget a room: it no longer counts, and its session id is dead."""
        return self._visits.pop(session_id.lower(), None)

    def _connect(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        # The order of a FastAPI endpoint: JSON syntax, then the dependency that authenticates, then the schema.
        value = _read_body(body, headers.get("content-type"))
        account = self._authenticate(headers)
        request = _read_request(value, body, self._dialect)
        _check_context(request)
        character = self._find_character(request)
        history = self._find_history(request, account, character)
        self._check_limit(account)
        self._check_shared(request)
        visit = self._admit(request, character, history or self._memory.begin(account, character.id))
        return Reply(200, self._response(visit).to_json())

    def _authenticate(self, headers: Mapping[str, str]) -> str:
        key = headers.get("x-api-key")
        if key is None and "api-auth-token" not in headers:
            raise _Refused(401, _NO_KEY)
        if key is None:
            if self._dialect.auth_token == "minted":
                return self._authenticate({"x-api-key": headers["api-auth-token"]})
            # An auth token is the session id of an earlier connect; the account is that session's.
            session = self._visits.get(headers["api-auth-token"].lower())
            if session is None:
                raise _Refused(401, _BAD_KEY)
            return session.history.account
        is_known = bool(key) if self._api_keys is None else any(_same(key, known) for known in self._api_keys)
        if not is_known:
            raise _Refused(401, _BAD_KEY)
        return key

    def _find_character(self, request: ConnectRequest) -> Character:
        if request.mode == "join" or any(
            (request.characters, request.group_chat, request.room_brief, request.room_session_id)
        ):
            raise _Refused(403, "Multi-character and shared rooms are not enabled for this account")
        character = self._cast.find(request.character_id or "")
        if character is None:
            raise _Refused(404, _NO_CHARACTER)
        if character.needs_end_user_id and not request.end_user_id:
            raise _Refused(400, _NEEDS_USER)
        return character

    def _find_history(self, request: ConnectRequest, account: str, character: Character) -> History | None:
        if request.character_session_id is None:
            return None
        history = self._memory.find(request.character_session_id)
        if history is None or history.character_id.lower() != character.id.lower():
            raise _Refused(404, "Session not found")
        if not _same(history.account, account):
            raise _Refused(403, "Session belongs to a different user")
        return history

    def _check_limit(self, account: str) -> None:
        if self._max_rooms is None:
            return
        if sum(_same(visit.history.account, account) for visit in self._visits.values()) >= self._max_rooms:
            raise _Refused(429, "Concurrency limit reached", {"Retry-After": str(_RETRY_AFTER)})

    def _check_shared(self, request: ConnectRequest) -> None:
        key = request.shared_session_key
        if key is not None and any(visit.request.shared_session_key == key for visit in self._visits.values()):
            raise _Refused(409, "Shared session is in use by an incompatible room")

    def _admit(self, request: ConnectRequest, character: Character, history: History) -> Visit:
        room_name = request.room_name or f"convai-{new_hex(8)}"
        identity = f"player-{new_hex(4)}"
        visit = Visit(
            session_id=new_uuid(),
            room_name=room_name,
            identity=identity,
            character=character,
            request=request,
            history=history,
            token=self._make_token(room_name, identity) if request.transport == "livekit" else "",
        )
        self._visits[visit.session_id] = visit
        return visit

    def _response(self, visit: Visit) -> ConnectResponse:
        request = visit.request
        return ConnectResponse(
            session_id=SecretStr(visit.session_id),
            request_trace_id=f"req_{new_hex(6)}",
            character_session_id=visit.history.id,
            room_url=self.room_url,
            room_name=visit.room_name if request.transport == "livekit" else None,
            token=SecretStr(visit.token),
            end_user_id=request.end_user_id,
            # Without end_user_id the service ignores the metadata.
            end_user_metadata=request.end_user_metadata if request.end_user_id else None,
            capabilities=_granted(request),
        )


def _granted(request: ConnectRequest) -> dict[str, JsonValue] | None:
    """The first version of everything; said only to those who ask."""
    if request.capabilities is None:
        return None
    return {"action_protocol_version": 1, "model_output_version": 1, "bot_llm_text_mode": "legacy"}


def _check_context(request: ConnectRequest) -> None:
    try:
        Context.of(request.dynamic_info)
    except BudgetExceeded as refusal:
        raise _Refused(400, f"Invalid dynamic_info: {refusal}") from None


class _Refused(Exception):
    def __init__(self, status: int, detail: str | list[dict[str, Any]], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.reply = Reply(status, {"detail": detail}, headers or {})


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())


def _read_body(body: bytes, content_type: str | None) -> Any:
    """The JSON value of a body as FastAPI reads it: without a content type it tries, with another it does not."""
    if not body:
        raise _Refused(422, [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}])
    kind = (content_type or "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        return body.decode(errors="replace")
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        problem = {
            "type": "json_invalid",
            "loc": ["body", error.pos],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": error.msg},
        }
        raise _Refused(422, [problem]) from None
    except (UnicodeDecodeError, RecursionError):
        raise _Refused(400, "There was an error parsing the body") from None


def _read_request(value: Any, body: bytes, dialect: Dialect) -> ConnectRequest:
    if not isinstance(value, dict):
        problem = {
            "type": "model_attributes_type",
            "loc": ["body"],
            "msg": "Input should be a valid dictionary or object to extract fields from",
            "input": value,
        }
        raise _Refused(422, [problem])
    if (transport := value.get("transport", "livekit")) not in ("livekit", "daily", "websocket"):
        # The service's own check, with its own words.
        problem = {
            "type": "value_error",
            "loc": ["body", "transport"],
            "msg": f"Value error, Invalid transport: {transport}",
            "input": transport,
        }
        raise _Refused(422, [problem])
    session_id = value.get("character_session_id")
    if isinstance(session_id, str) and not _UUID.fullmatch(session_id):
        raise _Refused(400, "Invalid session id")
    off = value.get("blendshape_provider")
    if off in ("none", "not_provided") and dialect.faces_off not in ("any", off):
        problem = {"type": "literal_error", "loc": ["body", "blendshape_provider"], "input": off}
        raise _Refused(422, [{**problem, "msg": f"Input should be '{dialect.faces_off}', 'ovr' or 'neurosync'"}])
    try:
        return ConnectRequest.parse(body)
    except RequestRefused as refusal:
        if refusal.status == 400 and str(refusal.detail).startswith("audio_config") and dialect.audio_config == "422":
            problem = {"type": "value_error", "loc": ["body", "audio_config"], "input": value["audio_config"]}
            raise _Refused(422, [{**problem, "msg": f"Value error, {refusal.detail}"}]) from None
        raise


def _with_scheme(room_url: str, dialect: Dialect) -> str:
    is_socket = room_url.startswith(("ws://", "wss://"))
    return f"http{room_url[2:]}" if is_socket and dialect.room_url == "http" else room_url


def _in_dialect(reply: Reply, dialect: Dialect) -> Reply:
    """A refusal as this dialect puts it."""
    body: dict[str, Any] = {dialect.error_body: reply.body["detail"]}
    if dialect.error_code == "present":
        body["error_code"] = _CODES.get(reply.status, "bad_request")
    return replace(reply, body=body)
