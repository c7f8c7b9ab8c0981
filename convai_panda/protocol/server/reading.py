"""A server message from its bytes: whichever of the envelopes it came in, one typed value comes out."""

from typing import Any

from pydantic import ValidationError

from ...errors import ProtocolError
from ..payload import first_problem, read_object
from .base import ENVELOPE_KEYS, SERVER_MESSAGES, ServerMessage, UnknownMessage

MAX_PAYLOAD_BYTES = 1 << 20  # a chunk of ten 251-shape frames is about 50 kB


def parse_server_message(payload: bytes) -> ServerMessage:
    """The message, UnknownMessage for a type that is new to us. Raises ProtocolError, and nothing else."""
    kind, fields = _unwrap(read_object(payload, limit=MAX_PAYLOAD_BYTES))
    message_class = SERVER_MESSAGES.get(kind)
    try:
        if message_class is None:
            rest = {name: value for name, value in fields.items() if name not in ENVELOPE_KEYS}
            return UnknownMessage(type=kind, payload=rest)
        return message_class.from_wire(fields)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise ProtocolError(f"A {kind[:64]} message is malformed: {first_problem(problems)}.") from None


def _unwrap(root: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The type and all the fields, from the innermost object outwards (inner ones win)."""
    data = root.get("data")
    if data is None:
        data = root.get("payload")  # some senders' word for data
    kind = root.get("type")
    if isinstance(data, dict):
        if kind == "server-message" and isinstance(data.get("type"), str):
            kind, fields = data["type"], data
        else:
            fields = {**root, **data}
        inner = data.get("data")
        if isinstance(inner, dict):  # flat messages of a room of several characters are nested once more
            fields = {**fields, **inner}
    elif data is None:
        fields = root
    else:
        raise ProtocolError("A message has data that is not an object.")
    if not isinstance(kind, str) or not kind:
        raise ProtocolError("A message has no type.")
    return kind, fields
