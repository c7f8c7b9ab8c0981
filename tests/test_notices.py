"""What is said beside the talk, as typed events, each told once."""

import pytest

from convai_panda import (
    Action,
    ActionsRequested,
    ContextUpdated,
    Event,
    IdleWarning,
    MessageReceived,
    MessageRefused,
    MetricsReceived,
    Moderated,
    NoResponse,
    SectionEntered,
    ServerResponded,
    SessionEnding,
    TurnTraced,
    UsageLimitReached,
)
from convai_panda.conversation import Conversation
from convai_panda.protocol.server import BotLlmStarted, Envelope, ServerMessage, ServerResponse, parse_server_message

from .protocol.examples import example


def told(conversation: Conversation, *messages: ServerMessage) -> list[Event]:
    return [event for message in messages for event in conversation.receive(message, 0.0)]


def wire(name: str) -> ServerMessage:
    return parse_server_message(example("server", name))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("action-response", ActionsRequested),
        ("behavior-tree-response", SectionEntered),
        ("user-idle-warning", IdleWarning),
        ("usage-limit-reached", UsageLimitReached),
        ("moderation-response", Moderated),
        ("session-ending", SessionEnding),
        ("llm-no-response", NoResponse),
        ("metrics", MetricsReceived),
        ("turn-trace", TurnTraced),
        ("usage-update", MessageReceived),
        ("server-log", MessageReceived),
    ],
)
def test_each_has_a_type_of_its_own(name: str, kind: type[Event]) -> None:
    (event,) = told(Conversation(), wire(name))
    assert type(event) is kind


def test_their_fields_say_what_the_service_said() -> None:
    conversation = Conversation()
    assert told(conversation, wire("behavior-tree-response")) == [
        SectionEntered("section-gate", "seq(greet, ask)", "{}")
    ]
    assert told(conversation, wire("moderation-response")) == [Moderated(True, "Is the gate open?")]
    (traced,) = told(conversation, wire("turn-trace"))
    assert isinstance(traced, TurnTraced)
    assert (traced.turn_id, traced.total, traced.critical_stage, traced.segments) == (
        "t-4",
        1.21,
        "llm",
        {"stt": 0.18, "llm": 0.64},
    )
    (measured,) = told(conversation, wire("metrics"))
    assert isinstance(measured, MetricsReceived)
    assert [(one.kind, one.value) for one in measured.measurements] == [("ttfb", 0.083)]


@pytest.mark.parametrize("name", ["action-response", "behavior-tree-response", "session-ending", "llm-no-response"])
def test_what_comes_flat_and_wrapped_is_told_once_a_turn(name: str) -> None:
    conversation = Conversation()
    flat = parse_server_message(wire(name).encode(Envelope.FLAT))
    assert len(told(conversation, wire(name), flat)) == 1
    assert len([event for event in told(conversation, BotLlmStarted(), wire(name), flat) if event.name != ""]) == 2


def test_two_idle_warnings_are_two() -> None:
    assert len(told(Conversation(), wire("user-idle-warning"), wire("user-idle-warning"))) == 2


def test_no_actions_are_nothing() -> None:
    empty = parse_server_message(b'{"type":"action-response","data":{"actions":[]}}')
    names = parse_server_message(b'{"type":"action-response","data":{"actions":["Wave", " ", "Bow"]}}')
    assert told(Conversation(), empty) == []
    assert told(Conversation(), names) == [ActionsRequested((Action("Wave"), Action("Bow")))]


def test_acknowledgements_carry_the_budget() -> None:
    extras = {
        "token_count": 30,
        "max_tokens": 50_000,
        "static_token_count": 10,
        "static_max_tokens": 20_000,
        "runtime_token_count": 20,
        "runtime_max_tokens": 30_000,
        "update_id": "u-1",
        "duplicate": True,
    }
    response = ServerResponse(event_type="context-update", status="success", extras=extras)
    generic, updated = told(Conversation(), response)
    assert isinstance(generic, ServerResponded)
    assert isinstance(updated, ContextUpdated)
    assert (updated.update_id, updated.is_duplicate) == ("u-1", True)
    assert updated.budget is not None
    assert (updated.budget.used, updated.budget.remaining, updated.budget.runtime_limit) == (30, 49_970, 30_000)


def test_a_refusal_is_told_in_the_services_words() -> None:
    response = ServerResponse(event_type="update-template-keys", status="error", message="No story.")
    assert MessageRefused("update-template-keys", "No story.") in told(Conversation(), response)
    odd = ServerResponse(event_type="context-update", status="error", extras={"token_count": "many", "update_id": 7})
    assert MessageRefused("context-update", "The service gave no reason.") in told(Conversation(), odd)
