"""What a face asks of the service in the Connect request. Pure."""

from collections.abc import Mapping
from typing import Any

from ..protocol.connect import ConnectRequest

_FPS = 60  # frames a second: what the service sends by default, said because clients disagree about it
_CHUNK = 10  # frames a message
_SHAPES: Mapping[str, Any] = {
    "blendshape_provider": "neurosync",
    "blendshape_config": {
        "provider": "neurosync",
        "format": "arkit",
        "output_fps": _FPS,
        "enable_chunking": True,
        "chunk_size": _CHUNK,
    },
}
_MOOD: Mapping[str, Any] = {"emotion_config": {"provider": "nrclex"}}  # without it the service never sends an emotion


def face_fields(given: Mapping[str, Any], *, has_face: bool) -> dict[str, Any]:
    """The fields to add to those that the game has given, which come first: shapes for a face, and emotions."""
    fields = dict(_MOOD)
    if has_face and not given.keys() & _SHAPES.keys():
        fields |= _SHAPES
    return {name: value for name, value in fields.items() if name not in given}


def requested_fps(request: ConnectRequest) -> float | None:
    """The frame rate that a request asks for; None where it asks for none."""
    config = request.blendshape_config
    return None if config is None or config.output_fps is None else float(config.output_fps)
