"""The seam between what makes pictures and the rooms that they are shown in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..picture import Picture

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

TRACK = "camera"  # what the service looks for where the request names no other track

_FIELDS: Mapping[str, Any] = {"connection_type": "video", "vision_input_config": {"enabled": True}}


class Eyes(Protocol):
    """Makes pictures. ``Vision`` makes them with a camera of the scene; a game may have its own way."""

    def serve(self, base: ShowBase) -> None:
        """Belong to a ShowBase. Raises ConfigurationError where nothing can be seen in it."""

    def update(self, now: float, *, is_wanted: bool) -> Picture | None:
        """A frame's worth of making pictures: one that has become ready. Nothing is made that nobody wants."""

    def close(self) -> None:
        """Let go of everything."""


def vision_fields(given: Mapping[str, Any], *, has_eyes: bool) -> dict[str, Any]:
    """The Connect fields to add to those that the game has given, which come first."""
    if not has_eyes or given.get("connection_type") not in (None, "video"):
        return {}
    return {name: value for name, value in _FIELDS.items() if name not in given}
