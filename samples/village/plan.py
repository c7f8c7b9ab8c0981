"""The village's plan: where houses, paths, water and people are, and what stands in a walker's way.

Pure numbers in metres; north is +y. Everything that has a place takes it from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from samples.village.geometry import Color, FloatArray, rgb

SQUARE_RADIUS = 7.4
EDGE_RADIUS = 29.0  # beyond it the wood is too thick
WELL_RADIUS = 1.45
POND_AT = (9.0, 17.0)
GATE_AT = (0.0, -20.0)
GATE_WIDTH = 2.6
STALL_AT, STALL_HEADING = (14.6, -1.0), -90.0
MILL_AT = (-31.0, 31.0)


@dataclass(frozen=True)
class House:
    """A house's place and make; its front looks along -y before it is turned."""

    x: float
    y: float
    heading: float
    width: float
    depth: float
    wall: float  # height of the walls
    roof: Color
    plaster: Color
    timber: Color
    sign: str = ""


_OAK, _TAR = rgb("#5f4029"), rgb("#43302a")
_TILE, _SLATE, _MOSS, _STRAW = rgb("#a8573a"), rgb("#5d6c80"), rgb("#6d7350"), rgb("#b58a4c")

HOUSES: tuple[House, ...] = (
    House(-14.2, 10.2, 54, 7.4, 5.6, 2.9, _TILE, rgb("#efe0c4"), _OAK, "bread"),
    House(-17.0, -5.4, 84, 5.6, 5.0, 2.7, _SLATE, rgb("#cfc2ae"), _TAR),
    House(-3.8, 21.0, 4, 7.0, 5.4, 2.8, _SLATE, rgb("#eadfcb"), _TAR),
    House(18.6, 23.0, -36, 6.2, 5.0, 2.6, _STRAW, rgb("#e8d2ab"), _OAK),
    House(21.0, 7.6, -74, 7.0, 5.4, 2.8, _TILE, rgb("#ecd9c6"), _TAR),
    House(15.6, -12.0, -128, 6.6, 5.2, 2.7, _MOSS, rgb("#e9dcc0"), _OAK, "mug"),
    House(-12.8, -15.4, 138, 6.4, 5.2, 2.7, _STRAW, rgb("#efe3cf"), _OAK),
    House(-24.0, 3.6, 92, 6.2, 5.2, 2.7, _MOSS, rgb("#e3d4ba"), _TAR),
    House(5.2, 28.6, -8, 6.6, 5.2, 2.8, _TILE, rgb("#eadcc4"), _OAK),
    House(25.2, -6.0, -94, 6.4, 5.2, 2.7, _SLATE, rgb("#e6d8c4"), _OAK),
)

# Where people stand, and which way they face (Panda's heading: 0 looks north, 180 south).
SPOTS: dict[str, tuple[float, float, float]] = {
    "well": (2.3, -2.4, 168.0),
    "forge": (-10.2, -4.8, -100.0),
    "bakery": (-9.4, 6.8, -136.0),
    "market": (12.7, -2.6, 82.0),
    "pond": (4.6, 13.4, 172.0),
    "gate": (2.7, -17.2, 20.0),
    "start": (-2.0, -9.4, -6.0),
}

PATHS: tuple[tuple[float, tuple[tuple[float, float], ...]], ...] = (
    (1.5, ((0, -6), (0.5, -12), (0, -18), (0, -24), (1.5, -34), (-2, -48))),
    (1.2, ((-5, 3), (-8.5, 6.2), (-11.5, 8.2))),
    (1.2, ((-6, -2), (-10, -4.6), (-14, -5.2))),
    (1.3, ((6, -1), (11, -2), (14, -2.4))),
    (1.1, ((2, 6), (3.2, 10), (4.2, 13), (2.6, 16.5), (-2.6, 17.8))),
    (0.9, ((11, -1), (15.5, 3.5), (18, 6.5))),
    (0.9, ((4, -5), (9, -8.5), (13, -10))),
    (0.9, ((-4, -6), (-8, -11), (-10.6, -13))),
    (0.9, ((4.2, 13), (3.6, 19), (4.6, 25))),
    (0.8, ((-14, -5), (-19, -1), (-21, 3))),
)


