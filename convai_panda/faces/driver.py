"""The seam to a model's face: what it can show, and a list of numbers each frame."""

from collections.abc import Sequence
from typing import Protocol


class FaceDriver(Protocol):
    """Puts shapes onto one model. ``Convai.add_character(face=…)`` takes one. Main thread only."""

    @property
    def channels(self) -> tuple[str, ...]:
        """What the model can show, out of ``convai_panda.faces.CHANNELS``; one may be named twice."""

    def show(self, values: Sequence[float]) -> None:
        """Show one value for each channel, in their order: 0 at rest, 1 in full."""

    def close(self) -> None:
        """Leave the model as it was."""
