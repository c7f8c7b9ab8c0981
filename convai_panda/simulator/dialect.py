"""Where sources disagree about the service's words: one field a contradiction, one value a reading. Pure data.

The default is what is most likely on the wire. A client has to get on with every other value, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, get_args, get_type_hints

from ..errors import ConfigurationError
from ..protocol.payload import write_json
from ..protocol.server import (
    ActionResponse,
    BotEmotion,
    BotOutput,
    BotStartedSpeaking,
    BotStoppedSpeaking,
    BotTurnCompleted,
    Envelope,
    FinalUserTranscription,
    ServerMessage,
    ServerResponse,
    SessionEnding,
    SpokenProgress,
)

Forms = Literal["wrapped", "flat", "both"]

_ENVELOPES: Mapping[str, tuple[Envelope, ...]] = {
    "wrapped": (Envelope.B,),
    "flat": (Envelope.FLAT,),
    "both": (Envelope.B, Envelope.FLAT),
    "never": (),
    "untold": (),
}

_PLAIN = {
    "joy": "happy",
    "trust": "friendly",
    "surprise": "surprised",
    "pensiveness": "sad",
    "interest": "curious",
    "annoyance": "angry",
}


def _reading(default: str, about: str, sources: str) -> Any:
    return field(default=default, metadata={"about": about, "sources": sources})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One reading of each contradiction. Raises ConfigurationError for a value that is none."""

    speaking: Literal["native-then-wrapped", "native", "wrapped"] = _reading(
        "native-then-wrapped",
        "envelopes of bot-started-speaking and bot-stopped-speaking",
        "native: web SDK, Unity, Unreal plugin; wrapped: live API pages",
    )
    turn_completed: Literal["wrapped", "flat", "both", "never"] = _reading(
        "wrapped",
        "envelope of bot-turn-completed, which is missing at times",
        "wrapped: live API pages; flat as well: Unity, Unreal plugin; never: Unreal plugin's issues",
    )
    transcript: Forms = _reading(
        "both",
        "envelope of final-user-transcription",
        "wrapped: live API pages; both: Unreal plugin, measured; flat: Unity",
    )
    session_ending: Literal["wrapped", "flat", "both", "untold"] = _reading(
        "wrapped",
        "how an idle session ends: session-ending, or the room closes without it",
        "wrapped, flat: Unreal plugin; untold: Unity's pages",
    )
    emotion_form: Forms = _reading("wrapped", "envelope of bot-emotion", "wrapped: live API pages; flat: web SDK")
    emotion_names: Literal["plutchik", "plain"] = _reading(
        "plutchik",
        "names of emotions: Joy, Grief …, or happy, sad …",
        "plutchik: Unreal plugin, web SDK; plain: live API pages",
    )
    action_form: Forms = _reading(
        "wrapped", "envelope of action-response", "wrapped: live API pages; flat: Unity, Unreal plugin"
    )
    actions: Literal["objects", "names"] = _reading(
        "objects", "what the list in action-response holds", "objects: live API pages; names: web SDK's older versions"
    )
    acknowledgement: Literal["plain", "wrapped"] = _reading(
        "plain", "envelope of server-response", "plain: live API pages; wrapped: Unity and the Unreal plugin read it"
    )
    empty_fields: Literal["omitted", "null"] = _reading(
        "omitted",
        "message and extras of a server-response that has none",
        "omitted: live API pages; null: real-time API pages",
    )
    acknowledgement_words: Literal["documented", "other"] = _reading(
        "documented",
        "the sentence in a server-response",
        "documented, to be matched: real-time API pages; never to be matched: live API pages",
    )
    unknown_type: Literal["echoed", "constant"] = _reading(
        "echoed",
        "event_type of the answer to a type that the service does not know",
        "echoed: real-time API pages; constant: a sample of the live API pages",
    )
    bot_transcription: Literal["spoken", "always", "never"] = _reading(
        "spoken",
        "whether bot-transcription repeats the words",
        "spoken: Unreal plugin, measured; always: pipecat; never: web SDK does without",
    )
    bot_output: Literal["none", "v1", "v2"] = _reading(
        "none",
        "whether bot-output comes, and in which version",
        "none, v2: Unreal plugin, measured at different times; v1: pipecat to clients of the first generation",
    )
    typed_echo: Literal["told", "untold"] = _reading(
        "told", "typed words told as if spoken", "told: Unity; untold: live API pages have no such thing"
    )
    readiness: Literal["either", "asked", "unasked"] = _reading(
        "either",
        "bot-ready comes when client-ready does, by itself, or both",
        "asked: Unreal plugin, pipecat; unasked: web SDK, which never sends client-ready",
    )
    client_envelope: Literal["lenient", "strict"] = _reading(
        "lenient",
        "messages without label or id are read, or dropped",
        "lenient: live API pages, web SDK; strict: real-time API pages, pipecat",
    )
    topic: Literal["none", "rtvi"] = _reading(
        "none", "LiveKit topic of the service's messages", "none: all SDKs, pipecat; rtvi: Convai's backend notes"
    )
    scene_metadata: Literal["any", "object", "array"] = _reading(
        "any",
        "data of update-scene-metadata: an object that holds the list, or the list",
        "object: live API pages, real-time API pages; array: Unity, Unreal plugin",
    )
    actions_at_runtime: Literal["replaced", "kept"] = _reading(
        "replaced",
        "the action_config of a context-update",
        "replaced: live API pages on context-update; kept: the same on scene metadata, real-time API pages",
    )
    too_much_context: Literal["refused", "trimmed"] = _reading(
        "refused",
        "an update with which what was told at runtime exceeds its budget",
        "refused: live API pages' samples; trimmed, the oldest updates first: the same in a later version",
    )
    faces_off: Literal["any", "not_provided", "none"] = _reading(
        "any",
        "the blendshape_provider that means no faces; the other one is refused",
        "not_provided: live API pages; none: web SDK",
    )
    face_frames: Literal["asked", "mha"] = _reading(
        "asked",
        "shapes in a frame: as many as the format has, or always 251",
        "asked: the pages' own table of formats, web SDK; mha: live API and real-time API pages",
    )
    face_format: Literal["mha", "MHA"] = _reading(
        "mha", "case of letters of a format", "mha: live API pages; MHA: real-time API pages"
    )
    face_rate: Literal["60", "90"] = _reading(
        "60", "frames a second where the request names none", "60: live API pages; 90: web SDK, Unreal plugin"
    )
    face_rate_told: Literal["in-frames", "at-the-end", "never"] = _reading(
        "in-frames",
        "where that rate is said",
        "in-frames: Unity; at-the-end: live API pages (turn stats); never: web SDK plays at 60 regardless",
    )
    silence: Literal["short", "long"] = _reading(
        "short",
        "of the player, that ends a turn where vad_params says nothing",
        "short, 0.2 s: real-time API pages, Unity; long, 2.2 s: Unreal plugin",
    )
    moderation: Literal["true-passes", "true-blocks"] = _reading(
        "true-passes", "result of a moderation-response", "true-passes: live API pages; true-blocks: Unity's log"
    )
    auth_token: Literal["session", "minted"] = _reading(
        "session",
        "what API-AUTH-TOKEN is: the session_id of an earlier call, or a key for a while",
        "session: real-time API pages; minted: web plugin's pages",
    )
    error_body: Literal["detail", "message", "error"] = _reading(
        "detail",
        "the key of a refusal's sentence",
        "detail: live API pages; web SDK looks for message and error first",
    )
    error_code: Literal["absent", "present"] = _reading(
        "absent", "error_code in the body of a refusal", "absent: real-time API pages; present: Unity reads it"
    )
    audio_config: Literal["400", "422"] = _reading(
        "400",
        "status for audio_config on another transport than LiveKit",
        "400: real-time API pages on audio_config; 422: the same on audio-data",
    )
    room_url: Literal["ws", "http"] = _reading(
        "ws", "scheme of room_url, with or without TLS", "ws: a real answer; http: samples of the real-time API pages"
    )

    def __post_init__(self) -> None:
        for name, known in readings().items():
            if (value := getattr(self, name)) not in known:
                choices = ", ".join(map(repr, known))
                raise ConfigurationError(f"{name} has no reading {value!r}. There are: {choices}.")

    @classmethod
    def read(cls, settings: Iterable[str]) -> Dialect:
        """The default but for what each ``name=value`` says. Raises ConfigurationError with what there is."""
        wanted: dict[str, Any] = {}
        for setting in settings:
            name, sign, value = (part.strip() for part in setting.partition("="))
            name = name.replace("-", "_")
            if not sign or name not in readings():
                raise ConfigurationError(
                    f"{setting!r} is no reading: write NAME=VALUE. There are: {', '.join(readings())}."
                )
            wanted[name] = value
        return cls(**wanted)

    def encode(self, message: ServerMessage) -> list[bytes]:
        """The message in each of the envelopes that it comes in."""
        match message:
            case ServerResponse():
                return [self._response(message)]
            case BotStartedSpeaking() | BotStoppedSpeaking():
                return self._spoken(message)
            case ActionResponse() if self.actions == "names":
                return [_name_actions(message.encode(envelope)) for envelope in self._envelopes(message)]
        return [message.encode(envelope) for envelope in self._envelopes(message)]

    def _spoken(self, message: BotStartedSpeaking | BotStoppedSpeaking) -> list[bytes]:
        native, wrapped = type(message)().encode(Envelope.A), message.encode(Envelope.B)
        match self.speaking:
            case "native-then-wrapped":
                return [native, wrapped]
            case "native":
                return [native]
            case "wrapped":
                return [wrapped]

    def outputs(self, number: int, text: str, *, is_spoken: bool) -> list[ServerMessage]:
        """A sentence in RTVI's own summary of a turn, before it is spoken and after it."""
        output = BotOutput(text=text, aggregated_by="sentence")
        match self.bot_output:
            case "none":
                return []
            case "v1":
                return [output.model_copy(update={"spoken": is_spoken})]
            case "v2":
                said, left = (text, "") if is_spoken else ("", text)
                progress = SpokenProgress(accumulated_text=said, remaining_text=left)
                fields = {"segment_id": number, "will_be_spoken": True, "spoken_progress": progress}
                status = "completed" if is_spoken else "new"
                return [output.model_copy(update={**fields, "spoken_status": status})]

    def emotion(self, name: str) -> str:
        """An emotion of Plutchik's as this dialect calls it."""
        return _PLAIN.get(name.lower(), name) if self.emotion_names == "plain" else name

    def _response(self, response: ServerResponse) -> bytes:
        if self.acknowledgement_words == "other" and response.message:
            response = response.model_copy(update={"message": "Done." if response.status == "success" else "No."})
        is_wrapped = self.acknowledgement == "wrapped"
        payload = response.encode(Envelope.B if is_wrapped else Envelope.C)
        if self.empty_fields == "omitted":
            return payload
        wire: dict[str, Any] = json.loads(payload)
        fields = wire["data"] if is_wrapped else wire
        for name in ("message", "extras"):
            fields.setdefault(name, None)
        return write_json(wire)

    def _envelopes(self, message: ServerMessage) -> tuple[Envelope | None, ...]:
        match message:
            case BotTurnCompleted():
                return _ENVELOPES[self.turn_completed]
            case FinalUserTranscription():
                return _ENVELOPES[self.transcript]
            case SessionEnding():
                return _ENVELOPES[self.session_ending]
            case BotEmotion():
                return _ENVELOPES[self.emotion_form]
            case ActionResponse():
                return _ENVELOPES[self.action_form]
            case _:
                return (None,)


def _name_actions(payload: bytes) -> bytes:
    """The list of actions as older services have it: of names alone."""
    wire: dict[str, Any] = json.loads(payload)
    fields = wire.get("data", wire)
    fields["actions"] = [action["name"] for action in fields["actions"]]
    return write_json(wire)


@cache
def readings() -> Mapping[str, tuple[str, ...]]:
    """Every contradiction with its readings, the default first."""
    known = get_type_hints(Dialect)
    names = {each.name: str(each.default) for each in fields(Dialect)}
    others = {name: tuple(get_args(known[name])) for name in names}
    return {name: (usual, *(value for value in others[name] if value != usual)) for name, usual in names.items()}


def table() -> list[tuple[str, str, str, str]]:
    """Name, readings, meaning and sources of each contradiction."""
    return [
        (each.name, ", ".join(readings()[each.name]), each.metadata["about"], each.metadata["sources"])
        for each in fields(Dialect)
    ]


def describe_dialect() -> str:
    """All contradictions, each with its readings, the default first."""
    return "\n\n".join(f"{name} = {known}\n  {about}\n  ({sources})" for name, known, about, sources in table())
