"""What may be drawn, so that any integrated graphics chip can: counts what a scene asks of one. Main thread only."""

from __future__ import annotations

from dataclasses import dataclass

from panda3d.core import GeomNode, NodePath

from samples.village.light import CASTS_SHADOW

MOST_DRAW_CALLS, MOST_VERTICES = 250, 300_000


@dataclass(frozen=True)
class Cost:
    """What a frame would take if everything were in sight; shadows are draw calls of their own."""

    vertices: int
    draw_calls: int
    shadow_calls: int


def cost(scene: NodePath) -> Cost:
    """Return what a scene costs."""
    vertices = lit = shaded = 0
    for path in scene.find_all_matches("**/+GeomNode"):
        node = path.node()
        geoms = node.get_geoms() if isinstance(node, GeomNode) else ()
        vertices += sum(geom.get_vertex_data().get_num_rows() for geom in geoms)
        lit += len(geoms)
        shaded += 0 if path.is_hidden(CASTS_SHADOW) else len(geoms)
    return Cost(vertices, lit, shaded)
