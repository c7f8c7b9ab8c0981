"""What ties a character's face to a villager's: a driver, as every kind of model can have one. Main thread only.

The villagers have no morph targets: their mouths are rebuilt, their lids and brows are nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

from samples.village.villagers import Villager

_REST = 0.15  # of a smile: what a friendly face has at rest


class VillagerFace:
    """Moves one villager's face: a ``convai_panda.faces.FaceDriver``."""

    channels: tuple[str, ...] = (
        "open", "wide", "round", "press", "bite", "TongueOut", "MouthLowerDownLeft", "smile", "frown", "blink",
        "squint", "wide_eyes", "brows_up", "brows_down", "brows_worried",
    )  # fmt: skip

    def __init__(self, body: Villager) -> None:
        self._body = body

    def show(self, values: Sequence[float]) -> None:
        """Show one value for each channel."""
        openness, wide, rounded, press, bite, tongue, bared, smile, frown, *eyes = values
        blink, squint, wide_eyes, up, down, worried = eyes
        body = self._body
        shut = min(1.0, press + 0.6 * bite)
        body.set_mouth((1.35 * openness + 0.25 * bared) * (1.0 - 0.9 * shut), 1.3 * wide - 1.1 * rounded)
        body.set_lips(press, 1.3 * bite, 2.0 * tongue)
        body.set_smile(_REST + 1.2 * smile - 1.4 * frown)
        body.set_blink(blink + 0.3 * squint if blink > wide_eyes else -wide_eyes)
        body.set_brows(up - 0.4 * down, down, worried)
        body.express()

    def close(self) -> None:
        """Leave the villager with a straight face."""
        self.show([0.0] * len(self.channels))
