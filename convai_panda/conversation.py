"""What a room's messages mean, as events, each told once. Sans-IO: messages and the time in, events out.

The service says many things twice (as itself and wrapped in a server-message), says some only in certain
turns, and leaves some out; every rule for that is in this file.
"""

from collections import deque
from collections.abc import Callable

from .events import (
    EmotionChanged,
    Event,
    MessageReceived,
    PlayerSpeakingStarted,
    PlayerSpeakingStopped,
    ServerResponded,
    Speaker,
    SpeakingStarted,
    SpeakingStopped,
    ThinkingStarted,
    Transcript,
    TurnCompleted,
)
from .moods import mood_of
from .notices import Notices, read_response
from .protocol.server import (
    AudioData,
    BlendshapeTurnStats,
    BotEmotion,
    BotInterrupted,
    BotLlmStarted,
    BotLlmStopped,
    BotLlmText,
    BotReady,
    BotStartedSpeaking,
    BotStoppedSpeaking,
    BotTranscription,
    BotTtsStarted,
    BotTtsStopped,
    BotTurnCompleted,
    ChunkedNeurosyncBlendshapes,
    ErrorResponse,
    FinalUserTranscription,
    InteractionCreated,
    NeurosyncBlendshapes,
    NeurosyncBlendshapesCancel,
    ServerMessage,
    ServerResponse,
    UnknownMessage,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscription,
    Visemes,
)

_ECHO = 10.0  # s: how long the service may take to repeat typed words back to us
_LONGEST = 8_000  # characters of one turn: nine minutes of speech; what comes beyond is not told
_SEGMENTS = 64  # of the player's one utterance
_UTTERANCE = 3.0  # s without a transcription after which the player's next words are new ones


class Conversation:
    """One room's talk."""

    def __init__(self) -> None:
        self._reply = _Reply()
        self._player = _PlayerWords()
        self._notices = Notices()
        self._is_thinking = False
        self._is_writing = False  # words of the turn still come
        self._is_speaking = False
        self._is_player_speaking = False
        self._is_turn_open = False
        self._is_voice_due = False  # the open turn's: some services never say that a turn is completed
        self._completed_response: str | None = None

    @property
    def said(self) -> str:
        """The character's words in its latest turn, as far as they have come."""
        return self._reply.said

    @property
    def is_cut(self) -> bool:
        """Whether that turn was cut short."""
        return self._reply.is_cut

    def cut(self, heard: Callable[[str], str], *, was_sounding: bool) -> list[Event]:
        """The character's turn has been cut short; ``heard`` tells which of its words were heard."""
        if not (was_sounding or self._is_speaking or self._is_voice_due):
            return []  # it had come to its end
        return self._reply.cut(heard)

    def typed(self, text: str, now: float) -> list[Event]:
        """The player's typed words have been sent."""
        self._player.typed(text, now)
        return [Transcript(Speaker.PLAYER, text)]

    def close(self) -> list[Event]:
        """The room is over: whatever was under way is finished as it stands."""
        return [*self._reply.finish(), *self._stop_speaking(), *self._player_stops()]

    def receive(self, message: ServerMessage, now: float) -> list[Event]:
        """What the message tells the game; nothing where it repeats what is known."""
        match message:
            case BotLlmStarted():
                self._notices.begin_turn()
                self._is_writing = True
                # A voice still announced now was never said to have stopped; what is left of it is heard all the same.
                events = [*self._reply.finish(), *self._stop_speaking(), *self._start_thinking()]
                return [*events, *self._reply.begin_turn()]
            case BotLlmText(text=text):
                self._is_turn_open = self._is_voice_due = True
                self._is_thinking = False  # the message that says so may be lost
                return self._reply.stream(text)
            case BotTranscription(text=text):
                self._is_turn_open = self._is_voice_due = True
                return self._reply.repeat(text)
            case BotLlmStopped():
                self._is_thinking = self._is_writing = False
                return self._reply.finish()
            case BotStartedSpeaking():
                return self._start_speaking()
            case BotStoppedSpeaking():
                self._is_voice_due = self._is_voice_due and self._is_writing  # then more of it will come
                return [*self._reply.finish_repeated(), *self._stop_speaking()]
            case BotInterrupted():
                return [*self._reply.finish(), *self._stop_speaking()]
            case BotTurnCompleted():
                return self._complete_turn(message)
            case UserStartedSpeaking():
                return self._player_starts()
            case UserStoppedSpeaking():
                return self._player_stops()
            case UserTranscription(text=text, final=is_final):
                return self._player.transcribed(text, now, is_final=is_final)
            case FinalUserTranscription(text=text):
                return self._player.concluded(text, now)
            case ServerResponse(event_type=event_type, status=status, message=words, extras=extras):
                return [ServerResponded(event_type, str(status), words or "", extras), *read_response(message)]
            case BotEmotion(emotion=emotion, scale=scale):
                mood, _ = mood_of(emotion)
                return [EmotionChanged(emotion.strip().casefold(), scale, mood)]
            case AudioData():
                return []  # sound, which the game hears
            case Visemes() | NeurosyncBlendshapes() | ChunkedNeurosyncBlendshapes():
                return []  # the face's own
            case BlendshapeTurnStats() | NeurosyncBlendshapesCancel():
                return []
            case BotReady() | BotTtsStarted() | BotTtsStopped() | ErrorResponse():
                return []  # readiness is the session's; the rest is advice that nothing depends on
            case InteractionCreated(interaction_id=interaction):
                return [MessageReceived(message.type, {"interaction_id": interaction})]  # the other id is a secret
            case UnknownMessage(type=type_, payload=payload):
                return [MessageReceived(type_, payload)]
            case _:
                return self._notice(message)

    def _notice(self, message: ServerMessage) -> list[Event]:
        """What is beside the talk: typed where it has a type of its own, else as it came."""
        events = self._notices.receive(message)
        if events is None:
            return [MessageReceived(message.type, message.model_dump(mode="json", exclude_none=True))]
        return events

    def _start_thinking(self) -> list[Event]:
        self._is_turn_open = self._is_voice_due = True
        if self._is_thinking:
            return []
        self._is_thinking = True
        return [ThinkingStarted()]

    def _start_speaking(self) -> list[Event]:
        if self._is_speaking:
            return []
        self._is_speaking = self._is_turn_open = self._is_voice_due = True
        self._is_thinking = False
        return [SpeakingStarted()]

    def _stop_speaking(self) -> list[Event]:
        if not self._is_speaking:
            return []
        self._is_speaking = False
        return [SpeakingStopped()]

    def _complete_turn(self, message: BotTurnCompleted) -> list[Event]:
        # It comes flat and wrapped; a turn without words or voice still has an id of its own.
        is_new = message.response_id is not None and message.response_id != self._completed_response
        if not self._is_turn_open and not is_new:
            return []
        self._completed_response = message.response_id
        self._is_turn_open = self._is_voice_due = self._is_thinking = self._is_writing = False
        events = [*self._reply.finish(), *self._stop_speaking()]
        self._reply.begin()
        return [*events, TurnCompleted(bool(message.was_interrupted))]

    def _player_starts(self) -> list[Event]:
        if self._is_player_speaking:
            return []
        self._is_player_speaking = True
        self._player.begin()
        return [PlayerSpeakingStarted()]

    def _player_stops(self) -> list[Event]:
        if not self._is_player_speaking:
            return []
        self._is_player_speaking = False
        return [PlayerSpeakingStopped()]


