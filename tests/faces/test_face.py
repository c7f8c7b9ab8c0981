"""Faces in a scene, on the in-process simulator: they speak, fall silent, feel, and are asked for."""

from collections.abc import Iterator
from typing import Any

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import NodePath

from convai_panda import (
    Convai,
    EmotionChanged,
    MemoryContinuity,
    Mood,
    Nearest,
    SilentVoice,
    Simulator,
    SpeechFinished,
)
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse

from ..conftest import GUARD, Village
from .models import morph_model


class Asked(Simulator):
    """A service that keeps what it is asked."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.requests: list[ConnectRequest] = []

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        self.requests.append(request)
        return await super().connect(request)


class Scene:
    """One character with a face, and a player beside it."""

    def __init__(self, base: ShowBase) -> None:
        self.base = base
        self.service = Asked()
        player = base.render.attach_new_node("player")
        player.set_pos(0, -60, 1.7)
        self.convai = Convai(
            base,
            transport=self.service,
            listener=player,
            voice=SilentVoice(),
            proximity=Nearest(linger=0.2),
            continuity=MemoryContinuity(),
        )
        self.events: list[object] = []
        for event in (EmotionChanged, SpeechFinished):
            base.accept(event.name, lambda _, event: self.events.append(event))

    def add(self, node: NodePath, **options: Any) -> None:
        node.reparent_to(self.base.render)
        self.character = self.convai.add_character(GUARD, node, **options)

    def come(self) -> None:
        self.convai.listener.set_pos(0, -2, 1.7)

    def until(self, condition: Any, within: float = 15.0) -> list[dict[str, float]]:
        """What the face showed until then, frame by frame."""
        shown: list[dict[str, float]] = []
        face = self.character.face

        def look() -> bool:
            if face is not None:
                shown.append(face.values)
            return bool(condition())

        Village.until(self, look, within)  # type: ignore[arg-type]
        return shown


@pytest.fixture
def scene(base: ShowBase) -> Iterator[Scene]:
    scene = Scene(base)
    yield scene
    scene.convai.destroy()
    base.ignore_all()


def test_a_face_speaks_feels_and_comes_to_rest(scene: Scene) -> None:
    scene.add(morph_model("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "browInnerUp"))
    scene.come()
    shown = scene.until(lambda: SpeechFinished() in scene.events)
    assert max(values["JawOpen"] for values in shown) > 0.3
    (request,) = scene.service.requests
    assert request.blendshape_config is not None
    assert (request.blendshape_provider, request.blendshape_config.format) == ("neurosync", "arkit")
    (emotion,) = [event for event in scene.events if isinstance(event, EmotionChanged)]
    assert (emotion.emotion, emotion.mood) == ("joy", Mood.JOY)
    assert scene.character.emotion == emotion
    assert shown[-1]["MouthSmileLeft"] > 0.2
    assert shown[-1]["JawOpen"] < 0.05
    scene.convai.listener.set_pos(0, -60, 1.7)
    face = scene.character.face
    assert face is not None
    scene.until(lambda: face.values["MouthSmileLeft"] < 0.01)


def test_an_interrupted_mouth_shuts_at_once(scene: Scene) -> None:
    scene.add(morph_model("jawOpen"))
    scene.come()
    scene.until(lambda: scene.character.face is not None and scene.character.face.values["JawOpen"] > 0.3)
    scene.character.interrupt()
    face = scene.character.face
    assert face is not None
    took = Village.until(scene, lambda: face.values["JawOpen"] < 0.01, 5.0)  # type: ignore[arg-type]
    assert took < 0.3


@pytest.mark.parametrize("options", [{"face": None}, {}], ids=["switched off", "no face there"])
def test_without_a_face_no_shapes_are_asked_for_but_emotions_are(scene: Scene, options: dict[str, Any]) -> None:
    model = morph_model("jawOpen") if options else morph_model("hat")
    scene.add(model, **options)
    scene.come()
    scene.until(lambda: scene.service.requests)
    assert scene.character.face is None
    (request,) = scene.service.requests
    assert request.blendshape_provider is None
    assert request.emotion_config is not None


def test_what_the_game_asks_for_comes_first(scene: Scene) -> None:
    wanted = {"blendshape_provider": "not_provided", "emotion_config": None}
    scene.add(morph_model("mouthOpen"), connect_options=wanted)
    scene.come()
    shown = scene.until(lambda: SpeechFinished() in scene.events)
    (request,) = scene.service.requests
    assert (request.blendshape_provider, request.emotion_config) == ("not_provided", None)
    assert max(values["open"] for values in shown) > 0.3, "by loudness alone"
    assert not any(isinstance(event, EmotionChanged) for event in scene.events)
