"""Faces with morph targets: sliders of egg and glTF characters, and of geometry made in code. Main thread only.

A slider of a ``Character`` is moved by its animation alone and is slow to override. So where the face has a say,
the geometry gets sliders of ours in their place; all others stay with the animation.
"""

from collections.abc import Iterable, Mapping, Sequence

from panda3d.core import (
    Geom,
    GeomNode,
    GeomVertexData,
    GeomVertexReader,
    InternalName,
    LVector3,
    NodePath,
    SliderTable,
    SparseArray,
    Thread,
    UserVertexSlider,
)

from ..errors import ConfigurationError
from .channels import CHANNELS
from .names import channel_of

_ARKIT_MOUTH = 5  # mouth shapes of ARKit's from which a model needs neither visemes nor plain ones
_VISEMES = 3  # visemes from which it needs no plain ones
_PLAIN_MOUTH = frozenset({"open", "wide", "round", "press", "bite"})
_PLAIN_MOOD = frozenset({"smile", "frown"})

_STEP = 1 / 256  # of a slider: what is less is not seen, and moving one costs more than anything else about a face

_Place = tuple[GeomNode, int]  # a geom, by its node and number


class MorphDriver:
    """Moves the morph sliders of a model.

    ``names`` says which channel a slider shows, where its name does not say it already; None leaves a slider alone.
    Raises ConfigurationError where the model has no sliders, none whose name means anything, or not those named.
    """

    def __init__(self, node: NodePath, names: Mapping[str, str | None] | None = None) -> None:
        found = sliders(node)
        given = dict(names or {})
        if unknown := sorted(given.keys() - found):
            raise ConfigurationError(f"{node.name or 'The model'} has no morph slider {unknown[0]!r}: {_list(found)}.")
        if wrong := sorted({channel for channel in given.values() if channel and channel not in CHANNELS}):
            raise ConfigurationError(f"{wrong[0]!r} is no channel of a face. There are: {', '.join(CHANNELS)}.")
        chosen = _choose({name: given[name] if name in given else channel_of(name) for name in found}, given)
        if not chosen:
            raise ConfigurationError(
                f"No morph slider of {node.name or 'the model'} is known by its name: {_list(found)}. "
                'Say what they show: MorphDriver(node, {"slider": "JawOpen"}).'
            )
        self._channels = tuple(chosen.values())
        self._sliders = [UserVertexSlider(InternalName.make(name)) for name in chosen]
        self._shown = [0.0] * len(self._sliders)
        self._tables: list[tuple[_Place, SliderTable]] = []
        self.looks_back = _looks_back(node, [name for name, channel in chosen.items() if not channel.startswith("Eye")])
        self._take_over(node, dict(zip(chosen, self._sliders, strict=True)))

    @property
    def channels(self) -> tuple[str, ...]:
        """What the sliders show, one channel each."""
        return self._channels

    def show(self, values: Sequence[float]) -> None:
        """Move the sliders that are off by what can be seen.

        None stays off by more than a 256th, however slowly its value goes, and none is left off its rest.
        """
        shown = self._shown
        for number, (value, was) in enumerate(zip(values, shown, strict=True)):
            if value != was and (not -_STEP < value - was < _STEP or value == 0.0):
                self._sliders[number].set_slider(value)
                shown[number] = value

    def close(self) -> None:
        """Give the sliders back to the model's own animation."""
        self.show([0.0] * len(self._sliders))
        for (geom_node, number), table in self._tables:
            data = geom_node.modify_geom(number).modify_vertex_data()
            data.animate_vertices(True, Thread.get_current_thread())  # else they stay as they were drawn last
            data.set_slider_table(table)
        self._tables.clear()

    def _take_over(self, node: NodePath, ours: Mapping[str, UserVertexSlider]) -> None:
        for place, table in _tables(node):
            mixed = SliderTable()
            is_ours = False
            for number in range(table.get_num_sliders()):
                slider = table.get_slider(number)
                name = slider.get_name().get_name()
                rows = table.get_slider_rows(number)
                is_ours = is_ours or name in ours
                mixed.add_slider(ours.get(name, slider), SparseArray(rows))
            if is_ours:
                geom_node, number = place
                geom_node.modify_geom(number).modify_vertex_data().set_slider_table(SliderTable.register_table(mixed))
                self._tables.append((place, table))


