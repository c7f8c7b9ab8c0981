"""The village itself: everything put in its place, loaded from the baked assets or built from code."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from panda3d.core import (
    BamFile,
    ColorBlendAttrib,
    Filename,
    LPoint3,
    NodePath,
    OmniBoundingVolume,
    PNMImage,
)

from samples.village import ground, houses, plan, plants, props, shaders, sky
from samples.village.files import ASSETS
from samples.village.geometry import FloatArray, Mesh, geom_node, placed, rgb, scaled, vary
from samples.village.light import CASTS_SHADOW, STILL_SHADOW
from samples.village.shapes import rock

_TUFTS = {"high": 1300, "low": 1000}


@dataclass
class Village:
    """What was built, and where one can be in it."""

    node: NodePath
    spots: dict[str, tuple[LPoint3, float]]
    obstacles: list[plan.Obstacle]
    lanterns: list[LPoint3]
    _gate: plan.Obstacle
    _openness: float = field(default=0.0)
    _sails: float = field(default=0.0)

    def blocked(self, x: float, y: float, radius: float) -> tuple[float, float]:
        """Return the place nearest to (x, y) where a body of a radius may be, so that it slides along things."""
        for _ in range(3):
            before = (x, y)
            for obstacle in self.obstacles:
                x, y = obstacle.push(x, y, radius)
            if self._openness < 0.5:
                x, y = self._gate.push(x, y, radius)
            angle = math.atan2(y - plan.POND_AT[1], x - plan.POND_AT[0])
            edge = float(plan.pond_edge(np.array(angle))) + radius
            if math.hypot(x - plan.POND_AT[0], y - plan.POND_AT[1]) < edge:
                x, y = plan.POND_AT[0] + edge * math.cos(angle), plan.POND_AT[1] + edge * math.sin(angle)
            far = math.hypot(x, y)
            if far > plan.EDGE_RADIUS:
                x, y = x * plan.EDGE_RADIUS / far, y * plan.EDGE_RADIUS / far
            if math.hypot(x - before[0], y - before[1]) < 1e-4:
                break
        return x, y

    def inside_house(self, x: float, y: float, margin: float = 0.3) -> bool:
        """Return whether a place is in a house (or nearer to its wall than a margin)."""
        return bool(plan.house_distance(np.array([x]), np.array([y]))[0] < margin)

    @property
    def openness(self) -> float:
        """How far the gate is open, 0 to 1."""
        return self._openness

    def set_gate(self, openness: float) -> None:
        """Swing the gate: 0 shut, 1 open."""
        self._openness = min(1.0, max(0.0, openness))
        self.node.find("**/Gate").set_h(85 * self._openness)

    def light_lantern(self) -> None:
        """Let the blue lantern at the gate burn."""
        self.node.find_all_matches("@@BlueGlow").unstash()

    def update(self, dt: float) -> None:
        """Turn the mill's sails."""
        self._sails += dt * 14
        self.node.find("**/Sails").set_r(self._sails)


def build_village(quality: str = "high") -> Village:
    """Return the village in "high" or "low" quality; reparent its node to a scene."""
    node = NodePath("village")
    load_parts(quality).get_children().reparent_to(node)
    _finish(node)
    lights = [LPoint3(*at) for at in (*props.LANTERN_LIGHTS, props.FORGE_GLOW)]
    spots = {name: (LPoint3(x, y, 0), heading) for name, (x, y, heading) in plan.SPOTS.items()}
    gate = plan.Obstacle(*plan.GATE_AT, half_width=plan.GATE_WIDTH / 2, half_depth=0.15)
    return Village(node, spots, obstacles(), lights, gate)


def load_parts(quality: str) -> NodePath:
    """Return the geometry alone, from the assets if they were baked, else built."""
    root = NodePath("parts")
    for name, make in (("village", make_common), (f"greenery-{quality}", lambda: make_greenery(quality))):
        baked = load_asset(name)
        (make() if baked is None else baked).get_children().reparent_to(root)
    return root


def load_asset(name: str) -> NodePath | None:
    """Return a baked model, or None if there is none."""
    asset = ASSETS / f"{name}.bam.pz"
    bam = BamFile()
    if not asset.is_file() or not bam.open_read(Filename.from_os_specific(str(asset))):
        return None
    return NodePath(bam.read_node())


