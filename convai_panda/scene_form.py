"""How a service wants the list of what is in a scene: as an object that holds it, or bare. Pure.

Convai's pages show the object, its Unity and Unreal plugins send the bare list. What a service refuses in the one form
it is told in the other, and from then on in that.
"""

from __future__ import annotations

from .protocol.client import ClientMessage, UpdateSceneMetadata


class SceneForm:
    """One session's."""

    def __init__(self) -> None:
        self._is_bare = False
        self._is_tried = False  # the other form, for what was refused in this one

    def shape(self, message: ClientMessage) -> ClientMessage:
        """The message in the form that the service is known to take."""
        return message.in_form(is_bare=self._is_bare) if isinstance(message, UpdateSceneMetadata) else message

    def refused(self, message: ClientMessage) -> ClientMessage | None:
        """What to say instead; None where both forms were refused, or it is about something else."""
        if not isinstance(message, UpdateSceneMetadata):
            return None
        self._is_bare = not self._is_bare
        self._is_tried = not self._is_tried
        return message if self._is_tried else None
