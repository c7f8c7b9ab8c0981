"""The villagers' heads: skull, ears, nose, eyes with lids, and brows; the mouth is in `mouth.py`.

A head's own frame: origin between the ears, +y out of the face, +x the villager's right, metres.
"""

from __future__ import annotations

import numpy as np

from samples.village.geometry import Color, FloatArray, Mesh, tint
from samples.village.looks import Look
from samples.village.shapes import ellipsoid, surface, tube

EYE_AT = (0.066, 0.018)  # x, z
EYE_RADIUS = 0.041
LID_REST = 27.0  # degrees above the eye's middle: the upper lid hides the top of the iris
LID_SHUT = 58.0  # degrees down from there until the eye is closed
_RX, _RY, _RZ = 0.170, 0.178, 0.205
_LID_SHELL = 1.10


def _narrow(z: FloatArray, jaw: float) -> FloatArray:
    share = np.asarray(z) / _RZ
    low, high = np.minimum(np.maximum(-share, 0), 1), np.minimum(np.maximum(share, 0), 1)
    return np.asarray(1 - (0.24 / jaw) * low * low + 0.02 * high)


def skin(direction: FloatArray, look: Look) -> FloatArray:
    """Return the points of the head's surface in given unit directions."""
    z = _RZ * direction[..., 2]
    x = _RX * direction[..., 0] * _narrow(z, look.jaw)
    chin = 0.012 * np.clip(-z / _RZ - 0.35, 0, 1) * np.clip(direction[..., 1], 0, 1)
    return np.stack([x, _RY * direction[..., 1] + chin, z], -1)


def front(x: FloatArray, z: FloatArray, look: Look) -> FloatArray:
    """Return how far forward the face is at given x and z."""
    dz = np.minimum(np.maximum(np.asarray(z) / _RZ, -0.999), 0.999)
    dx = np.asarray(x) / (_RX * _narrow(z, look.jaw))
    dy = np.sqrt(np.maximum(1 - dx * dx - dz * dz, 0.0))
    return np.asarray(_RY * dy + 0.012 * np.minimum(np.maximum(-dz - 0.35, 0), 1) * dy)


def _spot(points: FloatArray, at: tuple[float, float], spread: float) -> FloatArray:
    across = (np.abs(points[:, 0]) - at[0]) ** 2 + (points[:, 2] - at[1]) ** 2
    return np.asarray(np.exp(-across / spread**2) * np.clip(points[:, 1] / 0.06, 0, 1))


def skull(look: Look) -> Mesh:
    """Return what never moves in a head: skin, ears, nose, the whites of the eyes, lower lids, neck."""
    mesh = Mesh()
    e = np.linspace(-np.pi / 2, np.pi / 2, 21)
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    el, az = np.meshgrid(e, turn, indexing="ij")
    unit = np.stack([np.cos(el) * np.cos(az), np.cos(el) * np.sin(az), np.sin(el)], -1)
    points = skin(unit, look)
    flat = points.reshape(-1, 3)
    base = np.tile(np.asarray(look.skin), (len(flat), 1))
    blush = 0.55 * _spot(flat, (0.095, -0.05), 0.042) + 0.2 * _spot(flat, (0.0, -0.02), 0.04)
    base *= 1 - blush[:, None] * np.array([0.02, 0.30, 0.28])
    base *= 1 - 0.16 * _spot(flat, (EYE_AT[0], EYE_AT[1] + 0.005), 0.045)[:, None]
    base *= 1 - 0.25 * np.clip(-flat[:, 2:] / _RZ - 0.55, 0, 1)
    mesh.soft(flat, _faces(21, 32), base)
    for side in (-1, 1):
        ellipsoid(mesh, (side * 0.168, -0.012, -0.005), (0.022, 0.034, 0.045), look.skin)
        ellipsoid(mesh, (side * 0.182, 0.0, -0.004), (0.011, 0.02, 0.028), tint(look.skin, light=0.8, saturation=1.2))
        _eyeball(mesh, side, look)
    _nose(mesh, look)
    if look.freckles:
        rng = np.random.default_rng(5)
        for x, z in zip(rng.uniform(-0.095, 0.095, 20), rng.normal(-0.03, 0.012, 20), strict=True):
            at = (float(x), float(front(x, z, look)), float(z))
            ellipsoid(
                mesh, at, (0.0034, 0.0015, 0.0034), tint(look.skin, light=0.78, saturation=1.35), sides=6, rings=3
            )
    if look.wrinkles:
        for z, half in ((0.105, 0.06), (0.122, 0.05)):
            x = np.linspace(-half, half, 9)
            ridge = z + 0.006 * np.cos(x / half * 1.5)
            path = np.stack([x, front(x, ridge, look) + 0.0005, ridge], -1)
            tube(mesh, path, np.full(9, 0.0022), tint(look.skin, light=0.86), sides=5)
    tube(mesh, [(0, -0.03, -0.12), (0, -0.035, -0.3)], (0.068, 0.078), tint(look.skin, light=0.86), sides=14)
    return mesh


def _faces(rows: int, columns: int) -> list[tuple[int, int, int]]:
    faces = []
    for i in range(rows - 1):
        for j in range(columns):
            a, b = i * columns + j, i * columns + (j + 1) % columns
            faces += [(a, b, b + columns), (a, b + columns, a + columns)]
    return faces


