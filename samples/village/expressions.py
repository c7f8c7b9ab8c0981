"""A villager's face as convai_panda moves it: mouth shapes in step with the voice, and moods. Main thread only."""

from __future__ import annotations

from collections.abc import Sequence

from samples.village.villagers import Villager

_FRIENDLY = 0.12  # of a smile: nobody here looks grim at rest


class VillagerFace:
    """A FaceDriver; ``Convai.add_character(face=…)`` takes it."""

    channels: tuple[str, ...] = (
        "open", "wide", "round", "press", "smile", "frown", "blink", "squint", "wide_eyes", "brows_up", "brows_down",
        "brows_worried",
    )  # fmt: skip

    def __init__(self, body: Villager) -> None:
        self._body = body

    def show(self, values: Sequence[float]) -> None:
        """Show one value for each channel."""
        opened, wide, rounded, press, smile, frown, blink, squint, wide_eyes, up, down, worried = values
        body = self._body
        body.set_mouth(opened * (1.0 - 0.8 * min(1.0, press)), wide - rounded)
        body.set_smile(_FRIENDLY + smile - frown)
        body.set_blink(max(blink, 0.45 * squint))
        body.set_brows(up + 0.5 * worried + 0.4 * wide_eyes - 0.3 * down, down + 0.35 * worried)

    def close(self) -> None:
        """A face at rest."""
        self.show([0.0] * len(self.channels))
