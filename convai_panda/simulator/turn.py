"""One turn of a character: words, voice and face on one timetable, which an interruption throws away.

The order is that of a real pipecat bot, which Convai's service most likely is: text streams while the voice is
made, ``bot-started-speaking`` comes before ``bot-llm-stopped``, and ``bot-stopped-speaking`` comes when the last
sample is queued at the sender, up to a second before it is heard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..audio.frame import SAMPLE_RATE, SAMPLE_SIZE, AudioFrame
from ..protocol.connect import AudioOutput
from ..protocol.server import (
    VISEMES,
    ActionResponse,
    BlendshapeTurnStats,
    BotEmotion,
    BotInterrupted,
    BotLlmStarted,
    BotLlmStopped,
    BotLlmText,
    BotStartedSpeaking,
    BotStoppedSpeaking,
    BotTtsStarted,
    BotTtsStopped,
    BotTtsText,
    BotTurnCompleted,
    Envelope,
    TurnStats,
    Visemes,
    VisemeWeights,
)
from .agenda import Agenda, Output, SoundFlushed
from .audio_data import AudioDataStream
from .behaviour import Behaviour, SpeakingForms
from .dialogue import Line

if TYPE_CHECKING:
    from .voice import Speech, Voice

FRAME = 0.020  # s of sound in one audio frame
_FRAME_BYTES = round(FRAME * SAMPLE_RATE) * SAMPLE_SIZE

_CHUNK = 0.012  # s between two pieces of text, as measured
_VOICE_DELAY = 0.06  # s from the first sentence's text to bot-tts-started
_SPEAKING_DELAY = 0.02  # s from bot-tts-started to bot-started-speaking
_SOUND_DELAY = 0.08  # s from bot-started-speaking to the first sample; 0.06-0.13 measured
_NEXT_SENTENCE = 0.03  # s between synthesising two sentences, so that neither holds up other rooms
_STEP = 0.002  # s between two messages that follow each other
_PAUSE = 0.22  # s between two sentences
_VISEME_INTERVAL = 0.010  # s: Convai's Unreal plugin plays 100 a second
_FADE_SAMPLES = 480  # 10 ms: how fast a voice that is cut off ends

_PIECE = re.compile(r"\s*\S{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a room wants turns delivered: parts of the Connect request and of the shell that carries the sound."""

    voice: Voice
    has_emotion: bool = False
    has_actions: bool = False
    has_visemes: bool = False
    audio: AudioOutput = field(default_factory=AudioOutput)
    sound_ahead: float = 0.0  # s that the shell queues; 0: it passes frames on when they are due


