"""P15: what eight faces of 61 shapes each cost a frame while all of them speak, beside joints frozen by name."""

import random
import statistics
from time import perf_counter

import numpy as np
from panda3d.core import Character as CharacterNode
from panda3d.core import LPoint3, NodePath, load_prc_file_data

from convai_panda import Character, Ring
from convai_panda.audio.cursor import Cursor
from convai_panda.audio.jitter import JitterBuffer
from convai_panda.faces import Face, MorphDriver
from convai_panda.faces_rota import FacesRota
from convai_panda.protocol.blendshapes import ARKIT
from convai_panda.protocol.server import ChunkedNeurosyncBlendshapes
from convai_panda.turns import Cue

from ..faces.models import egg_character, morph_model
from .figure import Figure

_FACES = 8
_FRAMES = 300  # a round: five seconds
_ROUNDS = 12
_TARGET = 0.10  # ms
_CHUNK = 10


class _Voice:
    """A voice that goes on and on, and its face."""

    def __init__(self, number: int) -> None:
        # The nine rotations that a frame has beside its shapes are given sliders too, so that there are 61.
        names = {f"slider-{index}": ARKIT[index % 52] for index in range(len(ARKIT))}
        self.model = morph_model(*names)
        self.face = Face(MorphDriver(self.model, names))
        self.character = Character(
            f"face-{number}", self.model, name="", head=self.model, send=print, hold=print, cut=print, face=self.face
        )
        self.character._ring = Ring.TALK
        self.character._voice = self  # type: ignore[assignment]  # the half of a sink that is read
        self.buffer = JitterBuffer()
        self.now = 0.0
        self._sent = 0
        self._random = np.random.default_rng(number)
        self._pcm = (8_000 * np.sin(np.arange(960) * 0.1)).astype("<i2").tobytes()
        self.face.feed.receive(self._chunk(), Cue.BEGIN)
        self.face.feel("joy", 2, 0.0)

    @property
    def cursor(self) -> Cursor | None:
        return self.buffer.cursor("voice", self.now)

    @property
    def loudness(self) -> float:
        return self.buffer.loudness

    def arrive(self, now: float) -> None:
        """What the other threads do: sound and shapes come a little ahead."""
        self.now = now
        while self.buffer.pushed < now + 0.1:
            self.buffer.push(self._pcm, now)
        while self._sent / 60 < now + 0.5:
            self.face.feed.receive(self._chunk(), None)
        self.buffer.release(now)

    def _chunk(self) -> ChunkedNeurosyncBlendshapes:
        self._sent += _CHUNK
        frames = self._random.uniform(0.0, 0.6, (_CHUNK, len(ARKIT)))  # every shape moves in every frame
        return ChunkedNeurosyncBlendshapes(blendshapes=tuple(map(tuple, frames.tolist())))


def measure() -> list[Figure]:
    """Alternating rounds; the median frame of all of ours, and the median round of the others."""
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    voices = [_Voice(number) for number in range(_FACES)]
    characters = [egg_character([f"slider-{index}" for index in range(len(ARKIT))]) for _ in range(_FACES)]
    root, ears, rota = NodePath("root"), LPoint3(0), FacesRota()
    for voice in voices:
        rota.add(voice.character)
    chance = random.Random(15)
    ours, frozen = [], []
    now, moved = 0.0, 0
    for _ in range(_ROUNDS):
        for _ in range(_FRAMES):
            now += 1 / 60
            for voice in voices:
                voice.arrive(now)
                moved += voice.face.place is not None
            began = perf_counter()
            rota.update(now, root, ears, lambda: voices[0].character)
            ours.append((perf_counter() - began) * 1000)
        frozen.append(_freeze(characters, chance))
    if moved < _ROUNDS * _FRAMES * _FACES * 0.95:
        raise RuntimeError("The faces did not move; the figure would mean nothing.")
    cost, beside = statistics.median(ours), statistics.median(frozen)
    what = f"{_FACES} faces of {len(ARKIT)} shapes, all moving: a frame"
    return [
        Figure(
            "P15",
            what,
            f"{cost:.3f} ms",
            f"freeze_joint by name: {beside:.3f} ms",
            f"{cost / beside:.2f}",
            f"<= {_TARGET:.2f} ms",
            cost <= _TARGET,
        ),
        Figure("P15", "the mean frame, with what else the machine did", f"{statistics.fmean(ours):.3f} ms", "", "", ""),
    ]


def _freeze(characters: list[NodePath], chance: random.Random) -> float:
    """The same as a game would do it with what the engine offers."""
    bundles = []
    for model in characters:
        node = model.find("**/+Character").node()
        assert isinstance(node, CharacterNode)
        bundles.append(node.get_bundle(0))
    names = [f"slider-{index}" for index in range(len(ARKIT))]
    began = perf_counter()
    for _ in range(_FRAMES // 10):
        value = chance.random()
        for bundle in bundles:
            for name in names:
                bundle.freeze_joint(name, value)
    return (perf_counter() - began) / (_FRAMES // 10) * 1000
