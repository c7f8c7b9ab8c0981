"""The simulator against a recorded visit to a real pipecat bot, and the client's reading of that visit."""

import json
import re
from pathlib import Path

import pytest

from convai_panda import Speaker, Transcript
from convai_panda.conversation import Conversation
from convai_panda.protocol.server import UnknownMessage, parse_server_message
from convai_panda.simulator import Memory

from .compare import Phase, differences, read, recorded, simulated, visits
from .record import LONG, PATH, REQUEST

TABLE = Path(__file__).with_name("README.md")
NEWER = {"user-input"}  # RTVI's, from after the client's version of it


@pytest.fixture(scope="module")
def both() -> tuple[list[Phase], list[Phase]]:
    """The recorded phases and the simulator's."""
    memory, session = Memory(), None
    bot, simulator = list[Phase](), list[Phase]()
    for visit in visits(read(PATH)):
        bot += recorded(visit)
        phases, session = simulated(visit, memory, session)
        simulator += phases
    return bot, simulator


def test_they_differ_in_what_the_table_lists_and_in_nothing_else(both: tuple[list[Phase], list[Phase]]) -> None:
    rows = re.findall(r"^\| (.*?) \| .+ \|$", TABLE.read_text(encoding="utf-8"), re.M)[1:]
    assert rows == sorted(differences(*both))


def test_a_voice_outlives_the_words_about_it_by_as_much(both: tuple[list[Phase], list[Phase]]) -> None:
    bot, simulator = ([phase.lead() for phase in phases if phase.voice] for phases in both)
    assert len(bot) == 5
    assert simulator == pytest.approx(bot, abs=0.25)


def test_the_comparison_notices(both: tuple[list[Phase], list[Phase]]) -> None:
    bot, simulator = both
    told = list(reversed(simulator[1].told))
    changed = [Phase(phase.name, told if at == 1 else phase.told) for at, phase in enumerate(simulator)]
    rows = differences(bot, changed) - differences(bot, simulator)
    assert "bot-llm-started before bot-llm-stopped only from pipecat" in rows


def test_every_recorded_message_is_read_and_each_line_told_once() -> None:
    said = list[tuple[Speaker, str]]()
    for visit in visits(read(PATH)):
        conversation = Conversation()
        for line in visit:
            if line.get("client", {}).get("type") == "user_text_message":
                said += finished(conversation.typed(line["client"]["data"]["text"], line["t"]))
            elif "bot" in line:
                message = parse_server_message(json.dumps(line["bot"]).encode())
                assert not isinstance(message, UnknownMessage) or message.type in NEWER
                said += finished(conversation.receive(message, line["t"]))
    answers = [text for speaker, text in said if speaker is Speaker.CHARACTER]
    assert [int(text.rpartition(" ")[2].rstrip(".")) for text in answers] == [1, 2, 3, 4, 5]
    words = [text for speaker, text in said if speaker is Speaker.PLAYER]
    assert [words[0], words[-2], words[-1]] == ["Hello there", LONG, "Hello again"]
    assert all(re.fullmatch(r"[\d.]+ seconds at \d+ hertz", text) for text in words[1:-2])


def test_the_recording_holds_no_secret_and_names_its_request() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert PATH.stat().st_size < 40_000
    assert "token" not in text
    assert REQUEST.keys() >= {"character_id", "emotion_config", "action_config"}


def finished(events: list[object]) -> list[tuple[Speaker, str]]:
    return [(event.speaker, event.text) for event in events if isinstance(event, Transcript) and event.is_final]
