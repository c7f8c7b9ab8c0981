"""What grows and sits on the villagers' heads: hair, beards and hats, in the head's own frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from samples.village.face import front, skin
from samples.village.geometry import Color, FloatArray, Mesh, placed, tint
from samples.village.looks import Beard, Hair, Hat, Look
from samples.village.shapes import ellipsoid, lathe, surface, tube

Line = Callable[[FloatArray], FloatArray]


def _smooth(a: float, b: float, value: FloatArray) -> FloatArray:
    t = np.clip((value - a) / (b - a), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _hairline(front_at: float, side: float, back: float) -> Line:
    """Return the lowest elevation of hair (degrees) by the angle from the face (degrees, 0…180)."""

    def line(angle: FloatArray) -> FloatArray:
        to_side = _smooth(35, 78, angle)
        to_back = _smooth(88, 128, angle)
        return front_at + (side - front_at) * to_side + (back - side) * to_back

    return line


def _cap(
    mesh: Mesh,
    look: Look,
    line: Line,
    *,
    thick: float,
    clumps: int = 0,
    depth: float = 0.0,
    top: float = 90.0,
    part: float = 0.0,
) -> None:
    """Add a shell of hair from the crown (or a lower ring, `top`) down to a hairline."""
    columns, rows = 44, 10
    turn = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    angle = np.degrees(np.abs((turn + np.pi) % (2 * np.pi) - np.pi))
    low = line(angle)
    down = np.linspace(0, 1, rows)[:, None]
    e = np.radians(top + (low - top) * down)
    unit = np.stack([np.cos(e) * np.sin(turn), np.cos(e) * np.cos(turn), np.sin(e) * np.ones_like(turn)], -1)
    body = thick * np.sin(np.clip(down * 1.15 + 0.25, 0, 1) * np.pi * 0.5)
    strands = depth * np.abs(np.cos(turn * clumps / 2 + part * down * 3)) ** 0.7 * np.clip(down * 1.6, 0.25, 1)
    lift = body + strands - depth * 0.5
    lift = np.concatenate([lift[:-1] * np.ones_like(turn), np.full((1, columns), -0.012)])
    points = skin(unit, look)
    points = points + unit * lift[..., None]
    shine = 1 + 1.1 * (lift - body) / max(thick, 0.01) * (depth > 0)
    shade = np.clip(shine, 0.8, 1.25)[..., None] * np.asarray(look.hair_color) * (1.06 - 0.22 * down)[..., None]
    surface(mesh, points[::-1, ::-1], shade[::-1, ::-1], closed=True)
    surface(mesh, points[-4:][::-1] * 0.995, tuple(np.asarray(look.hair_color) * 0.6), closed=True)


def _lock(mesh: Mesh, path: Sequence[Sequence[float]], width: float, color: Color, *, flat: float = 0.55) -> None:
    """Add one tapering strand through a few points."""
    knots = np.asarray(path, dtype=float)
    t = np.linspace(0, len(knots) - 1, 7)
    line = np.stack([np.interp(t, np.arange(len(knots)), knots[:, k]) for k in range(3)], -1)
    line[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    shape = np.sin(np.linspace(0.18, 1, 7) * np.pi) ** 0.7 * width
    tube(mesh, line, np.maximum(shape, 0.002).tolist(), color, sides=7, flatten=flat)


def _on_head(look: Look, angle: float, elevation: float, lift: float) -> tuple[float, float, float]:
    """Return a point above the skin; angle 0 is the face, 90 the villager's right."""
    a, e = np.radians(angle), np.radians(elevation)
    unit = np.array([np.cos(e) * np.sin(a), np.cos(e) * np.cos(a), np.sin(e)])
    x, y, z = skin(unit, look) + unit * lift
    return (float(x), float(y), float(z))


