"""What ties a character's face to a villager's: a driver, as every kind of model can have one. Main thread only.

The villagers have no morph targets: their mouths are rebuilt, their lids and brows are nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

from samples.village.villagers import Villager


class VillagerFace:
    """Moves one villager's face: a ``convai_panda.faces.FaceDriver``."""

    channels: tuple[str, ...] = (
        "open", "wide", "round", "press", "smile", "frown", "blink", "squint", "wide_eyes", "brows_up", "brows_down",
        "brows_worried",
    )  # fmt: skip

    def __init__(self, body: Villager) -> None:
        self._body = body

    def show(self, values: Sequence[float]) -> None:
        """Show one value for each channel."""
        openness, wide, rounded, press, smile, frown, blink, squint, wide_eyes, up, down, worried = values
        body = self._body
        body.set_mouth(1.5 * openness * (1.0 - 0.8 * min(1.0, press)), wide - rounded)
        body.set_smile(0.25 + smile - frown)
        body.set_blink(max(blink, 0.5 * squint) - 0.2 * wide_eyes)
        body.set_brows(up + 0.5 * worried + 0.3 * wide_eyes - 0.5 * down, down + 0.35 * worried)
        body.express()

    def close(self) -> None:
        """Leave the villager with a straight face."""
        self.show([0.0] * len(self.channels))
