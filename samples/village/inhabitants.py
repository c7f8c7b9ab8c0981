"""A villager who lives: a body with a day of its own, and the character that speaks through it. Main thread only."""

from __future__ import annotations

import math

from panda3d.core import LPoint3

from convai_panda import Character, Ring, Step
from samples.village.player import Player
from samples.village.scenery import Village
from samples.village.sheets import Sheet
from samples.village.villagers import Villager
from samples.village.walking import Walker

_AT = 0.25  # m from a place: there
_NEAR = 6.0  # m: the player is looked at
_WAVES = 5.0  # m: who comes as near as this is waved at once


class Inhabitant:
    """``character`` is None until the game has tied one to ``body``."""

    def __init__(self, sheet: Sheet, body: Villager, village: Village) -> None:
        self.sheet = sheet
        self.body = body
        self.character: Character
        self.walker = Walker(village)
        self._village = village
        self._stay = 0
        self._left = sheet.day[0].seconds if sheet.day else math.inf
        self._was = LPoint3(body.node.get_pos())
        self._has_waved = False

    def take(self, sheet: Sheet) -> None:
        """Live by a sheet that was saved anew."""
        self.sheet = sheet
        self._stay, self._left = 0, sheet.day[0].seconds if sheet.day else math.inf
        self.walker.stop(self.body.node)

    def update(self, player: Player, dt: float) -> None:
        """Live by one frame."""
        ring = self.character.ring
        distance = (player.node.get_pos() - self.body.node.get_pos()).length()
        is_met = ring in (Ring.TALK, Ring.APPROACH) or distance < _NEAR
        self.body.look_at(player.head if is_met else None)
        if self.character.actions.current is None:
            if is_met:
                self._meet(player, distance, dt)
            else:
                self._has_waved = self._has_waved and distance < 3 * _NEAR
                self._follow_the_day(dt)
        self._move(dt)
        self.body.talking = self.character.is_speaking
        self.body.update(dt)

    def _meet(self, player: Player, distance: float, dt: float) -> None:
        """Stand, and turn to whoever has come."""
        if distance < _WAVES:
            self.walker.turn(self.body.node, player.node.get_pos(), seconds=dt * 0.7)
            if not self._has_waved:
                self._has_waved = True
                self.body.wave()

    def _follow_the_day(self, dt: float) -> None:
        """Be where the sheet wants it, or on the way there."""
        day = self.sheet.day
        at, heading = self._village.spots[day[self._stay].place if day else self.sheet.place]
        if (self.body.node.get_pos() - at).length() > _AT:
            if self.walker.step(self.body.node, at, near=_AT, seconds=dt) is not Step.BLOCKED:
                return
            self._left = 0.0  # there is no way just now: on to the next place
        away = math.radians(heading)
        front = at + LPoint3(-math.sin(away), math.cos(away), 0) * 3.0
        self.walker.turn(self.body.node, front, seconds=dt * 0.5)
        self._left -= dt
        if self._left < 0.0 and day:
            self._stay = (self._stay + 1) % len(day)
            self._left = day[self._stay].seconds

    def _move(self, dt: float) -> None:
        """Let the legs follow, whoever moved the body."""
        here = LPoint3(self.body.node.get_pos())
        self.body.walk((here - self._was).length() / dt if dt > 0.0 else 0.0)
        self._was = here