def pond_edge(angle: FloatArray) -> FloatArray:
    """Return the pond's radius by direction (radians)."""
    return 3.9 + 0.5 * np.cos(2 * angle + 0.6) + 0.28 * np.cos(3 * angle - 1.1) + 0.12 * np.cos(7 * angle)


def path_distance(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the distance beyond the edge of the nearest path or the square; negative inside."""
    best = np.hypot(x, y) - SQUARE_RADIUS - 0.4
    for half, points in PATHS:
        for (ax, ay), (bx, by) in pairwise(points):
            dx, dy = bx - ax, by - ay
            t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
            best = np.minimum(best, np.hypot(x - ax - t * dx, y - ay - t * dy) - half)
    return np.asarray(best)


def pond_distance(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the distance outside the pond; negative in the water."""
    dx, dy = x - POND_AT[0], y - POND_AT[1]
    return np.asarray(np.hypot(dx, dy) - pond_edge(np.arctan2(dy, dx)))


_TURNED = [(math.cos(math.radians(h.heading)), math.sin(math.radians(h.heading))) for h in HOUSES]
_BOXES = np.array([(h.x, h.y, c, s, h.width / 2, h.depth / 2) for h, (c, s) in zip(HOUSES, _TURNED, strict=True)]).T


def house_distance(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the distance to the nearest house's wall; zero inside."""
    at_x, at_y, c, s, half_width, half_depth = _BOXES
    dx, dy = np.asarray(x)[..., None] - at_x, np.asarray(y)[..., None] - at_y
    lx, ly = np.abs(dx * c + dy * s) - half_width, np.abs(dy * c - dx * s) - half_depth
    return np.asarray(np.hypot(np.maximum(lx, 0), np.maximum(ly, 0)).min(axis=-1))


def height(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the ground's height: level where people walk, hills beyond the wood."""
    far = np.hypot(x, y)
    angle = np.arctan2(y, x)
    rise = np.clip((far - 31) / 60, 0, 1)
    waves = 7.5 + 4.0 * np.sin(3 * angle + 0.8) + 2.4 * np.sin(5 * angle - 1.9) + 1.2 * np.sin(11 * angle)
    return np.asarray(rise * rise * (3 - 2 * rise) * np.maximum(waves, 1.5))


@dataclass(frozen=True)
class Obstacle:
    """A box (turned by `heading`) or, with no half sizes, a circle that nobody walks through."""

    x: float
    y: float
    radius: float = 0.0
    half_width: float = 0.0
    half_depth: float = 0.0
    heading: float = 0.0

    def push(self, x: float, y: float, radius: float) -> tuple[float, float]:
        """Return the nearest place to (x, y) where a body of a radius does not touch this."""
        dx, dy = x - self.x, y - self.y
        if abs(dx) + abs(dy) > 1.5 * (radius + self.radius + self.half_width + self.half_depth):
            return x, y
        c, s = math.cos(math.radians(self.heading)), math.sin(math.radians(self.heading))
        lx, ly = dx * c + dy * s, -dx * s + dy * c
        nx = max(-self.half_width, min(self.half_width, lx))
        ny = max(-self.half_depth, min(self.half_depth, ly))
        gap, reach = math.hypot(lx - nx, ly - ny), radius + self.radius
        if gap >= reach:
            return x, y
        if gap > 1e-6:
            lx, ly = nx + (lx - nx) * reach / gap, ny + (ly - ny) * reach / gap
        elif self.half_width - abs(lx) < self.half_depth - abs(ly):
            lx = math.copysign(self.half_width + reach, lx)
        else:
            ly = math.copysign(self.half_depth + reach, ly)
        return self.x + lx * c - ly * s, self.y + lx * s + ly * c
