"""Timber-framed houses with shingled roofs, lit windows, flower boxes and chimneys, and the windmill.

A house is built with its front along -y and its ground at z = 0; `plan.House` says where it goes.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from samples.village.geometry import FloatArray, Mesh, placed, rgb, tint, vary
from samples.village.plan import House
from samples.village.plants import ivy
from samples.village.shapes import beam, box, ellipsoid, lathe, leaves, stone, tube

_EAVES, _GABLE = 0.55, 0.40  # how far the roof reaches over the walls
_ROW = 0.40  # m of roof that a row of tiles shows
_PANE = rgb("#ffc46b")
_STONE = rgb("#8f877c")


def ridge_height(house: House) -> float:
    """Return the height of a house's ridge."""
    return house.wall + house.depth * 0.5 * 1.02


def chimney_top(house: House) -> FloatArray:
    """Return where a house's smoke begins, in the house's own frame."""
    return np.array([house.width * 0.27, house.depth * 0.14, ridge_height(house) + 0.75])


def build(house: House, seed: int) -> Mesh:
    """Return a house in its own frame; those in the second row have fewer details."""
    near = float(np.hypot(house.x, house.y)) < 23.5
    rng = np.random.default_rng(1000 + seed)
    mesh = Mesh()
    _walls(mesh, house, rng)
    _frame(mesh, house)
    _roof(mesh, house, rng)
    _chimney(mesh, house, rng)
    front = -house.depth / 2
    door_x = -house.width * 0.12 if house.sign else house.width * (0.02 if seed % 2 else -0.2)
    mesh.append(_door(house, rng), placed(door_x, front, 0))
    for x in (-house.width * 0.36, house.width * 0.14, house.width * 0.37):
        if abs(x - door_x) > 1.05:
            mesh.append(_window(house, rng, flowers=near), placed(x, front, 1.62))
    for side in (-1, 1):
        wall = placed(side * house.width / 2, 0, 0, h=side * 90)
        if near:
            mesh.append(_window(house, rng, flowers=False), wall @ placed(-0.9, 0, 1.62))
        mesh.append(_window(house, rng, flowers=side > 0, small=True), wall @ placed(0, 0, house.wall + 0.85))
        if (seed + side) % 3 == 0:
            climbing = Mesh()
            ivy(climbing, 2.2, house.wall * 0.95, rng)
            mesh.append(climbing, wall @ placed(1.3, -0.02, 0))
    if seed % 2:
        climbing = Mesh()
        ivy(climbing, 1.4, house.wall * 0.9, rng)
        mesh.append(climbing, placed(house.width * 0.46, front - 0.02, 0))
    if house.sign:
        mesh.append(_sign(house), placed(door_x + 1.0, front, 2.35))
    if near:
        _clutter(mesh, house, rng)
    return mesh.recolor(lambda p: 0.72 + 0.28 * np.clip(p[:, 2] / 0.9, 0, 1))


def _walls(mesh: Mesh, house: House, rng: np.random.Generator) -> None:
    w, d, tall = house.width / 2, house.depth / 2, house.wall
    top = ridge_height(house) - 0.15
    corners = [
        (-w, -d, 0.2),
        (w, -d, 0.2),
        (w, d, 0.2),
        (-w, d, 0.2),
        (-w, -d, tall),
        (w, -d, tall),
        (w, d, tall),
        (-w, d, tall),
        (-w, 0, top),
        (w, 0, top),
    ]
    under = np.asarray(house.plaster) * 0.78  # the eaves keep the light from the top of a wall
    tones = np.array([house.plaster] * 4 + [tuple(under)] * 4 + [tuple(under * 0.9)] * 2)
    mesh.flat(corners, [(0, 1, 5, 4), (2, 3, 7, 6), (1, 2, 6, 9, 5), (3, 0, 4, 8, 7)], tones)
    for side, (length, out, h) in enumerate(
        ((house.width, d, 0), (house.depth, w, 90), (house.width, d, 180), (house.depth, w, 270))
    ):
        for row in range(2) if h != 180 else ():
            x = -length / 2 - 0.06 + 0.2 * ((row + side) % 2)
            while x < length / 2:
                wide = min(float(rng.uniform(0.45, 0.85)), length / 2 + 0.1 - x)
                if wide > 0.12:
                    at = placed(0, 0, 0, h=h) @ placed(x + wide / 2, -out - 0.02, 0.12 + row * 0.25, p=90)
                    stone(mesh, (wide - 0.02, 0.24, 0.2), at, vary(_STONE, rng, 0.12), rng)
                x += wide


