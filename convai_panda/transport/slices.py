"""Pictures on the pipe to the rooms' process: in slices, so that voices pass between them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ConfigurationError
from ..picture import Picture
from .frames import PictureSlice

SLICE_BYTES = 24 << 10  # the player's voice waits for no more than this, half a millisecond of pipe


def slices(room: int, track: str, picture: Picture) -> Iterator[PictureSlice]:
    """The picture, piece by piece."""
    data = memoryview(picture.bgra)
    for at in range(0, len(data), SLICE_BYTES):
        yield PictureSlice(room, track, picture.width, picture.height, at, bytes(data[at : at + SLICE_BYTES]))


class Assembly:
    """One room's pictures, put together again."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, part: PictureSlice) -> Picture | None:
        """The picture, with its last slice. One of which a slice is missing is none."""
        if part.offset == 0:
            self._data.clear()
        if part.offset != len(self._data):
            return None
        self._data += part.data
        if len(self._data) < part.width * part.height * 4:
            return None
        try:
            return Picture(part.width, part.height, bytes(self._data))
        except ConfigurationError:
            return None
