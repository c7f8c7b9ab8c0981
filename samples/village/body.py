"""The villagers' bodies and clothes: torso, skirts, aprons, cloaks, arms and legs, standing at the origin.

+y is forward, +x the villager's right, z up, metres before the person's own height and width.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from samples.village.geometry import Color, FloatArray, Mesh, placed, tint
from samples.village.looks import Look, Outfit
from samples.village.shapes import box, ellipsoid, lathe, surface, tube

HEAD_AT = (0.0, 0.02, 1.46)
SHOULDER_AT = (0.195, 0.0, 1.185)
ELBOW_DROP = 0.235
HIP_AT = (0.085, 0.0, 0.70)
SQUASH = 0.74

Profile = list[tuple[float, float, float]]


def torso_profile(look: Look) -> Profile:
    """Return (radius, height, forward) from the hips to the neck."""
    w, belly = look.width, look.belly
    return [
        (0.150 * w, 0.66, 0.0),
        (0.178 * w, 0.72, 0.01 * belly),
        (0.178 * w + 0.03 * belly, 0.80, 0.05 * belly),
        (0.165 * w + 0.06 * belly, 0.90, 0.09 * belly),
        (0.172 * w + 0.04 * belly, 1.00, 0.07 * belly),
        (0.195 * w, 1.10, 0.02),
        (0.198 * w, 1.17, 0.01),
        (0.160 * w, 1.23, 0.0),
        (0.095, 1.265, -0.01),
        (0.078, 1.29, -0.012),
    ]


def skirt_profile(look: Look, hem: float) -> Profile:
    """Return the profile of a dress from the hem to the waist."""
    waist = torso_profile(look)[3]
    spread = 0.34 * look.width
    return [
        (spread, hem, 0.0),
        (spread * 0.95, hem + 0.06, 0.0),
        (spread * 0.83, hem + 0.25, 0.0),
        (spread * 0.68, hem + 0.47, 0.0),
        (waist[0] + 0.012, 0.92, waist[2]),
    ]


def _ring(profile: Profile, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    heights = [ring[1] for ring in profile]
    return (
        np.interp(z, heights, [ring[0] for ring in profile]),
        np.interp(z, heights, [ring[2] for ring in profile]),
    )


def patch(
    mesh: Mesh,
    profile: Profile,
    angles: tuple[float, float],
    heights: tuple[float, float],
    color: Color,
    *,
    lift: float = 0.012,
    narrow: float = 1.0,
) -> None:
    """Lay a piece of cloth over a profile: angles from the front (degrees), heights low and high.

    `narrow` scales the angles at the top, as a bib does.
    """
    rows, columns = 12, 15
    z = np.linspace(heights[0], heights[1], rows)[:, None]
    share = np.linspace(1, narrow, rows)[:, None]
    a = np.radians(np.linspace(angles[0], angles[1], columns)) * share
    radius, forward = _ring(profile, z)
    r = radius + lift
    points = np.stack([r * np.sin(a), r * np.cos(a) * SQUASH + forward + lift * 0.3, z * np.ones_like(a)], -1)
    surface(mesh, points[:, ::-1], color)


def _skirt(mesh: Mesh, profile: Profile, bands: Sequence[Color], *, folds: int) -> None:
    """Add a skirt whose hem has a band of 4 cm for each colour but the last."""
    hem = profile[0][1]
    edges = [hem + 0.045 * ((i + 1) // 2) + 0.001 * (i % 2 == 0) for i in range(2 * len(bands) - 1)]
    heights = [*edges, *(z for _, z, _ in profile if z > edges[-1])]
    radius, forward = _ring(profile, np.array(heights))
    colors = [bands[min(len(bands) - 1, i // 2)] for i in range(len(heights))]
    rings = list(zip(radius.tolist(), heights, forward.tolist(), strict=True))
    lathe(mesh, rings, np.array(colors), sides=44, squash=0.86, folds=folds, fold_depth=0.05)
    lathe(
        mesh, [(r * 0.97, z, y) for r, z, y in rings[:4]][::-1], tuple(np.array(bands[0]) * 0.4), sides=24, squash=0.86
    )


def _belt(mesh: Mesh, profile: Profile, z: float, color: Color, *, buckle: bool = True) -> None:
    radius, forward = _ring(profile, np.array(z))
    r, y = float(radius) + 0.012, float(forward)
    lathe(
        mesh,
        [(r - 0.01, z - 0.03), (r, z - 0.026), (r, z + 0.026), (r - 0.01, z + 0.03)],
        color,
        sides=24,
        squash=SQUASH,
        center=(0, y, 0),
    )
    if buckle:
        box(mesh, (0.06, 0.015, 0.05), (0, y + r * SQUASH + 0.004, z), (0.80, 0.62, 0.28))


def _collar(mesh: Mesh, color: Color, thick: float = 0.022) -> None:
    turn = np.linspace(0, 2 * np.pi, 21, endpoint=False)
    path = np.stack([0.098 * np.sin(turn), 0.085 * np.cos(turn) - 0.008, 1.268 - 0.012 * np.cos(turn)], -1)
    tube(mesh, path, np.full(21, thick), color, sides=8, closed=True)


def _shawl(mesh: Mesh, look: Look, color: Color) -> None:
    columns, rows = 36, 7
    turn = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    down = np.linspace(1, 0, rows)[:, None]
    w = look.width
    reach = (0.10 + (0.165 * w) * down**0.6) * (1 + 0.02 * np.cos(turn * 9) * down)
    z = 1.285 - 0.21 * down**1.6 - 0.10 * down * np.cos(turn) ** 2 * (np.cos(turn) > 0)
    points = np.stack([reach * np.sin(turn), reach * np.cos(turn) * 0.82, z], -1)
    surface(mesh, points[:, ::-1], color, closed=True)
    surface(mesh, points * np.array([1, 1, 1]) - np.array([0, 0, 0.012]), tint(color, light=0.7), closed=True)
    ellipsoid(mesh, (0, 0.17, 1.19), (0.03, 0.02, 0.03), (0.85, 0.68, 0.30))


def _cloak(mesh: Mesh, look: Look, color: Color) -> None:
    columns, rows = 25, 9
    down = np.linspace(1, 0, rows)[:, None]
    a = np.radians(np.linspace(82, 278, columns))
    w = look.width
    reach = (0.13 + 0.115 * w * np.minimum(1, down * 5) ** 0.6 + 0.10 * down) * (1 + 0.05 * np.cos(a * 9) * down)
    z = 1.27 - 0.05 * np.minimum(1, down * 5) - 0.80 * down + 0.0 * a
    points = np.stack([reach * np.sin(a), reach * np.cos(a) * 0.85 - 0.03, z], -1)
    surface(mesh, points[:, ::-1], color)
    surface(mesh, points * np.array([0.985, 0.985, 1]), tint(color, light=0.6))
    turn = np.linspace(0, 2 * np.pi, 25, endpoint=False)
    hood = np.stack([0.135 * np.sin(turn), 0.125 * np.cos(turn) - 0.025, 1.262 - 0.025 * np.cos(turn)], -1)
    tube(mesh, hood, 0.040 + 0.018 * np.clip(-np.cos(turn), 0, 1), tint(color, light=1.1), sides=10, closed=True)
    ellipsoid(mesh, (0, 0.125, 1.225), (0.026, 0.014, 0.026), (0.85, 0.68, 0.30))


def torso(look: Look) -> Mesh:
    """Return torso and clothes, without arms and legs."""
    mesh = Mesh()
    profile = torso_profile(look)
    hips = look.third if look.outfit in (Outfit.FARMER, Outfit.SMITH, Outfit.SAILOR) else look.main
    bands = np.array([hips, hips, *[look.main] * (len(profile) - 2)])
    lathe(mesh, profile, bands, sides=24, squash=SQUASH)
    match look.outfit:
        case Outfit.SMITH:
            patch(mesh, profile, (-62, 62), (0.70, 1.13), look.second, narrow=0.62, lift=0.016)
            apron = [(0.20 * look.width, 0.40, 0.0), *profile[1:]]
            patch(
                mesh,
                [(r * 1.04, z, y + 0.015) for r, z, y in apron],
                (-64, 64),
                (0.40, 0.74),
                tint(look.second, light=0.93),
                lift=0.02,
            )
            _belt(mesh, profile, 0.885, tint(look.second, light=0.6))
            for side in (-1, 1):
                strap = [(side * 0.085, 0.158, 1.12), (side * 0.085, 0.10, 1.235), (side * 0.08, -0.06, 1.25)]
                tube(mesh, strap, (0.018, 0.018, 0.018), tint(look.second, light=0.75), sides=6, flatten=0.6)
            _collar(mesh, tint(look.main, light=1.12))
        case Outfit.BAKER:
            skirt = skirt_profile(look, 0.16)
            _skirt(mesh, skirt, [tint(look.third, light=1.1), look.main], folds=11)
            patch(mesh, [(r, z, y + r * 0.13) for r, z, y in skirt], (-40, 40), (0.30, 0.92), look.second, lift=0.02)
            patch(mesh, profile, (-42, 42), (0.90, 1.12), look.second, narrow=0.72, lift=0.014)
            _belt(mesh, profile, 0.905, tint(look.second, light=0.94), buckle=False)
            _collar(mesh, look.second, 0.020)
        case Outfit.SAILOR:
            for i in range(9):
                z = 0.74 + i * 0.045
                radius, forward = _ring(profile, np.array(z))
                r = float(radius) + 0.004
                lathe(
                    mesh,
                    [(r - 0.003, z - 0.023), (r + 0.002, z), (r - 0.003, z + 0.023)],
                    tint(look.main, light=1.03 - 0.07 * (i % 2)),
                    sides=24,
                    squash=SQUASH,
                    center=(0, float(forward), 0),
                )
            turn = np.linspace(0, 2 * np.pi, 21, endpoint=False)
            scarf = np.stack([0.112 * np.sin(turn), 0.10 * np.cos(turn), 1.262 - 0.02 * np.cos(turn)], -1)
            tube(mesh, scarf, np.full(21, 0.036), look.second, sides=9, closed=True)
            tube(
                mesh,
                [(0.05, 0.13, 1.24), (0.07, 0.175, 1.12), (0.075, 0.185, 1.0)],
                (0.03, 0.036, 0.03),
                look.second,
                sides=8,
                flatten=0.5,
            )
        case Outfit.TRADER:
            _skirt(mesh, skirt_profile(look, 0.12), [look.third, look.second, look.main], folds=9)
            _belt(mesh, profile, 0.915, look.third, buckle=False)
            _shawl(mesh, look, look.second)
        case Outfit.RANGER:
            tunic = [(0.215 * look.width, 0.50, 0.0), (0.195 * look.width, 0.66, 0.0), *profile[1:3]]
            lathe(mesh, tunic, tint(look.main, light=0.95), sides=28, squash=0.80, folds=7, fold_depth=0.04)
            _belt(mesh, profile, 0.87, look.third)
            patch(mesh, profile, (-7, 7), (0.90, 1.20), tint(look.main, light=0.72), lift=0.004)
            tube(
                mesh,
                [(0.13, 0.115, 1.16), (0.0, 0.165, 1.02), (-0.15, 0.12, 0.89)],
                (0.018, 0.018, 0.018),
                look.third,
                sides=6,
            )
            box(mesh, (0.10, 0.06, 0.11), (0.17 * look.width, 0.07, 0.82), tint(look.third, light=1.15))
            _cloak(mesh, look, look.second)
        case Outfit.FARMER:
            for side in (-1, 1):
                patch(mesh, profile, (14, 118) if side > 0 else (-118, -14), (0.74, 1.19), look.second, lift=0.014)
            for i in range(4):
                ellipsoid(
                    mesh,
                    (0.0, 0.158 - 0.008 * abs(i - 1), 0.90 + i * 0.075),
                    (0.009, 0.006, 0.009),
                    (0.45, 0.33, 0.2),
                    sides=8,
                    rings=5,
                )
            _belt(mesh, profile, 0.735, tint(look.third, light=0.6))
            _collar(mesh, tint(look.main, light=1.04), 0.02)
            tube(
                mesh,
                [(0, 0.09, 1.25), (0.03, 0.135, 1.20), (0.02, 0.15, 1.13)],
                (0.03, 0.028, 0.012),
                rgb_red(),
                sides=8,
                flatten=0.6,
            )
    return mesh


def rgb_red() -> Color:
    """Return the neckerchief's red."""
    return (0.72, 0.22, 0.17)


