"""A fresh headless ShowBase for each test, its real mix in a file, and nothing left behind."""

import atexit
import shutil
import tempfile
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import Character, Convai, Event, MemoryContinuity, Nearest, Simulator, Speaker, Transcript
from convai_panda.events import EVENTS
from convai_panda.simulator.voice import Voice, say
from convai_panda.testing import Mix, capture_mix, step_until
from tests.livekit_server import pytest_collection_finish as pytest_collection_finish  # before any test's time limit

# OpenAL reads its settings once in a process, so all tests share one file; each device that opens begins it anew.
_FOLDER = Path(tempfile.mkdtemp(prefix="convai-panda-tests-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
MIX = capture_mix(_FOLDER / "mix.wav")

load_prc_file_data("", "window-type none\naudio-library-name p3openal_audio\nnotify-level-device fatal")

_E = TypeVar("_E", bound=Event)

GUARD = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001"
SMITH = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0002"


_LAST_WORDS = 1.0  # s: asyncio's thread that waits for a process tells its end before it ends itself


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("asyncio-waitpid"):
            thread.join(_LAST_WORDS)
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert left == [], "threads left over"


@pytest.fixture
def base() -> Iterator[ShowBase]:
    base = ShowBase()
    tasks = set(base.task_mgr.getAllTasks())
    yield base
    left = [task.name for task in base.task_mgr.getAllTasks() if task not in tasks]
    base.destroy()
    assert left == [], "tasks left over"


class Village:
    """Two characters 20 units apart, a player, and everything that the game was told."""

    def __init__(self, base: ShowBase, convai: Convai) -> None:
        self.base = base
        self.convai = convai
        self.player = convai.listener
        self.events: list[tuple[Character, Event]] = []
        self.guard = self.add(GUARD, "Guard", 0.0, 0.0)
        self.smith = self.add(SMITH, "Smith", 20.0, 0.0)

    def add(self, character_id: str, name: str, x: float, y: float) -> Character:
        node = self.base.render.attach_new_node(name)
        node.set_pos(x, y, 0.0)
        node.attach_new_node("Head").set_z(1.7)
        return self.convai.add_character(character_id, node, head="Head", name=name)

    def listen(self) -> None:
        """Note every event of every kind."""
        for event in EVENTS:
            self.base.accept(event.name, self._note)

    def _note(self, character: Character, event: Event) -> None:
        self.events.append((character, event))

    def told(self, kind: type[_E], character: Character | None = None) -> list[_E]:
        return [event for who, event in self.events if isinstance(event, kind) and character in (None, who)]

    def lines(self, character: Character) -> list[tuple[Speaker, str]]:
        """The finished lines of the talk with a character."""
        return [(said.speaker, said.text) for said in self.told(Transcript, character) if said.is_final]

    def until(self, condition: Callable[[], object], within: float = 15.0) -> float:
        return step_until(self.base, condition, within=within)

    def stand(self, x: float, y: float) -> None:
        """Put the player there, facing north, ears at head height."""
        self.player.set_pos(x, y, 1.7)

    def mix(self) -> Mix:
        """End the game and give what was heard of it."""
        self.convai.destroy()
        self.base.destroy()
        return Mix.read(MIX)


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """A second and a half of somebody's speech."""
    return write_wav(tmp_path / "spoken.wav", "My name is Bartholomew, my good man")


def write_wav(path: Path, text: str) -> Path:
    """A player's words in a file."""
    sentence = say(text, Voice.of("player"))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(sentence.read(0, sentence.samples))
    return path


@pytest.fixture
def village(base: ShowBase) -> Iterator[Village]:
    """The village on the in-process simulator, heard through the real mix."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=Simulator(),
        listener=player,
        proximity=Nearest(linger=0.5),
        continuity=MemoryContinuity(),
        player_name="Ana",
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()
