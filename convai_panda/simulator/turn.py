"""One turn of a character: words, voice and face on one timetable, which an interruption throws away.

The order is that of a real pipecat bot, which Convai's service most likely is: text streams while the voice is
made, ``bot-started-speaking`` comes before ``bot-llm-stopped``, and ``bot-stopped-speaking`` comes when the last
sample is queued at the sender, up to a second before it is heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..audio.frame import SAMPLE_RATE, SAMPLE_SIZE, AudioFrame
from ..protocol.connect import AudioOutput, EmotionConfig
from ..protocol.server import (
    ActionResponse,
    BlendshapeTurnStats,
    BotEmotion,
    BotInterrupted,
    BotLlmStarted,
    BotLlmStopped,
    BotLlmText,
    BotStartedSpeaking,
    BotStoppedSpeaking,
    BotTranscription,
    BotTtsStarted,
    BotTtsStopped,
    BotTtsText,
    BotTurnCompleted,
    ServerMessage,
    TurnStats,
)
from .agenda import Agenda, Output, SoundFlushed
from .audio_data import AudioDataStream
from .behaviour import Behaviour
from .dialogue import Line
from .face import FaceOrder, FaceStream
from .feeling import felt
from .overseer import TurnTimes
from .stretch import FRAME, FRAME_SAMPLES, Stretch, fade, stretches
from .synthesis import Babble, Spoken, Synthesizer

if TYPE_CHECKING:
    from .score import Voice


_CHUNK = 0.012  # s between two pieces of text, as measured
_VOICE_DELAY = 0.06  # s from the first sentence's text to bot-tts-started
_SPEAKING_DELAY = 0.02  # s from bot-tts-started to bot-started-speaking
_SOUND_DELAY = 0.08  # s from bot-started-speaking to the first sample; 0.06-0.13 measured
_PATIENCE = 0.01  # s between two looks whether a voice is ready
_SING_AHEAD = 0.1  # s before a stretch of sound is due that it is made
_STEP = 0.002  # s between two messages that follow each other

_PIECE = re.compile(r"\s*\S{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a room wants turns delivered: parts of the Connect request and of the shell that carries the sound."""

    voice: Voice
    emotions: EmotionConfig | None = None
    face: FaceOrder | None = None
    audio: AudioOutput = field(default_factory=AudioOutput)
    synthesizer: Synthesizer = field(default_factory=Babble)
    sound_ahead: float = 0.0  # s that the shell queues; 0: it passes frames on when they are due


