"""How long the player waits, step by step, in writing and in speech."""

from convai_panda import TurnTimed
from convai_panda.protocol.server import (
    BotLlmText,
    BotTurnCompleted,
    FinalUserTranscription,
    ServerMessage,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscription,
)
from convai_panda.turn_timer import TurnTimer


def run(timer: TurnTimer, *steps: tuple[float, ServerMessage]) -> list[TurnTimed]:
    return [timed for now, message in steps if (timed := timer.receive(message, now)) is not None]


def test_a_typed_turn_is_timed_from_its_sending_whatever_echo_comes() -> None:
    timer = TurnTimer()
    timer.type(10.0)
    run(
        timer,
        (10.01, UserStartedSpeaking()),
        (10.02, UserTranscription(text="hi", final=True)),
        (10.03, UserStoppedSpeaking()),
        (10.04, FinalUserTranscription(text="hi")),
        (10.5, BotLlmText(text="He")),
        (10.6, BotLlmText(text="llo")),
    )
    assert timer.awaits_audio
    timer.arrive(10.8)
    assert timer.hear(10.875) == TurnTimed(False, 10.02 - 10.0, 0.5, 10.8 - 10.0, 0.875)
    assert not timer.awaits_audio


def test_a_spoken_turn_is_timed_from_the_key_or_from_the_services_word() -> None:
    for release in (3.0, None):
        timer = TurnTimer()
        run(timer, (1.0, UserStartedSpeaking()))
        if release is not None:
            timer.release(release)
        run(
            timer,
            (3.5, UserStoppedSpeaking()),
            (3.6, UserTranscription(text="", final=True)),
            (3.7, UserTranscription(text="hello", final=True)),
            (4.0, BotLlmText(text="Hi")),
        )
        timer.arrive(4.25)
        timed = timer.hear(4.5)
        end = release or 3.5
        assert timed.was_spoken
        assert (timed.first_token, timed.first_heard) == (4.0 - end, 4.5 - end)
        assert timed.transcript == 3.7 - end


def test_a_turn_without_a_voice_ends_with_itself() -> None:
    timer = TurnTimer()
    timer.type(1.0)
    assert run(timer, (1.5, BotLlmText(text="Hi")), (2.0, BotTurnCompleted())) == [TurnTimed(False, None, 0.5)]
    assert run(timer, (3.0, BotLlmText(text="again")), (3.5, BotTurnCompleted())) == []  # nobody had asked


def test_the_end_of_an_interrupted_turn_is_not_the_end_of_the_new_one() -> None:
    timer = TurnTimer()
    timer.type(1.0)
    assert run(timer, (1.01, BotTurnCompleted(was_interrupted=True)), (1.4, BotLlmText(text="Hi"))) == []
    assert timer.awaits_audio
