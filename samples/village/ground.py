"""The village's ground: grass, worn paths, cobbles, hills, grass tufts and flowers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from samples.village import plan
from samples.village.geometry import FloatArray, Mesh, placed, rgb, vary
from samples.village.shapes import grid_faces, stone

_REACH = 31.0


def noise(x: FloatArray, y: FloatArray, size: float, seed: int = 0) -> FloatArray:
    """Return smooth noise in 0…1 whose bumps are about `size` metres wide."""
    gx, gy = x / size, y / size
    ix, iy = np.floor(gx).astype(np.int64), np.floor(gy).astype(np.int64)
    fx, fy = gx - ix, gy - iy
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)

    def lattice(i: npt.NDArray[np.int64], j: npt.NDArray[np.int64]) -> FloatArray:
        mixed = (i * 374761393 + j * 668265263 + seed * 1442695041) & 0x7FFFFFFF
        mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0x7FFFFFFF
        return np.asarray((mixed ^ (mixed >> 16)) % 10007 / 10006.0)

    low = lattice(ix, iy) * (1 - fx) + lattice(ix + 1, iy) * fx
    high = lattice(ix, iy + 1) * (1 - fx) + lattice(ix + 1, iy + 1) * fx
    return np.asarray(low * (1 - fy) + high * fy)


def colors(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the ground's colour at places."""
    broad, fine = noise(x, y, 7.0, 1), noise(x, y, 1.3, 2)
    grass = np.asarray(rgb("#5f7d3c")) * (1 - broad[..., None]) + np.asarray(rgb("#8f9c4a")) * broad[..., None]
    grass = grass * (0.9 + 0.2 * fine[..., None])
    dirt = np.asarray(rgb("#b08d62")) * (0.88 + 0.22 * noise(x, y, 0.9, 3)[..., None])
    worn = plan.path_distance(x, y) + 0.9 * (noise(x, y, 0.8, 4) - 0.5)
    share = np.clip(0.5 - worn / 0.7, 0, 1)[..., None]
    tone = grass * (1 - share) + dirt * share
    shore = np.clip(1 - plan.pond_distance(x, y) / 0.9, 0, 1)[..., None]
    tone = tone * (1 - shore) + np.asarray(rgb("#8d7a5a")) * shore
    shade = 0.62 + 0.38 * np.clip(plan.house_distance(x, y) / 1.3, 0, 1)
    far = np.clip((np.hypot(x, y) - 28) / 40, 0, 1)
    wood = np.asarray(rgb("#5a7748"))
    tone = tone * (1 - 0.6 * far[..., None]) + wood * 0.6 * far[..., None]
    return np.asarray(tone * shade[..., None])


def land() -> Mesh:
    """Return the ground near by, finely coloured, and the hills around it."""
    mesh = Mesh()
    count = 105
    line = np.linspace(-_REACH, _REACH, count)
    y, x = np.meshgrid(line, line, indexing="ij")
    pond = plan.pond_distance(x, y)
    z = np.where(pond < 0.6, np.minimum(0, np.maximum(-0.5, (pond - 0.5) * 0.45)), 0.0)
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    faces = grid_faces(count, count)
    near = np.hypot(points[:, 0], points[:, 1]) < _REACH - 0.2
    faces = faces[near[faces].all(axis=1)]
    used, faces = np.unique(faces, return_inverse=True)
    mesh.soft(points[used], faces.reshape(-1, 3), colors(x, y).reshape(-1, 3)[used])
    turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    far = np.array([29.6, 31, 34, 38, 43, 49, 56, 64, 73, 84, 98, 118])[:, None]
    x, y = far * np.cos(turn), far * np.sin(turn)
    z = plan.height(x, y) - 0.03 * (far < 31.5)
    hills = np.stack([x, y, z], -1)
    mesh.soft(hills.reshape(-1, 3)[:, :], grid_faces(len(far), 96, closed=True)[:, ::-1], colors(x, y).reshape(-1, 3))
    return mesh


def cobbles() -> Mesh:
    """Return the square's paving: rings of worn stones around the well."""
    rng = np.random.default_rng(11)
    mesh = Mesh()
    radius = plan.WELL_RADIUS + 0.25
    tones = [rgb("#a39684"), rgb("#93897c"), rgb("#b0a08a"), rgb("#857d74")]
    while radius < plan.SQUARE_RADIUS:
        deep = rng.uniform(0.44, 0.56)
        angle = rng.uniform(0, 1)
        end = angle + 2 * np.pi
        while angle < end - 0.2 / radius:
            wide = min(rng.uniform(0.48, 0.92), (end - angle) * radius)
            middle = angle + wide / 2 / radius
            gone = radius > plan.SQUARE_RADIUS - 1.4 and rng.random() < 0.30
            if not gone:
                at = (radius + deep / 2, middle)
                matrix = placed(
                    at[0] * np.cos(middle),
                    at[0] * np.sin(middle),
                    rng.uniform(-0.012, 0.012),
                    h=np.degrees(middle) + 90,
                )
                tone = vary(tones[rng.integers(4)], rng, 0.07)
                stone(mesh, (wide - 0.05, deep - 0.05, 0.09), matrix, tone, rng)
            angle += wide / radius
        radius += deep
    for _ in range(150):  # stepping stones and pebbles along the paths
        half, points = plan.PATHS[rng.integers(len(plan.PATHS))]
        k = rng.integers(len(points) - 1)
        t = rng.random()
        a, b = np.asarray(points[k]), np.asarray(points[k + 1])
        x, y = a + (b - a) * t + rng.normal(0, half * 0.55, 2)
        if np.hypot(x, y) < plan.SQUARE_RADIUS or np.hypot(x, y) > 40 or plan.pond_distance(x, y) < 1:
            continue
        size = rng.uniform(0.15, 0.5)
        matrix = placed(x, y, -0.01, h=rng.uniform(0, 360))
        stone(mesh, (size, size * rng.uniform(0.6, 1), 0.07), matrix, vary(tones[rng.integers(4)], rng, 0.1), rng)
    return mesh


