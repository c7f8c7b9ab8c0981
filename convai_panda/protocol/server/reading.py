"""A server message from its bytes: whichever of the envelopes it came in, one typed value comes out."""

from typing import Any

from pydantic import ValidationError

from ...errors import ProtocolError
from ..payload import first_problem, read_object
from .base import SERVER_MESSAGES, ServerMessage, UnknownMessage

MAX_PAYLOAD_BYTES = 1 << 20  # a chunk of ten 251-shape frames is about 50 kB

_OUTER = frozenset({"label", "type", "id", "data"})


def parse_server_message(payload: bytes) -> ServerMessage:
    """The message, UnknownMessage for a type that is new to us. Raises ProtocolError, and nothing else."""
    root = read_object(payload, limit=MAX_PAYLOAD_BYTES)
    kind, fields = _unwrap(root)
    message_class = SERVER_MESSAGES.get(kind)
    try:
        if message_class is None:
            return UnknownMessage(type=kind, payload=fields)
        if "id" in root and "id" in message_class.model_fields:
            fields = {**fields, "id": root["id"]}
        return message_class.from_wire(fields)
    except ValidationError as error:
        problem = first_problem(error.errors(include_url=False, include_input=False))
        raise ProtocolError(f"A message of type {kind[:64]!r} is malformed: {problem}.") from None


def _unwrap(root: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The type and all the fields, from the innermost object outwards (inner ones win)."""
    kind, data = root.get("type"), root.get("data")
    flat = {name: value for name, value in root.items() if name not in _OUTER}
    if data is None and isinstance(flat.get("payload"), dict):
        data = flat.pop("payload")  # some senders' word for data
    if isinstance(data, dict):
        if kind == "server-message" and isinstance(data.get("type"), str):
            kind = data["type"]
            fields = {name: value for name, value in data.items() if name not in ("label", "type")}
        else:
            fields = {**flat, **data} if flat else data
        if isinstance(fields.get("data"), dict):
            # In a room of several characters a flat message is nested once more.
            fields = {**fields, **fields["data"]}
            del fields["data"]
    elif data is None:
        fields = flat
    else:
        raise ProtocolError("A message has data that is not an object.")
    if not isinstance(kind, str) or not kind:
        raise ProtocolError("A message has no type.")
    return kind, fields
