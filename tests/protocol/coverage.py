"""The coverage table of ``convai_panda/protocol/README.md``, made from the code: ``python -m tests.protocol.coverage``.

Messages, meanings and classes are the package's own; events are what a ``Conversation`` really makes of the examples.
"""

from collections.abc import Sequence
from pathlib import Path

import convai_panda
from convai_panda.conversation import Conversation
from convai_panda.protocol.client import CLIENT_MESSAGES
from convai_panda.protocol.server import (
    SERVER_MESSAGES,
    BotLlmStarted,
    BotLlmText,
    BotStartedSpeaking,
    ServerMessage,
    UserStartedSpeaking,
    parse_server_message,
)

from .examples import example, names

README = Path(convai_panda.__file__).parent / "protocol" / "README.md"
BEGIN, END = "<!-- made by tests/protocol/coverage.py -->", "<!-- made until here -->"

# What passes in a real LiveKit room; tests/protocol/test_coverage.py fails unless exactly these do.
SEEN_CLIENT = frozenset(CLIENT_MESSAGES)
SEEN_SERVER = frozenset(SERVER_MESSAGES) - {
    # Nobody but the service of a preview, of roster rooms or of tool calls says these.
    "character-removed",
    "character-status",
    "llm-function-call",
    "llm-function-call-in-progress",
    "llm-function-call-started",
    "llm-function-call-stopped",
    "model-output",
    "turn-complete",
    "user-mute-started",
    "user-mute-stopped",
    "vad-stt-debug",
}

# What a game calls for it.
CALLS = {
    "action-result": "",
    "character-roster-update": "",
    "client-ready": "by itself, until the character is ready",
    "context-update": "`character.tell()`, `character.attend_to()`; new actions and their results",
    "force-user-stopped-speaking": "`convai.stop_talking()`",
    "group-address": "",
    "group-address-part": "",
    "interaction-target": "",
    "interrupt-bot": "`character.interrupt()`, and speaking over it",
    "kill-pipeline": "`character.end_session()`",
    "reset-idle-timer": "by itself, while the player is near",
    "stt-toggle": "`convai.start_talking()`, `convai.stop_talking()`",
    "trigger-message": "`character.trigger()`, and the greeting",
    "tts-toggle": "`character.set_voice()`",
    "update-dynamic-info": "`character.set_dynamic_info()`",
    "update-scene-metadata": "by itself, of what is tagged",
    "update-template-keys": "`character.set_template_keys()`",
    "usage-toggle": "`character.set_usage_reports()`",
    "user_text_message": "`character.say()`",
    "vision-status": "`character.check_sight()`",
    "vision-trigger": "`character.look()`",
}

# What is no event of the conversation's own.
ELSEWHERE = {
    "audio-data": "the voice",
    "blendshape-turn-stats": "the face",
    "bot-ready": "`Ready`",
    "bot-tts-started": "none: the voice itself says more",
    "bot-tts-stopped": "none: the voice itself says more",
    "chunked-neurosync-blendshapes": "the face",
    "error": "`Failed`, where it is fatal",
    "error-response": "none: advice, in the log",
    "neurosync-blendshapes": "the face",
    "neurosync-blendshapes-cancel": "the face",
    "visemes": "the face",
}

_PRELUDES: tuple[tuple[ServerMessage, ...], ...] = (
    (),
    (BotLlmStarted(), BotLlmText(text="Ah. "), BotStartedSpeaking()),
    (UserStartedSpeaking(),),
)


def table() -> str:
    """Both tables, between their marks."""
    client = [
        (f"`{kind}`", _meaning(each), f"`{each.__name__}`", CALLS[kind] or "-", *_proof(kind, "client", SEEN_CLIENT))
        for kind, each in sorted(CLIENT_MESSAGES.items())
    ]
    server = [
        (f"`{kind}`", _meaning(each), f"`{each.__name__}`", events(kind), *_proof(kind, "server", SEEN_SERVER))
        for kind, each in sorted(SERVER_MESSAGES.items())
    ]
    heads = ("example", "real room")
    return "\n".join(
        [
            BEGIN,
            "",
            "### From the game to the service",
            "",
            *_rows(("message", "meaning", "class", "said by", *heads), client),
            "",
            "### From the service to the game",
            "",
            *_rows(("message", "meaning", "class", "becomes", *heads), server),
            "",
            END,
        ]
    )


def events(kind: str) -> str:
    """What the game is told of a message, in words for the table."""
    if kind in ELSEWHERE:
        return ELSEWHERE[kind]
    found: list[str] = []
    for prelude in _PRELUDES:
        conversation = Conversation()
        for message in prelude:
            conversation.receive(message, 0.0)
        message = parse_server_message(example("server", kind))
        found += [name for event in conversation.receive(message, 0.0) if (name := type(event).__name__) not in found]
    return ", ".join(f"`{name}`" for name in found)


def _meaning(message: type) -> str:
    return " ".join((message.__doc__ or "").split("\n\n")[0].split()).replace("|", "\\|")


def _proof(kind: str, folder: str, seen: frozenset[str]) -> tuple[str, str]:
    return "yes" if kind in names(folder) else "no", "yes" if kind in seen else "no"


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *rows]]


def written() -> str:
    """The guide with the tables as they have to be."""
    guide = README.read_text(encoding="utf-8")
    return guide.split(BEGIN)[0] + table() + guide.split(END)[1]


if __name__ == "__main__":
    README.write_text(written(), encoding="utf-8")