def _nose(mesh: Mesh, look: Look) -> None:
    size = look.nose
    rosy = tuple(np.asarray(look.skin) * np.array([1.0, 0.88, 0.86]))
    tip = float(front(np.array(0.0), np.array(-0.035), look))
    tube(
        mesh,
        [(0, tip - 0.012, 0.03), (0, tip + 0.004, 0.005), (0, tip + 0.014 * size, -0.018)],
        (0.010, 0.014, 0.019 * size),
        look.skin,
        sides=10,
    )
    ellipsoid(mesh, (0, tip + 0.016 * size, -0.03), (0.024 * size, 0.024 * size, 0.021 * size), rosy)
    for side in (-1, 1):
        at = (side * 0.017 * size, tip + 0.006, -0.036)
        ellipsoid(mesh, at, (0.013 * size, 0.015 * size, 0.012 * size), rosy, sides=10, rings=6)


def eye_center(side: int, look: Look) -> tuple[float, float, float]:
    """Return the middle of an eyeball; side -1 is the villager's left."""
    x, z = EYE_AT
    return (side * x, float(front(np.array(x), np.array(z), look)) - 0.021, z)


def _ball(radius: float, up: FloatArray, across: FloatArray) -> FloatArray:
    """Return points around the x axis: `up` turns from forward (0) to the top (90)."""
    a, b = np.meshgrid(np.radians(up), np.radians(across), indexing="ij")
    return radius * np.stack([np.sin(b), np.cos(b) * np.cos(a), np.cos(b) * np.sin(a)], -1)


def _eyeball(mesh: Mesh, side: int, look: Look) -> None:
    center = np.asarray(eye_center(side, look))
    ellipsoid(mesh, center, (EYE_RADIUS, EYE_RADIUS, EYE_RADIUS), (0.93, 0.90, 0.86), sides=16, rings=9)
    lower = _ball(EYE_RADIUS * 1.035, np.linspace(-110, -31, 7), np.linspace(84, -84, 13))
    surface(mesh, lower + center, tint(look.skin, light=0.96))


def lid(look: Look) -> Mesh:
    """Return an upper lid around an eye's middle, lowered as far as when the eye is open."""
    mesh = Mesh()
    across = np.linspace(88, -88, 13)
    shell = _ball(EYE_RADIUS * _LID_SHELL, np.linspace(LID_REST, 140, 9), across)
    surface(mesh, shell, tint(look.skin, light=0.9, saturation=1.08))
    lash = tint(look.hair_color, light=0.45)
    reach = np.linspace(-70, 70, 13)
    rim = _ball(EYE_RADIUS * (_LID_SHELL + 0.03), np.array([LID_REST - 1.5]), reach)[0]
    thick = (0.0022 + 0.0022 * look.lashes) * (0.35 + 0.65 * np.cos(np.radians(reach)))
    tube(mesh, rim, thick.tolist(), lash, sides=6)
    return mesh


def iris(look: Look) -> Mesh:
    """Return iris, pupil and the light in the eye, around an eye's middle, looking forward."""
    mesh = Mesh()
    dark = tint(look.eyes, light=0.5)
    for radius, angle, color in (
        (1.012, 33.0, dark),
        (1.022, 29.0, look.eyes),
        (1.032, 15.0, (0.03, 0.025, 0.03)),
    ):
        _disc(mesh, radius * EYE_RADIUS, angle, color, (0.0, 0.0))
    _disc(mesh, 1.045 * EYE_RADIUS, 7.5, (1, 1, 1), (-12.0, 11.0), glow=0.6)
    _disc(mesh, 1.04 * EYE_RADIUS, 4.0, (0.9, 0.95, 1), (13.0, -13.0), glow=0.25)
    return mesh


def _disc(mesh: Mesh, radius: float, angle: float, color: Color, aim: tuple[float, float], glow: float = 0.0) -> None:
    turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    away = np.radians(angle)
    ring = np.stack([np.sin(away) * np.cos(turn), np.full(14, np.cos(away)), np.sin(away) * np.sin(turn)], -1)
    points = np.concatenate([[[0, 1, 0]], ring]) * radius
    h, p = np.radians(aim)
    points[:, 0], points[:, 1] = (
        points[:, 0] * np.cos(h) + points[:, 1] * np.sin(h),
        points[:, 1] * np.cos(h) - points[:, 0] * np.sin(h),
    )
    points[:, 1], points[:, 2] = (
        points[:, 1] * np.cos(p) - points[:, 2] * np.sin(p),
        points[:, 2] * np.cos(p) + points[:, 1] * np.sin(p),
    )
    faces = [(0, 1 + (i + 1) % 14, 1 + i) for i in range(14)]
    mesh.soft(points, faces, color, glow=glow)


def brow(side: int, look: Look) -> tuple[Mesh, tuple[float, float, float]]:
    """Return an eyebrow around its middle, and where that is."""
    x = np.linspace(0.026, 0.108, 9)
    z = 0.088 + 0.013 * np.sin((x - 0.026) / 0.082 * np.pi * 0.85) - 0.003 * look.lashes
    y = front(x, z, look) + 0.003
    thick = 0.0105 - 0.004 * look.lashes
    radii = thick * np.array([0.75, 1.0, 1.1, 1.1, 1.0, 0.9, 0.75, 0.5, 0.2])
    middle = (side * 0.064, float(y[4]), float(z[4]))
    mesh = Mesh()
    tube(
        mesh,
        np.stack([side * x, y, z], -1) - np.asarray(middle),
        radii.tolist(),
        tint(look.hair_color, light=0.92),
        sides=8,
    )
    return mesh, middle


def chin(look: Look) -> Mesh:
    """Return the part of the jaw that sinks as the mouth opens."""
    mesh = Mesh()
    ellipsoid(mesh, (0, 0.060, -0.140), (0.050 * look.jaw, 0.042, 0.042), tint(look.skin, light=0.9))
    return mesh