def _looks_back(node: NodePath, names: Sequence[str]) -> bool | None:
    """Whether what these sliders move lies on the -Y side of its geometry; None where it lies on neither."""
    for (geom_node, number), _ in _tables(node):
        data = geom_node.get_geom(number).get_vertex_data()
        moved: list[float] = []
        for name in names:
            morph = InternalName.get_morph(InternalName.get_vertex(), name)
            if data.has_column(morph):
                moved += _moved(data, morph)
        if not moved:
            continue
        path = node.find_all_matches("**/+GeomNode")
        owner = next((each for each in path if each.node() == geom_node), node)
        bounds = owner.get_tight_bounds(owner)
        if bounds is None:
            continue
        low, high = bounds
        ahead = node.get_relative_vector(owner, LVector3(0, sum(moved) / len(moved) - (low.y + high.y) / 2, 0))
        if abs(ahead.y) > 0.05 * (high - low).length():
            return ahead.y < 0.0
    return None


def _moved(data: GeomVertexData, morph: InternalName) -> list[float]:
    """How far ahead the vertices are that a morph moves."""
    delta, vertex = GeomVertexReader(data, morph), GeomVertexReader(data, "vertex")
    places = []
    while not delta.is_at_end():
        y = vertex.get_data3().y
        if delta.get_data3().length_squared() > 1e-10:
            places.append(y)
    return places


def sliders(node: NodePath) -> list[str]:
    """The names of all morph sliders below a node, in order."""
    names: dict[str, None] = {}
    for _, table in _tables(node):
        for number in range(table.get_num_sliders()):
            names[table.get_slider(number).get_name().get_name()] = None
    return list(names)


def known_sliders(node: NodePath) -> bool:
    """Whether any slider's name says that it belongs to a mouth or a face."""
    return any(channel_of(name) is not None for name in sliders(node))


def _tables(node: NodePath) -> Iterable[tuple[_Place, SliderTable]]:
    paths = [*node.find_all_matches("**/+GeomNode")]
    if isinstance(node.node(), GeomNode):
        paths.append(node)
    for path in paths:
        geom_node = path.node()
        assert isinstance(geom_node, GeomNode)
        for number in range(geom_node.get_num_geoms()):
            geom: Geom = geom_node.get_geom(number)
            table = geom.get_vertex_data().get_slider_table()
            if table is not None and table.get_num_sliders():
                yield (geom_node, number), table


def _choose(meant: Mapping[str, str | None], given: Mapping[str, str | None]) -> dict[str, str]:
    """One family of mouth shapes: models often bring the same movement twice."""
    known = {name: channel for name, channel in meant.items() if channel is not None}
    shown = set(known.values())
    left_out: set[str] = set()
    if sum(channel.startswith(("Mouth", "Jaw")) for channel in shown) >= _ARKIT_MOUTH:
        left_out = {channel for channel in shown if channel.startswith("viseme_")} | _PLAIN_MOUTH | _PLAIN_MOOD
    elif sum(channel.startswith("viseme_") for channel in shown) >= _VISEMES:
        left_out = {*_PLAIN_MOUTH, *(channel for channel in shown if channel.startswith(("Jaw", "MouthClose")))}
    return {name: channel for name, channel in known.items() if channel not in left_out or given.get(name)}


def _list(names: Sequence[str]) -> str:
    if not names:
        return "it has none"
    return f"it has {', '.join(names[:12])}{' …' if len(names) > 12 else ''}"
