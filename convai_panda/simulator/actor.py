"""One character in one room, sans-IO: messages and sound in, messages and sound out, the time passed in.

Knows no asyncio, no thread and no network; the shells (in-process, LiveKit) carry what goes in and out.
Source of the rules: Convai live API (messages, turn lifecycle, session events) and a recorded pipecat bot.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol

from ..audio.frame import AudioFrame
from ..ids import new_uuid
from ..protocol.client import (
    ClientMessage,
    ClientMessageError,
    ClientReady,
    ForceUserStoppedSpeaking,
    InterruptBot,
    KillPipeline,
    TriggerMessage,
    UpdateTemplateKeys,
    UsageToggle,
    UserTextMessage,
)
from ..protocol.connect import ActionConfig, ConnectRequest, RespondMode, RespondModes
from ..protocol.server import (
    BotAbout,
    BotInterrupted,
    BotReady,
    ErrorResponse,
    InteractionCreated,
    LlmNoResponse,
    ServerMessage,
    SessionEnding,
    UserIdleWarning,
)
from .agenda import Agenda, Output
from .behaviour import Behaviour
from .characters import Character
from .desk import Desk
from .dialogue import Dialogue, Line
from .echo import Echo
from .fittings import is_unfinished, make_delivery, make_ear
from .gating import Effect
from .idle import IdleTimer
from .memory import History
from .overseer import Overseer
from .reception import read_message, refused
from .sight import Glance
from .story import Story
from .turn import Turn

_SERVER_PROTOCOL = "2.1.0"  # RTVI, for clients of the second generation; others are served as 1.2.0
_FIRST_PROTOCOL = "1.2.0"
_WORD = 0.35  # s that the player takes for a word
_STEP = 0.002  # s between two messages that follow each other
_SPEAK_TAG = re.compile(r"<speak>(.*?)</speak>", re.DOTALL)


class DialogueMaker(Protocol):
    """Makes what a character says: ``Dialogue``, or one of its subclasses."""

    def __call__(
        self, character: Character, history: History, *, player: str | None, actions: ActionConfig | None
    ) -> Dialogue: ...


class Ending(Enum):
    """Why the service closed the room."""

    KILLED = "kill-pipeline"
    IDLE = "idle_timeout"
    QUOTA = "usage limit"
    BROKEN = "error"
    CUT = "network"  # not the service's doing
    GONE = "crash"  # the character's alone: its room stays


class Actor:
    """Plays ``character`` for the client that asked with ``request``. ``now`` is the time of joining."""

    def __init__(
        self,
        character: Character,
        request: ConnectRequest,
        history: History,
        *,
        now: float,
        behaviour: Behaviour | None = None,
        room_name: str = "",
        sound_ahead: float = 0.0,
        dialogue: DialogueMaker = Dialogue,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        history.visits += 1
        # Without end_user_id the service ignores the metadata.
        name = (request.end_user_metadata or {}).get("name") if request.end_user_id else None
        self._player = name if isinstance(name, str) else None
        self._history = history
        self._behaviour = behaviour or Behaviour()
        self._dialect = self._behaviour.dialect
        self._wall_clock = wall_clock
        self._dialogue = dialogue(character, history, player=self._player, actions=request.action_config)
        self._desk = Desk(character, request, room_name=room_name, dialect=self._dialect)
        keys = {"player": self._player or "", **(request.narrative_template_keys or {})}
        self._story = Story(keys, has_sections=character.has_narrative)
        self._overseer = Overseer(request, self._behaviour)
        self._modes = request.respond_modes or RespondModes()
        self._deferred: Line | None = None  # what is said once the player has spoken
        self._delivery = make_delivery(character, request, self._behaviour, sound_ahead)
        self._ear = make_ear(request, self._behaviour)
        self._echo = Echo(request.end_user_id, self._player, self._dialect)
        self._utterances = 0  # that were spoken
        self._interim = ""
        self._answers_speech = False  # the turn that is under way
        self._agenda = Agenda()
        self._turn: Turn | None = None
        self._turns = 0
        self._ready_calls = 0
        self._is_hearing = False  # the bot hears its data channel
        self._is_ready = False
        self._calls: list[tuple[ClientReady, str]] = []  # client-ready from before the bot could hear
        self._idle = IdleTimer(self._behaviour, now)
        self.ending: Ending | None = None
        self._agenda.add(now + self._behaviour.ready_delay, self._begin)
        if self._dialect.readiness != "asked":
            self._agenda.add(now + self._behaviour.unprompted_ready, self._become_ready_unprompted)

    @property
    def next_time(self) -> float | None:
        """When ``advance`` next has something to do; None once the room is to be closed."""
        if self.ending is not None:
            return self._agenda.next_time
        turn = self._turn.next_time if self._turn else None
        times = [self._agenda.next_time, turn, self._ear.end, self._idle.next_time]
        return min(time for time in times if time is not None)

    @property
    def is_speaking(self) -> bool:
        """Whether the character's voice sounds or is about to."""
        return self._turn is not None and self._turn.is_sounding

    def receive(self, payload: bytes, now: float) -> None:
        """A data message from the client."""
        if self.ending is not None:
            return
        try:
            message, id_ = read_message(payload, self._dialect)
        except ClientMessageError as refusal:
            if self._is_ready:
                self._say(refused(refusal), now)
            return
        if message is None:
            return
        self._idle.show_life(now)
        if isinstance(message, ClientReady):
            self._receive_ready(message, id_ or "", now)
        elif self._is_ready:  # what comes earlier is lost, in the real service too
            self._receive_message(message, id_, now)

    def hear(self, frame: AudioFrame, now: float) -> None:
        """A piece of the player's voice."""
        if not (self._is_ready and self._desk.is_listening) or self.ending is not None:
            return
        was_speaking = self._ear.is_speaking
        self._ear.hear(frame, now)
        if self._ear.is_loud:
            self._idle.show_life(now)
        if self._ear.is_speaking and not was_speaking:
            self._ear.is_unfinished = is_unfinished(self._scripted())
            self._cut_in(self._follow_up(self._echo.begun(self._timestamp()), now))
        elif self._ear.is_speaking:
            self._tell_interim(now)

    @property
    def video_track(self) -> str:
        """Under which name the client's camera is looked for."""
        return self._desk.sight.track

    def see(self, glance: Glance, now: float, *, source: str) -> None:
        """A picture of the player's camera."""
        self._desk.sight.see(glance, now, source=source)

    def lose_sight(self) -> None:
        """That camera was switched off."""
        self._desk.sight.lose()

    def speak(self, line: Line, now: float) -> None:
        """Say something of its own accord."""
        self._interrupt(now)
        self._answer(line, now)

    def advance(self, now: float) -> list[Output]:
        """Everything that is due by now, in order."""
        if self._ear.end is not None and now >= self._ear.end:
            self._take_speech(self._ear.end, is_forced=False)
        outputs = self._agenda.take(now)
        if self._turn is not None:
            outputs += self._turn.take(now)
            if self._turn.next_time is None:
                outputs += self._overseer.complete(self._turn.times(self._behaviour.latency, now))
                self._turn = None
                self._idle.show_life(now)
        if self.ending is None and now >= self._idle.next_time:
            outputs += self._grow_idle(now)
        return outputs

    # Becoming ready

    def _begin(self, due: float) -> None:
        self._is_hearing = True
        created = InteractionCreated(interaction_id=new_uuid(), character_session_id=self._history.id)
        self._say(created, due)
        for message, id_ in self._calls:
            self._receive_ready(message, id_, due)

    def _receive_ready(self, message: ClientReady, id_: str, now: float) -> None:
        if not self._is_hearing:
            self._calls.append((message, id_))
            return
        if self._dialect.readiness == "unasked":
            return
        self._ready_calls += 1
        version = message.version or ""
        if self._behaviour.advises and (not _is_version(version) or self._ready_calls % 2 == 0):
            # pipecat's words; Convai's testers count 1-17 of these in a healthy session.
            words = "Client version unknown. Compatibility issues may occur."
            self._say(ErrorResponse(id=id_, error=words), now)
        self._become_ready(id_, version, now)

    def _become_ready_unprompted(self, due: float) -> None:
        if not self._is_ready:
            self._become_ready("", _FIRST_PROTOCOL, due)

    def _become_ready(self, id_: str, version: str, now: float) -> None:
        served = version if version.startswith("1.") else _SERVER_PROTOCOL if version else _FIRST_PROTOCOL
        self._say(BotReady(id=id_, version=served, about=BotAbout(library="convai-panda-simulator")), now)
        if not self._is_ready:
            self._is_ready = True
            self._follow_up([*self._overseer.begin(), *self._story.begin()], now)
            if self._behaviour.greets:
                self._agenda.add(now + self._behaviour.greeting_delay, self._greet)

    def _greet(self, due: float) -> None:
        if self._turn is None:  # the player may have spoken first
            self._answer(self._told(self._dialogue.greeting()), due)

    # Messages

    def _receive_message(self, message: ClientMessage, id_: str | None, now: float) -> None:
        response, effect = self._desk.answer(
            message, id_, now, is_busy=self._turn is not None, is_player_speaking=self._ear.is_speaking
        )
        self._say(response, now)
        if self._behaviour.advises:
            # A pipecat bot says this of every type that RTVI itself lacks, beside its success: of all but client-ready.
            self._say(ErrorResponse(id=id_ or "", error=f"Unsupported type {message.type}"), now)
        if response.status != "success":
            return
        self._dialogue.actions, self._dialogue.scene = self._desk.actions, self._desk.scene
        self._dialogue.knowledge = self._desk.knowledge
        match message:
            case UserTextMessage():
                self._receive_words(message.text, id_, now)
            case TriggerMessage():
                self._receive_trigger(message, now)
            case InterruptBot():
                self._cut_in(now)
            case ForceUserStoppedSpeaking() if self._ear.is_speaking:
                self._take_speech(now, is_forced=True)
            case ForceUserStoppedSpeaking() if self._answers_speech and not self.is_speaking:
                self._turn = None  # a second, empty stop loses the reply (Unreal plugin)
            case KillPipeline():
                self._interrupt(now)
                self.ending = Ending.KILLED
            case UpdateTemplateKeys():
                self._story.keys = dict(message.template_keys)
            case UsageToggle():
                self._overseer.tells_usage = message.enabled
            case _ if effect is Effect.RESPOND:
                self._interrupt(now)
                self._answer(self._dialogue.news(self._desk.news), now + self._behaviour.latency)
            case _ if effect is Effect.DEFER:
                self._deferred = self._dialogue.news(self._desk.news)
            case _ if effect is Effect.ABSTAIN:
                self._say(LlmNoResponse(reason="abstain"), now + self._behaviour.latency)

    def _receive_words(self, text: str, id_: str | None, now: float) -> None:
        is_echoed = self._dialect.typed_echo == "told"
        if is_echoed:
            now = self._follow_up(self._echo.typing(), now)
        self._cut_in(now)  # as if spoken
        if is_echoed:
            now = self._follow_up(self._echo.typed(text, message_id=id_, timestamp=self._timestamp()), now)
        self._reply(text, now, self._modes.text)

    def _reply(self, text: str, now: float, mode: RespondMode | None, *, is_spoken: bool = False) -> None:
        """Answer the player's words, where the service lets them through and they want an answer."""
        judgement, has_passed = self._overseer.moderate(text)
        now = self._follow_up(judgement, now)
        if has_passed and mode != "silent":
            line, self._deferred = self._dialogue.answer(text), None
            self._answer(line, now + self._behaviour.latency, answers_speech=is_spoken)

    def _told(self, line: Line) -> Line:
        """The line as the story has it."""
        return replace(line, text=self._story.fill(line.text)) if self._story.has_sections else line

    def _receive_trigger(self, message: TriggerMessage, now: float) -> None:
        words = message.trigger_message or ""
        spoken = "".join(_SPEAK_TAG.findall(words)).strip()
        self._follow_up(self._story.enter(message.trigger_name or ""), now)
        if self._modes.trigger == "silent" and not spoken:
            return
        if spoken:
            line = Line(spoken)  # to the voice as it is, past the model
        elif words.strip():
            line = self._dialogue.prompted(words)
        else:
            line = self._dialogue.alarm(message.trigger_name or "")
        self._cut_in(now)
        self._answer(self._told(line), now + self._behaviour.latency)

    def _follow_up(self, echoes: list[bytes], now: float) -> float:
        """Say one after the other; returns the time after the last message."""
        for echo in echoes:
            now += _STEP
            self._agenda.add(now, echo)
        return now

    # Speech

    def _tell_interim(self, now: float) -> None:
        words = self._scripted().split()
        interim = " ".join(words[: int(self._ear.duration / _WORD)])
        if interim and interim != self._interim:
            self._interim = interim
            self._agenda.add(now, self._echo.interim(interim, self._timestamp()))

    def _take_speech(self, now: float, *, is_forced: bool) -> None:
        """The player has spoken: say what was heard, and answer."""
        duration = self._ear.duration
        text = self._scripted() or f"{duration:.1f} seconds of speech"
        self._ear.close()
        self._interim = ""
        self._utterances += 1
        said = self._echo.ended(text, self._timestamp(), duration=duration, is_forced=is_forced)
        now = self._follow_up(said, now)
        deferred = self._deferred
        self._reply(text, now, self._modes.audio, is_spoken=True)
        if self._turn is None and deferred is not None:
            self._answer(deferred, now + self._behaviour.latency)
        self._answers_speech = True

    def _scripted(self) -> str:
        if (known := self._dialogue.hears(self._utterances)) is not None:
            return known
        script = self._behaviour.hearing
        return script[self._utterances] if self._utterances < len(script) else ""

    def _timestamp(self) -> str:
        return self._wall_clock().isoformat()

    # Turns

    def _answer(self, line: Line, start: float, *, answers_speech: bool = False) -> None:
        self._turns += 1
        self._answers_speech = answers_speech
        self._turn = Turn(
            line,
            start + line.delay,
            delivery=self._delivery,
            behaviour=self._behaviour,
            number=self._turns,
            speaks=self._desk.has_voice,
            answers_speech=answers_speech,
            acts=self._desk.actions is not None,
        )

    def _cut_in(self, now: float) -> None:
        """The player begins; pipecat tells of an interruption also where nothing was under way."""
        if self._turn is None:
            self._say(BotInterrupted(), now)
        self._interrupt(now)

    def _interrupt(self, now: float) -> None:
        if self._turn is not None:
            for output in self._turn.interrupt(now):
                self._agenda.add(now, output)
            self._turn = None

    # Life and death

    def _grow_idle(self, now: float) -> list[Output]:
        if self._turn is not None:
            self._idle.show_life(now)
            return []
        if not self._idle.is_warned:
            self._idle.is_warned = True
            remaining = round(self._behaviour.idle_warning)
            return [UserIdleWarning(remaining_seconds=remaining, message="No activity detected.").encode()]
        self.ending = Ending.IDLE
        return [*self._dialect.encode(SessionEnding(reason=Ending.IDLE.value))]

    def _say(self, message: ServerMessage, time: float) -> None:
        for form in self._dialect.encode(message):
            self._agenda.add(time, form)


def _is_version(version: str) -> bool:
    major = version.partition(".")[0]
    return major in ("1", "2")
