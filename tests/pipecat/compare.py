"""What the simulator says otherwise than a real pipecat bot that was told the same: as short rows, without times.

Compared is what pipecat says by itself (the messages that RTVI defines); Convai's own messages have no counterpart.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

from convai_panda import AudioFrame
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.simulator import Behaviour, Memory
from convai_panda.simulator.actor import Actor
from convai_panda.simulator.characters import stranger
from convai_panda.simulator.voice import Voice, speak

from .record import FRAME, FRAME_BYTES, REQUEST, SPOKEN

_AHEAD = 0.94  # s of sound that the sender queues, as the bot does
_STEP = 0.005  # s
_PAUSE = 2.0  # s in which nothing is due any more once a phase is over
_BESIDE = frozenset({"error-response"})  # RTVI's complaints about Convai's types run beside what Convai's layer does


@dataclass
class Phase:
    """A part of the visit: the messages of RTVI in their order, and when the voice was heard."""

    name: str
    told: list[tuple[float, str, frozenset[str]]] = field(default_factory=list)  # time, type, fields of its data
    voice: list[float] = field(default_factory=list)  # times at which it sounded

    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.told]

    def fields(self, kind: str) -> frozenset[str]:
        return frozenset().union(*(keys for _, name, keys in self.told if name == kind))

    def lead(self) -> float:
        """How many seconds before the voice's end the bot says that it has stopped."""
        stopped = next(time for time, kind, _ in reversed(self.told) if kind == "bot-stopped-speaking")
        return self.voice[-1] - stopped


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def visits(lines: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cut where the clock begins anew."""
    starts = [at for at, line in enumerate(lines) if line.get("phase") == "ready"]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def recorded(visit: Iterable[dict[str, Any]]) -> list[Phase]:
    """The bot's side."""
    phases = list[Phase]()
    for line in visit:
        if "phase" in line:
            phases.append(Phase(line["phase"]))
        elif "bot" in line:
            _note(phases[-1], line["t"], line["bot"])
        elif "voice" in line:
            phases[-1].voice.append(line["t"])
    return phases


def simulated(visit: list[dict[str, Any]], memory: Memory, session: str | None) -> tuple[list[Phase], str]:
    """The simulator's side, told the same at the same times of each phase; and the conversation's id."""
    character = stranger(REQUEST["character_id"])
    history = (session and memory.find(session)) or memory.begin("account", character.id)
    actor = Actor(
        character,
        ConnectRequest.build(**REQUEST),
        history,
        now=-1.0,  # the bot is in the room before its player
        behaviour=Behaviour(unprompted_ready=3600.0, hearing=(SPOKEN, SPOKEN)),
        sound_ahead=_AHEAD,
    )
    phases, now = list[Phase](), 0.0
    for name, doings in _phases(visit):
        phase = Phase(name)
        now = _play(actor, phase, doings, now)
        phases.append(phase)
    return phases, history.id


def differences(bot: list[Phase], simulator: list[Phase]) -> set[str]:
    """One row each, as in the table; ``bot`` and ``simulator`` have the same phases."""
    assert [phase.name for phase in bot] == [phase.name for phase in simulator]
    phases = dict[str, set[str]]()
    for theirs, ours in zip(bot, simulator, strict=True):
        for row in _differ(theirs, ours):
            phases.setdefault(row, set()).add(theirs.name)
    rows = {f"{row} ({', '.join(sorted(names))})" for row, names in phases.items()}
    kinds = sorted({kind for phase in bot for kind in phase.kinds()} - _BESIDE)
    for first, second in permutations(kinds, 2):
        if _precedes(bot, first, second) == {True} and False in _precedes(simulator, first, second):
            rows.add(f"{first} before {second} only from pipecat")
    return rows


def _differ(bot: Phase, simulator: Phase) -> Iterator[str]:
    theirs, ours = bot.kinds(), simulator.kinds()
    for kind in sorted(set(theirs) - set(ours)):
        yield f"{kind} only from pipecat"
    for kind in sorted(set(ours) - set(theirs)):
        yield f"{kind} only from the simulator"
    for kind in sorted(set(ours) & set(theirs)):
        if (theirs.count(kind) == 1) != (ours.count(kind) == 1):
            yield f"{kind} {_often(theirs, kind)} from pipecat, {_often(ours, kind)} from the simulator"
        if added := bot.fields(kind) - simulator.fields(kind):
            yield f"{kind}: {', '.join(sorted(added))} only from pipecat"
        if added := simulator.fields(kind) - bot.fields(kind):
            yield f"{kind}: {', '.join(sorted(added))} only from the simulator"


def _precedes(phases: list[Phase], first: str, second: str) -> set[bool]:
    """Whether the first of one kind came before the first of another, in each phase that has both."""
    told = [phase.kinds() for phase in phases]
    return {kinds.index(first) < kinds.index(second) for kinds in told if first in kinds and second in kinds}


def _often(kinds: list[str], kind: str) -> str:
    return "once" if kinds.count(kind) == 1 else "often"


def _note(phase: Phase, time: float, message: dict[str, Any]) -> None:
    if message.get("label") == "rtvi-ai" and message["type"] != "server-message" and "text" not in message:
        phase.told.append((time, message["type"], frozenset(message.get("data") or ())))


def _play(actor: Actor, phase: Phase, doings: list[tuple[float, bytes | AudioFrame]], now: float) -> float:
    """Until all is done and the voice has been silent for a while; the time then."""
    began, queued = now, now
    while doings or now < queued or _next(actor) < now + _PAUSE:
        while doings and began + doings[0][0] <= now:
            match doings.pop(0)[1]:
                case bytes() as payload:
                    actor.receive(payload, now)
                case frame:
                    actor.hear(frame, now)
        for output in actor.advance(now):
            match output:
                case bytes():
                    _note(phase, now, json.loads(output))
                case AudioFrame():
                    queued = max(queued, now) + output.duration
                    phase.voice.append(queued)
                case _:  # what was queued is void
                    phase.voice = [time for time in phase.voice if time <= now]
                    queued = now
        now += _STEP
    return now


def _next(actor: Actor) -> float:
    time = actor.next_time
    assert time is not None, "the simulator has left"
    return time


def _phases(visit: list[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[float, bytes | AudioFrame]]]]:
    """What the player does in each, by seconds from its beginning."""
    pcm = speak(SPOKEN, Voice.of("player")).pcm
    frames = [AudioFrame(pcm[at : at + FRAME_BYTES]) for at in range(0, len(pcm), FRAME_BYTES)]
    starts = [at for at, line in enumerate(visit) if "phase" in line]
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        doings = list[tuple[float, bytes | AudioFrame]]()
        for line in visit[start:end]:
            time = line["t"] - visit[start]["t"]
            if "client" in line:
                doings.append((time, json.dumps(line["client"]).encode()))
            elif line.get("player") == "begins":
                doings += [(time + FRAME * number, frame) for number, frame in enumerate(frames)]
        yield visit[start]["phase"], sorted(doings, key=lambda doing: doing[0])
