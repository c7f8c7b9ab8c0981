"""What goes wrong with one service: which calls, which rooms, and how. Pure; all chance comes from one seed.

The chance of a call and of a room depends on the seed, the character and how often it was called before, and so not
on what happens meanwhile with other characters.
"""

import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from .actor import Actor
from .behaviour import Behaviour
from .faults import Faults, find_faults
from .line import Account, Line
from .service import Reply, Visit

_log = logging.getLogger(__name__)

_FOR_EVER = 1e8  # s

# The words of the service's refusals; Convai live API, error codes.
_DETAILS: dict[int, object] = {
    400: "Invalid session ID: invalid uuid",
    401: "Invalid API key",
    403: "Real-time access is not enabled for this account",
    404: "Character not found or doesn't belong to user",
    409: "Shared session is in use by an incompatible room",
    422: [{"type": "missing", "loc": ["body", "character_id"], "msg": "Field required", "input": {}}],
    429: "Concurrency limit reached",
    500: "Internal server error",
    503: "Database unavailable",
}
_RETRY_AFTER = {429: "2", 503: "1"}  # s
_GARBAGE = (
    b"",
    b"null",
    b"[]",
    b"<!DOCTYPE html><title>Welcome to our Wi-Fi</title>Please sign in.",
    b'{"token": 7, "room_url": [], "character_session_id": {}}',
    b'{"room_url": "wss://',
    b"\xff\xfe\x00\x01" * 64,
    b'{"room_url": "ftp://127.0.0.1", "token": "", "character_session_id": "x"}',
    b"[" * 5_000,
    b'{"detail": "ok"}',
)


@dataclass(frozen=True, slots=True)
class Call:
    """What becomes of one ``POST /connect`` that the service would have answered with 200."""

    delay: float = 0.0  # s until it is answered
    body_time: float = 0.0  # s that the body takes
    is_dropped: bool = False  # the connection ends without an answer
    reply: Reply | None = None  # instead of the right one


class Trouble:
    """The faults of one service. ``faults`` is a name or the settings themselves; ``seed`` None draws one."""

    def __init__(self, faults: str | Faults | None = None, seed: int | None = None) -> None:
        self.faults = find_faults(faults)
        self.seed = secrets.randbelow(1 << 32) if seed is None else seed
        self._account = Account(self.faults.quota if self.faults else None)
        self._calls: Counter[str] = Counter()
        self._rooms: Counter[str] = Counter()
        if self.faults is not None:
            _log.info("Faults with seed %d: %s", self.seed, self.faults.about)

    def call(self, body: bytes) -> Call:
        """What happens to a call with this body."""
        faults = self.faults
        if faults is None:
            return Call()
        character = _character(body)
        self._calls[character] += 1
        chance = Random(f"{self.seed}/call/{character}/{self._calls[character]}")
        delay, body_time = chance.uniform(*faults.connect_delay), chance.uniform(*faults.body_time)
        if chance.random() < faults.dropped_calls:
            return Call(delay, is_dropped=True)
        point = chance.random()
        for status, share in faults.refusals.items():
            if point < share:
                retry = {"Retry-After": _RETRY_AFTER[status]} if status in _RETRY_AFTER else {}
                return Call(delay, body_time, reply=Reply(status, {"detail": _DETAILS.get(status, "")}, retry))
            point -= share
        if chance.random() < faults.garbage_bodies:
            return Call(delay, body_time, reply=Reply(200, {}, raw=chance.choice(_GARBAGE)))
        return Call(delay, body_time)

    def play(
        self,
        visit: Visit,
        behaviour: Behaviour,
        *,
        now: float,
        sound_ahead: float,
        limit: int,
        absence: float,
        make_actor: Callable[..., Actor] = Actor,
    ) -> Actor | Line:
        """The visit's character, behind a faulty line where there are faults; see ``Line``."""
        if visit.request.spawn_agent is False:  # a room that stays without a character
            behaviour = replace(behaviour, ready_delay=_FOR_EVER, unprompted_ready=_FOR_EVER)
        make_actor = partial(make_actor, visit.character, visit.request, visit.history, room_name=visit.room_name)
        faults = self.faults
        if faults is None:
            return make_actor(now=now, behaviour=behaviour, sound_ahead=sound_ahead)
        character = visit.character.id
        self._rooms[character] += 1
        chance = Random(f"{self.seed}/room/{character}/{self._rooms[character]}")
        delay = behaviour.ready_delay + chance.uniform(*faults.ready_delay)
        behaviour = replace(behaviour, ready_delay=delay, unprompted_ready=max(delay, behaviour.unprompted_ready))
        if chance.random() < faults.never_ready:
            behaviour = replace(behaviour, ready_delay=_FOR_EVER, unprompted_ready=_FOR_EVER)
        if (timeout := faults.idle_timeout) is not None:
            behaviour = replace(behaviour, idle_timeout=timeout, idle_warning=timeout / 3)
        actor = make_actor(now=now, behaviour=behaviour, sound_ahead=sound_ahead)
        return Line(actor, faults, chance, self._account, now=now, limit=limit, absence=absence)


def _character(body: bytes) -> str:
    try:
        return str(json.loads(body)["character_id"]).lower()
    except (ValueError, LookupError, TypeError):
        return ""
