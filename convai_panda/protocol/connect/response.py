"""What ``POST /connect`` answers with 200; secrets stay out of repr. Fields: Convai live API, Connect."""

from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from ...errors import ProtocolError, ServiceUnavailable
from ..payload import read_object, write_json

MAX_RESPONSE_BYTES = 1 << 20  # a real one has about a kilobyte

_REQUIRED = ("room_url", "token", "character_session_id")


def _none_if_wrong(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """Only three fields matter to enter a room; an odd value in another one must not keep us out."""
    try:
        return handler(value)
    except ValidationError:
        return None


_LENIENT = WrapValidator(_none_if_wrong)
_Str = Annotated[str | None, _LENIENT]
_Int = Annotated[int | None, _LENIENT]


class _ResponsePart(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True, hide_input_in_errors=True)


class RosterMember(_ResponsePart):
    """One character instance of a multi-character room."""

    membership_id: _Str = None
    character_id: _Str = None
    session_id: Annotated[SecretStr | None, _LENIENT] = None
    character_session_id: _Str = Field(default=None, repr=False)
    participant_identity: _Str = None
    is_initial: Annotated[bool | None, _LENIENT] = None
    provisioning_status: _Str = None
    failure_code: _Str = None
    display_name: _Str = None
    description: _Str = None


class ConnectResponse(_ResponsePart):
    """The way into a room. ``token`` and ``session_id`` are secret, ``character_session_id`` is kept."""

    room_url: str = Field(min_length=1)
    token: SecretStr
    character_session_id: str = Field(min_length=1, repr=False)
    session_id: SecretStr = SecretStr("")
    request_trace_id: _Str = None
    room_name: _Str = None
    end_user_id: _Str = None
    end_user_metadata: Annotated[dict[str, JsonValue] | None, _LENIENT] = Field(default=None, repr=False)
    room_session_id: _Str = None
    active_membership_id: _Str = None
    route_epoch: _Int = None
    roster_epoch: _Int = None
    partial_dispatch: bool = False
    characters: Annotated[tuple[RosterMember, ...] | None, _LENIENT] = None
    capabilities: Annotated[dict[str, JsonValue] | None, _LENIENT] = None

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read a 200 body. Raises ServiceUnavailable naming what is missing, never quoting what is there."""
        try:
            fields = read_object(body, limit=MAX_RESPONSE_BYTES)
        except ProtocolError:
            raise _unusable("its body is not a JSON object") from None
        missing = [name for name in _REQUIRED if fields.get(name) in (None, "")]
        if missing:
            raise _unusable(f"it lacks {', '.join(missing)}", fields)
        if fields.get("session_id") is None or not isinstance(fields["session_id"], str):
            fields.pop("session_id", None)  # a game's own token endpoint may keep it back
        if not isinstance(fields.get("partial_dispatch"), bool):
            fields.pop("partial_dispatch", None)
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False)
            names = dict.fromkeys(str(problem["loc"][0]) for problem in problems)
            raise _unusable(f"it has no usable {', '.join(names)}", fields) from None

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON values, secrets included: for the side that answers, never for a log."""
        fields: dict[str, Any] = self.model_dump(mode="python")
        fields["token"] = self.token.get_secret_value()
        fields["session_id"] = self.session_id.get_secret_value()
        if self.characters is not None:
            fields["characters"] = [_reveal(member) for member in self.characters]
        if self.capabilities is None:
            del fields["capabilities"]  # only there when asked for; every other key always is
        return fields

    def encode(self) -> bytes:
        """The answer as it is sent, secrets included."""
        return write_json(self.to_json())


def _reveal(member: RosterMember) -> dict[str, Any]:
    fields: dict[str, Any] = member.model_dump(mode="python")
    fields["session_id"] = member.session_id.get_secret_value() if member.session_id else None
    return fields


def _unusable(reason: str, fields: dict[str, Any] | None = None) -> ServiceUnavailable:
    trace = (fields or {}).get("request_trace_id")
    return ServiceUnavailable(
        f"The answer to the connect request is no ConnectResponse: {reason}. "
        "Check the URL (CONVAI_URL), then try again.",
        status=200,
        detail=reason,
        request_trace_id=trace if isinstance(trace, str) else None,
    )
