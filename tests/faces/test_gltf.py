"""A stranger's head: loaded from a glTF file, it talks by the service's ARKit frames, in a real LiveKit room."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import Filename, NodePath

from convai_panda import CloudTransport, Convai, Failed, MemoryContinuity, Nearest, SilentVoice, SpeechFinished
from convai_panda.faces import MorphDriver
from convai_panda.faces.choice import choose_driver

from ..conftest import Village
from ..livekit_server import give_up, livekit_server  # noqa: F401 - a fixture
from ..test_real_line import Service, service  # noqa: F401 - a fixture
from .gltf import write_head
from .models import heights

STRANGER = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0088"
MESHES = {
    "face": ["jawOpen", "mouthFunnel", "mouthPucker", "mouthLowerDown_L", "mouthPress_L", "eyeBlink_L", "hat"],
    "teeth": ["jawOpen"],
    "corners": ["mouthStretch_L"],
}


def height(head: NodePath, mesh: str) -> float:
    """Of the lowest corner of a mesh, which is 0 at rest."""
    return min(heights(head.find(f"**/{mesh}")))


@pytest.fixture
def head(base: ShowBase, tmp_path: Path) -> NodePath:
    if importlib.util.find_spec("gltf") is None:
        give_up("no glTF loader: pip install panda3d-gltf")
    path = Filename.from_os_specific(str(write_head(tmp_path / "stranger.glb", MESHES)))
    model: NodePath = base.loader.load_model(path, noCache=True)
    return model


def test_all_meshes_of_a_gltf_head_move_together_and_are_given_back(head: NodePath) -> None:
    driver = choose_driver(head)
    assert isinstance(driver, MorphDriver)
    assert {"JawOpen", "MouthFunnel", "MouthPucker"} <= set(driver.channels)
    driver.show([0.5 if channel == "JawOpen" else 0.0 for channel in driver.channels])
    assert [height(head, mesh) for mesh in MESHES] == pytest.approx([0.5, 0.5, 0.0])
    driver.close()
    assert [height(head, mesh) for mesh in MESHES] == pytest.approx([0.0, 0.0, 0.0])


@pytest.fixture
def real_village(base: ShowBase, service: Service) -> Iterator[Village]:  # noqa: F811
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=CloudTransport(url=service.connect_url, api_key=service.api_key),
        listener=player,
        voice=SilentVoice(),
        proximity=Nearest(linger=0.5),
        continuity=MemoryContinuity(),
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()


@pytest.mark.livekit
def test_a_gltf_head_talks_in_a_real_room(real_village: Village, head: NodePath) -> None:
    village = real_village
    head.reparent_to(village.base.render)
    head.set_pos(100.0, 0.0, 0.0)
    stranger = village.convai.add_character(STRANGER, head, presence=None, greeting=None)
    village.stand(100.0, -2.0)
    village.until(lambda: stranger.is_ready, within=30.0)
    opened: list[float] = []
    stretched: list[float] = []  # the corners of the mouth, of which the loudness of a voice knows nothing

    def has_spoken() -> bool:
        if stranger.is_audible:
            opened.append(height(head, "teeth"))
            stretched.append(height(head, "corners"))
        return bool(village.told(SpeechFinished))

    stranger.say("Tell me about the hill and the mill.")
    village.until(has_spoken, within=40.0)
    shapes = {round(each, 3) for each in opened}
    assert len(shapes) > 20, "frame by frame, not open and shut"
    assert max(opened) > 0.2
    assert min(opened) < 0.1
    assert max(stretched) > 0.1
    assert len({round(each, 3) for each in stretched}) > 10
    village.until(lambda: height(head, "teeth") < 0.02)
    assert village.told(Failed) == []
