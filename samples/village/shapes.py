"""Solids and surfaces to build with: boxes, lathes, tubes, blobs, leaves. They only add to a Mesh."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from samples.village.geometry import Colors, FloatArray, IntArray, Mesh, Point, Points

_BOX = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


def box(mesh: Mesh, size: Point, at: Point, color: Colors, *, back: bool = True) -> None:
    """Add a box given its full size and its centre; without a back if +y lies against a wall."""
    x, y, z = np.asarray(size) / 2
    corners = [(-x, -y, -z), (x, -y, -z), (x, y, -z), (-x, y, -z), (-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]
    mesh.flat(np.array(corners) + np.asarray(at), [f for i, f in enumerate(_BOX) if back or i != 4], color)


def beam(mesh: Mesh, start: Point, end: Point, width: float, depth: float, color: Colors, *, ends: bool = True) -> None:
    """Add a rectangular beam between two points; without ends if they are hidden."""
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    along = (b - a) / np.linalg.norm(b - a)
    up = np.array([0.0, 0, 1]) if abs(along[2]) < 0.9 else np.array([0.0, 1, 0])
    side = np.cross(along, up)
    side /= np.linalg.norm(side)
    up = np.cross(side, along)
    ring = [
        -side * width - up * depth,
        side * width - up * depth,
        side * width + up * depth,
        -side * width + up * depth,
    ]
    corners = [a + corner / 2 for corner in ring] + [b + corner / 2 for corner in ring]
    mesh.flat(np.array(corners), [tuple(reversed(face)) for face in _BOX[0 if ends else 2 :]], color)


def stone(mesh: Mesh, size: Point, matrix: FloatArray, color: Colors, rng: np.random.Generator) -> None:
    """Add a block with a bevelled, slightly crooked outer face (the top, before the matrix moves it)."""
    x, y, z = np.asarray(size) / 2
    inset = min(x, y) * 0.28
    corners = [(-x, -y, -z), (x, -y, -z), (x, y, -z), (-x, y, -z)]
    corners += [(-x, -y, z * 0.5), (x, -y, z * 0.5), (x, y, z * 0.5), (-x, y, z * 0.5)]
    corners += [
        (-x + inset, -y + inset, z),
        (x - inset, -y + inset, z),
        (x - inset, y - inset, z),
        (-x + inset, y - inset, z),
    ]
    points = np.array(corners) + rng.uniform(-0.12, 0.12, (12, 3)) * min(x, y)
    faces = [(8, 9, 10, 11)]
    for i in range(4):
        j = (i + 1) % 4
        faces.append((i, j, 8 + j, 8 + i))
    block = Mesh()
    block.flat(points, faces, color)
    mesh.append(block, matrix)


def grid_faces(rows: int, columns: int, *, closed: bool = False) -> IntArray:
    """Return the triangles of a grid of points stored row by row."""
    wrap = columns if closed else columns - 1
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(wrap), indexing="ij")
    a = i * columns + j
    b = i * columns + (j + 1) % columns
    c, d = b + columns, a + columns
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def surface(mesh: Mesh, points: FloatArray, color: Colors, *, closed: bool = False, sway: float = 0.0) -> None:
    """Add a smooth surface through a (rows, columns, 3) grid; faces look along d(column) cross d(row)."""
    rows, columns = points.shape[:2]
    tints = np.asarray(color, dtype=float)
    mesh.soft(
        points.reshape(-1, 3),
        grid_faces(rows, columns, closed=closed),
        tints.reshape(-1, 3) if tints.ndim == 3 else tints,
        sway=sway,
    )


def lathe(
    mesh: Mesh,
    profile: Sequence[Sequence[float]],
    color: Colors,
    *,
    sides: int = 18,
    squash: float = 1.0,
    center: Point = (0, 0, 0),
    folds: int = 0,
    fold_depth: float = 0.0,
) -> None:
    """Turn a profile of (radius, height[, forward]) around the z axis, from the bottom up.

    `squash` scales the depth (y); a colour for each ring paints bands; `folds` makes a skirt's
    waves, deepest in the lowest ring.
    """
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = []
    for i, ring in enumerate(profile):
        radius, height = ring[0], ring[1]
        forward = ring[2] if len(ring) > 2 else 0.0
        fade = 1 - i / max(1, len(profile) - 1)
        waved = radius * (1 + fold_depth * fade * np.cos(folds * turn))
        rings.append(
            np.stack([waved * np.cos(turn), waved * np.sin(turn) * squash + forward, np.full(sides, height)], -1)
        )
    bands = np.asarray(color, dtype=float)
    if bands.ndim == 2:
        bands = np.repeat(bands[:, None, :], sides, axis=1)
    surface(mesh, np.array(rings) + np.asarray(center), bands, closed=True)


def ellipsoid(mesh: Mesh, center: Point, radii: Point, color: Colors, *, sides: int = 12, rings: int = 7) -> None:
    """Add a smooth ellipsoid."""
    polar = np.linspace(-np.pi / 2, np.pi / 2, rings)
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    p, t = np.meshgrid(polar, turn, indexing="ij")
    unit = np.stack([np.cos(p) * np.cos(t), np.cos(p) * np.sin(t), np.sin(p)], -1)
    surface(mesh, unit * np.asarray(radii) + np.asarray(center), color, closed=True)


def tube(
    mesh: Mesh,
    path: Points,
    radii: Point,
    color: Colors,
    *,
    sides: int = 10,
    flatten: float = 1.0,
    closed: bool = False,
    sway: float = 0.0,
) -> None:
    """Add a smooth tube along a path (a ring if closed), with a radius at each point; `flatten` thins it."""
    line = np.asarray(path, dtype=float)
    radii = list(radii)
    if closed:
        line, radii = np.concatenate([line, line[:1]]), [*radii, radii[0]]
        ahead = np.concatenate([np.roll(line[:-1], -1, 0) - np.roll(line[:-1], 1, 0)])
        ahead = np.concatenate([ahead, ahead[:1]])
    else:
        ahead = np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    hint = np.array([0.0, 1, 0]) if abs(ahead[0][1]) < 0.9 else np.array([1.0, 0, 0])
    if closed:
        hint = np.cross(ahead[0], ahead[len(line) // 4])
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = []
    for point, direction, radius in zip(line, ahead, radii, strict=True):
        side = np.cross(direction, hint)
        side /= np.linalg.norm(side)
        up = np.cross(side, direction)
        rings.append(point + radius * (np.cos(turn)[:, None] * up * flatten + np.sin(turn)[:, None] * side))
    surface(mesh, np.array(rings), color, closed=True, sway=sway)


def icosphere(level: int = 1) -> tuple[FloatArray, IntArray]:
    """Return the points and triangles of a subdivided icosahedron of radius one."""
    g = (1 + 5**0.5) / 2
    points: list[tuple[float, float, float]] = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g)]
    points += [(0, -1, -g), (0, 1, -g), (g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]
    faces = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2)]
    faces += [(10, 7, 6), (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5)]
    faces += [(2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1)]
    at = [np.array(p) / np.linalg.norm(p) for p in points]
    for _ in range(level):
        middle: dict[tuple[int, int], int] = {}
        finer: list[tuple[int, int, int]] = []
        for face in faces:
            mids = []
            for i in range(3):
                key = (min(face[i], face[(i + 1) % 3]), max(face[i], face[(i + 1) % 3]))
                if key not in middle:
                    middle[key] = len(at)
                    halfway = at[key[0]] + at[key[1]]
                    at.append(halfway / np.linalg.norm(halfway))
                mids.append(middle[key])
            finer += [(face[0], mids[0], mids[2]), (face[1], mids[1], mids[0]), (face[2], mids[2], mids[1])]
            finer.append((mids[0], mids[1], mids[2]))
        faces = finer
    return np.array(at), np.array(faces, dtype=np.int64)


def rock(mesh: Mesh, center: Point, radii: Point, color: Colors, rng: np.random.Generator) -> None:
    """Add a faceted boulder."""
    points, faces = icosphere(1)
    lumpy = points * rng.uniform(0.8, 1.12, (len(points), 1))
    faces = faces[points[faces][:, :, 2].mean(axis=1) > -0.35]  # the rest is under the ground
    mesh.flat(lumpy * np.asarray(radii) + np.asarray(center), faces, color)


def leaves(
    mesh: Mesh,
    at: FloatArray,
    normals: FloatArray,
    size: FloatArray | float,
    color: Colors,
    rng: np.random.Generator,
    *,
    sway: float | FloatArray = 0.0,
) -> None:
    """Scatter pointed leaves at points; they are lit by the given normals, so that a crown looks soft."""
    count = len(at)
    a = rng.normal(size=(count, 3))
    a -= (a * normals).sum(1, keepdims=True) * normals * 0.7
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b = np.cross(normals + rng.normal(scale=0.45, size=(count, 3)), a)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    span = np.broadcast_to(np.asarray(size, dtype=float), (count,))[:, None]
    tail, half = at - a * span * 0.8, b * span * 0.62
    blades = np.stack([tail - half, at + a * span, tail + half], 1)
    tints = np.repeat(np.broadcast_to(np.asarray(color, dtype=float), (count, 3)), 3, 0)
    motion = np.repeat(np.broadcast_to(np.asarray(sway, dtype=float), (count,)), 3)
    mesh.add(blades.reshape(-1, 3), np.repeat(normals, 3, 0), np.arange(count * 3), tints, sway=motion)