def sky_picture() -> PNMImage:
    """Return the sky's picture, from the asset if it was baked, else painted."""
    image = PNMImage()
    asset = ASSETS / "sky.png"
    if asset.is_file() and image.read(Filename.from_os_specific(str(asset))):
        return image
    return sky.picture()


def _finish(node: NodePath) -> None:
    """Give the parts that are not plain lit surfaces their own shader and place in the order of drawing."""
    dome = node.find("Sky")
    dome.set_shader(shaders.sky())
    dome.set_texture(sky.texture_of(sky_picture()))
    dome.set_bin("background", 0)
    dome.set_depth_write(False)
    dome.set_depth_test(False)
    dome.node().set_bounds(OmniBoundingVolume())
    dome.node().set_final(True)
    node.find("Water").set_shader(shaders.water())
    for name, opacity in (("Smoke", 0.85), ("Glow", 0.0), ("BlueGlow", 0.0)):
        cards = node.find(name)
        cards.set_shader(shaders.cards(opacity=opacity))
        cards.set_attrib(
            ColorBlendAttrib.make(
                ColorBlendAttrib.M_add, ColorBlendAttrib.O_one, ColorBlendAttrib.O_one_minus_incoming_alpha
            )
        )
        cards.set_depth_write(False)
        cards.set_bin("fixed", 10)
        cards.node().set_bounds(OmniBoundingVolume())
        cards.node().set_final(True)
    for name in ("Sky", "Water", "Smoke", "Glow", "Ground", "BlueGlow"):
        node.find(name).hide(CASTS_SHADOW | STILL_SHADOW)
    node.find("BlueGlow").stash()  # dark, to begin with
    for plant in ("Plants", "Grass"):
        for path in node.find_all_matches(f"{plant}*"):
            path.set_two_sided(True)
    node.find("Grass").hide(CASTS_SHADOW | STILL_SHADOW)


def make_greenery(quality: str) -> NodePath:
    """Build grass, trees and bushes for a quality; the same quality always gives the same vertices."""
    root = NodePath("greenery")
    root.attach_new_node(ground.grass(_TUFTS[quality]).node("Grass"))
    for quarter in range(4):
        root.attach_new_node(_greenery(quarter, fine=quality == "high").node(f"Plants{quarter}"))
    return root


def make_common() -> NodePath:
    """Build what both qualities share."""
    root = NodePath("common")
    root.attach_new_node(ground.land().node("Ground"))
    root.attach_new_node(ground.cobbles().append(props.shore()).node("Stones"))
    for quarter in range(4):
        built = Mesh()
        for i, house in enumerate(plan.HOUSES):
            if _quarter(house.x, house.y) == quarter:
                z = float(plan.height(np.array(house.x), np.array(house.y)))
                built.append(houses.build(house, i), placed(house.x, house.y, z, h=house.heading))
        root.attach_new_node(built.node(f"Houses{quarter}"))
    root.attach_new_node(_things().node("Things"))
    tower, sails = houses.windmill()
    x, y = plan.MILL_AT
    mill = root.attach_new_node(tower.node("Mill"))
    mill.set_pos(x, y, float(plan.height(np.array(x), np.array(y))))
    mill.set_h(30)
    mill.attach_new_node(sails.node("Sails")).set_pos(0, -2.7, 7.9)
    gate = root.attach_new_node(props.gate_leaf().node("Gate"))
    gate.set_pos(plan.GATE_AT[0] - plan.GATE_WIDTH / 2 + 0.05, plan.GATE_AT[1], 0)
    root.attach_new_node(props.water().node("Water"))
    root.attach_new_node(sky.dome().node("Sky"))
    smoke, glow = _cards()
    root.attach_new_node(geom_node("Smoke", smoke.settle()))
    root.attach_new_node(geom_node("Glow", glow.settle()))
    blue, at = Mesh(), np.array(props.LANTERN_LIGHTS[props.BLUE_LANTERN])
    for color, size in (("#9fd0ff", 0.9), ("#3f7fff", 2.2), ("#16337a", 6.5)):
        _card(blue, at, rgb(color), 0.5, 0.0, size)
    root.attach_new_node(geom_node("BlueGlow", blue.settle()))
    return root


