"""Models with faces, made on the spot: geometry with sliders of its own, and characters as egg files hold them."""

from collections.abc import Sequence
from pathlib import Path

from direct.showbase.ShowBase import ShowBase
from panda3d.core import (
    Filename,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexAnimationSpec,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
    GeomVertexReader,
    GeomVertexWriter,
    InternalName,
    NodePath,
    SliderTable,
    SparseArray,
    StringStream,
    Thread,
    UserVertexSlider,
)
from panda3d.egg import EggData, load_egg_data


def morph_model(*names: str) -> NodePath:
    """A triangle with a slider of each name; a slider in full lifts the triangle by one unit."""
    layout = GeomVertexArrayFormat(GeomVertexFormat.get_v3().get_array(0))
    for name in names:
        morph = InternalName.get_morph(InternalName.get_vertex(), name)
        layout.add_column(morph, 3, GeomEnums.NT_float32, GeomEnums.C_morph_delta)
    whole = GeomVertexFormat(layout)
    spec = GeomVertexAnimationSpec()
    spec.set_panda()
    whole.set_animation(spec)
    data = GeomVertexData("face", GeomVertexFormat.register_format(whole), GeomEnums.UH_static)
    data.set_num_rows(3)
    writer = GeomVertexWriter(data, "vertex")
    for corner in ((0, 0, 0), (1, 0, 0), (0, 1, 0)):
        writer.set_data3(*corner)
    table = SliderTable()
    for name in names:
        delta = GeomVertexWriter(data, InternalName.get_morph(InternalName.get_vertex(), name))
        for _ in range(3):
            delta.set_data3(0, 0, 1)
        table.add_slider(UserVertexSlider(InternalName.make(name)), SparseArray.range(0, 3))
    data.set_slider_table(SliderTable.register_table(table))
    triangles = GeomTriangles(GeomEnums.UH_static)
    triangles.add_vertices(0, 1, 2)
    geom = Geom(data)
    geom.add_primitive(triangles)
    node = GeomNode("Head")
    node.add_geom(geom)
    root = NodePath("model")
    root.attach_new_node(node)
    return root


def egg_model(base: ShowBase, folder: Path, *names: str, joint: str = "") -> NodePath:
    """A character as exporters write it, loaded from a file."""
    path = folder / "face.egg"
    path.write_text(_egg(names, joint), encoding="utf-8")
    model: NodePath = base.loader.load_model(Filename.from_os_specific(str(path)), noCache=True)
    return model


def egg_character(names: Sequence[str]) -> NodePath:
    """The same without a ShowBase."""
    data = EggData()
    data.read(StringStream(_egg(names, "").encode()))
    return NodePath(load_egg_data(data))


def _egg(names: Sequence[str], joint: str) -> str:
    """A triangle with morph targets, hung on a skeleton."""
    morphs = " ".join(f"<Dxyz> {name} {{ 0 0 1 }}" for name in names)
    vertices = "\n".join(
        f"<Vertex> {number} {{ {x} {y} 0 {morphs} }}" for number, (x, y) in enumerate(((0, 0), (1, 0), (0, 1)))
    )
    ends = "<VertexRef> { 2 <Ref> { face } }"
    jaw = f"<Joint> {joint} {{ <Transform> {{ <Translate> {{ 0 1 0 }} }} {ends} }}" if joint else ends
    return (
        "<CoordinateSystem> { Z-Up }\n"
        "<Group> person {\n<Dart> { 1 }\n"
        f"<VertexPool> face {{\n{vertices}\n}}\n"
        "<Polygon> { <VertexRef> { 0 1 2 <Ref> { face } } }\n"
        f"<Joint> root {{ <Transform> {{ <Translate> {{ 0 0 2 }} }} {jaw} "
        "<VertexRef> { 0 1 <Ref> { face } } }\n}\n"
    )


def heights(model: NodePath) -> list[float]:
    """How high the vertices of a model stand as they would be drawn."""
    found = []
    for path in model.find_all_matches("**/+GeomNode"):
        node = path.node()
        assert isinstance(node, GeomNode)
        for number in range(node.get_num_geoms()):
            data = node.get_geom(number).get_vertex_data().animate_vertices(True, Thread.get_current_thread())
            reader = GeomVertexReader(data, "vertex")
            while not reader.is_at_end():
                found.append(reader.get_data3().z)
    return found