_ROLLED = {Outfit.SMITH, Outfit.BAKER, Outfit.FARMER}


def upper_arm(look: Look) -> Mesh:
    """Return shoulder and upper arm, hanging from the shoulder."""
    mesh = Mesh()
    w = 0.85 + 0.15 * look.width
    ellipsoid(mesh, (0, 0, -0.005), (0.070 * w, 0.074 * w, 0.070 * w), look.main)
    radii = [0.066 * w, 0.064 * w, 0.060 * w, 0.058 * w]
    tube(mesh, [(0, 0, 0.0), (0, 0, -0.09), (0, 0, -0.17), (0, 0, -ELBOW_DROP)], radii, look.main, sides=14)
    ellipsoid(mesh, (0, 0, -ELBOW_DROP), (0.058 * w, 0.058 * w, 0.05), look.main)
    if look.outfit in _ROLLED:
        lathe(
            mesh,
            [
                (0.060 * w, -ELBOW_DROP - 0.03),
                (0.070 * w, -ELBOW_DROP - 0.015),
                (0.068 * w, -ELBOW_DROP + 0.02),
                (0.058 * w, -ELBOW_DROP + 0.03),
            ],
            tint(look.main, light=1.1),
            sides=14,
        )
    return mesh


def forearm(side: int, look: Look) -> Mesh:
    """Return forearm and hand, hanging from the elbow; side -1 is the left."""
    mesh = Mesh()
    bare = look.outfit in _ROLLED
    sleeve: Color = look.skin if bare else look.main
    w = 0.85 + 0.15 * look.width
    tube(
        mesh,
        [(0, 0, 0), (0, 0.004, -0.07), (0, 0.008, -0.15), (0, 0.012, -0.20)],
        [0.050 * w, 0.051 * w, 0.042 * w, 0.036 * w],
        sleeve,
        sides=12,
    )
    if not bare:
        lathe(
            mesh,
            [(0.040 * w, -0.215), (0.047 * w, -0.20), (0.046 * w, -0.175), (0.04 * w, -0.16)],
            tint(look.main, light=0.85),
            sides=14,
            center=(0, 0.012, 0),
        )
    hand = Mesh()
    ellipsoid(hand, (0, 0, -0.042), (0.026, 0.040, 0.048), look.skin)
    for i in range(4):
        y = -0.026 + i * 0.0175
        tube(
            hand,
            [(0, y, -0.065), (-side * 0.004, y * 1.02, -0.094), (-side * 0.014, y, -0.118 + 0.006 * abs(i - 1.6))],
            (0.0135, 0.0125, 0.009),
            look.skin,
            sides=7,
        )
    tube(
        hand,
        [(0, 0.028, -0.03), (-side * 0.010, 0.052, -0.052), (-side * 0.016, 0.056, -0.078)],
        (0.0155, 0.014, 0.010),
        look.skin,
        sides=7,
    )
    mesh.append(hand, placed(0, 0.012, -0.195))
    return mesh