def _frame(mesh: Mesh, house: House) -> None:
    w, d, tall, t = house.width / 2, house.depth / 2, house.wall, 0.20
    wood = house.timber
    for x in (-w, w):
        for y in (-d, d):
            beam(mesh, (x, y, 0.4), (x, y, tall), t + 0.04, t + 0.04, wood, ends=False)
    for y, out in ((-d, -1), (d, 1)):
        y += out * 0.02
        for z in (0.52, 1.05, tall - 0.12):
            beam(mesh, (-w, y, z), (w, y, z), 0.13, t if z > 2 else 0.15, wood, ends=False)
        for x in (-0.25, 0.0, 0.25):
            beam(mesh, (x * house.width, y, 0.52), (x * house.width, y, tall), 0.16, 0.12, wood, ends=False)
        for side in (-1, 1) if out > 0 else ():
            beam(mesh, (side * w, y, tall - 0.3), (side * (w - 0.75), y, 1.08), 0.13, 0.10, wood, ends=False)
    top = ridge_height(house) - 0.2
    for side in (-1, 1):
        x = side * (w + 0.02)
        for z in (0.52, 1.05, tall):
            beam(mesh, (x, -d, z), (x, d, z), 0.13, 0.17, wood, ends=False)
        beam(mesh, (x, 0, 1.05), (x, 0, tall), 0.14, 0.12, wood, ends=False)
        for y in (-1, 1):
            beam(mesh, (x, y * d, tall), (x, 0, top), 0.12, 0.18, wood, ends=False)
            beam(
                mesh,
                (x, y * d * 0.42, tall),
                (x, y * d * 0.42, tall + (top - tall) * 0.55),
                0.12,
                0.12,
                wood,
                ends=False,
            )
            beam(mesh, (x, y * d, 1.1), (x, y * (d - 0.8), tall - 0.1), 0.12, 0.10, wood, ends=False)


def _roof_height(house: House, x: FloatArray | float, across: FloatArray | float) -> FloatArray:
    """Return the roof's height; the old ridge sags in the middle."""
    slope = ridge_height(house) - np.abs(across) * 1.02
    sag = 0.20 * (np.abs(x) / (house.width / 2)) ** 2 - 0.10
    flare = 0.12 * np.clip((np.abs(across) - house.depth * 0.42) / 0.7, 0, 1)
    return np.asarray(slope + sag + flare)


def _roof(mesh: Mesh, house: House, rng: np.random.Generator) -> None:
    half, reach = house.width / 2 + _GABLE, house.depth / 2 + _EAVES
    straw = house.roof[0] > 0.6 and house.roof[1] > 0.5
    # The boards beneath, seen from below and between the tiles.
    x = np.linspace(-half, half, 9)
    for side in (-1, 1):
        y = np.array([0, reach * 0.5, reach]) * side
        top = np.array([[(a, b, float(_roof_height(house, a, b)) - 0.03) for a in x] for b in y])
        under = top - [0, 0, 0.14]
        columns = len(x)
        points = np.concatenate([top.reshape(-1, 3), under.reshape(-1, 3)])
        faces: list[tuple[int, ...]] = []
        for i in range(2):
            for j in range(columns - 1):
                k = i * columns + j
                quad = (k, k + 1, k + columns + 1, k + columns)
                under_it = tuple(corner + 3 * columns for corner in quad)
                faces += [quad, under_it[::-1]] if side > 0 else [quad[::-1], under_it]
        mesh.flat(points, faces, tint(house.timber, light=0.8))
    rows = int(reach / _ROW)
    for side in (-1, 1):
        for row in range(rows + 1):
            low, high = reach - row * _ROW + 0.05, reach - (row + 1) * _ROW - 0.06
            if high < -0.06:
                break
            at = -half - 0.02 - (0.17 if row % 2 else 0.0)
            while at < half:
                wide = float(rng.uniform(0.38, 0.58))
                a, b = max(at + 0.008, -half - 0.04), min(at + wide - 0.008, half + 0.04)
                at += wide
                if b - a < 0.08:
                    continue
                _tile(mesh, house, (a, b), (side * low, side * max(high, 0.0)), straw, rng)
    caps = np.linspace(-half - 0.03, half + 0.03, round(half * 4) + 1)
    for a, b in pairwise(caps):
        ridge = float(_roof_height(house, (a + b) / 2, 0.0))
        cap = [(0.15, -0.10, -0.04), (0.12, 0.0, 0.05), (0.0, 0.0, 0.11)]
        ring = np.array([(y, z) for y, _, z in cap] + [(-y, z) for y, _, z in cap[1::-1]])
        tone = vary(tint(house.roof, light=0.9), rng, 0.1)
        lift = 0.02 * rng.random()
        points = np.array([(x0, y, ridge + z + lift) for x0 in (a, b + 0.01) for y, z in ring])
        mesh.flat(points, [(i, i + 1, i + 6, i + 5) for i in range(4)] + [(4, 3, 2, 1, 0), (5, 6, 7, 8, 9)], tone)
    for x0 in (-half, half):
        for side in (-1, 1):
            ends = [
                (x0, side * reach, float(_roof_height(house, x0, reach)) - 0.08),
                (x0, 0, float(_roof_height(house, x0, 0.0)) - 0.08),
            ]
            beam(mesh, ends[0], ends[1], 0.09, 0.26, tint(house.timber, light=1.1))