def hair(look: Look) -> Mesh:
    """Return the hair."""
    mesh = Mesh()
    color = look.hair_color
    rng = np.random.default_rng(len(look.name))
    match look.hair:
        case Hair.SWEPT:
            _cap(mesh, look, _hairline(46, 4, -38), thick=0.026, clumps=22, depth=0.012)
            for i in range(8):
                angle = -48 + i * 12.5
                path = [
                    _on_head(look, angle + 28, 74, 0.02),
                    _on_head(look, angle + 6, 56, 0.040 + 0.006 * (i % 2)),
                    _on_head(look, angle - 16, 42 + 3 * (i % 3), 0.022),
                ]
                _lock(mesh, path, 0.026, tint(color, light=1.0 + 0.07 * (i % 3)))
        case Hair.BUN:
            _cap(mesh, look, _hairline(44, 10, -34), thick=0.020, clumps=30, depth=0.006)
            ellipsoid(mesh, (0, -0.12, 0.20), (0.085, 0.08, 0.07), tint(color, light=0.96))
            for i in range(5):
                turn = i * 1.257
                c, s = np.cos(turn), np.sin(turn)
                path = [
                    (0.03 * c, -0.12 + 0.03 * s, 0.27),
                    (0.08 * c, -0.12 + 0.075 * s, 0.21),
                    (0.05 * s, -0.12 - 0.05 * c, 0.15),
                ]
                _lock(mesh, path, 0.024, tint(color, light=1.06 - 0.05 * (i % 2)))
            for side in (-1, 1):
                for i in range(4):
                    path = [
                        _on_head(look, side * 6, 62 - 2 * i, 0.016),
                        _on_head(look, side * (34 + i * 5), 44 + i * 5, 0.030),
                        _on_head(look, side * (68 + i * 6), 10 + i * 12, 0.018),
                    ]
                    _lock(mesh, path, 0.024, tint(color, light=1.05 - 0.04 * (i % 2)))
                path = [
                    _on_head(look, side * 70, 14, 0.014),
                    _on_head(look, side * 69, -8, 0.022),
                    _on_head(look, side * 64, -28, 0.012),
                ]
                _lock(mesh, path, 0.013, tint(color, light=1.1))
        case Hair.RING:
            _cap(mesh, look, _hairline(18, -2, -42), thick=0.030, clumps=18, depth=0.016, top=30)
        case Hair.CURLS:
            _cap(mesh, look, _hairline(44, 6, -40), thick=0.03)
            for _ in range(60):
                angle, elevation = rng.uniform(-180, 180), rng.uniform(-35, 75)
                if elevation > 8 or (abs(angle) < 95 and elevation < 5) or abs(angle) < 62:
                    continue
                at = _on_head(look, angle, elevation, 0.035 + rng.uniform(0, 0.03))
                r = rng.uniform(0.026, 0.040)
                ellipsoid(mesh, at, (r, r, r), tint(color, light=rng.uniform(0.9, 1.35)), sides=9, rings=6)
        case Hair.BRAID:
            _cap(mesh, look, _hairline(45, 2, -44), thick=0.022, clumps=26, depth=0.007)
            for side in (-1, 1):
                for i in range(5):
                    path = [
                        _on_head(look, side * 3 + 8, 70 - i, 0.015),
                        _on_head(look, side * (38 + i * 6), 47 + i * 4, 0.032),
                        _on_head(look, side * (80 + i * 10), 4 + i * 8, 0.016),
                    ]
                    _lock(mesh, path, 0.026, tint(color, light=1.0 + 0.08 * (i % 2)))
            for i in range(9):
                z, y = -0.10 - i * 0.045, -0.175 - 0.02 * np.sin(i * 0.5) - 0.002 * i
                r = 0.036 - 0.0018 * i
                ellipsoid(
                    mesh, (0.010 * (-1) ** i, y, z), (r, r * 0.85, r * 0.95), tint(color, light=1.0 + 0.1 * (i % 2))
                )
            ellipsoid(mesh, (0, -0.19, -0.51), (0.022, 0.022, 0.014), look.third)
            ellipsoid(mesh, (0, -0.19, -0.55), (0.018, 0.018, 0.04), color)
        case Hair.BOB:
            _cap(mesh, look, _hairline(36, -22, -50), thick=0.034, clumps=20, depth=0.012)
            for i in range(7):
                angle = -50 + i * 16.5
                path = [
                    _on_head(look, angle * 0.5, 70, 0.02),
                    _on_head(look, angle * 0.9, 48, 0.036),
                    _on_head(look, angle, 26 + 4 * (i % 2), 0.016),
                ]
                _lock(mesh, path, 0.027, tint(color, light=1.0 + 0.12 * (i % 2)))
    return mesh


def beard(look: Look) -> Mesh:
    """Return what grows on the jaw and moves with it."""
    mesh = Mesh()
    if look.beard in (Beard.FULL, Beard.LONG):
        length = 0.05 if look.beard is Beard.FULL else 0.15
        columns, rows = 41, 12
        angle = np.linspace(-98, 98, columns)
        away = np.abs(angle)
        a = np.radians(angle)
        top = -0.122 + 0.135 * _smooth(26, 84, away)
        bottom = -0.185 - length * np.cos(np.clip(a * 0.95, -1.5, 1.5)) ** 2 + 0.10 * _smooth(60, 98, away)
        down = np.linspace(0, 1, rows)[:, None]
        z = top + (bottom - top) * down
        e = np.arcsin(np.clip(z / 0.205, -0.80, 0.9))
        unit = np.stack([np.cos(e) * np.sin(a), np.cos(e) * np.cos(a), np.sin(e)], -1)
        on_skin = skin(unit, look)
        puff = 0.034 * np.sin(np.clip(down * 1.25 + 0.05, 0, 1) * np.pi) ** 0.5 * (1 - 0.45 * _smooth(50, 98, away))
        waves = 0.007 * np.abs(np.cos(a * 11 + down * 1.2)) * np.clip(down * 2, 0, 1)
        points = on_skin + unit * (puff + waves)[..., None]
        points[..., 2] = z
        drop = np.clip((z + 0.16) / -0.2, 0, 1)
        points[..., 0] *= 1 - 0.65 * drop
        points[..., 1] = points[..., 1] * (1 - 0.18 * drop) + 0.012 * drop
        shade = np.asarray(look.hair_color) * (0.92 + 22 * waves - 0.12 * down)[..., None]
        surface(mesh, points[::-1, ::-1], shade[::-1, ::-1])
        surface(mesh, points[::-1] * 0.985, tuple(np.asarray(look.hair_color) * 0.6))
    return mesh


