"""The relationship with one character: connect, join, converse, leave, come back. Runs on the asyncio thread.

A session outlives its rooms and owns ``character_session_id``. The main thread only says what it wants
(``Wish``); one task per session makes it so, and ends only when the room is closed.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING

from .acknowledgements import Update
from .audio.frame import AudioFrame
from .back_off import BackOff
from .continuity import Continuity
from .errors import ConnectError, ConvaiError, SessionClosed, SessionNotFound
from .events import Event, Failed, FreshConversation, SessionState, StateChanged
from .outbox import Outbox
from .pace import Pace
from .picture import Picture
from .protocol.client import ClientMessage, ContextUpdate, ForceUserStoppedSpeaking, InterruptBot, SttToggle
from .protocol.connect import ActionConfig, ConnectRequest, ConnectResponse
from .scene_form import SceneForm
from .session_table import check_move
from .sighted import Sighted
from .standing import Standing, Told
from .transport.base import Transport
from .visit import Visit
from .watch import Watch

if TYPE_CHECKING:
    from .audio.sink import AudioSink, Heard
    from .faces.feed import FaceFeed

_log = logging.getLogger(__name__)

_PLAYER_LEFT = "The player has left."
_LONGEST_REST = 300.0  # s: whoever asks for more, by a date years ahead or a clock that is wrong, is asked again


class Wish(Enum):
    """What the main thread wants of a session."""

    NOTHING = "nothing"
    WARM = "warm"  # a room, silent
    TALK = "talk"
    LINGER = "linger"  # the room may stay a while


_STATE_OF = {
    Wish.WARM: SessionState.READY,
    Wish.TALK: SessionState.CONVERSING,
    Wish.LINGER: SessionState.LINGERING,
}


class Session:
    """One character's rooms, one after the other.

    ``request`` makes the Connect request for a saved session id; ``tell`` takes every event on the asyncio thread
    and must return at once; ``voice`` gives the character's voice, if it has one just now; ``face`` takes what its
    face is to show. ``reports_cuts``: the character is told which of its words were heard when it was cut short.
    """

    def __init__(
        self,
        *,
        character_id: str,
        request: Callable[[str | None], ConnectRequest],
        transport: Transport,
        continuity: Continuity,
        player: str,
        greeting: str | None,
        tell: Callable[[Event], None],
        voice: Callable[[], "AudioSink | None"],
        face: "FaceFeed | None" = None,
        reports_cuts: bool = True,
    ) -> None:
        self._character_id = character_id
        self._request = request
        self._transport = transport
        self._continuity = continuity
        self._player = player
        self._greeting = greeting
        self._tell = tell
        self._voice = voice
        self._face = face
        self._reports_cuts = reports_cuts
        self._pace = Pace()
        self._standing = Standing.of(request(None))
        self._scene_form = SceneForm()
        self._has_asked = False  # Connect has been sent: what changes now has to be said in the room
        self._visit: Visit | None = None
        self._state = SessionState.IDLE
        self._wish = Wish.NOTHING
        self._task: asyncio.Task[None] | None = None
        self._outbox = Outbox(tell)
        self._is_refused = False  # by an error that trying again cannot mend
        self._is_let_go = False  # the player has left since the first of these visits
        self._is_greeted = False
        self._back_off = BackOff()
        self._sighted = Sighted()
        self._has_room = asyncio.Event()  # another session has left one for us
        self._farewell = _PLAYER_LEFT
        self._watch = self._keep_watch(is_timed=False)
        self._saved: str | None = None  # the id that is in the continuity

    def want(self, wish: Wish, why_leave: str = _PLAYER_LEFT) -> None:
        """Take the main thread's wish; rooms are opened and closed to match it."""
        self._wish = wish
        self._outbox.stir()
        if wish is Wish.NOTHING:
            self._farewell = why_leave
            self._is_refused = False
            self._is_let_go = True
            if self._task is not None:
                self._task.cancel()
        elif self._is_refused:
            return
        elif self._task is None:
            if wish is not Wish.LINGER:  # who has left needs no new room
                self._task = asyncio.create_task(self._live(), name="convai-session")
                self._task.add_done_callback(self._ended)
        elif self._is_ready:
            self._settle()

    async def take_over(self, idle: "Session") -> None:
        """Have another session leave its room, because the plan allows no more, and try for one of our own."""
        idle.want(Wish.NOTHING, "The room was needed for another character.")
        if idle._task is not None:
            await asyncio.wait({idle._task})
        self._has_room.set()

    def send(self, message: ClientMessage, *, is_standing: bool = False) -> None:
        """Send a message once the character listens; kept up to 30 s, at most 8, oldest lost first and said so."""
        self._outbox.put(message, is_standing=is_standing, is_heard=self._is_ready)
        if self._task is None:
            self._outbox.expire_later()

    def hold(self, message: ClientMessage) -> None:
        """Let the character know what stays true: in the open room, and in each later one from the beginning."""
        self._standing.take(message)
        if self._has_asked:
            self.send(message, is_standing=True)

    def recall(self, told: Told) -> None:
        """What the character knows is what it knew at another time, from the next room on."""
        self._standing.recall(told)

    def declare(self, config: ActionConfig) -> None:
        """What the character may do, and to what, has changed."""
        self._standing.declare(config)
        if self._has_asked:
            words = "What you can do, or what is there, has changed."
            self.send(ContextUpdate(text=words, action_config=config, run_llm="false"), is_standing=True)

    def interrupt(self, heard: "Heard") -> None:
        """The character's voice was cut off on our side: tell the service, and everybody what was heard."""
        if self._visit is None or not self._visit.is_ready:
            return  # nobody is there to be interrupted
        self.send(InterruptBot())
        self._visit.interrupt(heard)

    def start_player_turn(self) -> None:
        """The player is about to speak: have the service listen."""
        if self._visit is not None:
            self._visit.start_player_turn()
        self.send(SttToggle(muted=False))

    def end_player_turn(self) -> None:
        """The player has spoken. A stop for a turn that the service has ended itself would lose its answer."""
        self._watch.released(asyncio.get_running_loop().time())
        if self._visit is None or not self._visit.has_turn_ended:
            self.send(ForceUserStoppedSpeaking())
        self.send(SttToggle(muted=True))

    async def speak(self, frame: AudioFrame) -> None:
        """Send a frame of the player's voice, where there is somebody to hear it. Raises RoomError."""
        if self._visit is not None:
            await self._visit.speak(frame)

    def show(self, picture: Picture) -> None:
        """Show the character a picture of the game's camera."""
        self._sighted.show(picture)

    def clean(self, near: AudioFrame, far: AudioFrame) -> list[AudioFrame]:
        """Have the room take echo and noise out of a frame of the microphone; those whose turn has come."""
        return self._visit.clean(near, far) if self._visit is not None else [near]

    async def aclose(self) -> None:
        """Leave the room, if any, and wait until nothing of it is left."""
        self.want(Wish.NOTHING)
        while (task := self._task) is not None:
            await asyncio.wait({task})
            await asyncio.sleep(0)  # let the done callback run

    async def _live(self) -> None:
        """Visits, one after the other, until none is wanted or trying again cannot help."""
        self._back_off = BackOff()
        self._is_greeted = self._is_let_go = False
        self._farewell = _PLAYER_LEFT
        try:
            while True:
                error = await self._fail()
                if self._is_let_go:
                    # A TaskGroup loses a cancellation that comes while one of its tasks fails (Python 3.11, 3.12).
                    raise asyncio.CancelledError
                if not error.is_transient:
                    break
                await self._rest(error)
        except asyncio.CancelledError:
            self._move(SessionState.CLOSED, self._farewell)
            raise
        if not isinstance(error, SessionClosed):
            self._is_refused = True
            self._move(SessionState.CLOSED, "Trying again cannot help until something changes.")

    async def _fail(self) -> ConvaiError:
        """One visit, and what ended it against our will."""
        try:
            await self._pay_visit()
        except SessionClosed as error:
            self._has_asked = False
            self._move(SessionState.CLOSED, str(error))
            return error
        except ConvaiError as error:
            return self._tell_failure(error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours or of a library; the game is told
            _log.exception("A session broke; please report this.")
            return self._tell_failure(ConvaiError(f"The session broke ({type(error).__name__}); the log says where."))
        raise AssertionError("A visit ends only by an error or by being cancelled.")

    def _tell_failure(self, error: ConvaiError) -> ConvaiError:
        self._has_asked = False
        self._watch.close()
        self._move(SessionState.LOST, str(error))
        self._tell(Failed(error, will_retry=error.is_transient))
        return error

    async def _pay_visit(self) -> None:
        request = self._request(None)
        self._watch = self._keep_watch(is_timed=bool(request.debug))
        self._move(SessionState.CONNECTING, "Calling the service.")
        response = await self._connect()
        self._move(SessionState.JOINING, "Entering the room.")
        visit = self._visit = Visit(
            await self._transport.join(response),
            request,
            self,
            outbox=self._outbox,
            watch=self._watch,
            pace=self._pace,
            tell=self._tell,
            voice=self._voice,
            face=self._face,
            sighted=self._sighted,
            reports_cuts=self._reports_cuts,
        )
        try:
            await visit.stay(self._remember(response.character_session_id))
        except ExceptionGroup as group:
            raise self._watch.judge(_cause(group)) from None
        finally:
            self._visit = None
            await visit.leave()

    @property
    def is_talking(self) -> bool:
        """See Host."""
        return self._wish is Wish.TALK

    @property
    def greeting(self) -> str | None:
        """See Host."""
        return self._greeting or None if self.is_talking and not self._is_greeted else None

    def greeted(self) -> None:
        """See Host."""
        self._is_greeted = True

    def shaped(self, message: ClientMessage) -> ClientMessage:
        """See Host."""
        return self._scene_form.shape(message)

    def ready(self, now: float) -> None:
        """See Host."""
        self._back_off.opened(now)
        self._settle()

    def answered(self) -> None:
        """See Host."""
        self._back_off.proven()

    @property
    def _is_ready(self) -> bool:
        return self._visit is not None and self._visit.is_ready

    def _keep_watch(self, *, is_timed: bool) -> Watch:
        return Watch(self._tell, self._voice, is_timed=is_timed, refused=self._refuse)

    def _refuse(self, update: Update) -> None:
        if (again := self._scene_form.refused(update)) is not None:
            self.send(again, is_standing=True)
        else:
            self._standing.refuse(update)

    async def _connect(self) -> ConnectResponse:
        """POST /connect with the saved conversation; once more without it where the service does not know it."""
        self._saved = await self._recall()
        self._has_asked = True
        self._outbox.drop_standing()  # Connect says it
        try:
            return await self._transport.connect(self._standing.apply(self._request(self._saved)))
        except SessionNotFound as error:
            if self._saved is None:
                raise
            self._saved = None
            response = await self._transport.connect(self._standing.apply(self._request(None)))
            self._tell(FreshConversation(f"The saved conversation is gone ({error.detail or error})."))
            return response

    async def _recall(self) -> str | None:
        try:
            return await asyncio.to_thread(self._continuity.load, self._player, self._character_id)
        except OSError as error:
            _log.warning("The saved conversation cannot be read, so a new one begins: %s", error)
            return None

    async def _remember(self, session_id: str) -> None:
        """Keep the conversation's id, if it is a new one."""
        if session_id == self._saved:
            return
        try:
            await asyncio.to_thread(self._continuity.save, self._player, self._character_id, session_id)
            self._saved = session_id
        except OSError as error:
            _log.warning("This conversation cannot be saved; the next one will begin anew: %s", error)

    async def _rest(self, error: ConvaiError) -> None:
        wait = self._back_off.wait(asyncio.get_running_loop().time())
        if isinstance(error, ConnectError) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, _LONGEST_REST))
        self._move(SessionState.BACKING_OFF, f"Trying again in {wait:.1f} s.")
        self._has_room.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._has_room.wait()

    def _settle(self) -> None:
        """Let the state of an open room follow the wish."""
        state = _STATE_OF.get(self._wish)
        if state is not None:
            self._move(state, _REASONS[state])

    def _move(self, state: SessionState, reason: str) -> None:
        was = self._state
        if state is was:
            return
        check_move(was, state)
        self._state = state
        _log.debug("= %s: %s", state.value, reason)
        self._tell(StateChanged(state, was, reason))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self._has_asked = False
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A session broke; please report this.", exc_info=error)
        elif self._wish is not Wish.NOTHING and task.cancelled():
            self.want(self._wish)  # the player turned round while the room was being left
        self._outbox.expire_later()


def _cause(group: ExceptionGroup[Exception]) -> Exception:
    """The one error that ended a visit; a bug of ours before anything that was expected."""
    flat: list[Exception] = []
    for error in group.exceptions:
        flat.extend(error.exceptions if isinstance(error, ExceptionGroup) else [error])
    return next((error for error in flat if not isinstance(error, ConvaiError)), flat[0])


_REASONS = {
    SessionState.READY: "The character is there.",
    SessionState.CONVERSING: "The player is within earshot.",
    SessionState.LINGERING: "The player has left; the room is kept for a while.",
}