def _tile(
    mesh: Mesh,
    house: House,
    x: tuple[float, float],
    across: tuple[float, float],
    straw: bool,
    rng: np.random.Generator,
) -> None:
    lift = 0.075 + rng.uniform(-0.012, 0.02)
    slip = rng.uniform(-0.03, 0.03) * (2.2 if straw else 1.0)
    low = across[0] + np.sign(across[0]) * slip
    corners = [(x[0], low), (x[1], low), (x[1], across[1]), (x[0], across[1])]
    top = [(a, b, float(_roof_height(house, a, b)) + (lift if i < 2 else 0.02)) for i, (a, b) in enumerate(corners)]
    lip = [(a, b, z - 0.075) for a, b, z in top[:2]]
    points = np.array(top + lip)
    faces = [(0, 1, 2, 3), (4, 5, 1, 0)]
    if low > 0:
        faces = [face[::-1] for face in faces]
    tone = np.asarray(vary(house.roof, rng, 0.13))
    mesh.flat(points, faces, np.array([tone, tone, tone * 0.86, tone * 0.86, tone * 0.6, tone * 0.6]))


def _chimney(mesh: Mesh, house: House, rng: np.random.Generator) -> None:
    x, y, top = chimney_top(house)
    z = ridge_height(house) - 0.45
    while z < top - 0.15:
        for h in (0, 90, 180, 270):
            for k in (-0.5, 0.5) if round(z * 5) % 2 else (0.0,):
                at = placed(x, y, z + 0.1, h=h) @ placed(k * 0.34, -0.30, 0, p=90)
                stone(mesh, (0.33 if k else 0.66, 0.2, 0.12), at, vary(_STONE, rng, 0.14), rng)
        z += 0.21
    box(
        mesh,
        (0.6, 0.6, top - ridge_height(house) + 0.6),
        (x, y, (top + ridge_height(house) - 0.8) / 2),
        tint(_STONE, light=0.6),
    )
    box(mesh, (0.82, 0.82, 0.12), (x, y, top - 0.12), tint(_STONE, light=0.85))
    for k in (-1, 1):
        lathe(
            mesh,
            [(0.13, top - 0.06), (0.11, top + 0.14), (0.13, top + 0.18), (0.09, top + 0.18), (0.08, top)],
            rgb("#9c5a3c"),
            sides=9,
            center=(x + k * 0.17, y, 0),
        )


