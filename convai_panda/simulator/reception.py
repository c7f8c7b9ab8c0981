"""Client messages as the service of a dialect reads them. Pure."""

from __future__ import annotations

import json

from ..protocol.client import ClientMessage, ClientMessageError, UpdateSceneMetadata, parse_client_message
from ..protocol.server import ServerResponse
from .dialect import Dialect


def read_message(payload: bytes, dialect: Dialect) -> tuple[ClientMessage | None, str | None]:
    """The message, None for one that is dropped without a word, and its id. Raises ClientMessageError."""
    try:
        message, id_ = parse_client_message(payload)
    except ClientMessageError as refusal:
        if dialect.unknown_type == "constant" and "supported_types" in refusal.extras:
            raise ClientMessageError("unknown-message-type", refusal.message, refusal.extras) from None
        raise
    root = json.loads(payload)
    if dialect.client_envelope == "strict" and not (root.get("label") and root.get("id")):
        return None, None
    if isinstance(message, UpdateSceneMetadata) and dialect.scene_metadata != "any":
        wanted = dict if dialect.scene_metadata == "object" else list
        if not isinstance(root.get("data"), wanted):
            words = f"Failed to process {message.type}: data: Input should be a valid {wanted.__name__}"
            raise ClientMessageError(message.type, words)
    return message, id_


def refused(refusal: ClientMessageError) -> ServerResponse:
    """What the service answers."""
    return ServerResponse(event_type=refusal.event_type, status="error", message=refusal.message, extras=refusal.extras)
