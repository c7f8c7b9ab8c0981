"""People: a body of named nodes built from a Look, and the Villager that makes it breathe, look and speak.

Main thread only. A villager is driven from outside (mouth, brows, smile, where to look, walking) and
adds by itself what nobody should have to think of: breath, sway, blinks and eased movement.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
from panda3d.core import ColorBlendAttrib, GeomNode, LPoint3, NodePath

from samples.village import body, face, hair, shaders
from samples.village.geometry import Mesh
from samples.village.light import CASTS_SHADOW, STILL_SHADOW
from samples.village.looks import LOOKS, TRAVELLER, Beard, Hair, Hat, Look, Outfit
from samples.village.mouth import Lips, Mouth
from samples.village.scenery import load_asset
from samples.village.shapes import surface

__all__ = ["LOOKS", "Beard", "Hair", "Hat", "Look", "Outfit", "Villager", "build_villager"]

_YAW_LIMIT, _PITCH_LIMIT = 60.0, 28.0  # degrees a neck turns; the eyes do the rest
_EYE_LIMIT = 22.0
_FACE = ("Jaw", "Mouth", "BrowL", "BrowR", "LidL", "LidR", "EyeL", "EyeR")
_LIMBS = ("Torso", "ArmL", "ArmR", "ForearmL", "ForearmR", "LegL", "LegR")
_FOREARM = 0.26  # m from the elbow to the palm


def build_villager(look: Look) -> NodePath:
    """Return a person's body, from the baked asset if there is one, else built here."""
    baked = load_asset(f"villager-{look.name}") if look in (*LOOKS.values(), TRAVELLER) else None
    return make_villager(look) if baked is None else baked.get_child(0)


def make_villager(look: Look) -> NodePath:
    """Build a person's body from code."""
    root = NodePath(f"villager-{look.name}")
    frame = root.attach_new_node("Body")
    frame.set_scale(look.height)
    frame.attach_new_node(body.torso(look).node("Torso"))
    for side, letter in ((-1, "L"), (1, "R")):
        leg = frame.attach_new_node(body.leg(look).node(f"Leg{letter}"))
        leg.set_pos(side * body.HIP_AT[0] * look.width, body.HIP_AT[1], body.HIP_AT[2])
        arm = frame.attach_new_node(body.upper_arm(look).node(f"Arm{letter}"))
        arm.set_pos(side * body.SHOULDER_AT[0] * look.width, body.SHOULDER_AT[1], body.SHOULDER_AT[2])
        fore = arm.attach_new_node(body.forearm(side, look).node(f"Forearm{letter}"))
        fore.set_pos(0, 0, -body.ELBOW_DROP)
    _head(frame, look)
    root.attach_new_node(_shade().node("Shade"))
    return root


def _shade() -> Mesh:
    """Return the patch that grounds a person: dark in the middle, nothing at the rim."""
    mesh = Mesh()
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    radius = np.array([0.0, 0.16, 0.30, 0.46])[:, None]
    tone = np.array([0.50, 0.58, 0.80, 1.0])[:, None, None]
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn), np.full((4, 20), 0.062)], -1)
    surface(mesh, points[::-1], np.broadcast_to(tone, (4, 20, 3))[::-1], closed=True)
    return mesh


def _head(frame: NodePath, look: Look) -> None:
    still = face.skull(look)
    for more in (hair.hair(look), hair.moustache(look), hair.hat(look)):
        still.append(more)
    head = frame.attach_new_node(still.node("Head"))
    head.set_pos(*body.HEAD_AT)
    head.attach_new_node(face.chin(look).append(hair.beard(look)).node("Jaw"))
    head.attach_new_node(Mouth(look).node("Mouth"))
    for side, letter in ((-1, "L"), (1, "R")):
        brow, middle = face.brow(side, look)
        head.attach_new_node(brow.node(f"Brow{letter}")).set_pos(*middle)
        for part, name in ((face.lid(look), "Lid"), (face.iris(look), "Eye")):
            head.attach_new_node(part.node(f"{name}{letter}")).set_pos(*face.eye_center(side, look))


def _ease(dt: float, rate: float) -> float:
    return 1.0 - math.exp(-dt * rate)