def leg(look: Look) -> Mesh:
    """Return a leg with its boot, hanging from the hip."""
    mesh = Mesh()
    cloth = look.third if look.outfit not in (Outfit.BAKER, Outfit.TRADER) else tint(look.main, light=0.6)
    leather: Color = (0.30, 0.19, 0.12)
    tube(mesh, _down(0.02, -0.12, -0.30, -0.48, -0.56), [0.098, 0.096, 0.080, 0.066, 0.055], cloth, sides=14)
    lathe(mesh, [(0.064, -0.66), (0.067, -0.58), (0.080, -0.44), (0.086, -0.42), (0.074, -0.41)], leather, sides=14)
    ellipsoid(mesh, (0, 0.045, -0.650), (0.062, 0.125, 0.052), leather, sides=16, rings=8)
    sole = Mesh()
    lathe(sole, [(0.066, -0.012), (0.068, 0.0), (0.066, 0.014)], tint(leather, light=0.55), sides=18, squash=1.9)
    mesh.append(sole, placed(0, 0.045, -0.686))
    lathe(
        mesh, [(0.082, -0.462), (0.090, -0.455), (0.092, -0.42), (0.078, -0.412)], tint(leather, light=1.35), sides=14
    )
    return mesh


def _down(*heights: float) -> Sequence[Sequence[float]]:
    return [(0.0, 0.0, z) for z in heights]
