"""Server messages of a session: readiness, acknowledgements, errors, limits, the end."""

import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ..payload import JsonObject
from .base import LENIENT, Envelope, OptionalInt, OptionalStr, ServerMessage

ResponseStatus = Literal["success", "error", "processing", "pending"]


class BotAbout(BaseModel):
    """Which library answers and, in a room of several, which character instance."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    library: OptionalStr = None
    library_version: OptionalStr = None
    room_session_id: OptionalStr = None
    membership_id: OptionalStr = None
    character_id: OptionalStr = None
    character_session_id: OptionalStr = Field(default=None, repr=False)
    participant_identity: OptionalStr = None
    is_initial: Annotated[bool | None, LENIENT] = None
    roster_epoch: OptionalInt = None
    display_name: OptionalStr = None


class BotReady(ServerMessage):
    """The character is in the room and hears; ``id`` is that of the client-ready, where there was one."""

    type: ClassVar[str] = "bot-ready"
    envelope: ClassVar[Envelope] = Envelope.A
    id: OptionalStr = None
    version: OptionalStr = None
    about: Annotated[BotAbout | None, LENIENT] = None


class InteractionCreated(ServerMessage):
    """The service has opened the books on this visit; comes once, before BotReady."""

    type: ClassVar[str] = "interaction-created"
    envelope: ClassVar[Envelope] = Envelope.B
    interaction_id: str
    character_session_id: OptionalStr = Field(default=None, repr=False)


def _read_extras(value: object) -> object:
    return {} if value is None else value


class ServerResponse(ServerMessage):
    """The answer to one message of ours; go by ``status`` and ``extras``, never by the words."""

    type: ClassVar[str] = "server-response"
    envelope: ClassVar[Envelope] = Envelope.C
    event_type: str
    status: ResponseStatus
    message: OptionalStr = None
    extras: Annotated[JsonObject, BeforeValidator(_read_extras)] = Field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        fields = super().to_wire()
        if not self.message:
            fields.pop("message", None)
        if self.extras:
            fields["extras"] = dict(self.extras)  # nulls inside stay
        else:
            del fields["extras"]
        return fields


def _read_error(value: object) -> str:
    """An error must not get lost because it was put oddly."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _read_fatal(value: object) -> bool:
    return value if isinstance(value, bool) else True


class ErrorMessage(ServerMessage):
    """Something failed on the service's side; ``fatal`` ends the session, and unsaid it counts as fatal."""

    type: ClassVar[str] = "error"
    envelope: ClassVar[Envelope] = Envelope.A
    error: Annotated[str, BeforeValidator(_read_error)] = ""
    fatal: Annotated[bool, BeforeValidator(_read_fatal)] = True


class ErrorResponse(ServerMessage):
    """Advice about a message of ours (its ``id``); never fatal."""

    type: ClassVar[str] = "error-response"
    envelope: ClassVar[Envelope] = Envelope.A
    id: OptionalStr = None
    error: Annotated[str, BeforeValidator(_read_error)] = ""


class ModerationResponse(ServerMessage):
    """Whether the player's words passed (``result`` true) and, if not, why."""

    type: ClassVar[str] = "moderation-response"
    envelope: ClassVar[Envelope] = Envelope.B
    result: bool
    user_input: OptionalStr = None
    reason: OptionalStr = None

    def to_wire(self) -> dict[str, Any]:
        return {**super().to_wire(), "reason": self.reason}  # there even when null


class UserIdleWarning(ServerMessage):
    """The session ends in so many seconds unless the player does something."""

    type: ClassVar[str] = "user-idle-warning"
    envelope: ClassVar[Envelope] = Envelope.B
    remaining_seconds: int | float
    message: OptionalStr = None


class UsageLimitReached(ServerMessage):
    """The plan's quota is used up; the session cannot go on."""

    type: ClassVar[str] = "usage-limit-reached"
    envelope: ClassVar[Envelope] = Envelope.B
    quota_type: OptionalStr = None
    message: OptionalStr = None


class SessionEnding(ServerMessage):
    """The service is about to close the room."""

    type: ClassVar[str] = "session-ending"
    envelope: ClassVar[Envelope] = Envelope.B
    reason: OptionalStr = None