def _window(house: House, rng: np.random.Generator, *, flowers: bool, small: bool = False) -> Mesh:
    mesh = Mesh()
    w, tall = (0.55, 0.6) if small else (0.84, 0.98)
    wood = tint(house.timber, light=1.25)
    glow = float(rng.uniform(0.55, 0.95))
    panes = [
        (-w / 2, -0.03, -tall / 2),
        (w / 2, -0.03, -tall / 2),
        (w / 2, -0.03, tall / 2),
        (-w / 2, -0.03, tall / 2),
        (0, -0.03, -tall * 0.1),
    ]
    lit = np.array([tint(_PANE, light=0.75, hue=-0.02)] * 4 + [rgb("#ffe0a0")])
    mesh.add(
        panes,
        np.tile([0.0, -1, 0], (5, 1)),
        [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)],
        lit,
        glow=np.array([glow * 0.55] * 4 + [glow]),
    )
    for x in (-w / 2 - 0.04, w / 2 + 0.04):
        box(mesh, (0.11, 0.17, tall + 0.2), (x, -0.04, 0), wood, back=False)
    for z in (-tall / 2 - 0.04, tall / 2 + 0.04):
        box(mesh, (w + 0.2, 0.19, 0.11), (0, -0.05, z), wood, back=False)
    box(mesh, (0.045, 0.08, tall), (0, -0.05, 0), wood, back=False)
    for z in (-tall / 6, tall / 6) if not small else (0.0,):
        box(mesh, (w, 0.07, 0.04), (0, -0.05, z), wood, back=False)
    box(mesh, (w + 0.36, 0.28, 0.07), (0, -0.1, -tall / 2 - 0.11), tint(wood, light=1.1), back=False)
    if not small:
        shutter = tint(house.roof, light=0.95, saturation=0.8)
        for side in (-1, 1):
            panel = Mesh()
            for i in range(3):
                box(panel, (0.125, 0.045, tall + 0.1), (-0.13 + 0.13 * i, 0, 0), vary(shutter, rng, 0.06), back=False)
            for z in (-0.3, 0.3):
                box(panel, (0.38, 0.03, 0.07), (0, -0.03, z), tint(shutter, light=0.8), back=False)
            mesh.append(panel, placed(side * (w / 2 + 0.30), -0.10, 0, h=side * 14))
    if flowers:
        z = -tall / 2 - 0.08
        box(mesh, (w + 0.22, 0.24, 0.20), (0, -0.20, z - 0.02), tint(house.timber, light=1.05), back=False)
        kinds = [rgb("#d9466a"), rgb("#f0b83c"), rgb("#f2e9df"), rgb("#c85bb0"), rgb("#e2573a")]
        pair = [kinds[i] for i in rng.permutation(5)[:2]]
        for count, size, tone, low in (
            (34, 0.075, rgb("#55753a"), 0.06),
            (14, 0.06, pair[0], 0.12),
            (9, 0.06, pair[1], 0.12),
        ):
            along, out_of = rng.uniform(-w / 2 - 0.08, w / 2 + 0.08, count), rng.uniform(-0.34, -0.12, count)
            at = np.stack([along, out_of, z + low + rng.uniform(0, 0.12, count)], -1)
            out = np.tile([0.0, -0.7, 0.7], (count, 1)) + rng.normal(0, 0.2, (count, 3))
            leaves(mesh, at, out, size, np.asarray(tone) * rng.uniform(0.8, 1.2, (count, 1)), rng, sway=0.05)
    return mesh


def _door(house: House, rng: np.random.Generator) -> Mesh:
    mesh = Mesh()
    wood = vary(rgb("#7a4a2c"), rng, 0.2)
    for i in range(5):
        box(mesh, (0.198, 0.08, 2.0), (-0.4 + 0.2 * i, -0.03, 1.2), vary(wood, rng, 0.08))
    for z in (0.6, 1.7):
        box(mesh, (0.9, 0.04, 0.09), (-0.02, -0.085, z), rgb("#35302c"))
    for x in (-0.58, 0.58):
        beam(mesh, (x, -0.05, 0.1), (x, -0.05, 2.3), 0.18, 0.22, house.timber)
    beam(mesh, (-0.75, -0.06, 2.32), (0.75, -0.06, 2.32), 0.26, 0.22, house.timber)
    ellipsoid(mesh, (0.36, -0.11, 1.15), (0.04, 0.04, 0.04), rgb("#c9a24a"), sides=8, rings=5)
    box(mesh, (1.5, 0.75, 0.14), (0, -0.38, 0.05), vary(_STONE, rng))
    box(mesh, (1.2, 0.45, 0.14), (0, -0.24, 0.16), vary(_STONE, rng))
    mesh.flat(
        [
            (-0.9, -0.75, 2.52),
            (0.9, -0.75, 2.52),
            (0.9, 0, 2.86),
            (-0.9, 0, 2.86),
            (-0.9, -0.75, 2.44),
            (0.9, -0.75, 2.44),
        ],
        [(0, 1, 2, 3), (4, 5, 1, 0), (3, 2, 5, 4)],
        tint(house.roof, light=0.9),
    )
    for x in (-0.72, 0.72):
        beam(mesh, (x, -0.66, 2.46), (x, -0.04, 2.02), 0.09, 0.09, house.timber)
    return mesh