class Turn:
    """What one answer sets in motion."""

    def __init__(
        self, line: Line, start: float, *, delivery: Delivery, behaviour: Behaviour, id_: str, speaks: bool
    ) -> None:
        self._line = line
        self._delivery = delivery
        self._behaviour = behaviour
        self._id = id_
        self._agenda = Agenda()
        self._start = start
        self._carry = b""  # less than one frame: the next sentence goes on where this one ended
        self._sentences: tuple[str, ...] = ()
        self._speaking_time = start
        self._sound_time = start  # when the next frame sounds
        self._sound_bytes = 0
        self._voiced = 0.0  # s of sound that have shapes
        self._faces = 0
        self._last_frame: AudioFrame | None = None
        self._audio_data = AudioDataStream(delivery.audio) if delivery.audio.audio_routing != "audio_only" else None
        self.is_speaking = False  # between bot-started- and bot-stopped-speaking
        self.is_sounding = False  # between the first sample and the last
        self.is_completed = False
        self._schedule_text(speaks=speaks)

    @property
    def next_time(self) -> float | None:
        """When something is due, or None when all of it is done."""
        return self._agenda.next_time

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
                outputs.append(_fade(self._last_frame))
        outputs.append(BotInterrupted().encode())
        if self.is_speaking:
            outputs += self._spoken_forms(BotStoppedSpeaking)
        if not self.is_completed:
            if self._delivery.has_visemes:
                outputs.append(self._stats(now, was_interrupted=True).encode())
            outputs.append(BotTurnCompleted(was_interrupted=True, response_id=self._id).encode())
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
            add(time + 5 * _STEP, self._completed())
            add(time + 5 * _STEP, self._mark_completed)
            return
        # The voice starts as soon as the first sentence is there, while text still streams.
        from .voice import sentences

        parts = sentences(self._line.text)
        first = self._start + _CHUNK * len(_PIECE.findall(parts[0])) + _VOICE_DELAY
        speaking = first + _SPEAKING_DELAY
        add(first, BotTtsStarted().encode())
        add(speaking, self._start_speaking)
        for form in self._spoken_forms(BotStartedSpeaking):
            add(speaking, form)
        self._schedule_rest_of_text(max(time, speaking) + _STEP)
        add(max(time, speaking) + 5 * _STEP, BotTtsStopped().encode())
        self._sound_time = speaking + _SOUND_DELAY
        self._speaking_time = speaking
        self._sentences = parts
        add(speaking, lambda due: self._voice(0, due))

    def _schedule_rest_of_text(self, time: float) -> None:
        self._agenda.add(time, BotLlmStopped().encode())
        if self._delivery.has_emotion:
            emotion = BotEmotion(emotion=self._line.emotion, scale=self._line.scale)
            self._agenda.add(time + _STEP, emotion.encode())
        if self._delivery.has_actions:
            self._agenda.add(time + 2 * _STEP, ActionResponse(actions=self._line.actions).encode())

    def _voice(self, index: int, due: float) -> None:
        """Make one sentence's sound and put it on the timetable; the next sentence follows shortly."""
        from .voice import speak_sentence

        sentence = self._sentences[index]
        is_last = index == len(self._sentences) - 1
        speech = speak_sentence(sentence, self._delivery.voice)
        self._schedule_visemes(speech, speech.duration + (0.0 if is_last else _PAUSE))
        pcm = self._carry + speech.pcm + (b"" if is_last else bytes(round(_PAUSE * SAMPLE_RATE) * SAMPLE_SIZE))
        whole = len(pcm) - len(pcm) % _FRAME_BYTES
        pcm, self._carry = pcm[:whole], pcm[whole:]
        if is_last and self._carry:
            pcm, self._carry = pcm + self._carry.ljust(_FRAME_BYTES, b"\0"), b""
        self._schedule_sound(pcm)
        told = max(self._sent(self._sound_time), due)
        self._agenda.add(told, BotTtsText(text=sentence).encode())
        if is_last:
            self._schedule_end(told + _STEP)
        else:
            self._agenda.add(due + _NEXT_SENTENCE, lambda then: self._voice(index + 1, then))

    def _schedule_sound(self, pcm: bytes) -> None:
        ahead = self._delivery.sound_ahead
        for offset in range(0, len(pcm), _FRAME_BYTES):
            frame = AudioFrame(pcm[offset : offset + _FRAME_BYTES])
            if self._delivery.audio.audio_routing != "data_only":
                self._agenda.add(self._sound_time - ahead, frame)
            if self._audio_data is not None:
                for message in self._audio_data.push(frame):
                    self._agenda.add(self._sent(self._sound_time), message)
            self._sound_time += FRAME
        self._sound_bytes += len(pcm)

    def _schedule_visemes(self, speech: Speech, length: float) -> None:
        """One shape each 10 ms of sound without a break, pauses included: a client may play them by count."""
        if not self._delivery.has_visemes:
            return
        start = self._voiced
        self._voiced += length
        count = int(self._voiced / _VISEME_INTERVAL) + 1
        times = [index * _VISEME_INTERVAL for index in range(self._faces, count)]
        self._faces = count
        first = self._speaking_time + _SOUND_DELAY
        for time, weights in zip(times, speech.weights_at([time - start for time in times]), strict=True):
            message = Visemes(visemes=VisemeWeights(**dict(zip(VISEMES, weights, strict=True))))
            self._agenda.add(self._sent(first + time), message.encode())

    def _schedule_end(self, stopped: float) -> None:
        add = self._agenda.add
        if self._audio_data is not None:
            for message in self._audio_data.close():
                add(stopped, message)
        for form in self._spoken_forms(BotStoppedSpeaking):
            add(stopped, form)
        add(stopped, self._stop_speaking)
        if self._delivery.has_visemes:
            add(stopped + _STEP, lambda due: add(due, self._stats(due, was_interrupted=False).encode()))
        add(stopped + 2 * _STEP, self._completed())
        add(stopped + 2 * _STEP, self._mark_completed)
        add(self._sound_time, self._stop_sounding)

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

    def _completed(self) -> bytes:
        return BotTurnCompleted(was_interrupted=False, response_id=self._id).encode()

    def _stats(self, now: float, *, was_interrupted: bool) -> BlendshapeTurnStats:
        stats = TurnStats(
            total_blendshapes=self._faces,
            total_audio_bytes=self._sound_bytes,
            total_turn_duration_ms=round(1000 * (now - self._start), 1),
            total_audio_duration_ms=round(1000 * self._sound_bytes / SAMPLE_SIZE / SAMPLE_RATE, 1),
            fps=1 / _VISEME_INTERVAL,
            was_interrupted=was_interrupted,
        )
        return BlendshapeTurnStats(stats=stats, response_id=self._id)

    def _spoken_forms(self, kind: type[BotStartedSpeaking] | type[BotStoppedSpeaking]) -> list[bytes]:
        native, wrapped = kind().encode(Envelope.A), kind(response_id=self._id).encode(Envelope.B)
        match self._behaviour.speaking_forms:
            case SpeakingForms.A_THEN_B:
                return [native, wrapped]
            case SpeakingForms.A_ONLY:
                return [native]
            case SpeakingForms.B_ONLY:
                return [wrapped]


def _fade(frame: AudioFrame) -> AudioFrame:
    """The frame that follows a voice cut off: its last sample let down to nothing, so that nothing clicks."""
    last = int.from_bytes(frame.pcm[-SAMPLE_SIZE:], "little", signed=True)
    falling = (round(last * (1 - i / _FADE_SAMPLES) ** 2) for i in range(_FADE_SAMPLES))
    return AudioFrame(
        b"".join(v.to_bytes(SAMPLE_SIZE, "little", signed=True) for v in falling).ljust(_FRAME_BYTES, b"\0")
    )
