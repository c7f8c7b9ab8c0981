"""The sky: a dome, and the picture on it, with the sun low and clouds lit from below."""

from __future__ import annotations

import numpy as np
from panda3d.core import PNMImage, SamplerState, Texture

from samples.village.geometry import FloatArray, Mesh
from samples.village.ground import noise
from samples.village.shapes import grid_faces

SUN_AT = np.array([-0.8918, -0.1244, 0.4349])
_WIDTH, _HEIGHT = 1024, 256
_LOWEST = -0.12  # the sine of the lowest elevation on the picture


def _clouds(x: FloatArray, y: FloatArray) -> FloatArray:
    total = np.zeros_like(x)
    for octave in range(6):
        size = 1.15 / 2**octave
        total += noise(x + 0.35 * total, y, size, 40 + octave) * 0.5**octave
    return total / 1.97


def picture() -> PNMImage:
    """Return the sky as a picture: azimuth across (from +y over +x), elevation upwards."""
    azimuth = (np.arange(_WIDTH) + 0.5) / _WIDTH * 2 * np.pi
    # More rows near the horizon, where one looks.
    rise = _LOWEST + (1 - _LOWEST) * ((np.arange(_HEIGHT) + 0.5) / _HEIGHT) ** 1.4
    rise, azimuth = np.meshgrid(np.clip(rise, -1, 1), azimuth, indexing="ij")
    flat = np.sqrt(np.maximum(0, 1 - rise**2))
    way = np.stack([flat * np.sin(azimuth), flat * np.cos(azimuth), rise], -1)
    level = SUN_AT[:2] / np.hypot(*SUN_AT[:2])
    towards = 0.5 + 0.5 * (way[..., 0] * level[0] + way[..., 1] * level[1]) / np.maximum(flat, 1e-3)
    warm = (np.clip(towards, 0, 1) ** 1.6)[..., None]

    def mix(a: tuple[float, ...], b: tuple[float, ...], t: FloatArray) -> FloatArray:
        return np.asarray(a) * (1 - t) + np.asarray(b) * t

    low = mix((0.66, 0.62, 0.76), (1.00, 0.76, 0.51), warm)  # the same as the fog's
    middle = mix((0.47, 0.54, 0.78), (0.82, 0.68, 0.68), warm)
    high = mix((0.21, 0.31, 0.59), (0.34, 0.42, 0.66), warm)
    up = np.clip(rise, 0, 1)[..., None]
    a, b = np.clip(up / 0.26, 0, 1), np.clip((up - 0.2) / 0.55, 0, 1)
    color = low * (1 - a) + middle * a
    color = color * (1 - b) + high * b
    near = np.clip(way @ SUN_AT, 0, 1)[..., None]
    color = color + np.array([0.46, 0.26, 0.04]) * near**9 * 0.5 + np.array([0.9, 0.66, 0.3]) * near**110 * 0.5
    # Clouds lie on a plane above; their sunward rims are gold, their undersides rose and lilac.
    plane = 1.0 / np.maximum(rise + 0.13, 0.05)
    cx, cy = way[..., 0] * plane * 1.1, way[..., 1] * plane * 1.1
    here, sunward = _clouds(cx, cy), _clouds(cx + level[0] * 0.10, cy + level[1] * 0.10)
    cover = np.clip((here - 0.50) / 0.17, 0, 1)[..., None]
    cover = cover * cover * (3 - 2 * cover) * np.clip((rise[..., None] - 0.03) / 0.16, 0, 1)
    edge = np.clip(0.5 + (here - sunward) * 5.0, 0, 1)[..., None]
    shadow = mix((0.58, 0.54, 0.70), (0.80, 0.60, 0.58), warm)
    shine = mix((0.98, 0.84, 0.80), (1.0, 0.90, 0.70), warm)
    color = color * (1 - 0.82 * cover) + (shadow * (1 - edge) + shine * edge) * 0.82 * cover
    color = color + np.array([1.0, 0.93, 0.75]) * np.clip((near - 0.9985) / 0.0006, 0, 1)
    pixels = np.round(np.clip(color, 0, 1) * 255).astype(np.uint8)
    image = PNMImage(_WIDTH, _HEIGHT)
    texture = Texture("sky")
    texture.setup_2d_texture(_WIDTH, _HEIGHT, Texture.T_unsigned_byte, Texture.F_rgb)
    texture.set_ram_image_as(pixels.tobytes(), "RGB")
    texture.store(image)
    return image


def texture_of(image: PNMImage) -> Texture:
    """Return the picture as a texture that wraps around."""
    texture = Texture("sky")
    texture.load(image)
    texture.set_wrap_u(SamplerState.WM_repeat)
    texture.set_wrap_v(SamplerState.WM_clamp)
    texture.set_minfilter(SamplerState.FT_linear)
    return texture


def dome() -> Mesh:
    """Return the dome, seen from inside; its effect columns are the picture's coordinates."""
    columns, rows = 48, 20
    v = np.linspace(0, 1, rows)[:, None]
    u = np.linspace(0, 1, columns + 1)
    rise = _LOWEST + (1 - _LOWEST) * v**1.4
    flat = np.sqrt(np.maximum(0, 1 - rise**2))
    a = u * 2 * np.pi
    points = np.stack([flat * np.sin(a), flat * np.cos(a), rise * np.ones_like(a)], -1) * 400
    mesh = Mesh()
    at = np.stack(np.broadcast_arrays(u, v), -1).reshape(-1, 2)
    mesh.add(
        points.reshape(-1, 3),
        -points.reshape(-1, 3) / 400,
        grid_faces(rows, columns + 1),
        (1.0, 1.0, 1.0),
        sway=at[:, 0],
        glow=at[:, 1],
    )
    return mesh
