"""A faulty line between one actor and its client: late, lost, doubled, broken, cut. Sans-IO, as the actor is.

It is used as an actor is; what comes out of it is what a bad network, a bad day of the service, or somebody who means
harm would have made of it. All chance comes from one seed.
"""

import json
from random import Random
from typing import Any

from ..audio.frame import AudioFrame
from ..protocol.server import ErrorMessage, UsageLimitReached
from . import dialogue
from .actor import Actor, Ending
from .agenda import Agenda, Output
from .faults import Faults, Span
from .mangle import hostile, mangle
from .sight import Glance

_SPOKEN = (0.4, 2.0)  # s into a voice at which it stalls
_OVERTAKEN = (0.02, 0.3)  # s that a message stays behind
_DOUBLED = (0.0, 0.1)  # s between a message and its double
_FLOOD = 3_000  # messages
_FAREWELL = 0.5  # s from usage-limit-reached, or from a fatal error, to the end of the room
_RATES = (0, 1, 7, 8_000, 11_025, 10**9, -48_000, 48_000.5)  # Hz
_WITH_TEXT = frozenset({"bot-llm-text", "bot-transcription", "bot-tts-text", "user-transcription"})


class Account:
    """What all rooms of one service use up together."""

    def __init__(self, quota: int | None) -> None:
        self._left = quota

    def use_turn(self) -> None:
        """A turn was answered."""
        if self._left is not None:
            self._left -= 1

    @property
    def is_used_up(self) -> bool:
        """Whether the plan allows no more."""
        return self._left is not None and self._left <= 0


