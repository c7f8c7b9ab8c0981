"""What all messages from the service share: three envelopes, and the table of types."""

from enum import Enum
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from ..payload import LABEL, JsonObject, write_json

SERVER_MESSAGES: dict[str, type["ServerMessage"]] = {}


def _none_if_wrong(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


# Side information: an odd value must not cost the message that carries it.
LENIENT = WrapValidator(_none_if_wrong)
OptionalStr = Annotated[str | None, LENIENT]
OptionalInt = Annotated[int | None, LENIENT]
OptionalFloat = Annotated[float | None, LENIENT]


def without_nulls(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something: the service's pages give some empty fields as null and leave others out."""
    return {name: value for name, value in fields.items() if value is not None}


class Envelope(Enum):
    """How a message is wrapped. Convai live API: turn lifecycle, envelope forms."""

    A = "rtvi"  # {label, type: T, data?: {…}}
    B = "server-message"  # {label, type: "server-message", data: {type: T, …}}
    C = "server-response"  # {type: T, …}, without a label
    FLAT = "flat"  # {label, type: T, …}: how some of B's messages are seen as well


class ServerMessage(BaseModel):
    """One message from the service to the game. Convai live API: server-to-client messages.

    A subclass names its ``type`` and its usual ``envelope``; its fields are those of the payload. Fields
    that it does not know are ignored. ``membership_id`` says which character, in a room of several.
    """

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        defer_build=True,  # schemas are built on first use: importing stays cheap
        hide_input_in_errors=True,
    )

    type: ClassVar[str]
    envelope: ClassVar[Envelope]
    is_labelled: ClassVar[bool] = True
    repeats_label: ClassVar[bool] = False  # inside the data of form B

    membership_id: OptionalStr = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if kind := cls.__dict__.get("type"):
            SERVER_MESSAGES[kind] = cls

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> Self:
        """Read the payload's fields; null is as good as missing. Raises pydantic's ValidationError."""
        return cls.model_validate(without_nulls(fields))

    def to_wire(self) -> dict[str, Any]:
        """The payload's fields; None is left out."""
        return self.model_dump(exclude_none=True)

    def encode(self, envelope: Envelope | None = None) -> bytes:
        """The message as it is sent, in its usual envelope or in ``envelope``. Raises ProtocolError."""
        envelope = envelope or self.envelope
        fields = self.to_wire()
        wire: dict[str, Any] = {"label": LABEL} if self.is_labelled and envelope is not Envelope.C else {}
        match envelope:
            case Envelope.A:
                wire["type"] = self.type
                if "id" in type(self).model_fields and "id" in fields:
                    wire["id"] = fields.pop("id")
                if fields:  # an empty payload has no data key at all
                    wire["data"] = fields
            case Envelope.B:
                label = {"label": LABEL} if self.repeats_label else {}
                wire |= {"type": "server-message", "data": {**label, "type": self.type, **fields}}
            case Envelope.C | Envelope.FLAT:
                wire |= fields | {"type": self.type}
        return write_json(wire)


class Part(BaseModel):
    """An object inside a message; fields that it does not know are ignored, and null is as good as missing."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return without_nulls(value) if isinstance(value, dict) else value


class Lifecycle(ServerMessage):
    """Which response a message belongs to; each field is there only when the service set it."""

    response_id: OptionalStr = None
    neurosync_turn_id: OptionalInt = Field(default=None, validation_alias=AliasChoices("neurosync_turn_id", "turn_id"))
    epoch: OptionalInt = None
    sequence: OptionalInt = None


class FreeForm(ServerMessage):
    """A message whose shape is not published or not stable: its fields as they came."""

    envelope: ClassVar[Envelope] = Envelope.B
    payload: JsonObject = Field(default_factory=dict)

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> Self:
        return cls.model_validate({"payload": fields, "membership_id": fields.get("membership_id")})

    def to_wire(self) -> dict[str, Any]:
        return dict(self.payload)


class UnknownMessage(ServerMessage):
    """A message of a type that this version does not know, kept whole; ``type`` is what it said it was."""

    envelope: ClassVar[Envelope] = Envelope.A
    type: str  # type: ignore[misc]  # here alone the type is the message's own and not its class's
    payload: JsonObject = Field(default_factory=dict)

    def to_wire(self) -> dict[str, JsonValue]:
        return dict(self.payload)
