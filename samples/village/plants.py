"""Trees, bushes and reeds. Leaves are single triangles lit as the crown is, so that a crown looks soft."""

from __future__ import annotations

import numpy as np

from samples.village import plan
from samples.village.geometry import Color, FloatArray, Mesh, placed, rgb, scaled, vary
from samples.village.shapes import icosphere, leaves, tube

CROWNS: tuple[Color, ...] = (
    rgb("#6f8f3f"), rgb("#58803f"), rgb("#8a9a42"), rgb("#b98f3a"), rgb("#c9743a"), rgb("#a5503c"),
)  # fmt: skip


def _crown(
    mesh: Mesh,
    middle: FloatArray,
    radii: FloatArray,
    color: Color,
    rng: np.random.Generator,
    *,
    leaf_count: int,
    leaf: float,
) -> None:
    """Add one ball of leaves: a dark core and a shell of quads, lighter on top."""
    points, faces = icosphere(1)
    core = points * rng.uniform(0.78, 0.92, (len(points), 1)) * radii + middle
    depth = np.clip(points[:, 2:] * 0.22 + 0.80, 0.6, 1.0)
    mesh.soft(core, faces, np.asarray(color) * depth * 0.9, sway=0.35)
    around = rng.normal(size=(leaf_count, 3))
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    around = around[around[:, 2] > -0.75]
    at = around * radii * rng.uniform(0.84, 1.06, (len(around), 1)) + middle
    normals = around / radii
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    light = 0.72 + 0.30 * np.clip(around[:, 2:] * 0.6 + 0.5, 0, 1) + rng.uniform(-0.09, 0.12, (len(around), 1))
    warm = np.asarray(color) * light * np.array([1.04, 1.0, 0.92])
    leaves(mesh, at, normals, leaf * rng.uniform(0.7, 1.25, len(at)), warm, rng, sway=0.55)


def broad_tree(rng: np.random.Generator, color: Color, *, fine: bool = True) -> Mesh:
    """Return a tree with a bent trunk, branches and a crown of several balls, about 5 m tall."""
    mesh = Mesh()
    bark = vary(rgb("#5c4433"), rng, 0.12)
    bend = rng.normal(0, 0.18, 2)
    trunk = [
        (0, 0, -0.1),
        (bend[0] * 0.4, bend[1] * 0.4, 0.9),
        (bend[0], bend[1], 1.9),
        (bend[0] * 0.7, bend[1] * 0.7, 3.0),
    ]
    tube(mesh, trunk, (0.27, 0.19, 0.16, 0.09), bark, sides=8)
    for i in range(5 if fine else 0):
        a = i * 1.257 + rng.uniform(-0.3, 0.3)
        root = np.array([np.cos(a), np.sin(a), 0])
        tube(
            mesh,
            [root * 0.16 + [0, 0, 0.28], root * 0.3 + [0, 0, 0.06], root * 0.52 - [0, 0, 0.06]],
            (0.10, 0.075, 0.02),
            bark,
            sides=5,
        )
    balls = 5 if fine else 4
    count = 138 if fine else 24
    top = np.array([bend[0], bend[1], 3.1])
    for i in range(balls):
        a = i * 2.4 + rng.uniform(-0.4, 0.4)
        out = rng.uniform(0.75, 1.15) if i else 0.0
        middle = top + np.array([np.cos(a) * out, np.sin(a) * out, rng.uniform(-0.35, 0.85) if i else 0.85])
        size = rng.uniform(0.78, 1.12) if i else 1.15
        if i:
            tube(mesh, [top - [0, 0, 1.0], (top + middle) / 2 - [0, 0, 0.3], middle], (0.09, 0.06, 0.03), bark, sides=5)
        radii = np.array([size, size, size * 0.8])
        tone = vary(color, rng, 0.07)
        _crown(mesh, middle, radii, tone, rng, leaf_count=count, leaf=0.18 if fine else 0.36)
    return mesh


def pine(rng: np.random.Generator, *, fine: bool = True) -> Mesh:
    """Return a fir: skirts of drooping boughs, about 6 m tall."""
    mesh = Mesh()
    tube(mesh, [(0, 0, -0.1), (0, 0, 1.2), (0, 0, 4.5)], (0.22, 0.17, 0.05), rgb("#57402f"), sides=7)
    color = vary(rgb("#3f6349"), rng, 0.12)
    tiers = 7
    for i in range(tiers):
        share = i / (tiers - 1)
        z, r = 1.0 + 4.1 * share, 1.75 * (1 - share) ** 0.85 + 0.22
        boughs = 11 - i
        turn = np.arange(boughs * 2) / (boughs * 2) * 2 * np.pi + rng.uniform(0, 1)
        tips = np.where(np.arange(boughs * 2) % 2 == 0, 1.0, 0.62) * rng.uniform(0.9, 1.1, boughs * 2)
        rim = np.stack(
            [
                r * tips * np.cos(turn),
                r * tips * np.sin(turn),
                z - 0.42 * r * tips + rng.uniform(-0.06, 0.06, boughs * 2),
            ],
            -1,
        )
        peak = np.array([[0, 0, z + 0.75 * (1 - share) + 0.5]])
        points = np.concatenate([peak, rim, peak - [0, 0, 0.7]])
        n = boughs * 2
        faces = [(0, 1 + k, 1 + (k + 1) % n) for k in range(n)] + [(n + 1, 1 + (k + 1) % n, 1 + k) for k in range(n)]
        tones = np.concatenate(
            [[np.asarray(color) * 0.68], np.tile(np.asarray(color) * 1.12, (n, 1)), [np.asarray(color) * 0.4]]
        )
        sway = np.concatenate([[0.1], np.full(n, 0.35), [0.1]])
        mesh.soft(points, faces, tones, sway=sway)
        if fine:
            k = rng.uniform(0.3, 1.0, 18)
            a = rng.uniform(0, 2 * np.pi, 18)
            at = np.stack([r * k * 0.92 * np.cos(a), r * k * 0.92 * np.sin(a), z + 0.40 - k * (0.40 + 0.38 * r)], -1)
            out = np.stack([np.cos(a) * 0.75, np.sin(a) * 0.75, np.full(18, 0.66)], -1)
            leaves(mesh, at, out, 0.23, np.asarray(color) * rng.uniform(0.95, 1.4, (18, 1)), rng, sway=0.35)
    return mesh


