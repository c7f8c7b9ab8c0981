"""What a game's own tests use: a scene that is stepped, a scripted player and characters, and what is heard of them.

The pytest plugin brings the fixtures ``convai_scene``, ``scripted_player`` and ``step_until``; nothing of this is
imported before a test asks for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .assertions import (
        Heard,
        Side,
        assert_heard,
        assert_no_gap,
        assert_rings,
        assert_said,
        assert_silent,
        heard,
    )
    from .convai_scene import ConvaiScene
    from .mix import Mix, capture_mix
    from .player import ScriptedPlayer
    from .scene import step_until
    from .script import ScriptedCharacter
    from .trace import Trace

__all__ = [
    "ConvaiScene",
    "Heard",
    "Mix",
    "ScriptedCharacter",
    "ScriptedPlayer",
    "Side",
    "Trace",
    "assert_heard",
    "assert_no_gap",
    "assert_rings",
    "assert_said",
    "assert_silent",
    "capture_mix",
    "heard",
    "step_until",
]

_HOMES = {
    "assertions": (
        "Heard",
        "Side",
        "assert_heard",
        "assert_no_gap",
        "assert_rings",
        "assert_said",
        "assert_silent",
        "heard",
    ),
    "convai_scene": ("ConvaiScene",),
    "mix": ("Mix", "capture_mix"),
    "player": ("ScriptedPlayer",),
    "scene": ("step_until",),
    "script": ("ScriptedCharacter",),
    "trace": ("Trace",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
