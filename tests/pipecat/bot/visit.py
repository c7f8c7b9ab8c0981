"""One visit: pipecat's LiveKit transport, Silero VAD and RTVI processor, and Convai's message types in front of them.

What pipecat says by itself is left as it is: this is the second opinion. The layer acknowledges Convai's client
messages, hands them to the pipeline, and adds what Convai's request asked for.
"""

from typing import Any
from uuid import uuid4

from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    OutputTransportMessageUrgentFrame,
    STTMuteFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.livekit.transport import LiveKitParams, LiveKitTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from .echo import BabbleTTS, EchoLLM, MeasuringSTT

_KNOWN = frozenset(
    {
        "user_text_message",
        "trigger-message",
        "context-update",
        "update-template-keys",
        "update-scene-metadata",
        "update-dynamic-info",
        "tts-toggle",
        "stt-toggle",
        "interrupt-bot",
        "force-user-stopped-speaking",
        "reset-idle-timer",
        "kill-pipeline",
    }
)


class Visit:
    """A bot in a room until its player leaves. ``request`` is the Connect request, ``context`` what was said before."""

    def __init__(self, *, url: str, room: str, token: str, request: dict[str, Any], context: LLMContext) -> None:
        self._request = request
        self._is_welcomed = False
        self._transport = LiveKitTransport(
            url=url, token=token, room_name=room, params=LiveKitParams(audio_in_enabled=True, audio_out_enabled=True)
        )
        listening = LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(),
            user_turn_strategies=UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy()]),
        )
        user, assistant = LLMContextAggregatorPair(context, user_params=listening)
        parts = [self._transport.input(), MeasuringSTT(), user, EchoLLM(), _Extras(self), BabbleTTS()]
        self._worker = PipelineWorker(
            Pipeline([*parts, self._transport.output(), assistant]),
            params=PipelineParams(enable_metrics=bool(request.get("debug"))),
        )
        self._runner = WorkerRunner(handle_sigint=False)
        self._transport.add_event_handler("on_app_message", self._receive)
        self._transport.add_event_handler("on_participant_left", self._leave)

    async def play(self) -> None:
        """Until the player has left."""
        await self._runner.add_workers(self._worker)
        await self._runner.run()

    async def close(self) -> None:
        """End it now."""
        await self._runner.cancel()

    async def extras(self) -> None:
        """What follows the words of an answer."""
        if self._request.get("emotion_config") is not None:
            await self._tell("bot-emotion", emotion="Joy", scale=2)
        actions = (self._request.get("action_config") or {}).get("actions") or []
        if actions:
            await self._tell("action-response", actions=[{"name": actions[0]}])

    async def _welcome(self) -> None:
        if not self._is_welcomed:
            self._is_welcomed = True
            session_id = self._request["character_session_id"]
            await self._tell("interaction-created", interaction_id=str(uuid4()), character_session_id=session_id)

    async def _leave(self, transport: LiveKitTransport, participant: str, reason: str) -> None:
        await self.close()

    async def _receive(self, transport: LiveKitTransport, message: dict[str, Any], sender: str | None) -> None:
        kind, data = message.get("type"), message.get("data") or {}
        if kind == "client-ready":
            await self._welcome()
        if kind not in _KNOWN:
            return  # RTVI's own, or RTVI says so
        await self._acknowledge(kind, **({"text": data["text"]} if kind == "user_text_message" else {}))
        match kind:
            case "user_text_message":
                await self._ask(data["text"])
            case "trigger-message":
                await self._ask(data.get("trigger_message") or data.get("trigger_name") or "")
            case "stt-toggle":
                await self._worker.queue_frame(STTMuteFrame(mute=data["muted"]))
            case "force-user-stopped-speaking":
                await self._worker.queue_frame(VADUserStoppedSpeakingFrame())
            case "interrupt-bot":
                await self._worker.rtvi.interrupt_bot()
            case "kill-pipeline":
                await self.close()

    async def _ask(self, text: str) -> None:
        """As RTVI's own send-text does it."""
        await self._worker.rtvi.interrupt_bot()
        await self._worker.flush_pipeline()
        message = {"role": "user", "content": text}
        await self._worker.queue_frame(LLMMessagesAppendFrame(messages=[message], run_llm=True))

    async def _acknowledge(self, kind: str, **extras: object) -> None:
        answer = {"type": "server-response", "event_type": kind, "status": "success"}
        await self._send({**answer, "extras": extras} if extras else answer)

    async def _tell(self, kind: str, **fields: object) -> None:
        await self._send({"label": "rtvi-ai", "type": "server-message", "data": {"type": kind, **fields}})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._worker.queue_frame(OutputTransportMessageUrgentFrame(message=message))


class _Extras(FrameProcessor):
    """Notices the end of an answer's words."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self._visit = visit

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame):
            await self._visit.extras()
