"""What all messages from the client share: the envelope, the size limit, and the table of types."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from ...errors import MessageTooLarge
from ...ids import new_uuid
from ..payload import LABEL, write_json

MAX_MESSAGE_BYTES = 15_360  # the service's data channel refuses more

CLIENT_MESSAGES: dict[str, type["ClientMessage"]] = {}


class ClientMessage(BaseModel):
    """One message from the game to the service. Convai live API: client-to-server messages.

    A subclass names its ``type``; its fields are those of ``data``, and None is not sent.
    """

    model_config = ConfigDict(
        extra="ignore",  # web clients add a participant_sid
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
        hide_input_in_errors=True,
    )

    type: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        CLIENT_MESSAGES[cls.type] = cls

    @classmethod
    def from_wire(cls, data: object) -> Self:
        """Read ``data`` as it came. Raises pydantic's ValidationError."""
        return cls.model_validate(data)

    def to_wire(self) -> dict[str, Any]:
        """``data`` as it is sent."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)

    def encode(self, id: str | None = None) -> bytes:  # noqa: A002 - the wire's name for it
        """The message as sent; ``id`` defaults to a new UUID. Raises MessageTooLarge."""
        envelope = {"label": LABEL, "type": self.type, "id": id or new_uuid(), "data": self.to_wire()}
        payload = write_json(envelope)
        if len(payload) > MAX_MESSAGE_BYTES:
            raise MessageTooLarge(
                f"A {self.type} message has {len(payload)} bytes; the service takes at most "
                f"{MAX_MESSAGE_BYTES}. Shorten it or send it in parts."
            )
        return payload


def in_the_services_words(sentence: str) -> PydanticCustomError:
    """A refusal whose whole sentence is the service's own."""
    return PydanticCustomError("service_words", "{sentence}", {"sentence": sentence})