def _quarter(x: float, y: float) -> int:
    return int(math.degrees(math.atan2(y, x)) % 360 // 90)


_TREES: tuple[tuple[float, float, int, float], ...] = (
    (-7.6, 12.6, 3, 1.05), (-18.4, 15.2, 0, 1.25), (-20.6, -1.2, 5, 1.0), (9.2, 7.6, 4, 0.95), (13.6, 12.0, 1, 1.2),
    (2.0, 20.4, 2, 0.9), (-10.2, 18.6, 1, 1.3), (19.4, 14.8, 3, 1.1), (20.6, 1.4, 2, 1.0), (11.0, -16.4, 0, 1.2),
    (18.6, -5.8, 5, 1.0), (-6.8, -17.6, 2, 1.1), (-18.2, -11.4, 4, 1.15), (-24.4, -3.6, 0, 1.1), (6.4, -13.2, 3, 0.85),
    (-23.0, 9.6, 1, 1.2), (12.4, 23.4, 0, 1.15), (24.0, 16.0, 1, 1.1), (-5.6, -12.8, 5, 0.8), (22.6, -14.4, 1, 1.2),
)  # fmt: skip
_PINES: tuple[tuple[float, float, float], ...] = (
    (-22.0, 14.0, 1.2), (-11.4, 24.4, 1.3), (16.8, 17.8, 1.0), (24.8, 2.2, 1.2), (20.8, -18.8, 1.3),
    (-19.6, -18.4, 1.2),
    (-26.0, -8.2, 1.1), (-1.6, 26.6, 1.25), (9.0, -23.6, 1.2), (-8.8, -23.4, 1.3),
)  # fmt: skip
_FENCES: tuple[tuple[tuple[float, float], tuple[float, float]], ...] = (
    ((-1.95, -20.0), (-8.0, -20.6)), ((1.95, -20.0), (8.6, -20.6)), ((8.6, -20.6), (15.0, -18.4)),
    ((-8.0, -20.6), (-16.0, -19.6)), ((-17.6, 4.6), (-20.0, 7.8)), ((-10.6, 14.2), (-7.0, 16.6)),
    ((17.6, 11.4), (15.4, 14.6)), ((-17.2, 16.2), (-12.6, 18.4)), ((18.2, -8.6), (19.2, -14.4)),
)  # fmt: skip
_BUNTING: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...] = (
    ((-3.6, -7.9, 3.85), (8.9, -4.4, 3.85)), ((-8.1, 2.0, 3.85), (-3.6, -7.9, 3.85)),
    ((-8.1, 2.0, 3.85), (5.5, 7.3, 3.85)), ((5.5, 7.3, 3.85), (8.9, -4.4, 3.85)),
)  # fmt: skip


def _greenery(quarter: int, *, fine: bool) -> Mesh:
    rng = np.random.default_rng(700 + quarter)
    mesh = plants.woods(quarter, fine=fine)
    for x, y, crown, size in _TREES:
        if _quarter(x, y) == quarter:
            tree = plants.broad_tree(rng, plants.CROWNS[crown], fine=fine)
            mesh.append(tree, placed(x, y, 0, h=rng.uniform(0, 360)) @ scaled(size))
    for x, y, size in _PINES:
        if _quarter(x, y) == quarter:
            mesh.append(plants.pine(rng, fine=fine), placed(x, y, 0, h=rng.uniform(0, 360)) @ scaled(size))
    kinds = [
        plants.bush(rng, plants.CROWNS[i % 3], berries=(None, rgb("#c8433a"), rgb("#e8dff0"))[i]) for i in range(3)
    ]
    for i in range(16 if fine else 11):
        a, r = math.radians(quarter * 90 + rng.uniform(0, 90)), rng.uniform(9, 29)
        x, y = r * math.cos(a), r * math.sin(a)
        at = (np.array(x), np.array(y))
        taken = plan.path_distance(*at) < 0.9 or plan.pond_distance(*at) < 1.0 or plan.house_distance(*at) < 0.7
        if taken or _crowded(x, y):
            continue
        if i % 6 == 0:
            rock(mesh, (x, y, 0.1), rng.uniform(0.25, 0.6, 3), vary(rgb("#8b857b"), rng, 0.1), rng)
        else:
            mesh.append(kinds[i % 3], placed(x, y, -0.05, h=rng.uniform(0, 360)) @ scaled(rng.uniform(0.8, 1.4)))
    if quarter == 0:
        turn = np.concatenate([rng.uniform(0.1, 2.6, 60), rng.uniform(5.2, 6.2, 30)])
        reach = plan.pond_edge(turn) + rng.normal(-0.1, 0.25, len(turn))
        plants.reeds(mesh, np.stack([np.cos(turn) * reach, np.sin(turn) * reach], -1) + plan.POND_AT, rng)
    return mesh


