"""The things between the houses: well, market stall, forge, fences and gate, lanterns, bunting, jetty."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from samples.village import plan
from samples.village.geometry import Color, FloatArray, Mesh, placed, rgb, tint, vary
from samples.village.houses import barrel
from samples.village.shapes import beam, box, ellipsoid, lathe, leaves, rock, stone, surface, tube

_OAK, _IRON, _STONE = rgb("#66472f"), rgb("#38343a"), rgb("#99907f")

LANTERN_LIGHTS: tuple[tuple[float, float, float], ...] = (
    (-3.9, -7.9, 2.62), (5.2, 7.3, 2.62), (-8.4, 2.0, 2.62), (8.6, -4.4, 2.62), (1.75, -19.6, 2.2), (-1.75, -19.6, 2.2),
)  # fmt: skip
BLUE_LANTERN = 4  # of them: dark until somebody mends it
FORGE_AT = (-13.1, -6.9)
FORGE_GLOW = (-13.55, -7.2, 1.15)


def well() -> Mesh:
    """Return the well: a ring of stones and a slim open frame that hides nobody."""
    rng = np.random.default_rng(31)
    mesh = Mesh()
    for row in range(4):
        count = 15
        for i in range(count):
            a = 360 / count * (i + 0.5 * (row % 2))
            at = placed(0, 0, 0, h=a) @ placed(0, -1.18, 0.1 + row * 0.215, p=90)
            stone(mesh, (0.50, 0.205, 0.36), at, vary(_STONE, rng, 0.12), rng)
    for i in range(13):
        at = placed(0, 0, 0, h=360 / 13 * i) @ placed(0, -1.14, 0.92)
        stone(mesh, (0.58, 0.50, 0.16), at, vary(tint(_STONE, light=1.1), rng, 0.1), rng)
    lathe(mesh, [(1.0, 0.95), (1.0, 0.25)], tint(_STONE, light=0.45), sides=18)
    mesh.recolor(lambda p: 0.75 + 0.25 * np.clip(p[:, 2] / 0.6, 0, 1))
    for x in (-1.12, 1.12):
        beam(mesh, (x, 0, 0.85), (x, 0, 2.55), 0.15, 0.15, _OAK)
        beam(mesh, (x, -0.45, 0.9), (x, 0, 1.6), 0.09, 0.09, _OAK)
        beam(mesh, (x, 0.45, 0.9), (x, 0, 1.6), 0.09, 0.09, _OAK)
    tube(mesh, [(-1.25, 0, 2.05), (1.32, 0, 2.05)], (0.09, 0.09), tint(_OAK, light=1.2), sides=10)
    tube(mesh, [(-0.24, 0, 2.05), (0.24, 0, 2.05)], (0.15, 0.15), rgb("#b89a6a"), sides=12)
    tube(mesh, [(1.32, 0, 2.05), (1.42, 0, 2.05), (1.42, 0.0, 1.75), (1.62, 0, 1.75)], (0.035,) * 4, _IRON, sides=6)
    tube(mesh, [(0, -0.14, 2.02), (0, -0.14, 1.35)], (0.02, 0.02), rgb("#c2a878"), sides=6)
    bucket(mesh, (0.0, -0.14, 0.98))
    beam(mesh, (-1.45, 0, 2.78), (1.45, 0, 2.78), 0.14, 0.14, _OAK)
    # A small shingled roof, high and narrow: one sees below it.
    for side in (-1, 1):
        for row in range(3):
            for i in range(9):
                x = -1.5 + i * 0.335 + (0.16 if row % 2 else 0)
                low, high = side * (0.78 - row * 0.25), side * (0.78 - row * 0.25 - 0.31)
                za, zb = 2.95 - abs(low) * 0.62 + 0.06, 2.95 - abs(high) * 0.62 + 0.015
                points = [
                    (x, low, za),
                    (x + 0.32, low, za),
                    (x + 0.32, high, zb),
                    (x, high, zb),
                    (x, low, za - 0.06),
                    (x + 0.32, low, za - 0.06),
                ]
                faces = [(0, 1, 2, 3), (4, 5, 1, 0), (3, 2, 5, 4)]
                mesh.flat(points, faces if side < 0 else [f[::-1] for f in faces], vary(rgb("#a8573a"), rng, 0.12))
    bucket(mesh, (1.5, -1.25, 0.03))
    return mesh


def bucket(mesh: Mesh, at: tuple[float, float, float]) -> None:
    """Add a bucket of water."""
    wood = rgb("#8c6238")
    lathe(mesh, [(0.15, 0.0), (0.20, 0.30), (0.175, 0.30), (0.165, 0.24), (0.0, 0.24)], wood, sides=14, center=at)
    for z, r in ((0.06, 0.166), (0.24, 0.195)):
        lathe(mesh, [(r, z - 0.02), (r + 0.006, z), (r, z + 0.02)], _IRON, sides=14, center=at)
    turn = np.linspace(0, np.pi, 9)
    tube(
        mesh,
        np.stack([0.19 * np.cos(turn), 0 * turn, 0.28 + 0.17 * np.sin(turn)], -1) + np.asarray(at),
        (0.012,) * 9,
        _IRON,
        sides=5,
    )


def stall() -> Mesh:
    """Return the market stall, its front along -y: striped awning, crates of fruit, hanging herbs."""
    rng = np.random.default_rng(41)
    mesh = Mesh()
    for side in (-1.7, 1.7):
        beam(mesh, (side, -0.7, 0), (side, -0.7, 2.35), 0.12, 0.12, _OAK)
        beam(mesh, (side, 0.9, 0), (side, 0.9, 2.85), 0.12, 0.12, _OAK)
    columns, rows = 41, 7
    x, t = np.meshgrid(np.linspace(-2.0, 2.0, columns), np.linspace(0, 1, rows))
    y = 1.1 - 2.3 * t
    z = 2.95 - 0.62 * t - 0.10 * np.sin(t * np.pi) - 0.03 * np.cos(x * np.pi / 0.4) * t
    stripes = [rgb("#f3ead8"), rgb("#c8503f")]
    for i in range(10):
        part = slice(i * 4, i * 4 + 5)
        sheet = np.stack([x[:, part], y[:, part], z[:, part]], -1)
        from_edge = sheet[-1]
        scallop = np.array([0.16, 0.21, 0.24, 0.21, 0.16])
        valance = np.stack([from_edge, from_edge - np.stack([0 * scallop, 0.02 + 0 * scallop, scallop], -1)])
        for cloth in (sheet, valance):
            grid = cloth.reshape(-1, 3)
            n = len(cloth)
            faces = [
                (r * 5 + c, (r + 1) * 5 + c, (r + 1) * 5 + c + 1, r * 5 + c + 1) for r in range(n - 1) for c in range(4)
            ]
            tri = [f for a, b, c, d in faces for f in ((a, b, c), (a, c, d))]
            mesh.soft(grid, tri, stripes[i % 2], sway=0.05)
            mesh.soft(grid - [0, 0, 0.01], [f[::-1] for f in tri], tint(stripes[i % 2], light=0.75), sway=0.05)
    for i in range(12):
        box(mesh, (0.29, 0.05, 0.8), (-1.6 + i * 0.291, -0.78, 0.42), vary(rgb("#8d6239"), rng, 0.09))
    box(mesh, (3.6, 1.1, 0.08), (0, -0.3, 0.86), rgb("#a2754a"))
    goods: list[Color] = [
        rgb("#c8392f"),
        rgb("#e6a62e"),
        rgb("#7f9f3a"),
        rgb("#e07a2f"),
        rgb("#7c3f6e"),
        rgb("#d9c24a"),
    ]
    for i in range(6):
        cx = -1.45 + i * 0.58
        crate = Mesh()
        for k in (-1, 1):
            box(crate, (0.52, 0.04, 0.2), (0, k * 0.32, 0.1), vary(rgb("#b08453"), rng))
            box(crate, (0.04, 0.64, 0.2), (k * 0.24, 0, 0.1), vary(rgb("#b08453"), rng))
        for _ in range(22):
            r = float(rng.uniform(0.055, 0.08))
            at = (float(rng.uniform(-0.19, 0.19)), float(rng.uniform(-0.27, 0.27)), 0.13 + float(rng.uniform(0, 0.12)))
            ellipsoid(crate, at, (r, r, r * 0.92), vary(goods[i], rng, 0.14), sides=7, rings=4)
        mesh.append(crate, placed(cx, -0.42, 0.92, p=14))
    for i in range(9):
        knot = np.array([-1.5 + i * 0.38, -0.62, 2.12 - 0.05 * (i % 2)])
        tube(mesh, [knot + np.array([0, 0, 0.25]), knot], (0.008, 0.008), rgb("#c2a878"), sides=4)
        around = rng.normal(size=(18, 3)) * [0.05, 0.05, 0.10]
        green = np.asarray([rgb("#6d8a3e"), rgb("#9a7fb0"), rgb("#c9a23f")][i % 3])
        leaves(mesh, knot - [0, 0, 0.08] + around, np.tile([0.0, -0.8, 0.6], (18, 1)), 0.06, green, rng, sway=0.15)
    for k in range(3):
        x0, y0 = 2.35 + 0.1 * k, -0.5 + 0.62 * k
        lathe(
            mesh,
            [(0.24, 0.0), (0.29, 0.2), (0.27, 0.42), (0.15, 0.52), (0.18, 0.58)],
            vary(rgb("#b59a6c"), rng, 0.1),
            sides=12,
            center=(x0, y0, 0),
        )
    return mesh


def forge() -> Mesh:
    """Return the smith's open shed: hearth with a fire, anvil, trough, tools."""
    rng = np.random.default_rng(51)
    mesh = Mesh()
    for x in (-1.5, 1.5):
        for y in (-1.2, 1.2):
            beam(mesh, (x, y, 0), (x, y, 2.5 + 0.35 * (y > 0)), 0.16, 0.16, _OAK)
    for row in range(7):
        for i in range(9):
            a, b = -1.9 + i * 0.43, -1.9 + (i + 1) * 0.43
            low, high = -1.65 + row * 0.48, -1.65 + (row + 1) * 0.48 + 0.08
            za, zb = 2.62 + 0.14 * low + 0.09, 2.62 + 0.14 * high + 0.03
            points = [
                (a, low, za + 0.06),
                (b, low, za + 0.06),
                (b, high, zb),
                (a, high, zb),
                (a, low, za),
                (b, low, za),
            ]
            mesh.flat(points, [(0, 1, 2, 3), (4, 5, 1, 0), (3, 2, 5, 4)], vary(rgb("#6a6458"), rng, 0.12))
    for row in range(5):
        for i in range(4):
            for h in (0, 90, 180, 270):
                at = placed(-0.45, 0.35, 0.1 + row * 0.2, h=h) @ placed(-0.45 + i * 0.3, -0.6, 0, p=90)
                stone(mesh, (0.29, 0.19, 0.16), at, vary(tint(_STONE, light=0.8), rng, 0.12), rng)
    box(mesh, (1.2, 1.2, 0.9), (-0.45, 0.35, 0.46), tint(_STONE, light=0.5))
    for _ in range(30):
        coal = (-0.45 + float(rng.normal(0, 0.2)), 0.35 + float(rng.normal(0, 0.2)), 0.98 + float(rng.uniform(0, 0.06)))
        hot = rng.random() < 0.6
        ellipsoid(mesh, coal, (0.07, 0.07, 0.05), rgb("#ff7a2a") if hot else rgb("#2c2624"), sides=6, rings=4)
        if hot:
            mesh.settle().effects[-24:, 1] = 0.5
    mesh.flat(
        [
            (-1.1, -0.3, 1.9),
            (0.2, -0.3, 1.9),
            (0.2, 1.0, 1.9),
            (-1.1, 1.0, 1.9),
            (-0.7, 0.1, 2.7),
            (-0.2, 0.1, 2.7),
            (-0.2, 0.6, 2.7),
            (-0.7, 0.6, 2.7),
        ],
        [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7)],
        rgb("#4b4440"),
    )
    tube(mesh, [(1.0, -0.7, 0), (1.0, -0.7, 0.55)], (0.26, 0.24), rgb("#6b4a30"), sides=10)
    box(mesh, (0.30, 0.20, 0.12), (1.0, -0.7, 0.61), _IRON)
    box(mesh, (0.62, 0.22, 0.12), (1.0, -0.7, 0.76), tint(_IRON, light=1.25))
    tube(mesh, [(1.3, -0.7, 0.77), (1.58, -0.7, 0.79)], (0.09, 0.02), tint(_IRON, light=1.25), sides=8)
    beam(mesh, (0.8, -0.72, 0.85), (1.15, -0.66, 0.85), 0.04, 0.04, _OAK)
    box(mesh, (0.09, 0.16, 0.09), (1.17, -0.66, 0.87), tint(_IRON, light=0.9))
    for i in range(4):
        beam(mesh, (-1.42, -0.8 + 0.4 * i, 1.9), (-1.42, -0.8 + 0.4 * i, 1.15), 0.04, 0.04, _OAK)
        box(mesh, (0.10, 0.16, 0.10), (-1.42, -0.8 + 0.4 * i, 1.13), _IRON)
    beam(mesh, (-1.45, -1.2, 1.92), (-1.45, 1.2, 1.92), 0.08, 0.08, _OAK)
    barrel(mesh, (1.35, 0.85), rng)
    return mesh