def moustache(look: Look) -> Mesh:
    """Return what grows on the upper lip and stays with the skull."""
    mesh = Mesh()
    if look.beard is Beard.NONE:
        return mesh
    for side in (-1, 1):
        x = np.array([0.003, 0.022, 0.045, 0.066, 0.080])
        z = np.array([-0.064, -0.066, -0.074, -0.092, -0.118])
        path = np.stack([side * x, front(x, z, look) + 0.009, z], -1)
        tube(mesh, path, (0.010, 0.0145, 0.014, 0.011, 0.005), tint(look.hair_color, light=1.04), sides=9)
    return mesh


def hat(look: Look) -> Mesh:
    """Return the hat."""
    mesh = Mesh()
    color = look.hat_color
    match look.hat:
        case Hat.STRAW:
            part = Mesh()
            brim = [(0.20, 0.0), (0.33, -0.022), (0.345, -0.014), (0.33, -0.006), (0.20, 0.018)]
            lathe(part, brim, color, sides=32, folds=5, fold_depth=0.02)
            crown = [(0.205, 0.0), (0.198, 0.05), (0.175, 0.105), (0.12, 0.135), (0.0, 0.142)]
            lathe(part, crown, tint(color, light=1.05), sides=32)
            lathe(part, [(0.208, 0.005), (0.205, 0.042)], look.second, sides=32)
            mesh.append(part, placed(0, -0.015, 0.105, p=-5))
        case Hat.CAP:
            for i in range(5):
                lathe(
                    mesh,
                    [
                        (0.205 - 0.002 * i, 0.062 + i * 0.013),
                        (0.212 - 0.002 * i, 0.068 + i * 0.013),
                        (0.205 - 0.002 * i, 0.075 + i * 0.013),
                    ],
                    tint(color, light=1.12),
                    sides=28,
                    center=(0, -0.015, 0),
                )
            dome = [(0.196, 0.10), (0.192, 0.15), (0.165, 0.20), (0.11, 0.235), (0.0, 0.252)]
            lathe(mesh, dome, color, sides=28, center=(0, -0.015, 0))
            ellipsoid(mesh, (0, -0.015, 0.262), (0.034, 0.034, 0.03), tint(color, light=1.25))
        case Hat.WRAP:
            for i in range(6):
                turn = np.linspace(0, 2 * np.pi, 33)
                rise = 0.098 + 0.030 * i
                r = 0.190 * (1 - 0.014 * i * i)
                tilt = 0.03 * np.cos(turn + (1.2 if i % 2 else -1.0)) - 0.02 * np.cos(turn)
                path = np.stack([r * np.sin(turn), r * np.cos(turn) - 0.02 - 0.008 * i, rise + tilt], -1)
                tone = tint(color, light=1.0 - 0.08 * (i % 2)) if i != 2 else look.second
                tube(mesh, path[:-1], np.full(32, 0.040), tone, sides=9, closed=True)
            ellipsoid(mesh, (0, -0.05, 0.21), (0.18, 0.18, 0.10), tint(color, light=0.95))
            ellipsoid(mesh, (0.05, 0.15, 0.215), (0.05, 0.035, 0.045), tint(color, light=1.08))
        case Hat.KERCHIEF:
            columns, rows = 25, 7
            across = np.radians(np.linspace(-92, 92, columns))
            along = np.linspace(0, 1, rows)[:, None]
            # A band over the crown from ear to ear, wider on top.
            wide = 0.52 * np.cos(across) ** 2 + 0.12
            lean = 0.10 - wide * (along - 0.25)
            unit = np.stack(
                [np.sin(across) * np.cos(lean), np.sin(lean) * np.ones_like(across), np.cos(across) * np.cos(lean)], -1
            )
            points = skin(unit, look) + unit * (0.010 + 0.032 * np.sqrt(np.maximum(np.cos(across), 0)))[None, :, None]
            surface(mesh, points[:, ::-1], color)
            surface(mesh, points * 0.99, tint(color, light=0.7))
        case Hat.NONE:
            pass
    return mesh