def _crowded(x: float, y: float) -> bool:
    return any(math.hypot(x - px, y - py) < 2.4 for px, py, _ in plan.SPOTS.values())


def _things() -> Mesh:
    mesh = props.well()
    mesh.append(props.stall(), placed(*plan.STALL_AT, h=plan.STALL_HEADING))
    mesh.append(props.forge(), placed(*props.FORGE_AT, h=62))
    mesh.append(props.gate_posts())
    for i, (a, b) in enumerate(_FENCES):
        mesh.append(props.fence(a, b, i))
    for i, at in enumerate(props.LANTERN_LIGHTS):
        props.lantern(mesh, at, post=i < 4, lit=i != props.BLUE_LANTERN)
    for i, (start, end) in enumerate(_BUNTING):
        props.bunting(mesh, np.array(start), np.array(end), i)
    return mesh


def _card(mesh: Mesh, at: FloatArray, color: tuple[float, float, float], seed: float, kind: float, size: float) -> None:
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=float)
    mesh.add(
        np.tile(at, (4, 1)),
        np.tile([seed, kind, size], (4, 1)),
        [(0, 1, 2), (0, 2, 3)],
        color,
        sway=corners[:, 0],
        glow=corners[:, 1],
    )


def _cards() -> tuple[Mesh, Mesh]:
    rng = np.random.default_rng(81)
    smoke, glow = Mesh(), Mesh()
    for i, house in enumerate(plan.HOUSES):
        matrix = placed(house.x, house.y, 0, h=house.heading)
        if i % 3 != 1:
            top = matrix[:3, :3] @ houses.chimney_top(house) + matrix[:3, 3]
            for k in range(9):
                _card(smoke, top, rgb("#b9aeb8"), (k + rng.uniform(0, 0.6)) / 9, 1.0, 0.9)
        for x in (-0.36, 0.37):
            at = matrix[:3, :3] @ np.array([house.width * x, -house.depth / 2 - 0.15, 1.62]) + matrix[:3, 3]
            _card(glow, at, rgb("#7a4a1c"), rng.random(), 0.0, 2.3)
    for i, at in enumerate(props.LANTERN_LIGHTS):
        if i == props.BLUE_LANTERN:
            continue
        _card(glow, np.array(at), rgb("#ffb25a"), rng.random(), 0.0, 1.7)
        _card(glow, np.array(at), rgb("#5a3512"), rng.random(), 0.0, 4.2)
    _card(glow, np.array(props.FORGE_GLOW), rgb("#ff7a2a"), 0.4, 0.0, 2.4)
    for _ in range(70):
        a, r = rng.uniform(0, 2 * np.pi), rng.uniform(6, 26)
        _card(
            glow,
            np.array([r * np.cos(a), r * np.sin(a), rng.uniform(0.5, 2.0)]),
            rgb("#e8e070"),
            rng.random(),
            2.0,
            0.13,
        )
    return smoke, glow


def obstacles() -> list[plan.Obstacle]:
    """Return what stands in a walker's way, except pond and gate, which change or are not boxes."""
    found = [plan.Obstacle(h.x, h.y, 0.1, h.width / 2, h.depth / 2, h.heading) for h in plan.HOUSES]
    found.append(plan.Obstacle(0, 0, plan.WELL_RADIUS))
    found.append(plan.Obstacle(*plan.STALL_AT, 0.05, 1.85, 0.95, plan.STALL_HEADING))
    found.append(plan.Obstacle(*props.FORGE_AT, 0.05, 1.6, 1.3, 62))
    found += [plan.Obstacle(x, y, 0.35 * size) for x, y, _, size in _TREES]
    found += [plan.Obstacle(x, y, 0.5 * size) for x, y, size in _PINES]
    found += [plan.Obstacle(x + 0.32, y, 0.15) for x, y, _ in props.LANTERN_LIGHTS[:4]]
    gx, gy = plan.GATE_AT
    found += [plan.Obstacle(gx + s * (plan.GATE_WIDTH / 2 + 0.3), gy, 0.4) for s in (-1, 1)]
    for (ax, ay), (bx, by) in _FENCES:
        heading = math.degrees(math.atan2(by - ay, bx - ax))
        found.append(plan.Obstacle((ax + bx) / 2, (ay + by) / 2, 0.1, math.hypot(bx - ax, by - ay) / 2, 0.0, heading))
    return found
