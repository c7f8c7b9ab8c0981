"""What the service's messages tell the game, in every form and with what it forgets or repeats."""

import json
from typing import Any

import pytest

from convai_panda import (
    Event,
    Speaker,
    SpeakingStarted,
    SpeakingStopped,
    ThinkingStarted,
    Transcript,
    TurnCompleted,
)
from convai_panda.conversation import Conversation
from convai_panda.protocol.server import parse_server_message

STARTED, STOPPED = "bot-started-speaking", "bot-stopped-speaking"


class Wire:
    def __init__(self) -> None:
        self.conversation = Conversation()
        self.now = 0.0

    def say(self, kind: str, data: dict[str, Any] | None = None, *, wrapped: bool = False) -> list[Event]:
        """One message, flat or within a server-message; without ``data`` where there is none, as pipecat sends it."""
        message: dict[str, Any] = {"label": "rtvi-ai", "type": kind}
        if wrapped:
            message = {"label": "rtvi-ai", "type": "server-message", "data": {"type": kind, **(data or {})}}
        elif data is not None:
            message["data"] = data
        self.now += 0.1
        return self.conversation.receive(parse_server_message(json.dumps(message).encode()), self.now)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_voice_is_told_once_though_it_is_announced_twice(wire: Wire, wrapped: bool) -> None:
    assert wire.say(STARTED, wrapped=wrapped) == [SpeakingStarted()]
    assert wire.say(STARTED, wrapped=not wrapped) == []
    assert wire.say(STOPPED, wrapped=wrapped) == [SpeakingStopped()]
    assert wire.say(STOPPED, wrapped=not wrapped) == []


@pytest.mark.parametrize("sign", ["bot-llm-text", STARTED])
def test_thinking_is_told_again_though_its_end_was_lost(wire: Wire, sign: str) -> None:
    assert wire.say("bot-llm-started") == [ThinkingStarted()]
    assert wire.say("bot-llm-started") == []
    wire.say(sign, {"text": "Well met."} if sign == "bot-llm-text" else None)
    assert ThinkingStarted() in wire.say("bot-llm-started")


def test_chunks_grow_into_one_line_that_is_finished_once(wire: Wire) -> None:
    assert wire.say("bot-llm-started") == [ThinkingStarted()]
    assert wire.say("bot-llm-text", {"text": "Well "}) == [Transcript(Speaker.CHARACTER, "Well", is_final=False)]
    assert wire.say("bot-llm-text", {"text": "met."}) == [Transcript(Speaker.CHARACTER, "Well met.", is_final=False)]
    assert wire.say("bot-transcription", {"text": "Well met."}) == []
    assert wire.say("bot-llm-stopped") == [Transcript(Speaker.CHARACTER, "Well met.")]
    assert wire.say("bot-llm-stopped") == []


def test_a_turn_without_its_ends_does_not_swallow_the_next_ones_voice(wire: Wire) -> None:
    wire.say("bot-llm-started")
    wire.say("bot-llm-text", {"text": "One."})
    wire.say(STARTED)
    # Neither bot-llm-stopped, nor bot-stopped-speaking, nor bot-turn-completed.
    events = wire.say("bot-llm-started")
    assert Transcript(Speaker.CHARACTER, "One.") in events
    assert SpeakingStopped() in events
    assert wire.say(STARTED) == [SpeakingStarted()]


def test_a_completed_turn_ends_a_voice_that_was_not_said_to_have_stopped(wire: Wire) -> None:
    wire.say("bot-llm-started")
    wire.say(STARTED)
    events = wire.say("bot-turn-completed", {"response_id": "a", "was_interrupted": False}, wrapped=True)
    assert SpeakingStopped() in events
    assert TurnCompleted(was_interrupted=False) in events
    assert wire.say("bot-turn-completed", {"response_id": "a", "was_interrupted": False}) == []


def test_empty_finals_are_dropped_and_full_ones_told_once(wire: Wire) -> None:
    final = Transcript(Speaker.PLAYER, "Hello there.")
    assert wire.say("user-transcription", {"text": "Hello there.", "final": True}) == [final]
    assert wire.say("user-transcription", {"text": "", "final": True}) == []
    assert wire.say("final-user-transcription", {"text": "Hello there."}, wrapped=True) == []
    assert wire.say("final-user-transcription", {"text": "Hello there."}) == []


def test_each_segment_of_the_players_words_is_a_line_that_grows_by_itself(wire: Wire) -> None:
    wire.say("user-started-speaking")
    told = [
        *wire.say("user-transcription", {"text": "Hello there.", "final": True}),
        *wire.say("user-transcription", {"text": "My fr", "final": False}),
        *wire.say("user-transcription", {"text": "My friend.", "final": True}),
    ]
    assert told == [
        Transcript(Speaker.PLAYER, "Hello there."),
        Transcript(Speaker.PLAYER, "My fr", is_final=False),
        Transcript(Speaker.PLAYER, "My friend."),
    ]
    assert wire.say("final-user-transcription", {"text": "Hello there. My friend."}, wrapped=True) == []


def test_a_turn_wholly_spoken_cannot_be_cut_though_nobody_said_that_it_is_completed(wire: Wire) -> None:
    wire.say("bot-llm-started")
    wire.say("bot-llm-text", {"text": "Well met. Come in."})
    wire.say(STARTED)
    wire.say(STOPPED)  # between two sentences: the first one was short
    assert wire.conversation.cut(lambda text: text[:9], was_sounding=False) != []

    wire.say("bot-llm-started")
    wire.say("bot-llm-text", {"text": "Well met."})
    wire.say("bot-llm-stopped")
    wire.say(STARTED)
    wire.say(STOPPED)
    assert wire.conversation.cut(lambda text: text[:4], was_sounding=False) == []
    assert wire.conversation.cut(lambda text: text[:4], was_sounding=True) != []