def fence(start: tuple[float, float], end: tuple[float, float], seed: int) -> Mesh:
    """Return a fence of split rails between two points."""
    rng = np.random.default_rng(600 + seed)
    mesh = Mesh()
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    count = max(1, round(float(np.hypot(*(b - a))) / 1.7))
    posts = [a + (b - a) * i / count for i in range(count + 1)]
    tops = []
    for x, y in posts:
        lean = rng.normal(0, 0.03, 2)
        tall = rng.uniform(0.98, 1.12)
        tube(mesh, [(x, y, -0.1), (x + lean[0], y + lean[1], tall)], (0.075, 0.062), vary(_OAK, rng, 0.15), sides=6)
        tops.append((x + lean[0], y + lean[1]))
    for (x0, y0), (x1, y1) in pairwise(tops):
        for z in (0.42, 0.80):
            ends = [
                (x0, y0, z + rng.normal(0, 0.03)),
                ((x0 + x1) / 2, (y0 + y1) / 2, z - 0.02),
                (x1, y1, z + rng.normal(0, 0.03)),
            ]
            tube(mesh, ends, (0.042, 0.05, 0.042), vary(tint(_OAK, light=1.15), rng, 0.15), sides=5)
    return mesh


def gate_leaf() -> Mesh:
    """Return the gate's leaf, hinged at the origin and reaching along +x."""
    mesh = Mesh()
    w = plan.GATE_WIDTH - 0.15
    for i in range(9):
        x = 0.1 + i * (w - 0.2) / 8
        tall = 1.25 + 0.22 * math.sin(i / 8 * math.pi)
        box(mesh, (0.16, 0.05, tall), (x, 0, tall / 2 + 0.08), tint(_OAK, light=1.2 - 0.08 * (i % 2)))
    for z in (0.35, 1.05):
        box(mesh, (w, 0.07, 0.12), (w / 2, 0.05, z), _OAK)
    beam(mesh, (0.1, 0.06, 0.35), (w - 0.1, 0.06, 1.05), 0.06, 0.11, _OAK)
    return mesh


