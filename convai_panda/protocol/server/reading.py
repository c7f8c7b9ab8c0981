"""A server message from its bytes: whichever of the envelopes it came in, one typed value comes out."""

from collections.abc import Callable
from typing import Any, cast

from pydantic import ValidationError

from ...clean_text import clean_tree, is_suspect
from ...errors import ProtocolError
from ..payload import first_problem, read_object
from .base import SERVER_MESSAGES, ServerMessage, UnknownMessage

MAX_PAYLOAD_BYTES = 1 << 18  # four times what LiveKit carries; a chunk of ten 251-shape frames is about 50 kB

_LONGEST_TYPE = 64  # characters: a type is a name, and goes into logs

_OUTER = frozenset({"label", "type", "id", "data"})


def parse_server_message(payload: bytes, mended: Callable[[], object] = lambda: None) -> ServerMessage:
    """The message, UnknownMessage for a type that is new to us. Raises ProtocolError, and nothing else.

    Its texts are safe to show (``clean_text``); ``mended`` is called for each one that was not.
    """
    root = read_object(payload, limit=MAX_PAYLOAD_BYTES)
    if is_suspect(payload):
        root = cast("dict[str, Any]", clean_tree(root, mended))
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
        raise ProtocolError(f"A message of type {kind!r} is malformed: {problem}.") from None


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
    if len(kind) > _LONGEST_TYPE or not kind.isprintable():
        raise ProtocolError("A message has a type that is no name.")
    return kind, fields
