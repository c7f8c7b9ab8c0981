"""The villagers' mouths: one mesh whose vertices are worked out anew for each shape, quickly enough for every frame.

Lips, teeth, tongue and what is behind them are grids with the same columns, so that all of them are worked out at once.
x, y and z stay apart: for arrays of more than 500 numbers numpy lets go of the interpreter's lock, and a frame with
voices in it then waits to get it back. Knows a head's form, and nothing of who moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from panda3d.core import GeomNode

from samples.village.face import front
from samples.village.geometry import Color, FloatArray, Mesh, geom_node, vertex_array
from samples.village.looks import Look
from samples.village.shapes import grid_faces

_COLUMNS = 15
_GRIDS = (3, 2, 2, 3, 3, 2)  # rows of: what is behind, tongue, teeth, upper lip, lower lip, the line of a shut mouth
_STARTS = tuple(int(start) for start in np.cumsum((0, *_GRIDS)))
_GAPS = np.array(_STARTS[1:-1]) - 1  # rows after which no surface goes on to the next row
_SHUT = 0.035  # open less than this, lips still touch
_HEIGHT = -0.092  # m: where the corners are


@dataclass(frozen=True)
class Lips:
    """A mouth's momentary shape: open 0…1, width -1 (pursed) … 1 (spread), smile -1…1; the others 0…1.

    ``press`` thins shut lips, ``bite`` lays the upper teeth on the lower lip, ``tongue`` lifts it to the teeth.
    """

    openness: float = 0.0
    width: float = 0.0
    smile: float = 0.0
    press: float = 0.0
    bite: float = 0.0
    tongue: float = 0.0


class Mouth:
    """One look's mouth; the number and order of its vertices never change."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._across = np.linspace(1, -1, _COLUMNS)
        self._arch = np.sqrt(np.clip(1 - self._across**2, 0, 1))
        self._taper = np.clip(self._arch, 0.12, 1) ** 0.6
        self._bow = self._taper * (1 - 0.28 * np.exp(-((self._across / 0.16) ** 2)))
        self._mesh = Mesh()
        points = np.stack(self._points(Lips()), -1).reshape(-1, 3)
        for (start, end), color in zip(pairwise(_STARTS), self._colors(), strict=True):
            at = slice(start * _COLUMNS, end * _COLUMNS)
            self._mesh.add(points[at], points[at], grid_faces(end - start, _COLUMNS), color)
        self._rows = vertex_array(self._mesh.settle())
        self._columns = [
            self._rows[name][:, axis].reshape(-1, _COLUMNS) for name in ("vertex", "normal") for axis in range(3)
        ]
        self.vertices(Lips())
        self._mesh.normals = self._rows["normal"].astype(float)

    def node(self, name: str) -> GeomNode:
        """Return the shut mouth."""
        return geom_node(name, self._mesh, dynamic=True)

    def vertices(self, lips: Lips) -> bytes:
        """Return the vertices in a shape as the bytes that Panda3D keeps."""
        points = self._points(lips)
        for column, values in zip(self._columns, (*points, *_normals(*points)), strict=True):
            column[...] = values
        return self._rows.tobytes()

    def _colors(self) -> tuple[Color, ...]:
        red = np.asarray(self._look.skin) * (1 - self._look.lips * 0.55 * np.array([0.10, 0.62, 0.55])) * 0.90
        tones = (red * 0.94, red, red * 0.45)
        upper, lower, line = ((float(tone[0]), float(tone[1]), float(tone[2])) for tone in tones)
        return ((0.20, 0.045, 0.05), (0.72, 0.28, 0.28), (0.95, 0.92, 0.86), upper, lower, line)

    def _points(self, lips: Lips) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The points' x, y and z: the rows of all grids, one after the other."""
        half = 0.043 + 0.011 * lips.width + 0.013 * max(0.0, lips.smile) - 0.006 * lips.openness
        z, out = self._profile(lips)
        x = self._across * half + np.zeros_like(z)
        return x, front(x, z, self._look) + out[:, None], z

    def _profile(self, lips: Lips) -> tuple[FloatArray, FloatArray]:
        """How high each row is in each column, and how far it stands out of the face."""
        arch, taper = self._arch, self._taper
        purse, bite = max(0.0, -lips.width), lips.bite
        gap = max(0.050 * lips.openness * (1 - 0.25 * max(0.0, lips.width)), 0.011 * bite)
        curve = _HEIGHT + 0.017 * (1.9 * lips.smile + 0.22) * (self._across**2 - 0.35)
        top, bottom = curve + gap * 0.30 * arch, curve - gap * 0.70 * arch
        fat = (0.0075 + 0.0035 * self._look.lips) * (1 + 0.5 * purse) * (1 - 0.6 * lips.press)
        low, pout = fat * (1 - 0.45 * bite), 0.007 * purse
        teeth = top - np.minimum(0.012 * arch, (top - bottom) * (0.5 + 0.45 * bite))
        parted = min(1.0, 12 * max(0.0, lips.openness - _SHUT, 0.25 * bite - _SHUT))
        heights = np.empty((_STARTS[-1], _COLUMNS))
        heights[0], heights[1], heights[2] = bottom, (top + bottom) / 2, top
        heights[3], heights[4] = bottom, bottom + gap * (0.34 + 0.5 * lips.tongue) * arch
        heights[5], heights[6] = teeth, top
        heights[7], heights[8], heights[9] = top - 0.001, top + fat * 0.45 * taper, top + fat * self._bow
        heights[10], heights[11], heights[12] = bottom - low * 1.15 * taper, bottom - low * 0.5 * taper, bottom + 0.001
        heights[13], heights[14] = curve - 0.0012 * taper, curve + 0.0012 * taper
        # From the corner of the cavity to the teeth: dark, tongue, teeth; each only a little before the last.
        out = np.array(
            (
                *(0.0025, 0.0015, 0.0025),
                *(0.0032 + 0.004 * lips.tongue, 0.0032 + 0.002 * lips.tongue),
                *(0.004, 0.004),
                *(0.004 + pout, 0.0105 + pout, 0.001),
                *(0.001, 0.012 - 0.006 * bite + pout, 0.004 - 0.003 * bite + pout),
                *(0.0085 - 0.02 * parted, 0.0085 - 0.02 * parted),
            )
        )
        return heights, out


def _normals(*points: FloatArray) -> list[FloatArray]:
    """The x, y and z of the normals: at each point the sum over the squares around it."""
    rising = [at[1:, 1:] - at[:-1, :-1] for at in points]
    falling = [at[1:, :-1] - at[:-1, 1:] for at in points]
    normals = []
    for one, two in ((1, 2), (2, 0), (0, 1)):
        squares = rising[one] * falling[two] - rising[two] * falling[one]
        squares[_GAPS] = 0.0
        sums = np.zeros_like(points[0])
        sums[:-1, :-1] += squares
        sums[:-1, 1:] += squares
        sums[1:, :-1] += squares
        sums[1:, 1:] += squares
        normals.append(sums)
    x, y, z = normals
    length = np.maximum(np.sqrt(x * x + y * y + z * z), 1e-12)
    return [each / length for each in normals]