def bush(rng: np.random.Generator, color: Color, *, berries: Color | None = None) -> Mesh:
    """Return a round bush about a metre wide."""
    mesh = Mesh()
    for _ in range(3):
        middle = np.array([rng.uniform(-0.28, 0.28), rng.uniform(-0.28, 0.28), rng.uniform(0.24, 0.4)])
        size = rng.uniform(0.3, 0.45)
        _crown(mesh, middle, np.array([size, size, size * 0.85]), vary(color, rng), rng, leaf_count=28, leaf=0.125)
    if berries is not None:
        a = rng.normal(size=(26, 3))
        a[:, 2] = np.abs(a[:, 2])
        a /= np.linalg.norm(a, axis=1, keepdims=True)
        leaves(mesh, a * [0.6, 0.6, 0.5] + [0, 0, 0.28], a, 0.055, berries, rng, sway=0.4)
    return mesh


def ivy(mesh: Mesh, width: float, tall: float, rng: np.random.Generator) -> None:
    """Let leaves climb a wall in the xz plane, looking along -y, from the origin upwards."""
    count = int(170 * width * tall / 3)
    x = rng.normal(0, 0.33, count) * width
    z = np.abs(rng.normal(0, 0.55, count)) * tall
    at = np.stack([x * (1 - 0.45 * z / tall), rng.uniform(-0.10, -0.02, count), np.minimum(z, tall)], -1)
    normals = np.tile([0.0, -0.85, 0.5], (count, 1)) + rng.normal(0, 0.18, (count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    color = np.asarray(rgb("#55743a")) * rng.uniform(0.75, 1.3, (count, 1))
    leaves(mesh, at, normals, 0.115, color, rng, sway=0.15)


def reeds(mesh: Mesh, at: FloatArray, rng: np.random.Generator) -> None:
    """Add reeds and bulrushes at places."""
    for x, y in at:
        tall = rng.uniform(0.6, 1.25)
        lean = rng.normal(0, 0.12, 2)
        tone = vary(rgb("#7f8f4a"), rng, 0.2)
        a = rng.uniform(0, np.pi)
        side = np.array([np.cos(a), np.sin(a), 0]) * 0.03
        foot, top = np.array([x, y, -0.25]), np.array([x + lean[0], y + lean[1], tall])
        mesh.add(
            [foot - side, foot + side, top], np.tile([0.0, 0, 1], (3, 1)), [(0, 1, 2)], tone,
            sway=np.array([0, 0, 0.8]),
        )  # fmt: skip
        if rng.random() < 0.22:
            tube(
                mesh,
                [foot + (top - foot) * 0.84, foot + (top - foot) * 0.99],
                (0.034, 0.03),
                rgb("#5a3a22"),
                sides=6,
                sway=0.8,
            )


def woods(quarter: int, *, fine: bool) -> Mesh:
    """Return the wood around the village in one quarter of the compass (0 is the north-east)."""
    rng = np.random.default_rng(300 + quarter)
    mesh = Mesh()
    kinds = [broad_tree(rng, CROWNS[i], fine=False) for i in (0, 1, 3, 4)] + [pine(rng, fine=False) for _ in range(2)]
    for k in range(20):
        a = np.radians(quarter * 90 + rng.uniform(0, 90))
        r = 30.5 + 34 * rng.random() ** 1.7
        x, y = r * np.cos(a), r * np.sin(a)
        if (
            plan.path_distance(np.array(x), np.array(y)) < 1.2
            or np.hypot(x - plan.MILL_AT[0], y - plan.MILL_AT[1]) < 11
        ):
            continue
        if plan.house_distance(np.array(x), np.array(y)) < 2.2:
            continue
        z = float(plan.height(np.array(x), np.array(y)))
        size = rng.uniform(0.85, 1.6)
        mesh.append(
            kinds[k % len(kinds)],
            placed(x, y, z - 0.1, h=rng.uniform(0, 360)) @ scaled(size, size, size * rng.uniform(0.9, 1.2)),
        )
    return mesh