def _free(count: int, rng: np.random.Generator, reach: float) -> FloatArray:
    """Return random places on grass."""
    r = reach * np.sqrt(rng.random(count))
    a = rng.uniform(0, 2 * np.pi, count)
    x, y = r * np.cos(a), r * np.sin(a)
    worn = plan.path_distance(x, y) + 0.5 * (noise(x, y, 0.8, 4) - 0.5)
    keep = (worn > 0.15) & (plan.pond_distance(x, y) > 0.5) & (plan.house_distance(x, y) > 0.15)
    return np.stack([x[keep], y[keep]], -1)


def grass(tufts: int) -> Mesh:
    """Return tufts of grass, thicker where the meadow is, and flowers among them."""
    rng = np.random.default_rng(21)
    mesh = Mesh()
    at = _free(tufts, rng, 36.0)
    meadow = noise(at[:, 0], at[:, 1], 4.0, 9)
    at = at[rng.random(len(at)) < 0.25 + 0.85 * meadow]
    blades = 4
    x = np.repeat(at, blades, 0) + rng.normal(0, 0.09, (len(at) * blades, 2))
    count = len(x)
    size = np.repeat(rng.uniform(0.6, 1.25, len(at)), blades) * rng.uniform(0.6, 1.2, count)
    turn = rng.uniform(0, 2 * np.pi, count)
    side = np.stack([np.cos(turn), np.sin(turn), np.zeros(count)], -1) * 0.022 * size[:, None]
    lean = np.stack([rng.normal(0, 0.08, count), rng.normal(0, 0.08, count), 0.26 * size], -1)
    foot = np.concatenate([x, plan.height(x[:, 0], x[:, 1])[:, None] - 0.01], 1)
    points = np.stack([foot - side, foot + side, foot + lean], 1).reshape(-1, 3)
    root = colors(x[:, 0], x[:, 1]) * 0.86
    tip = root * rng.uniform(1.15, 1.5, (count, 1)) * np.array([1.06, 1.04, 0.8])
    tones = np.stack([root, root, tip], 1).reshape(-1, 3)
    normals = np.tile([0.0, 0.0, 1.0], (count * 3, 1))
    normals[2::3] = np.stack([lean[:, 0], lean[:, 1], np.full(count, 0.5)], -1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    sway = np.zeros(count * 3)
    sway[2::3] = 0.7 * size
    mesh.add(points, normals, np.arange(count * 3).reshape(-1, 3), tones, sway=sway)
    _flowers(mesh, rng)
    return mesh


def _flowers(mesh: Mesh, rng: np.random.Generator) -> None:
    kinds = [rgb("#f4f0e6"), rgb("#f0c24a"), rgb("#d8668a"), rgb("#8d7fd0"), rgb("#e2583e")]
    patches = _free(110, rng, 27.0)
    for patch in patches:
        color = kinds[rng.integers(len(kinds))]
        for _ in range(rng.integers(3, 8)):
            x, y = patch + rng.normal(0, 0.35, 2)
            if plan.path_distance(np.array(x), np.array(y)) < 0.1:
                continue
            tall = rng.uniform(0.16, 0.34)
            turn = np.linspace(0, 2 * np.pi, 6)[:5] + rng.uniform(0, 6)
            r = rng.uniform(0.035, 0.055)
            ring = np.stack([x + r * np.cos(turn), y + r * np.sin(turn), np.full(5, tall + 0.012)], -1)
            bud = np.concatenate([[[x, y, tall + 0.035]], ring, [[x, y, tall - 0.02]]])
            faces = [(0, 1 + i, 1 + (i + 1) % 5) for i in range(5)] + [(6, 1 + (i + 1) % 5, 1 + i) for i in range(5)]
            tones = np.array([rgb("#e8b93e")] + [vary(color, rng)] * 5 + [rgb("#55702f")])
            mesh.soft(bud, faces, tones, sway=0.5)
            stalk = np.array([(x - 0.008, y, 0), (x + 0.008, y, 0), (x, y, tall)])
            mesh.add(
                stalk, np.tile([0.0, 0, 1], (3, 1)), [(0, 1, 2), (2, 1, 0)], rgb("#55702f"), sway=np.array([0, 0, 0.5])
            )
