"""The player: walks with keys, gamepad or to a given place, slides along what is in the way, and is filmed.

Main thread only. Keys arrive as messenger events, so a script can press them with `messenger.send("w")`.
"""

from __future__ import annotations

import math

import numpy as np
from direct.showbase.DirectObject import DirectObject
from direct.showbase.ShowBase import ShowBase
from panda3d.core import BitMask32, LPoint3, NodePath

from samples.village import plan
from samples.village.gamepad import Gamepad
from samples.village.looks import TRAVELLER, Look
from samples.village.scenery import Village
from samples.village.villagers import Villager

_RADIUS = 0.32  # m, of the body
_WALK, _RUN = 2.6, 4.6  # m/s
_ARM = 3.7  # m from the head to the camera
_EYES = BitMask32.bit(0)  # what the player's camera draws
_SHOULDER = 0.85  # m to the right, so that one sees whom one talks to
_AHEAD = {"w": (0, 1), "arrow_up": (0, 1), "s": (0, -1), "arrow_down": (0, -1), "a": (-1, 0), "d": (1, 0)}
_TURN = {"arrow_left": 1.0, "arrow_right": -1.0}


class Player(DirectObject):
    """The one who walks: `typing` blocks the keys while words are written."""

    def __init__(self, base: ShowBase, village: Village, *, look: Look = TRAVELLER, pad: Gamepad | None = None) -> None:
        super().__init__()
        self._base, self._village = base, village
        self._figure = Villager(look)
        self.node: NodePath = self._figure.node
        self.head: NodePath = self._figure.head
        self.node.reparent_to(village.node)
        at, heading = village.spots["start"]
        self.node.set_pos_hpr(at, (heading, 0, 0))
        self.typing = False
        self.running = False
        self.sensitivity = 1.0  # of mouse and stick
        self._is_first_person = False
        self._pad = pad or Gamepad(base)
        if base.camNode is not None:
            base.camNode.set_camera_mask(_EYES)
        self.yaw = heading  # where the camera looks
        self.pitch = -9.0
        self._held: set[str] = set()
        self._goal: tuple[float, float] | None = None
        self._aside = self._stuck = 0.0
        self._speed = 0.0
        self._arm = _ARM
        self._mouse: tuple[float, float] | None = None
        self._look_button = False
        for key in (*_AHEAD, *_TURN):
            for held in (key, f"shift-{key}"):
                self.accept(held, self._held.add, [key])
            self.accept(f"{key}-up", self._held.discard, [key])
        for event, what in (("shift", self._set_running), ("mouse3", self._set_look_button)):
            self.accept(event, what, [True])
            self.accept(f"{event}-up", what, [False])
        self._place_camera(0.0)

    @property
    def is_first_person(self) -> bool:
        """Whether the camera is in the head; settable."""
        return self._is_first_person

    @is_first_person.setter
    def is_first_person(self, is_first_person: bool) -> None:
        self._is_first_person = is_first_person
        if is_first_person:
            self.node.hide(_EYES)  # the shadow stays
        else:
            self.node.show(_EYES)

    @property
    def figure(self) -> Villager:
        """The body: its mouth moves when the player speaks."""
        return self._figure

    @property
    def arrived(self) -> bool:
        """Whether the player stands where `walk_to` sent them."""
        return self._goal is None

    def walk_to(self, x: float, y: float) -> None:
        """Walk to a place on the ground, around small things; `update` does the steps."""
        self._goal = (x, y)
        self._aside = self._stuck = 0.0

    def stop(self) -> None:
        """Stand still."""
        self._goal = None
        self._held.clear()

    def face(self, x: float, y: float) -> None:
        """Turn body and camera to a place."""
        heading = math.degrees(math.atan2(-(x - self.node.get_x()), y - self.node.get_y()))
        self.node.set_h(heading)
        self.yaw = heading

    def update(self, dt: float) -> None:
        """Move by one frame."""
        way = self._wanted(dt)
        speed = math.hypot(*way)
        ease = 1 - math.exp(-dt * 10)
        self._speed += (speed - self._speed) * ease
        if speed > 0.01:
            self._step(way, speed, dt)
        self._figure.walk(self._speed)
        self._figure.update(dt)
        self._turn_camera(dt)
        self._place_camera(dt)

    def destroy(self) -> None:
        """Stop listening to keys and remove the body."""
        self.ignore_all()
        self._pad.destroy()
        self.node.remove_node()

    def _set_running(self, running: bool) -> None:
        self.running = running

    def _set_look_button(self, held: bool) -> None:
        self._look_button, self._mouse = held, None

    def _wanted(self, dt: float) -> tuple[float, float]:
        """Return the velocity that keys or goal ask for."""
        pace = _RUN if self.running else _WALK
        if self._goal is not None:
            dx, dy = self._goal[0] - self.node.get_x(), self._goal[1] - self.node.get_y()
            far = math.hypot(dx, dy)
            if far < 0.12:
                self._goal = None
                return 0.0, 0.0
            pace = min(pace, far / max(dt, 1e-3))
            turn = math.radians(self._aside)
            dx, dy = dx * math.cos(turn) - dy * math.sin(turn), dx * math.sin(turn) + dy * math.cos(turn)
            return dx / far * pace, dy / far * pace
        if self.typing:
            self._held.clear()
        x = sum(_AHEAD[key][0] for key in self._held if key in _AHEAD)
        y = sum(_AHEAD[key][1] for key in self._held if key in _AHEAD)
        length = math.hypot(x, y)
        if not length and not self.typing:
            x, y = self._pad.walk
            pace *= min(1.0, math.hypot(x, y))
            length = math.hypot(x, y)
        if not length:
            return 0.0, 0.0
        c, s = math.cos(math.radians(self.yaw)), math.sin(math.radians(self.yaw))
        return (x * c - y * s) / length * pace, (x * s + y * c) / length * pace

    def _step(self, way: tuple[float, float], speed: float, dt: float) -> None:
        x, y = self.node.get_x(), self.node.get_y()
        nx, ny = self._village.blocked(x + way[0] * dt, y + way[1] * dt, _RADIUS)
        self.node.set_pos(nx, ny, 0)
        target = math.degrees(math.atan2(-way[0], way[1]))
        turn = (target - self.node.get_h() + 180) % 360 - 180
        self.node.set_h(self.node.get_h() + turn * (1 - math.exp(-dt * 11)))
        if self._goal is None:
            return
        # Something in the way: swing to the side until the steps make progress again.
        if math.hypot(nx - x, ny - y) < 0.45 * speed * dt:
            self._stuck += dt
            if self._stuck > 0.12:
                self._stuck = 0.0
                self._aside = 55.0 if self._aside == 0 else -self._aside * 1.15
        elif self._aside:
            self._aside *= math.exp(-dt * 1.4)
            if abs(self._aside) < 4:
                self._aside = 0.0

    def _turn_camera(self, dt: float) -> None:
        for key in self._held & _TURN.keys():
            self.yaw += _TURN[key] * 110 * dt
        look = self._pad.look
        self.yaw -= look[0] * 150 * self.sensitivity * dt
        self.pitch = max(-40.0, min(25.0, self.pitch + look[1] * 80 * self.sensitivity * dt))
        watcher = self._base.mouseWatcherNode
        if self._look_button and watcher is not None and watcher.has_mouse():
            at = (watcher.get_mouse_x(), watcher.get_mouse_y())
            if self._mouse is not None:
                self.yaw -= (at[0] - self._mouse[0]) * 120 * self.sensitivity
                rise = (at[1] - self._mouse[1]) * 60 * self.sensitivity
                self.pitch = max(-40.0, min(25.0, self.pitch + rise))
            self._mouse = at
        elif self._speed > 0.5 and look == (0.0, 0.0) and not (self._is_first_person and self._goal is None):
            behind = (self.node.get_h() - self.yaw + 180) % 360 - 180
            if abs(behind) < 150:  # walking towards the camera does not swing it round
                self.yaw += behind * (1 - math.exp(-dt * 1.1))

    def _place_camera(self, dt: float) -> None:
        """Keep the camera behind the head, nearer when a house is in between."""
        camera = self._base.camera
        if camera is None:
            return
        head = self.node.get_pos() + LPoint3(0, 0, 1.65)
        if self._is_first_person:
            camera.set_pos(self._base.render, head)
            camera.set_hpr(self._base.render, self.yaw, self.pitch + 8.0, 0)
            return
        yaw, pitch = math.radians(self.yaw), math.radians(self.pitch)
        back = np.array([math.sin(yaw) * math.cos(pitch), -math.cos(yaw) * math.cos(pitch), -math.sin(pitch)])
        side = np.array([math.cos(yaw), math.sin(yaw), 0.0]) * _SHOULDER
        reach = np.linspace(0.4, _ARM, 15)[:, None]
        line = np.array([head.x, head.y, head.z]) + side + back * reach
        walls = plan.house_distance(line[:, 0], line[:, 1]) < 0.6
        hit = np.flatnonzero(walls & (line[:, 2] < 5.6))
        free = float(reach[max(0, hit[0] - 1), 0]) if len(hit) else _ARM
        # In at once, out slowly: a wall is never seen from within.
        self._arm = free if free < self._arm or dt == 0 else self._arm + (free - self._arm) * (1 - math.exp(-dt * 3))
        at = np.array([head.x, head.y, head.z]) + side + back * self._arm
        camera.set_pos(self._base.render, float(at[0]), float(at[1]), max(0.35, float(at[2])))
        camera.set_hpr(self._base.render, self.yaw, self.pitch + 2.0, 0)
