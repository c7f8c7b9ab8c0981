"""Other sound of the game goes down while a character speaks, and comes back exactly as it was. Main thread only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panda3d.core import AudioManager


class Ducking:
    """Lowers audio managers (``base.musicManager``, …) while any character speaks.

    ``depth`` is the share of their volume that is left, ``attack`` and ``release`` the seconds of going down and
    coming back. A volume that the game sets meanwhile is respected. Raises ValueError for what cannot be.
    """

    def __init__(
        self,
        managers: Iterable[AudioManager],
        *,
        depth: float = 0.35,
        attack: float = 0.15,
        release: float = 0.6,
    ) -> None:
        if not 0.0 <= depth <= 1.0 or attack < 0.0 or release < 0.0:
            raise ValueError(f"0 <= depth <= 1 and no negative time must hold, got {depth}, {attack}, {release}.")
        self._voices = [_Ducked(manager) for manager in managers]
        self._depth = depth
        self._attack = attack
        self._release = release
        self._share = 1.0
        self._last: float | None = None

    def update(self, now: float, *, is_speaking: bool) -> None:
        """Take one step; ``now`` in seconds of game time."""
        elapsed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        time = self._attack if is_speaking else self._release
        step = (1.0 - self._depth) * (elapsed / time if time else 1.0)
        target = self._depth if is_speaking else 1.0
        share = max(target, self._share - step) if is_speaking else min(target, self._share + step)
        if share == self._share and share == 1.0:
            return
        self._share = share
        for voice in self._voices:
            voice.set_share(share)

    def restore(self) -> None:
        """Put every volume back at once."""
        self._share = 1.0
        for voice in self._voices:
            voice.set_share(1.0)


class _Ducked:
    def __init__(self, manager: AudioManager) -> None:
        self._manager = manager
        self._whole: float | None = None  # the volume that the game wants; None: not ducked
        self._ours = 0.0

    def set_share(self, share: float) -> None:
        now = self._manager.get_volume()
        if self._whole is None or now != self._ours:
            self._whole = now  # ducking begins, or the game has set it meanwhile
        if share == 1.0:
            self._manager.set_volume(self._whole)
            self._whole = None
            return
        self._manager.set_volume(self._whole * share)
        self._ours = self._manager.get_volume()  # as the engine rounds it
