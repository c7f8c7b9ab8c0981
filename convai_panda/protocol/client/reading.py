"""A client message from its bytes, as the service reads it: label and id optional, data absent is empty."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ...errors import ProtocolError
from ..payload import first_problem, read_json
from .base import CLIENT_MESSAGES, MAX_MESSAGE_BYTES, ClientMessage

# What the service lists when it does not know a type; it understands more than it lists.
SUPPORTED_TYPES = (
    "user_text_message",
    "trigger-message",
    "update-template-keys",
    "update-scene-metadata",
    "update-dynamic-info",
    "context-update",
    "tts-toggle",
    "stt-toggle",
    "kill-pipeline",
    "interrupt-bot",
    "force-user-stopped-speaking",
    "reset-idle-timer",
)


class ClientMessageError(ProtocolError):
    """A client message that the service refuses: the ``server-response`` that it answers, of status error."""

    def __init__(self, event_type: str, message: str, extras: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.event_type = event_type
        self.message = message
        self.extras: dict[str, Any] = dict(extras or {})


def parse_client_message(payload: bytes) -> tuple[ClientMessage, str | None]:
    """The message and its id. Raises ClientMessageError with what the service would answer."""
    if len(payload) > MAX_MESSAGE_BYTES:
        raise ClientMessageError("validation-error", f"Message exceeds {MAX_MESSAGE_BYTES} bytes")
    try:
        root = read_json(payload)
    except ProtocolError:
        words = "Failed to parse message: invalid JSON or UTF-8 encoding"
        raise ClientMessageError("parse-error", words) from None
    kind = root.get("type") if isinstance(root, dict) else None
    if not isinstance(root, dict) or not isinstance(kind, str) or not kind:
        words = "Message missing required 'type' field"
        raise ClientMessageError("validation-error", words, {"received_message": root})
    message_class = CLIENT_MESSAGES.get(kind)
    if message_class is None:
        extras = {"supported_types": list(SUPPORTED_TYPES)}
        raise ClientMessageError(kind, f"Unknown message type: {kind}", extras)
    data = root.get("data")
    try:
        message = message_class.from_wire({} if data is None else data)
    except ValidationError as error:
        raise ClientMessageError(kind, _reason(kind, error)) from None
    id_ = root.get("id")
    return message, id_ if isinstance(id_, str) else None


def _reason(kind: str, error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)
    if kind == "update-dynamic-info" and problems[0]["type"] == "service_words":
        return problems[0]["msg"]
    return f"Failed to process {kind}: {first_problem(problems)}"
