"""Meshes made from code: coloured primitives gathered in numpy, turned into one Panda3D Geom.

Every vertex carries position, normal, sRGB colour and two effects read by the shaders:
how much it sways in the wind and how much it glows. Knows nothing of villages.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
)

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
Color: TypeAlias = tuple[float, float, float]
Point: TypeAlias = FloatArray | Sequence[float]
Points: TypeAlias = FloatArray | Sequence[Point]
Colors: TypeAlias = Color | FloatArray

_ROW = np.dtype([("vertex", "<f4", 3), ("normal", "<f4", 3), ("color", "u1", 4), ("effect", "<f4", 2)])


def rgb(code: str) -> Color:
    """Return the colour written as "#rrggbb"."""
    return (int(code[1:3], 16) / 255, int(code[3:5], 16) / 255, int(code[5:7], 16) / 255)


def tint(color: Color, *, light: float = 1.0, hue: float = 0.0, saturation: float = 1.0) -> Color:
    """Return a neighbour of a colour: lighter or darker, turned in hue, more or less saturated."""
    h, s, v = colorsys.rgb_to_hsv(*color)
    return colorsys.hsv_to_rgb((h + hue) % 1.0, min(1.0, s * saturation), min(1.0, v * light))


def vary(color: Color, rng: np.random.Generator, amount: float = 0.08) -> Color:
    """Return a random close neighbour of a colour, so that no two stones are the same."""
    return tint(
        color,
        light=1.0 + float(rng.uniform(-amount, amount)),
        hue=float(rng.uniform(-amount, amount)) * 0.12,
        saturation=1.0 + float(rng.uniform(-amount, amount)),
    )


def placed(x: float = 0, y: float = 0, z: float = 0, *, h: float = 0, p: float = 0, r: float = 0) -> FloatArray:
    """Return the matrix of a part turned by Panda's heading, pitch and roll (degrees), then moved."""
    sh, ch = np.sin(np.radians(h)), np.cos(np.radians(h))
    sp, cp = np.sin(np.radians(p)), np.cos(np.radians(p))
    sr, cr = np.sin(np.radians(r)), np.cos(np.radians(r))
    heading = np.array([[ch, -sh, 0], [sh, ch, 0], [0, 0, 1]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, 0, sr], [0, 1, 0], [-sr, 0, cr]])
    matrix = np.eye(4)
    matrix[:3, :3] = heading @ pitch @ roll
    matrix[:3, 3] = (x, y, z)
    return matrix


def scaled(x: float, y: float | None = None, z: float | None = None) -> FloatArray:
    """Return the matrix that scales along the axes (all alike if only one factor is given)."""
    return np.diag([x, x if y is None else y, x if z is None else z, 1.0])