class Line:
    """One room's. ``limit`` is the size in bytes of the largest message that the shell can carry; ``absence`` how many
    seconds after a character has gone without a word the shell's client would notice by itself.
    """

    def __init__(
        self, actor: Actor, faults: Faults, chance: Random, account: Account, *, now: float, limit: int, absence: float
    ) -> None:
        self._actor = actor
        self._faults = faults
        self._chance = chance
        self._account = account
        self._limit = limit
        self._absence = absence
        self._way = Agenda()  # what has left the service and has not arrived
        self._last = {True: now, False: now}  # arrival of the last frame of sound, of the last message
        self._lag = 0.0  # s by which the service is behind, by all stalls so far
        self._stall: tuple[float, float] | None = None
        self._loses_text = False
        self._cut_at = now + self._draw(faults.cut_after) if faults.cut_after else None
        self._gone_at = now + self._draw(faults.leaves_after) if faults.leaves_after else None
        self._is_told = False  # that the quota is used up
        self._end_at: float | None = None
        self._end = Ending.QUOTA
        self.ending: Ending | None = None

    @property
    def next_time(self) -> float | None:
        """When ``advance`` next has something to do."""
        if self.ending is not None:
            return None
        times = [self._way.next_time, self._cut_at, self._end_at]
        if self._gone_at is not None:
            times += [self._gone_at, self._gone_at + self._absence]
        if (due := self._actor.next_time) is not None:
            due += self._lag
            stands_still = self._stall is not None and self._actor.is_speaking and due >= self._stall[0]
            times.append(max(due, self._stall[1]) if self._stall is not None and stands_still else due)
        return min((time for time in times if time is not None), default=None)

    @property
    def is_speaking(self) -> bool:
        """Whether the character's voice sounds or is about to."""
        return self._actor.is_speaking

    def receive(self, payload: bytes, now: float) -> None:
        """A data message from the client."""
        if not self._is_gone(now):
            self._actor.receive(payload, self._service_time(now))

    def hear(self, frame: AudioFrame, now: float) -> None:
        """A piece of the player's voice."""
        if not self._is_gone(now):
            self._actor.hear(frame, self._service_time(now))

    @property
    def video_track(self) -> str:
        """Under which name the client's camera is looked for."""
        return self._actor.video_track

    def see(self, glance: Glance, now: float, *, source: str) -> None:
        """A picture of the player's camera."""
        if not self._is_gone(now):
            self._actor.see(glance, self._service_time(now), source=source)

    def lose_sight(self) -> None:
        """That camera was switched off."""
        self._actor.lose_sight()

    def speak(self, line: dialogue.Line, now: float) -> None:
        """Something that the character says of its own accord."""
        if not self._is_gone(now):
            self._actor.speak(line, self._service_time(now))

    def advance(self, now: float) -> list[Output]:
        """Everything that arrives by now, in the order in which it does."""
        if self.ending is not None:
            return []
        if self._cut_at is not None and now >= self._cut_at:
            self.ending = Ending.CUT
            return []
        if self._is_gone(now):
            if self._gone_at is not None and now >= self._gone_at + self._absence:
                self.ending = Ending.GONE
            return []
        for output in self._actor.advance(self._service_time(now)):
            self._dispatch(output, now)
        arrived = self._way.take(now)
        if self._end_at is not None and now >= self._end_at:
            self.ending = self._end
        elif self._actor.ending is not None and self._way.next_time is None:
            self.ending = self._actor.ending
        return arrived

    def _is_gone(self, now: float) -> bool:
        return self._gone_at is not None and now >= self._gone_at

    def _service_time(self, now: float) -> float:
        """The actor's time: it stands still in a stall, and is late ever after."""
        if self._stall is not None:
            start, end = self._stall
            if now >= start and not self._actor.is_speaking:
                self._stall = None  # the turn is over already
            elif now >= end:
                self._lag += end - start
                self._stall = None
            elif now >= start:
                return start - self._lag
        return now - self._lag

    def _dispatch(self, output: Output, now: float) -> None:
        if not isinstance(output, bytes):
            if not (isinstance(output, AudioFrame) and self._has(self._faults.lost_sound)):
                self._send(output, now)
            return
        message = json.loads(output)
        data = message.get("data") if isinstance(message.get("data"), dict) else {}
        kind = data.get("type", message["type"]) if message["type"] == "server-message" else message["type"]
        self._follow(kind, now)
        self._pass_on(output, kind, message, now)
        self._spend(kind, now)

    def _pass_on(self, output: bytes, kind: str, message: dict[str, Any], now: float) -> None:
        if self._has(self._faults.lost.get(kind, 0.0)) or (kind == "bot-llm-text" and self._loses_text):
            return
        output = self._spoil(output, kind, message)
        self._send(output, now, is_overtaken=self._has(self._faults.reordered))
        if self._has(self._faults.duplicates):
            self._way.add(now + self._draw(_DOUBLED), output)
        self._send_along(kind, message, now)

    def _follow(self, kind: str, now: float) -> None:
        """What a message means for what goes wrong next."""
        faults = self._faults
        match kind:
            case "bot-llm-started":
                self._loses_text = False
            case "bot-started-speaking":
                if self._stall is None and self._has(faults.stalls):
                    start = now + self._draw(_SPOKEN)
                    self._stall = start, start + self._draw(faults.stall_time)
                self._loses_text = self._loses_text or self._has(faults.late_text_lost)
                if self._has(faults.floods):
                    for number in range(_FLOOD):
                        self._send(_wire("flood", {"number": number}), now)

    def _spend(self, kind: str, now: float) -> None:
        """Count turns, and end the room once the plan allows no more."""
        if kind == "bot-turn-completed":
            self._account.use_turn()
        if self._account.is_used_up and not self._is_told and kind in ("bot-turn-completed", "bot-ready"):
            self._is_told = True
            words = "The minutes of this plan are used up."
            self._send(UsageLimitReached(quota_type="minutes", message=words).encode(), now)
            self._end_at = now + _FAREWELL
        if kind == "bot-turn-completed" and self._end_at is None and self._has(self._faults.breakdowns):
            self._send(ErrorMessage(error="The pipeline broke down.", fatal=True).encode(), now)
            self._end_at, self._end = now + _FAREWELL, Ending.BROKEN

    def _spoil(self, output: bytes, kind: str, message: dict[str, Any]) -> bytes:
        data = message.get("data")
        if kind in _WITH_TEXT and isinstance(data, dict) and self._has(self._faults.hostile_text):
            output = json.dumps({**message, "data": {**data, "text": hostile(data["text"], self._chance)}}).encode()
        if kind == "audio-data" and isinstance(data, dict) and self._has(self._faults.lying_sound):
            lie = self._chance.choice(
                (
                    {"sample_rate": self._chance.choice(_RATES)},
                    {"channels": self._chance.choice((0, 2, 3, 10**6))},
                    {"audio": data["audio"][: self._chance.randrange(len(data["audio"]))]},
                    {"audio": "A" * (self._limit // 2)},
                    {"audio": "ü?!"},
                )
            )
            output = json.dumps({**message, "data": {**data, **lie}}).encode()
        return mangle(output, self._chance)[: self._limit] if self._has(self._faults.nonsense) else output

    def _send_along(self, kind: str, message: dict[str, Any], now: float) -> None:
        if kind == "user-transcription" and message["data"].get("final") and self._has(self._faults.empty_finals):
            for _ in range(self._chance.randint(1, 3)):
                self._send(json.dumps({**message, "data": {**message["data"], "text": ""}}).encode(), now)
            self._send(_wire("final-user-transcription", {"text": ""}), now)
        if self._has(self._faults.giants):
            self._send(_wire("giant", {"text": "lorem ipsum " * (self._limit // 12 - 10)}), now)

    def _send(self, output: Output, now: float, *, is_overtaken: bool = False) -> None:
        """On its way, behind all that was sent before it, unless it is to be overtaken."""
        arrival = now + self._draw(self._faults.delay)
        if is_overtaken:
            self._way.add(arrival + self._draw(_OVERTAKEN), output)
            return
        is_sound = not isinstance(output, bytes)
        self._last[is_sound] = max(self._last[is_sound], arrival)
        self._way.add(self._last[is_sound], output)

    def _has(self, share: float) -> bool:
        return share > 0.0 and self._chance.random() < share

    def _draw(self, span: Span) -> float:
        return self._chance.uniform(*span) if span[1] > 0.0 else 0.0


def _wire(kind: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"label": "rtvi-ai", "type": kind, "data": data}).encode()