class Villager:
    """A living person: set what they feel and say, call `update(dt)` each frame."""

    def __init__(self, look: Look, *, seed: int | None = None) -> None:
        self.look = look
        self.node = build_villager(look)
        self.head = self.node.find("**/Head")
        self.talking = False  # the hands help while this is set
        self._random = random.Random(look.name if seed is None else seed)
        self._body = self.node.find("Body")
        self._parts = {name: self.node.find(f"**/{name}") for name in (*_FACE, *_LIMBS)}
        for name in _FACE:
            self._parts[name].hide(CASTS_SHADOW)
        self.node.hide(STILL_SHADOW)
        shade = self.node.find("Shade")
        shade.hide(CASTS_SHADOW)
        shade.set_shader(shaders.shade())
        shade.set_attrib(
            ColorBlendAttrib.make(ColorBlendAttrib.M_add, ColorBlendAttrib.O_fbuffer_color, ColorBlendAttrib.O_zero)
        )
        shade.set_depth_write(False)
        shade.set_bin("fixed", 5)
        self._hand = self._parts["ForearmR"].attach_new_node("Hand")
        self._hand.set_pos(0, 0.02, -_FOREARM)
        self._brow_rest = {name: self._parts[name].get_pos() for name in ("BrowL", "BrowR")}
        self._mouth = Mouth(look)
        self._lips = self._shown = Lips()
        self._blink = self._own_blink = 0.0
        self._next_blink = self._random.uniform(0.5, 3.0)
        self._goal: LPoint3 | NodePath | None = None
        self._yaw = self._pitch = self._eye_yaw = self._eye_pitch = 0.0
        self._glance = (0.0, 0.0)
        self._next_glance = 0.0
        self._time = self._random.uniform(0, 20)
        self._step = self._speed = self._pace = 0.0
        self._raise = self._frown = self._worry = 0.0
        self._wave = 0.0
        self._beat = 0.0
        self.set_brows()
        self.update(0.0)

    # What others set -------------------------------------------------------------------------

    def set_mouth(self, openness: float, width: float = 0.0) -> None:
        """Open the mouth (0 shut … 1) and spread it (-1 pursed … 1 wide)."""
        self._lips = replace(self._lips, openness=min(1.0, max(0.0, openness)), width=min(1.0, max(-1.0, width)))

    def set_lips(self, press: float = 0.0, bite: float = 0.0, tongue: float = 0.0) -> None:
        """Press the lips together, lay the teeth on the lower one, lift the tongue (0 … 1 each)."""
        press, bite, tongue = (min(1.0, max(0.0, amount)) for amount in (press, bite, tongue))
        self._lips = replace(self._lips, press=press, bite=bite, tongue=tongue)

    def set_smile(self, amount: float) -> None:
        """Smile (up to 1) or let the corners of the mouth fall (down to -1)."""
        self._lips = replace(self._lips, smile=min(1.0, max(-1.0, amount)))

    def set_blink(self, closed: float) -> None:
        """Close the lids, 0 open … 1 shut, -1 wide open; natural blinks go on over it."""
        self._blink = min(1.0, max(-1.0, closed))

    def set_brows(self, lift: float = 0.0, frown: float = 0.0, worry: float = 0.0) -> None:
        """Raise the brows (-1 … 1), knit them (0 … 1), and lift their inner ends (0 … 1)."""
        self._raise, self._frown = min(1.0, max(-1.0, lift)), min(1.0, max(0.0, frown))
        self._worry = min(1.0, max(0.0, worry))

    def look_at(self, goal: LPoint3 | NodePath | None) -> None:
        """Look at a point of the world or at a node, as far as the neck goes; None looks around idly."""
        self._goal = goal

    def walk(self, speed: float) -> None:
        """Move the legs for a speed in m/s; 0 stands."""
        self._speed = speed

    def wave(self, seconds: float = 1.8) -> None:
        """Wave with the right hand."""
        self._wave = seconds

    @property
    def hand(self) -> NodePath:
        """What holds things."""
        return self._hand

    @property
    def openness(self) -> float:
        """How far the mouth is open, 0 to 1."""
        return self._lips.openness

    @property
    def blinking(self) -> bool:
        """Whether the lids are moving by themselves just now."""
        return self._own_blink > 0

    # What happens by itself ------------------------------------------------------------------

    def update(self, dt: float) -> None:
        """Move by one frame."""
        self._time += dt
        self._move_lids(dt)
        self._move_head(dt)
        self._move_limbs(dt)
        self.express()

    def express(self) -> None:
        """Put mouth and brows where they were set to."""
        self._show_mouth()
        for name, side in (("BrowL", -1), ("BrowR", 1)):
            rest = self._brow_rest[name]
            lift = 0.016 * self._raise - 0.008 * self._frown + 0.003 * self._worry
            self._parts[name].set_pos(rest.x - side * 0.009 * self._frown, rest.y + 0.003 * self._frown, rest.z + lift)
            # The inner end goes down in a frown and up in a wondering look.
            self._parts[name].set_r(side * (4 - 19 * self._frown + 5 * max(0.0, self._raise) + 17 * self._worry))

    def _show_mouth(self) -> None:
        lips = self._lips
        if lips == self._shown:
            return
        self._shown = lips
        self._parts["Jaw"].set_pos(0, -0.004 * lips.openness, -0.016 * lips.openness)
        node = self._parts["Mouth"].node()
        assert isinstance(node, GeomNode)
        node.modify_geom(0).modify_vertex_data().modify_array_handle(0).copy_data_from(self._mouth.vertices(lips))

    def _move_lids(self, dt: float) -> None:
        self._next_blink -= dt
        if self._next_blink < 0:
            again = self._random.random() < 0.15
            self._next_blink = 0.28 if again else self._random.uniform(2.2, 5.5)
            self._own_blink = 1.0
        self._own_blink = max(0.0, self._own_blink - dt / 0.17)
        natural = math.sin(math.pi * min(1.0, self._own_blink)) if self._own_blink > 0 else 0.0
        smile = max(0.0, self._lips.smile)
        shut = max(natural, self._blink)
        wide = max(0.0, -self._blink) * (1 - natural)
        shut = max(0.0, shut)
        # Lids follow the gaze, and a raised brow opens the eye a little.
        follow = 0.75 * self._eye_pitch + 5 * self._raise - 5 * self._frown - 4 * smile
        pitch = (follow + 13 * wide) * (1 - shut) - face.LID_SHUT * shut
        for name in ("LidL", "LidR"):
            self._parts[name].set_p(pitch)

    def _move_head(self, dt: float) -> None:
        yaw = pitch = 0.0
        if self._goal is not None:
            yaw, pitch = self._aim(self._goal)
        else:
            self._next_glance -= dt
            if self._next_glance < 0:
                self._next_glance = self._random.uniform(1.8, 5.0)
                self._glance = (self._random.gauss(0, 14), self._random.gauss(-1, 3))
            yaw, pitch = self._glance
        neck_yaw = max(-_YAW_LIMIT, min(_YAW_LIMIT, yaw * 0.86))
        neck_pitch = max(-_PITCH_LIMIT, min(_PITCH_LIMIT, pitch * 0.7))
        slow, fast = _ease(dt, 4.5), _ease(dt, 16.0)
        self._yaw += (neck_yaw - self._yaw) * slow
        self._pitch += (neck_pitch - self._pitch) * slow
        eye_yaw = max(-_EYE_LIMIT, min(_EYE_LIMIT, yaw - self._yaw))
        eye_pitch = max(-14.0, min(14.0, pitch - self._pitch))
        self._eye_yaw += (eye_yaw - self._eye_yaw) * fast
        self._eye_pitch += (eye_pitch - self._eye_pitch) * fast
        t = self._time
        nod = 2.0 * math.sin(t * 5.3) * self._beat * math.sin(t * 1.1)
        self.head.set_hpr(self._yaw, self._pitch + 0.8 * math.sin(t * 0.9) + nod, 1.2 * math.sin(t * 0.53))
        for name in ("EyeL", "EyeR"):
            self._parts[name].set_hpr(self._eye_yaw, self._eye_pitch, 0)

    def _aim(self, goal: LPoint3 | NodePath) -> tuple[float, float]:
        world = self.node.get_top()
        at = goal.get_pos(world) if isinstance(goal, NodePath) else goal
        way = self._body.get_relative_point(world, at) - self.head.get_pos()
        flat = math.hypot(way.x, way.y)
        if flat < 0.05:
            return 0.0, 0.0
        return math.degrees(math.atan2(-way.x, way.y)), math.degrees(math.atan2(way.z, flat))

    def _move_limbs(self, dt: float) -> None:
        t, part = self._time, self._parts
        self._pace += (self._speed - self._pace) * _ease(dt, 9.0)
        pace = min(1.0, self._pace / 1.6)
        self._step += dt * (2.6 + 2.2 * self._pace) * (pace > 0.02)
        swing = math.sin(self._step) * pace
        part["LegL"].set_p(32 * swing)
        part["LegR"].set_p(-32 * swing)
        breath = math.sin(t * 1.6)
        self._body.set_pos(0, 0, 0.028 * abs(math.cos(self._step)) * pace - 0.014 * pace)
        self._body.set_hpr(1.2 * math.sin(t * 0.41), -2.5 * pace, 0.9 * math.sin(t * 0.47) * (1 - pace))
        part["Torso"].set_scale(1 + 0.006 * breath, 1 + 0.012 * breath, 1 + 0.003 * breath)
        self._beat += ((1.0 if self.talking else 0.0) - self._beat) * _ease(dt, 5.0)
        self._wave = max(0.0, self._wave - dt)
        up = min(1.0, self._wave * 3)
        for side, arm, fore in ((-1, "ArmL", "ForearmL"), (1, "ArmR", "ForearmR")):
            beat = self._beat * (0.55 + 0.45 * math.sin(t * (2.1 + 0.3 * side) + side))
            lift = 24 * beat - 32 * side * -swing * 0.8 + 2 * breath
            bend = 14 + 52 * beat + 12 * pace + 2 * math.sin(t * 0.8 + side)
            spread = 9.0 + 1.2 * breath + 5 * beat
            if side > 0 and up > 0:
                lift, spread = lift * (1 - up) + 20 * up, spread * (1 - up) + 118 * up
                bend = bend * (1 - up) + (38 + 26 * math.sin(t * 9)) * up
            part[arm].set_hpr(0, lift, -side * spread)
            part[fore].set_hpr(side * 14 * (1 - up), bend * (1 - up), -side * bend * up)