class Mesh:
    """Coloured triangles under construction."""

    def __init__(self) -> None:
        self.points: FloatArray = np.zeros((0, 3))
        self.normals: FloatArray = np.zeros((0, 3))
        self.colors: FloatArray = np.zeros((0, 3))
        self.effects: FloatArray = np.zeros((0, 2))
        self.triangles: IntArray = np.zeros((0, 3), dtype=np.int64)
        self._pending: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray]] = []

    def add(
        self,
        points: Points,
        normals: Points,
        triangles: Sequence[Sequence[int]] | IntArray,
        color: Colors,
        *,
        sway: float | FloatArray = 0.0,
        glow: float | FloatArray = 0.0,
    ) -> None:
        """Add vertices whose normals are known."""
        at = np.asarray(points, dtype=np.float64)
        effects = np.zeros((len(at), 2))
        effects[:, 0], effects[:, 1] = sway, glow
        colors = np.broadcast_to(np.asarray(color, dtype=np.float64), (len(at), 3))
        corners = np.asarray(triangles, dtype=np.int64).reshape(-1, 3)
        self._pending.append((at, np.asarray(normals, dtype=np.float64), colors, effects, corners))

    def flat(
        self, points: Points, faces: Sequence[Sequence[int]] | IntArray, color: Colors, *, glow: float = 0.0
    ) -> None:
        """Add faceted polygons: every face gets its own vertices and one normal."""
        at = np.asarray(points, dtype=np.float64)
        tint_of = np.broadcast_to(np.asarray(color, dtype=np.float64), (len(at), 3))
        for face in faces:
            ring = at[list(face)]
            normal = np.zeros(3)
            for i in range(1, len(ring) - 1):
                normal += np.cross(ring[i] - ring[0], ring[i + 1] - ring[0])
            length = float(np.linalg.norm(normal))
            if length < 1e-12:
                continue
            fan = [(0, i, i + 1) for i in range(1, len(ring) - 1)]
            self.add(ring, np.tile(normal / length, (len(ring), 1)), fan, tint_of[list(face)], glow=glow)

    def soft(
        self,
        points: Points,
        triangles: Sequence[Sequence[int]] | IntArray,
        color: Colors,
        *,
        sway: float | FloatArray = 0.0,
        glow: float = 0.0,
    ) -> None:
        """Add a surface shaded smoothly: vertices at one place share their normal."""
        at = np.asarray(points, dtype=np.float64)
        corners = np.asarray(triangles, dtype=np.int64).reshape(-1, 3)
        faces = np.cross(at[corners[:, 1]] - at[corners[:, 0]], at[corners[:, 2]] - at[corners[:, 0]])
        _, welded = np.unique(np.round(at, 5), axis=0, return_inverse=True)
        welded = welded.reshape(-1)
        sums = np.zeros((len(at), 3))
        for k in range(3):
            np.add.at(sums, welded[corners[:, k]], faces)
        normals = sums[welded]
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        self.add(at, normals / np.maximum(lengths, 1e-12), corners, color, sway=sway, glow=glow)

    def append(self, other: Mesh, matrix: FloatArray | None = None) -> Mesh:
        """Add another mesh, moved by a matrix; return self."""
        other.settle()
        if matrix is None:
            self._pending.append((other.points, other.normals, other.colors, other.effects, other.triangles))
            return self
        linear = matrix[:3, :3]
        normals = other.normals @ np.linalg.inv(linear)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        corners = other.triangles if np.linalg.det(linear) > 0 else other.triangles[:, ::-1]
        self._pending.append((other.points @ linear.T + matrix[:3, 3], normals, other.colors, other.effects, corners))
        return self

    def settle(self) -> Mesh:
        """Join what was added so far, so that the arrays can be read and changed; return self."""
        if self._pending:
            parts = [(self.points, self.normals, self.colors, self.effects, self.triangles), *self._pending]
            starts = np.cumsum([0] + [len(part[0]) for part in parts])
            self.triangles = np.concatenate([p[4] + s for p, s in zip(parts, starts, strict=False)])
            self.points = np.concatenate([p[0] for p in parts])
            self.normals = np.concatenate([p[1] for p in parts])
            self.colors = np.concatenate([p[2] for p in parts])
            self.effects = np.concatenate([p[3] for p in parts])
            self._pending = []
        return self

    def recolor(self, shade: Callable[[FloatArray], FloatArray]) -> Mesh:
        """Multiply the colours by a factor of the position, such as dirt near the ground; return self."""
        self.settle()
        self.colors = np.clip(self.colors * shade(self.points).reshape(-1, 1), 0, 1)
        return self

    def node(self, name: str) -> GeomNode:
        """Return a GeomNode with one Geom holding everything."""
        return geom_node(name, self.settle())


def _format() -> GeomVertexFormat:
    array = GeomVertexArrayFormat()
    array.add_column("vertex", 3, GeomEnums.NT_float32, GeomEnums.C_point)
    array.add_column("normal", 3, GeomEnums.NT_float32, GeomEnums.C_normal)
    array.add_column("color", 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    array.add_column("texcoord", 2, GeomEnums.NT_float32, GeomEnums.C_texcoord)
    layout = GeomVertexFormat()
    layout.add_array(array)
    return GeomVertexFormat.register_format(layout)


def vertex_array(mesh: Mesh) -> npt.NDArray[np.void]:
    """Return the mesh's vertices as rows of what Panda3D keeps: vertex, normal, color, effect."""
    rows = np.zeros(len(mesh.points), dtype=_ROW)
    # A grid of powers of two hides the last-bit differences between processors, so that baking is
    # repeatable, and leaves zeros that compress.
    rows["vertex"] = np.round(mesh.points * 8192) / 8192 + 0.0
    rows["normal"] = np.round(mesh.normals * 256) / 256 + 0.0
    rows["color"][:, :3] = np.round(np.clip(mesh.colors, 0, 1) * 255)
    rows["color"][:, 3] = 255
    rows["effect"] = np.round(mesh.effects * 1024) / 1024 + 0.0
    return rows


def geom_node(name: str, mesh: Mesh, *, dynamic: bool = False) -> GeomNode:
    """Return a GeomNode that shows a mesh; dynamic if its vertices are going to be rewritten."""
    data = GeomVertexData(name, _format(), GeomEnums.UH_dynamic if dynamic else GeomEnums.UH_static)
    data.unclean_set_num_rows(len(mesh.points))
    data.modify_array_handle(0).copy_data_from(vertex_array(mesh).tobytes())
    triangles = GeomTriangles(GeomEnums.UH_static)
    wide = len(mesh.points) > 0xFFFF
    triangles.set_index_type(GeomEnums.NT_uint32 if wide else GeomEnums.NT_uint16)
    index = triangles.modify_vertices(mesh.triangles.size)
    index.modify_handle().copy_data_from(mesh.triangles.astype("<u4" if wide else "<u2").tobytes())
    geom = Geom(data)
    geom.add_primitive(triangles)
    node = GeomNode(name)
    node.add_geom(geom)
    return node
