"""The pytest plugin: fixtures for scenes with Convai characters. pytest finds it by itself where we are installed.

It imports nothing of Panda3D before a test asks for one of its fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .convai_scene import ConvaiScene
    from .player import ScriptedPlayer

_MARKER = "convai_scene"
_WILL_LISTEN = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(audible=False, seed=0, fps=60): how the scene is made; audible: OpenAL's real mix is measured",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """OpenAL reads its settings once in a process, so that the first scene has to know of any that is audible."""
    config.stash[_WILL_LISTEN] = any(_options(item).get("audible") for item in items)


@pytest.fixture
def convai_scene(request: pytest.FixtureRequest) -> Iterator[ConvaiScene]:
    """A headless scene on the simulator, in game time; the test fails where it leaves something behind."""
    options = _options(request.node)
    if options.get("audible") and not hasattr(os, "mkfifo"):
        pytest.skip("OpenAL's real mix can be had only where there are named pipes, as on Linux and macOS.")
    from .convai_scene import ConvaiScene
    from .listening import expect_listening

    if request.config.stash.get(_WILL_LISTEN, False):
        expect_listening()
    scene = ConvaiScene(**options)
    yield scene
    scene.close()


@pytest.fixture
def scripted_player(convai_scene: ConvaiScene) -> ScriptedPlayer:
    """The player of the scene, who does what the test says."""
    from .player import ScriptedPlayer

    return ScriptedPlayer(convai_scene)


@pytest.fixture
def step_until(convai_scene: ConvaiScene) -> Callable[..., float]:
    """``step_until(condition, within=seconds of game time)``: step the scene until the condition is true."""
    return convai_scene.step_until


def _options(item: Any) -> dict[str, Any]:
    """What the marks say, the nearest last."""
    options: dict[str, Any] = {}
    for mark in reversed(list(item.iter_markers(_MARKER))):
        options.update(mark.kwargs)
    return options