class Turn:
    """What one answer sets in motion."""

    def __init__(
        self,
        line: Line,
        start: float,
        *,
        delivery: Delivery,
        behaviour: Behaviour,
        number: int,
        speaks: bool,
        acts: bool = False,
        answers_speech: bool = False,
    ) -> None:
        id_ = f"response-{number}"
        self._line = line
        self._delivery = delivery
        self._behaviour = behaviour
        self._dialect = behaviour.dialect
        self._id = id_
        self._acts = acts
        self._answers_speech = answers_speech
        self._agenda = Agenda()
        self._start = start
        self._speaking_time = start
        self._face_time = start  # from which on mouth shapes may come
        self._first_sound = start
        self._sound_time = start  # when the next frame sounds
        self._sound: Iterator[Stretch] = iter(())
        self._sung_frames = 0
        self._spoken: list[Spoken] = []
        self._last_frame: AudioFrame | None = None
        self._face = FaceStream(delivery.face, id_, number) if delivery.face is not None else None
        self._audio_data = AudioDataStream(delivery.audio) if delivery.audio.audio_routing != "audio_only" else None
        self.is_speaking = False  # between bot-started- and bot-stopped-speaking
        self.is_sounding = False  # between the first sample and the last
        self.is_completed = False
        self._schedule_text(speaks=speaks)

    @property
    def next_time(self) -> float | None:
        """When something is due, or None when all of it is done."""
        return self._agenda.next_time

    def times(self, latency: float, end: float) -> TurnTimes:
        """When its steps came; ``latency`` is the time from the player's words to its start."""
        speaking = self._speaking_time if self._speaking_time > self._start else None
        return TurnTimes(self._start - latency, self._start, speaking, end)

    def take(self, now: float) -> list[Output]:
        """Everything that is due."""
        outputs = self._agenda.take(now)
        for output in outputs:
            if isinstance(output, AudioFrame):
                self._last_frame = output
        return outputs

    def interrupt(self, now: float) -> list[Output]:
        """Cut it off: silence within two frames, then what the game is told about it."""
        self._agenda.clear()
        outputs: list[Output] = []
        if self.is_sounding:
            outputs.append(SoundFlushed())
            if self._last_frame is not None and self._delivery.sound_ahead == 0.0:
                outputs.append(fade(self._last_frame))
        outputs.append(BotInterrupted().encode())
        if self.is_speaking:
            outputs += self._dialect.encode(BotStoppedSpeaking(response_id=self._id))
        if not self.is_completed:
            if self._face is not None:
                if self._face.order.is_ahead and self.is_speaking:
                    heard = max(0.0, min(now, self._sound_time) - self._first_sound)
                    outputs.append(self._face.cancel(int(heard * self._face.order.fps)).encode())
                outputs.append(self._stats(now, self._sung_frames, was_interrupted=True).encode())
            outputs += self._dialect.encode(self._completed(was_interrupted=True))
        self.is_speaking = self.is_sounding = False
        self.is_completed = True
        return outputs

    def _schedule_text(self, *, speaks: bool) -> None:
        add, time = self._agenda.add, self._start
        add(time, BotLlmStarted().encode())
        pieces = [match[0] for match in _PIECE.finditer(self._line.text)]
        for piece in pieces:
            time += _CHUNK
            add(time, BotLlmText(text=piece).encode())
        if not speaks:
            self._schedule_rest_of_text(time + _STEP)
            self._tell(time + 5 * _STEP, self._completed(was_interrupted=False))
            add(time + 5 * _STEP, self._mark_completed)
            return
        # The voice starts as soon as the first sentence is there, while text still streams.
        from .voice import sentences

        parts = sentences(self._line.text)
        for part in parts:
            self._delivery.synthesizer.prepare(part, self._delivery.voice)
        first = self._start + _CHUNK * len(_PIECE.findall(parts[0])) + _VOICE_DELAY
        add(first, lambda due: self._await_voice(parts, time, due))

    def _await_voice(self, parts: tuple[str, ...], written: float, due: float) -> None:
        """Begin to speak, or look again soon if a sentence cannot be said yet."""
        for part in parts[len(self._spoken) :]:
            one = self._delivery.synthesizer.take(part, self._delivery.voice)
            if one is None:
                self._agenda.add(due + _PATIENCE, lambda due: self._await_voice(parts, written, due))
                return
            self._spoken.append(one)
        self._schedule_speech(written, due)

    def _schedule_speech(self, written: float, first: float) -> None:
        """All about a voice that begins to be made at ``first``, text that is written until ``written`` included."""
        add = self._agenda.add
        self._face_time = first + _SPEAKING_DELAY
        speaking = self._face_time + (self._face.order.buffer if self._face is not None else 0.0)
        self._speaking_time = speaking
        self._sound_time = self._first_sound = speaking + _SOUND_DELAY
        for number, one in enumerate(self._spoken):
            for output in self._dialect.outputs(number, one.text, is_spoken=False):
                self._tell(first, output)
        add(first, BotTtsStarted().encode())
        add(speaking, self._start_speaking)
        self._tell(speaking, BotStartedSpeaking(response_id=self._id))
        written = max(written, speaking) + _STEP
        self._schedule_rest_of_text(written)
        add(written + 4 * _STEP, BotTtsStopped().encode())
        add(self._face_time, lambda due: self._schedule_voice(written + 5 * _STEP))

    def _schedule_rest_of_text(self, time: float) -> None:
        repeats = self._dialect.bot_transcription
        if repeats == "always" or (repeats == "spoken" and self._answers_speech):
            self._agenda.add(time, BotTranscription(text=self._line.text).encode())
        self._agenda.add(time, BotLlmStopped().encode())
        if self._delivery.emotions is not None:
            name, scale = felt(self._delivery.emotions, self._line.text, self._line.emotion, self._line.scale)
            emotion = BotEmotion(emotion=self._dialect.emotion(name), scale=scale)
            self._tell(time + _STEP, emotion)
        if self._acts:
            self._tell(time + 2 * _STEP, ActionResponse(actions=self._line.actions))

    def _schedule_voice(self, earliest_end: float) -> None:
        """The words about each sentence go on the timetable at once, its sound stretch by stretch."""
        from .voice import PAUSE

        spoken = self._spoken
        pauses = [round(PAUSE * SAMPLE_RATE)] * (len(spoken) - 1) + [0]
        # Whole frames, pauses included, so that each sentence begins with a frame and with a mouth shape.
        frames = [-(-(one.samples + pause) // FRAME_SAMPLES) for one, pause in zip(spoken, pauses, strict=True)]
        told, end = earliest_end, self._sound_time
        for number, (one, length) in enumerate(zip(spoken, frames, strict=True)):
            end += length * FRAME
            told = max(told, self._sent(end))
            self._agenda.add(self._sent(end), BotTtsText(text=one.text).encode())
            for output in self._dialect.outputs(number, one.text, is_spoken=True):
                self._tell(self._sent(end), output)
        self._sound = stretches(spoken, frames)
        if self._face is not None and self._face.order.is_ahead:
            for stretch in stretches(spoken, frames):
                for index in range(stretch.frames):
                    self._show(self._face.push(stretch.sentence, stretch.first + index))
            self._show(self._face.close())
        self._sing(self._face_time)
        self._schedule_end(told + _STEP, end, sum(frames))

    def _sing(self, due: float) -> None:
        """Make the next stretch of sound and of mouth shapes, and come back for the one after it."""
        stretch = next(self._sound, None)
        if stretch is None:
            if self._face is not None:
                self._show(self._face.close())
            return
        for index in range(stretch.frames):
            frame = AudioFrame(stretch.sentence.read(*stretch.span(index)))
            if self._delivery.audio.audio_routing != "data_only":
                self._agenda.add(self._sound_time - self._delivery.sound_ahead, frame)
            if self._audio_data is not None:
                for message in self._audio_data.push(frame):
                    self._agenda.add(self._sent(self._sound_time), message)
            if self._face is not None and not self._face.order.is_ahead:
                self._show(self._face.push(stretch.sentence, stretch.first + index))
            self._sound_time += FRAME
            self._sung_frames += 1
        # What is told about sound goes out earlier than the sound.
        told_ahead = self._behaviour.stopped_lead if self._face is not None or self._audio_data else 0.0
        told_ahead += self._face.order.buffer if self._face is not None else 0.0
        ahead = max(self._delivery.sound_ahead, told_ahead) + _SING_AHEAD
        self._agenda.add(max(due, self._sound_time - ahead), self._sing)

    def _show(self, messages: list[tuple[float, ServerMessage]]) -> None:
        """Put shapes onto the timetable, without a break, pauses included: a client may play them by count."""
        is_ahead = self._face is not None and self._face.order.is_ahead
        buffer = self._face.order.buffer if self._face is not None else 0.0
        for second, message in messages:
            sent = self._first_sound + second - self._behaviour.stopped_lead - buffer
            self._agenda.add(
                self._face_time + _STEP if is_ahead else max(sent, self._face_time + _STEP), message.encode()
            )

    def _schedule_end(self, stopped: float, silent: float, frames: int) -> None:
        add = self._agenda.add
        if self._audio_data is not None:
            add(stopped, self._close_audio_data)
        self._tell(stopped, BotStoppedSpeaking(response_id=self._id))
        add(stopped, self._stop_speaking)
        if self._face is not None:
            add(stopped + _STEP, self._stats(stopped + _STEP, frames, was_interrupted=False).encode())
        self._tell(stopped + 2 * _STEP, self._completed(was_interrupted=False))
        add(stopped + 2 * _STEP, self._mark_completed)
        add(silent, self._stop_sounding)

    def _close_audio_data(self, due: float) -> None:
        if self._audio_data is not None:
            for message in self._audio_data.close():
                self._agenda.add(due, message)

    def _sent(self, sound_time: float) -> float:
        """When the sender queues what sounds at a time: messages about it go out then, not when it is heard."""
        return max(sound_time - self._behaviour.stopped_lead, self._speaking_time + _STEP)

    def _start_speaking(self, due: float) -> None:
        self.is_speaking = self.is_sounding = True

    def _stop_speaking(self, due: float) -> None:
        self.is_speaking = False

    def _stop_sounding(self, due: float) -> None:
        self.is_sounding = False

    def _mark_completed(self, due: float) -> None:
        self.is_completed = True

    def _completed(self, *, was_interrupted: bool) -> BotTurnCompleted:
        return BotTurnCompleted(was_interrupted=was_interrupted, response_id=self._id)

    def _tell(self, time: float, message: ServerMessage) -> None:
        for form in self._dialect.encode(message):
            self._agenda.add(time, form)

    def _stats(self, now: float, frames: int, *, was_interrupted: bool) -> BlendshapeTurnStats:
        stats = TurnStats(
            total_blendshapes=0 if self._face is None else self._face.order.count(frames),
            total_audio_bytes=frames * FRAME_SAMPLES * SAMPLE_SIZE,
            total_turn_duration_ms=round(1000 * (now - self._start), 1),
            total_audio_duration_ms=round(1000 * frames * FRAME, 1),
            fps=self._face.order.fps if self._face is not None and self._dialect.face_rate_told != "never" else None,
            was_interrupted=was_interrupted,
        )
        return BlendshapeTurnStats(stats=stats, response_id=self._id)
