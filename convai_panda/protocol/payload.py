"""Bytes to one JSON object and back, and the value types that both directions share. Knows no message."""

import json
import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue
from pydantic_core import PydanticCustomError, from_json

from ..errors import ProtocolError

LABEL = "rtvi-ai"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def read_json(payload: bytes) -> JsonValue:
    """Decode one UTF-8 JSON text. Raises ProtocolError, also for NaN, Infinity and absurd nesting."""
    try:
        value: JsonValue = from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        # The parser's words name a position and never quote the text.
        raise ProtocolError(f"A message is not valid JSON: {error}.") from None
    return value


def read_object(payload: bytes, *, limit: int) -> dict[str, Any]:
    """Decode one JSON object of at most ``limit`` bytes. Raises ProtocolError."""
    if len(payload) > limit:
        raise ProtocolError(f"A message of {len(payload)} bytes is over the limit of {limit} bytes.")
    value = read_json(payload)
    if not isinstance(value, dict):
        raise ProtocolError("A message is JSON, but not an object.")
    return value


def write_json(value: object) -> bytes:
    """Compact UTF-8 JSON. Raises ProtocolError for what JSON cannot carry (NaN, lone surrogates)."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise ProtocolError(f"A message cannot be written as JSON: {type(error).__name__}.") from None


def field_path(loc: tuple[int | str, ...]) -> str:
    """``audio_config.output.sample_rate``: where in the JSON a complaint of pydantic's points."""
    # Of a union, pydantic also names the member it tried; that is no place in the JSON.
    return ".".join(str(step) for step in loc if step not in ("str", "ActionValue", "SceneObject"))


def first_problem(errors: list[Any]) -> str:
    """The first of pydantic's complaints as ``field: reason``, without the offending value."""
    problem = errors[0]
    # The path may hold keys from the wire: keep it fit for one line of a log.
    where = "".join(char if char.isprintable() else "?" for char in field_path(problem["loc"])[:100])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])


def _check_finite(value: JsonValue) -> JsonValue:
    """Refuse what overflowed to infinity (1e999 is legal JSON) anywhere in a free-form value."""
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "Input should be a finite number")
    if isinstance(value, dict):
        for item in value.values():
            _check_finite(item)
    elif isinstance(value, list):
        for item in value:
            _check_finite(item)
    return value


def _check_object(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    _check_finite(value)
    return value


def _check_uuid(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise PydanticCustomError("uuid_parsing", "Input should be a UUID: 8-4-4-4-12 hexadecimal digits")
    return value


def _replace_surrogates(value: object) -> object:
    """A lone surrogate (half an emoji from a text field) cannot be UTF-8: it becomes a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Json = Annotated[JsonValue, AfterValidator(_check_finite)]
JsonObject = Annotated[dict[str, JsonValue], AfterValidator(_check_object)]
Uuid = Annotated[str, AfterValidator(_check_uuid)]
Text = Annotated[str, BeforeValidator(_replace_surrogates)]
LIST = Field(strict=False)  # a strict tuple would refuse the list that JSON gives; its items stay strict