class _Reply:
    """The character's words in one turn: the LLM's stream, or its transcription where there is no stream."""

    def __init__(self) -> None:
        self._text = ""
        self._is_streamed = False
        self._is_finished = True
        self.said = ""  # outlives the turn, as its voice does
        self.is_cut = False

    def begin_turn(self) -> list[Event]:
        self.said = ""
        self.is_cut = False
        return self.begin()

    def begin(self) -> list[Event]:
        self._text = ""
        self._is_streamed = False
        self._is_finished = True
        return []

    def stream(self, chunk: str) -> list[Event]:
        """Sub-word chunks that bring their own spaces."""
        if self._is_finished or not self._is_streamed:
            self._text = ""
        self._is_streamed = True
        return self._grow(self._text + chunk)

    def repeat(self, sentence: str) -> list[Event]:
        """The transcription repeats the stream, so it counts only where none came."""
        if self._is_streamed or not sentence.strip():
            return []
        return self._grow(f"{self._text.strip()} {sentence.strip()}".strip())

    def cut(self, heard: Callable[[str], str]) -> list[Event]:
        """End with the words that were heard; those that still come were not."""
        if self.is_cut or not self.said:
            return []
        self.is_cut = self._is_finished = True
        return [Transcript(Speaker.CHARACTER, heard(self.said), is_cut=True)]

    def finish(self) -> list[Event]:
        is_worth_telling = not self._is_finished and self._text.strip()
        self._is_finished = True
        return [Transcript(Speaker.CHARACTER, self._text.strip())] if is_worth_telling else []

    def finish_repeated(self) -> list[Event]:
        """A transcription has no end mark but the end of the voice."""
        return [] if self._is_streamed else self.finish()

    def _grow(self, text: str) -> list[Event]:
        if self.is_cut or (len(text) > _LONGEST and len(self._text) >= _LONGEST):
            return []
        text = text[:_LONGEST]
        self._text = text
        self.said = text.strip()
        self._is_finished = False
        return [Transcript(Speaker.CHARACTER, text.strip(), is_final=False)] if text.strip() else []


class _PlayerWords:
    """The player's words: typed ones are not told again when the service repeats them, finals only once."""

    def __init__(self) -> None:
        self._echoes: deque[tuple[str, float]] = deque(maxlen=32)
        self._segments: deque[str] = deque(maxlen=_SEGMENTS)
        self._conclusion = ""
        self._last = float("-inf")

    def typed(self, text: str, now: float) -> None:
        self._echoes.append((_plain(text), now + _ECHO))

    def begin(self) -> None:
        self._segments.clear()
        self._conclusion = ""

    def transcribed(self, text: str, now: float, *, is_final: bool) -> list[Event]:
        """An interim holds the whole segment so far, as each segment is a line; finals with empty text may follow."""
        text = text[:_LONGEST]
        if not self._is_news(text, now) or _plain(text) in self._conclusion:
            return []
        text = text.strip()
        if is_final:
            self._segments.append(text)
        return [Transcript(Speaker.PLAYER, text, is_final=is_final)]

    def concluded(self, text: str, now: float) -> list[Event]:
        """The whole utterance once more, often twice."""
        text = text[:_LONGEST]
        if not self._is_news(text, now):
            return []
        is_known = _plain(text) in (_plain(" ".join(self._segments)), self._conclusion)
        self._conclusion = _plain(text)
        return [] if is_known else [Transcript(Speaker.PLAYER, text.strip())]

    def _is_news(self, text: str, now: float) -> bool:
        plain = _plain(text)
        if not plain or any(plain == echo and now <= until for echo, until in self._echoes):
            return False
        if now - self._last > _UTTERANCE:
            self.begin()
        self._last = now
        return True


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
