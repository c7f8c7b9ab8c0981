"""Which driver suits a model that nobody has described. Main thread only."""

import re
from typing import Literal

from panda3d.core import NodePath

from .driver import FaceDriver
from .joints import joint_names
from .morphs import MorphDriver, known_sliders
from .parts import JawDriver, NodeDriver

_JAW = re.compile(r"(?:^|[^a-z])(?:jaw|chin|mandible|lowerjaw|jawbone|jawroot)(?![a-z])")
_MOUTH = re.compile(r"(?:^|[^a-z])(?:mouth|lips)(?![a-z])")
_END = re.compile(r"end$|nub$|_l$|_r$|left$|right$")


def driver_for(node: NodePath, face: FaceDriver | Literal["auto"] | None) -> FaceDriver | None:
    """What a game's ``face`` means for a model."""
    return choose_driver(node) if face == "auto" else face


def choose_driver(node: NodePath) -> FaceDriver | None:
    """The best that the model offers: morph sliders, else a jaw joint, a mouth or a jaw node; None: no face."""
    if known_sliders(node):
        return MorphDriver(node)
    if joint := _first(joint_names(node), _JAW):
        return JawDriver(node, joint=joint)
    paths = [path for path in node.find_all_matches("**") if path.name]
    for pattern, make in ((_MOUTH, NodeDriver), (_JAW, JawDriver)):
        if name := _first([path.name for path in paths], pattern):
            return make(next(path for path in paths if path.name == name))
    return None


def _first(names: list[str], pattern: re.Pattern[str]) -> str | None:
    """The first name in which the pattern's word stands, however it is written."""
    for name in names:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        if pattern.search(words) and not _END.search(words):
            return name
    return None