def _sign(house: House) -> Mesh:
    mesh = Mesh()
    beam(mesh, (0, 0, 0.45), (0, -1.05, 0.45), 0.08, 0.08, rgb("#3b332d"))
    beam(mesh, (0, -0.05, 0.05), (0, -0.6, 0.43), 0.05, 0.05, rgb("#3b332d"))
    for y in (-0.35, -0.95):
        beam(mesh, (0, y, 0.45), (0, y, 0.28), 0.02, 0.02, rgb("#3b332d"))
    box(mesh, (0.06, 0.8, 0.52), (0, -0.65, 0.02), rgb("#8a5a34"))
    box(mesh, (0.075, 0.7, 0.42), (0, -0.65, 0.02), rgb("#e9d6ae"))
    if house.sign == "bread":
        for i in range(3):
            ellipsoid(
                mesh,
                (0, -0.82 + 0.17 * i, 0.02 + 0.04 * (i == 1)),
                (0.055, 0.12, 0.10),
                rgb("#b8742f"),
                sides=10,
                rings=6,
            )
    else:
        box(mesh, (0.10, 0.22, 0.22), (0, -0.66, 0.0), rgb("#7a4a24"))
        box(mesh, (0.11, 0.24, 0.07), (0, -0.66, 0.13), rgb("#f6efe0"))
    return mesh


def _clutter(mesh: Mesh, house: House, rng: np.random.Generator) -> None:
    """Stack wood along one gable, and leave a barrel at the other end of the front."""
    w, d = house.width / 2, house.depth / 2
    for row in range(3):
        for i in range(8 - row):
            y = -1.0 + 0.19 * i + 0.095 * row
            r = float(rng.uniform(0.075, 0.098))
            tone = vary(rgb("#8a6844"), rng, 0.2)
            tube(mesh, [(-w - 0.55, y, 0.11 + 0.165 * row), (-w - 0.08, y, 0.11 + 0.165 * row)], (r, r), tone, sides=6)
            ellipsoid(
                mesh,
                (-w - 0.55, y, 0.11 + 0.165 * row),
                (0.012, r * 0.95, r * 0.95),
                tint(tone, light=1.45, saturation=0.7),
                sides=6,
                rings=3,
            )
    barrel(mesh, (w - 0.5, -d - 0.55), rng)


def barrel(mesh: Mesh, at: tuple[float, float], rng: np.random.Generator) -> None:
    """Add a barrel with iron hoops."""
    center = (at[0], at[1], 0.0)
    wood = vary(rgb("#81562f"), rng, 0.12)
    lathe(
        mesh,
        [
            (0.26, 0.0),
            (0.325, 0.22),
            (0.345, 0.43),
            (0.325, 0.64),
            (0.27, 0.85),
            (0.24, 0.85),
            (0.235, 0.79),
            (0.0, 0.79),
        ],
        wood,
        sides=14,
        center=center,
    )
    for z, r in ((0.14, 0.311), (0.43, 0.350), (0.71, 0.318)):
        lathe(mesh, [(r, z - 0.03), (r + 0.008, z), (r, z + 0.03)], rgb("#3c3835"), sides=14, center=center)


def windmill() -> tuple[Mesh, Mesh]:
    """Return the mill's tower, and its sails around their axle (turning about +y)."""
    rng = np.random.default_rng(77)
    tower, sails = Mesh(), Mesh()
    white, roof, wood = rgb("#e6dac4"), rgb("#7a4a38"), rgb("#5b4030")
    lathe(tower, [(2.6, -0.5), (2.35, 2.0), (2.05, 5.0), (1.8, 7.6)], white, sides=16)
    lathe(tower, [(2.68, -0.5), (2.6, 0.5), (2.5, 0.9)], _STONE, sides=16)
    lathe(tower, [(2.05, 7.5), (1.95, 7.8), (1.5, 8.7), (0.7, 9.5), (0.0, 9.7)], roof, sides=16)
    tower.append(_window(House(0, 0, 0, 4, 4, 2, roof, white, wood), rng, flowers=False), placed(0, -2.12, 4.4, p=-5))
    tower.append(_door(House(0, 0, 0, 4, 4, 2, roof, white, wood), rng), placed(0, -2.5, 0))
    beam(tower, (0, -1.2, 7.9), (0, -2.75, 7.9), 0.3, 0.3, wood)
    for k in range(4):
        vane = Mesh()
        beam(vane, (0, 0, 0), (0, 0, 5.2), 0.16, 0.16, wood)
        for i in range(9):
            z = 1.1 + i * 0.5
            beam(vane, (-0.25, 0, z), (1.05, -0.12, z), 0.05, 0.05, wood)
        cloth = [(0.08, -0.05, 1.0), (1.0, -0.16, 1.0), (1.0, -0.16, 5.15), (0.08, -0.05, 5.15)]
        vane.flat(cloth, [(0, 1, 2, 3), (3, 2, 1, 0)], rgb("#efe4cf"))
        sails.append(vane, placed(0, 0, 0, r=k * 90 + 20))
    ellipsoid(sails, (0, -0.1, 0), (0.32, 0.3, 0.32), wood, sides=10, rings=6)
    return tower, sails
