"""One picture of a camera, on its way to a character. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import ConfigurationError

_PIXEL = 4  # bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """``width`` times ``height`` pixels of blue, green, red and alpha, a byte each; the lowest row first, as in OpenGL.

    Raises ConfigurationError for another number of bytes.
    """

    width: int
    height: int
    bgra: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.bgra) != self.width * self.height * _PIXEL:
            raise ConfigurationError(
                f"A picture of {self.width} by {self.height} has {self.width * self.height * _PIXEL} bytes of BGRA, "
                f"not {len(self.bgra)}."
            )

    def turned(self) -> bytes:
        """The same bytes with the highest row first, as video has it."""
        row, rows = self.width * _PIXEL, memoryview(self.bgra)
        return b"".join(rows[at : at + row] for at in range(len(self.bgra) - row, -1, -row))
