"""Some turns with one character in real rooms, heard by OpenAL.

A program, ``python -m tests.benchmarks.real_talk TURNS [ARGUMENT OF THE SIMULATOR …]``, so that it can be run in a
network of its own. It starts the simulator's service beside itself and prints what came of it as JSON.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import monotonic, sleep

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import Character, CloudTransport, Convai, MemoryContinuity, PandaVoice, Transcript, TurnCompleted
from convai_panda.audio.panda_sink import PandaSink
from tests.lossy_network import packets

from .ears import Ears
from .processes import SIMULATOR, serving

_CHARACTER = "00000000-0000-4000-8000-000000000001"
_TOPICS = ("the weather on the hill", "the mill", "the well", "the market")
_LIMIT = 60.0  # s for one answer
_FRAME = 1 / 60  # s


@dataclass(frozen=True, slots=True)
class Talk:
    """What was heard: each finished line with its speaker, and how often the voice ran dry in the middle."""

    lines: list[tuple[str, str]]
    underruns: int
    packets: int  # of UDP, sent in this network
    lost: int


def asked(turns: int) -> list[str]:
    """What the player says."""
    return [
        f"Number {turn + 1}: tell me about {_TOPICS[turn % len(_TOPICS)]}, and who lives there."
        for turn in range(turns)
    ]


def read(output: str) -> Talk:
    """What the program printed."""
    told = json.loads(output.splitlines()[-1])
    return Talk(**{**told, "lines": [(speaker, text) for speaker, text in told["lines"]]})


def talk(turns: int, arguments: Sequence[str]) -> Talk:
    """That many turns, one after the other, each until its last sample was heard."""
    lines: list[tuple[str, str]] = []
    completed: list[TurnCompleted] = []

    def note(character: Character, transcript: Transcript) -> None:
        if transcript.is_final:
            lines.append((transcript.speaker.value, transcript.text))

    load_prc_file_data("", "window-type none\naudio-library-name p3openal_audio\nnotify-level-device fatal")
    with Ears(), serving((*SIMULATOR, *arguments)) as service:
        base = ShowBase()
        convai = Convai(
            base,
            transport=CloudTransport(url=service.connect_url, api_key=service.api_key),
            voice=PandaVoice(),
            listener=base.render.attach_new_node("player"),
            continuity=MemoryContinuity(),
        )
        node = base.render.attach_new_node("guard")
        node.set_pos(0, 2, 0)
        guard = convai.add_character(_CHARACTER, node, greeting=None)
        base.accept(Transcript.name, note)
        base.accept(TurnCompleted.name, lambda character, event: completed.append(event))
        _until(base, lambda: guard.is_ready)
        for number, words in enumerate(asked(turns), 1):
            guard.say(words)
            _until(base, lambda number=number: len(completed) >= number and not guard.is_speaking)  # type: ignore[misc]
        voice = guard._voice
        assert isinstance(voice, PandaSink)
        underruns = sum(stats.underruns for stats in voice.stats.values())
        convai.destroy()
        base.destroy()
        return Talk(lines, underruns, *packets())


def _until(base: ShowBase, condition: Callable[[], object]) -> None:
    until = monotonic() + _LIMIT
    while not condition():
        if monotonic() > until:
            raise RuntimeError(f"Not within {_LIMIT:.0f} s.")
        base.task_mgr.step()
        sleep(_FRAME)


if __name__ == "__main__":
    print(json.dumps(asdict(talk(int(sys.argv[1]), sys.argv[2:]))))
