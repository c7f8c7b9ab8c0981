"""The simulator with characters that follow scripts, and with faults. A Transport; runs on the asyncio side."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

from ..audio.frame import AudioFrame
from ..errors import RoomLossReason
from ..protocol.connect import ActionConfig, ConnectRequest, ConnectResponse, parse_error_body
from ..simulator.characters import Character as SimulatedCharacter
from ..simulator.dialect import Dialect
from ..simulator.dialogue import Dialogue
from ..simulator.faults import Faults
from ..simulator.inprocess import Simulator
from ..simulator.memory import History
from ..transport.base import AudioArrived, MessageArrived, Room, RoomItem
from .script import ScriptedCharacter, ScriptedFaults

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class ScriptedTransport(Simulator):
    """``script_of`` gives a character's script by its id; ``now`` is game time; for the rest see ``Simulator``."""

    def __init__(
        self,
        script_of: Callable[[str], ScriptedCharacter],
        now: Callable[[], float],
        *,
        faults: str | Faults | None,
        seed: int,
        dialect: Dialect | None = None,
    ) -> None:
        super().__init__(
            dialect=dialect,
            dialogue=self._make_dialogue,
            wall_clock=lambda: _EPOCH + timedelta(seconds=now()),
            faults=faults,
            seed=seed,
        )
        self._script_of = script_of
        self._seekers: dict[str, str] = {}  # session id → character id, between connect and join

    @property
    def open_rooms(self) -> list[str]:
        """Whose rooms are open."""
        return sorted(room.character_id for room in self._rooms)

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        character_id = (request.character_id or "").lower()
        refusals = self._script_of(character_id).faults.refusals
        if refusals:
            status, detail = refusals.popleft()
            body = json.dumps({"detail": detail}).encode()
            raise parse_error_body(status, {}, body, sent_session=request.character_session_id is not None)
        response = await super().connect(request)
        self._seekers[response.session_id.get_secret_value()] = character_id
        return response

    async def join(self, response: ConnectResponse) -> Room:
        character_id = self._seekers.pop(response.session_id.get_secret_value(), "")
        return _FaultyRoom(await super().join(response), self._script_of(character_id).faults)

    def lose_room(self, character_id: str, reason: RoomLossReason) -> None:
        """Lose one character's room."""
        for room in tuple(self._rooms):
            if room.character_id == character_id:
                room.lose(reason)

    def _make_dialogue(
        self, character: SimulatedCharacter, history: History, *, player: str | None, actions: ActionConfig | None
    ) -> Dialogue:
        return self._script_of(character.id).dialogue(character, history, player=player, actions=actions)


class _FaultyRoom:
    """A room of the simulator, and what goes wrong between it and us."""

    def __init__(self, room: Room, faults: ScriptedFaults) -> None:
        self._room = room
        self._faults = faults
        self._voiced = 0.0  # s of the line that is being said

    async def incoming(self) -> AsyncIterator[RoomItem]:
        async for item in self._room.incoming():
            match item:
                case MessageArrived(payload=payload):
                    if _is(payload, "bot-llm-started"):
                        self._voiced = 0.0
                    if any(_is(payload, type_) for type_ in self._faults.withheld):
                        continue
                case AudioArrived(frame=frame):
                    await self._stall(frame)
            yield item

    async def send(self, payload: bytes) -> None:
        await self._room.send(payload)

    async def publish(self, frame: AudioFrame) -> None:
        await self._room.publish(frame)

    async def aclose(self) -> None:
        await self._room.aclose()

    async def _stall(self, frame: AudioFrame) -> None:
        """Everything behind the stall comes late, and what piles up comes at once: as on a bad line."""
        stalls = self._faults.stalls
        if stalls and self._voiced >= stalls[0][0]:
            _, seconds = stalls.popleft()
            await asyncio.sleep(seconds)
        self._voiced += frame.samples / frame.sample_rate


def _is(payload: bytes, type_: str) -> bool:
    return b'"type":"%s"' % type_.encode() in payload  # as our own simulator writes it; in words it would be escaped