def gate_posts() -> Mesh:
    """Return the gate's two stone pillars with lanterns' arms and the beam above."""
    rng = np.random.default_rng(61)
    mesh = Mesh()
    x, y = plan.GATE_AT
    for side in (-1, 1):
        px = x + side * (plan.GATE_WIDTH / 2 + 0.3)
        for row in range(8):
            for h in (0, 90, 180, 270):
                at = placed(px, y, 0.12 + row * 0.24, h=h + 3 * rng.normal()) @ placed(0.02, -0.22, 0, p=90)
                stone(mesh, (0.50, 0.235, 0.14), at, vary(_STONE, rng, 0.13), rng)
        stone(mesh, (0.72, 0.72, 0.16), placed(px, y, 2.02), vary(_STONE, rng), rng)
    return mesh


def lantern(mesh: Mesh, at: tuple[float, float, float], *, post: bool, lit: bool = True) -> None:
    """Add a lantern whose light is at a point, on a post of its own or hanging."""
    x, y, z = at
    if post:
        tube(
            mesh,
            [(x + 0.32, y, -0.1), (x + 0.32, y, 1.5), (x + 0.32, y, z + 0.45)],
            (0.085, 0.065, 0.055),
            _OAK,
            sides=8,
        )
        beam(mesh, (x + 0.36, y, z + 0.38), (x - 0.06, y, z + 0.38), 0.06, 0.06, _OAK)
        beam(mesh, (x + 0.32, y, z + 0.1), (x + 0.1, y, z + 0.36), 0.045, 0.045, _OAK)
    tube(mesh, [(x, y, z + 0.37), (x, y, z + 0.2)], (0.012, 0.012), _IRON, sides=4)
    lathe(mesh, [(0.17, z + 0.13), (0.10, z + 0.21), (0.0, z + 0.26)], _IRON, sides=8, center=(x, y, 0))
    lathe(mesh, [(0.0, z - 0.19), (0.12, z - 0.18), (0.13, z - 0.13)], _IRON, sides=8, center=(x, y, 0))
    glass = Mesh()
    lathe(
        glass,
        [(0.10, z - 0.14), (0.125, z), (0.11, z + 0.14)],
        rgb("#ffcf7a" if lit else "#2d4a78"),
        sides=8,
        center=(x, y, 0),
    )
    glass.settle().effects[:, 1] = 0.9 if lit else 0.0
    mesh.append(glass)
    for i in range(4):
        a = math.pi / 2 * i + 0.4
        dx, dy = 0.125 * math.cos(a), 0.125 * math.sin(a)
        tube(mesh, [(x + dx, y + dy, z - 0.15), (x + dx, y + dy, z + 0.15)], (0.012, 0.012), _IRON, sides=4)


