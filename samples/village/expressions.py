"""What ties a character's face to a villager's: a driver, as every kind of model can have one. Main thread only.

The villagers have no morph targets: their mouths are rebuilt, their lids and brows are nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

from samples.village.villagers import Villager


class VillagerFace:
    """Moves one villager's face: a ``convai_panda.faces.FaceDriver``."""

    channels: tuple[str, ...] = (
        "open",
        "wide",
        "round",
        "smile",
        "frown",
        "blink",
        "squint",
        "wide_eyes",
        "brows_up",
        "brows_down",
    )

    def __init__(self, body: Villager) -> None:
        self._body = body

    def show(self, values: Sequence[float]) -> None:
        """Show one value for each channel."""
        openness, wide, rounded, smile, frown, blink, squint, wide_eyes, brows_up, brows_down = values
        self._body.set_mouth(1.5 * openness, wide - rounded)
        self._body.set_smile(0.25 + smile - frown)
        self._body.set_blink(max(blink, 0.5 * squint) - 0.2 * wide_eyes)
        self._body.set_brows(brows_up + 0.3 * wide_eyes - 0.5 * brows_down, brows_down)
        self._body.express()

    def close(self) -> None:
        """Leave the villager with a straight face."""
        self.show([0.0] * len(self.channels))
