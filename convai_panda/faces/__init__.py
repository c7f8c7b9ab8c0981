"""A character's face: mouth shapes in step with its voice, moods, and what puts them onto a model.

``Convai.add_character(face=…)`` takes a ``FaceDriver``; the rest works by itself.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channels import CHANNELS
    from .choice import choose_driver
    from .driver import FaceDriver
    from .face import Face
    from .morphs import MorphDriver
    from .parts import JawDriver, NodeDriver, TextureDriver
    from .preview import preview

__all__ = [
    "CHANNELS",
    "Face",
    "FaceDriver",
    "JawDriver",
    "MorphDriver",
    "NodeDriver",
    "TextureDriver",
    "choose_driver",
    "preview",
]

# Imported on first use: the simulator and servers have no use for models.
_HOMES = {
    "CHANNELS": "channels",
    "Face": "face",
    "FaceDriver": "driver",
    "JawDriver": "parts",
    "MorphDriver": "morphs",
    "NodeDriver": "parts",
    "TextureDriver": "parts",
    "choose_driver": "choice",
    "preview": "preview",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
