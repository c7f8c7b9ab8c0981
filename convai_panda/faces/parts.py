"""Faces without morph targets: a turning jaw, a mouth that is scaled, pictures that are swapped. Main thread only."""

from collections.abc import Mapping, Sequence

from panda3d.core import LPoint3, LQuaternion, LVector3, NodePath, Texture, TransformState

from ..errors import ConfigurationError
from ..protocol.blendshapes import VISEMES
from .joints import HeldJoint

_RIGHT = LVector3(1, 0, 0)
_JAW = 18.0  # degrees that a jaw turns in full
_LINE = 0.35  # height to width under which a mouth is modelled shut
_GAPE = 0.6  # height to width of such a mouth in full
_SHUT_IMAGE = 0.18  # weight under which no viseme counts, so that the mouth is shut


class JawDriver:
    """Turns a jaw: a node, or a joint of a character by its name (``JawDriver(model, joint="jaw")``).

    ``angle`` in degrees opens it in full, about the model's own right: negative for a face that looks along +Y,
    positive for one that looks along -Y (default: as the joint lies). Raises ConfigurationError where there is no
    such joint.
    """

    channels: tuple[str, ...] = ("open",)

    def __init__(self, jaw: NodePath, *, joint: str | None = None, angle: float | None = None) -> None:
        self._node = jaw
        self._rest: TransformState = jaw.get_transform()
        self._quat = LQuaternion(jaw.get_quat())
        self._joint = None if joint is None else HeldJoint(jaw, joint)
        self.looks_back = None if self._joint is None else self._joint.is_behind
        self._angle = angle if angle is not None else _JAW if self.looks_back else -_JAW

    def show(self, values: Sequence[float]) -> None:
        """Open it as far as its one value says."""
        angle = self._angle * min(1.0, max(0.0, values[0]))
        if self._joint is not None:
            self._joint.turn(angle, _RIGHT)
            return
        turn = LQuaternion()
        turn.set_from_axis_angle(angle, _RIGHT)
        self._node.set_quat(turn * self._quat)

    def close(self) -> None:
        """Shut it, and give it back to the model's animation."""
        if self._joint is not None:
            self._joint.release()
        elif not self._node.is_empty():
            self._node.set_transform(self._rest)


class NodeDriver:
    """Scales a node that is a mouth: taller as it opens, broader and narrower as its lips go.

    ``shut`` and ``opened`` are its height, as shares of the model's, while it is closed and in full. Default: a mouth
    that is modelled open is flattened, and a line grows.
    """

    channels: tuple[str, ...] = ("open", "wide", "round")

    def __init__(self, mouth: NodePath, *, shut: float | None = None, opened: float | None = None) -> None:
        self._mouth = mouth
        self._rest: TransformState = mouth.get_transform()
        self._scale = mouth.get_scale()
        low, high = mouth.get_tight_bounds(mouth) or (LPoint3(0), LPoint3(0))
        self._middle = (low + high) * 0.5
        flatness = (high.z - low.z) / max(1e-6, high.x - low.x)
        is_line = 0.0 < flatness < _LINE
        self._shut = shut if shut is not None else 1.0 if is_line else 0.15
        self._opened = opened if opened is not None else min(8.0, _GAPE / flatness) if is_line else 1.0

    def show(self, values: Sequence[float]) -> None:
        """Scale it about its own middle."""
        openness, wide, rounded = values
        x, y, z = self._scale
        breadth = max(0.3, 1.0 + 0.25 * wide - 0.4 * rounded)
        height = self._shut + (self._opened - self._shut) * min(1.0, max(0.0, openness))
        scale = LVector3(x * breadth, y, z * height)
        moved = [at * (was - now) for at, was, now in zip(self._middle, (x, y, z), scale, strict=True)]
        self._mouth.set_scale(scale)
        self._mouth.set_pos(self._rest.get_pos() + self._rest.get_quat().xform(LVector3(*moved)))

    def close(self) -> None:
        """Leave it as it was."""
        if not self._mouth.is_empty():
            self._mouth.set_transform(self._rest)


class TextureDriver:
    """Swaps the picture on a mouth: one for each viseme that there is a picture of, ``sil`` for a mouth that is shut.

    Raises ConfigurationError for a name that is no viseme, or where ``sil`` is missing.
    """

    def __init__(self, mouth: NodePath, textures: Mapping[str, Texture]) -> None:
        if unknown := sorted(textures.keys() - set(VISEMES)):
            raise ConfigurationError(f"{unknown[0]!r} is no viseme. There are: {', '.join(VISEMES)}.")
        if "sil" not in textures:
            raise ConfigurationError('A mouth needs a picture of being shut: give a texture for "sil".')
        self._mouth = mouth
        self._textures = dict(textures)
        self._names = [name for name in textures if name != "sil"]
        self._shown = ""
        self._rest = mouth.get_texture() if mouth.has_texture() else None

    @property
    def channels(self) -> tuple[str, ...]:
        """The visemes that there are pictures of."""
        return tuple(f"viseme_{name}" for name in self._names)

    def show(self, values: Sequence[float]) -> None:
        """Show the picture of the strongest viseme."""
        strongest = max(range(len(self._names)), key=values.__getitem__, default=None)
        is_shut = strongest is None or values[strongest] < _SHUT_IMAGE
        name = "sil" if is_shut or strongest is None else self._names[strongest]
        if name != self._shown:
            self._shown = name
            self._mouth.set_texture(self._textures[name], 1)

    def close(self) -> None:
        """Put the first picture back."""
        if self._mouth.is_empty():
            return
        self._mouth.clear_texture()
        if self._rest is not None:
            self._mouth.set_texture(self._rest)