def bunting(mesh: Mesh, start: FloatArray, end: FloatArray, seed: int) -> None:
    """Hang a line of little flags between two points."""
    kinds = [rgb("#d8543f"), rgb("#f1e6cf"), rgb("#e0a838"), rgb("#4f8f8a"), rgb("#8a5a8f")]
    t = np.linspace(0, 1, 25)[:, None]
    line = start + (end - start) * t - np.array([0, 0, 1.0]) * (1 - (2 * t - 1) ** 2) * 0.6
    tube(mesh, line, (0.012,) * 25, rgb("#d8c8a8"), sides=4, sway=0.15)
    along = (end - start) / np.linalg.norm(end - start)
    for i in range(1, 24):
        a, b = line[i] - along * 0.17, line[i] + along * 0.17
        tip = line[i] - [0, 0, 0.42]
        sway = np.array([0.15, 0.15, 0.6])
        for points, order in (([a, b, tip], (0, 1, 2)), ([a, b, tip], (2, 1, 0))):
            normal = np.cross(b - a, tip - a) * (1 if order[0] == 0 else -1)
            mesh.add(
                points, np.tile(normal / np.linalg.norm(normal), (3, 1)), [order], kinds[(i + seed) % 5], sway=sway
            )


def shore() -> Mesh:
    """Return what lies around the pond: stones, a jetty, a little boat, lily pads."""
    rng = np.random.default_rng(71)
    mesh = Mesh()
    cx, cy = plan.POND_AT
    for a in np.arange(0, 2 * np.pi, 0.16):
        if abs(a - 3.75) < 0.3 or rng.random() < 0.25:
            continue
        r = float(plan.pond_edge(np.array(a))) + rng.uniform(0.05, 0.45)
        size = rng.uniform(0.14, 0.42)
        tone = vary(rgb("#8d8577"), rng, 0.14)
        rock(mesh, (cx + r * math.cos(a), cy + r * math.sin(a), 0.02), (size, size * 0.8, size * 0.55), tone, rng)
    jetty = Mesh()
    for i in range(11):
        box(jetty, (1.15, 0.25, 0.06), (float(rng.normal(0, 0.015)), i * 0.27, 0.24), vary(rgb("#9a7a54"), rng, 0.12))
    for x in (-0.5, 0.5):
        for y in (0.1, 1.5, 2.75):
            tube(jetty, [(x, y, -0.7), (x, y, 0.46)], (0.075, 0.07), vary(_OAK, rng), sides=7)
    mesh.append(jetty, placed(cx - 3.55, cy - 2.35, 0, h=-56))
    boat = Mesh()
    length = np.linspace(-1, 1, 13)
    beam_width = 0.55 * np.sqrt(np.clip(1 - length**2 * 0.98, 0, 1)) + 0.02
    for flip, tone in ((1, rgb("#7f4434")), (-1, rgb("#b58a5c"))):
        rings = []
        for a in np.linspace(0, np.pi, 9):
            rings.append(
                np.stack([beam_width * np.cos(a), length * 1.35, 0.30 - 0.40 * np.sin(a) + 0.14 * length**2], -1)
            )
        hull = np.array(rings)
        n = hull.shape[1]
        tri = [
            f
            for i in range(8)
            for j in range(n - 1)
            for f in ((i * n + j, i * n + j + 1, i * n + n + j + 1), (i * n + j, i * n + n + j + 1, i * n + n + j))
        ]
        points = hull.reshape(-1, 3) * (1 if flip > 0 else 0.96)
        boat.soft(points, [f if flip > 0 else f[::-1] for f in tri], tone)
    for y in (-0.5, 0.4):
        box(boat, (0.95, 0.2, 0.04), (0, y, 0.18), rgb("#a27a4a"))
    mesh.append(boat, placed(cx + 0.6, cy - 1.2, -0.06, h=34))
    for _ in range(24):
        a, r = rng.uniform(0, 2 * np.pi), rng.uniform(1.2, 3.2)
        x, y = cx + r * math.cos(a), cy + 0.6 + r * 0.8 * math.sin(a)
        if math.hypot(x - cx - 0.6, y - cy + 1.2) < 1.7:
            continue
        size = rng.uniform(0.12, 0.24)
        turn = np.linspace(0.25, 2 * np.pi - 0.25, 12) + rng.uniform(0, 6)
        pad = np.concatenate(
            [[[x, y, -0.10]], np.stack([x + size * np.cos(turn), y + size * np.sin(turn), np.full(12, -0.095)], -1)]
        )
        mesh.soft(pad, [(0, i, i + 1) for i in range(1, 12)], vary(rgb("#5f8a4a"), rng, 0.15))
        if rng.random() < 0.3:
            ellipsoid(mesh, (x, y, -0.06), (0.05, 0.05, 0.045), rgb("#f2c6d4"), sides=8, rings=5)
    return mesh


def water() -> Mesh:
    """Return the pond's surface; red tells the water shader how near the shore is."""
    mesh = Mesh()
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    share = np.linspace(0, 1.06, 14)[:, None]
    r = plan.pond_edge(turn) * share
    points = np.stack(
        [plan.POND_AT[0] + r * np.cos(turn), plan.POND_AT[1] + r * np.sin(turn), np.full_like(r, -0.12)], -1
    )
    tone = np.repeat(np.repeat(share[..., None], 64, 1), 3, 2).clip(0, 1)
    rows = [points[::-1], tone[::-1]]
    surface(mesh, rows[0], rows[1], closed=True)
    return mesh
