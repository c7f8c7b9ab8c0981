"""An NPC: its node, its head, its voice, and the verbs with which a game talks to it. Main thread only."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from panda3d.core import AsyncFuture, LPoint3, NodePath

from .errors import ConfigurationError
from .events import (
    ActionsRequested,
    EmotionChanged,
    Event,
    Ready,
    SessionState,
    SpeakingStarted,
    SpeakingStopped,
    StateChanged,
    Transcript,
    TurnCompleted,
)
from .improvising import FallbackLines, Improviser
from .protocol.client import ClientMessage, UserTextMessage
from .proximity import Ring
from .recollection import Recollecting
from .standing import Standing
from .telling import Telling
from .utterance import Utterance

if TYPE_CHECKING:
    from .actions.performance import Executor
    from .actions.queue import ActionQueue
    from .audio.placement import VoicePlacement
    from .audio.sink import AudioSink, Heard
    from .faces.face import Face
    from .faces.head import Head

_E = TypeVar("_E", bound="Executor")

TAG = "convai_character"  # node.get_python_tag(TAG) gives the Character
_MADE_HEAD = "convai-head"
_HEAD_SHARE = 0.92  # of the model's height, where it names no head


_DUCKED = 0.3  # of its volume: still understood, and under the player's own words


class BargeIn(Enum):
    """What becomes of a character's voice when the player speaks over it."""

    INTERRUPT = "interrupt"
    DUCK = "duck"  # lower it until the turn is over
    IGNORE = "ignore"  # leave it to the service, which usually cuts its character short itself


class Character(Telling):
    """A Convai character tied to a node. Made by ``Convai.add_character``."""

    def __init__(
        self,
        character_id: str,
        node: NodePath,
        *,
        name: str,
        head: NodePath,
        send: Callable[[ClientMessage], None],
        hold: Callable[[ClientMessage], None],
        cut: Callable[[Heard], None],
        standing: Standing | None = None,
        placement: VoicePlacement | None = None,
        barge_in: BargeIn = BargeIn.INTERRUPT,
        fallback_lines: FallbackLines | None = None,
        face: Face | None = None,
        living: Head | None = None,
        can_see: bool = False,
    ) -> None:
        self._id = character_id
        self._node = node
        self._name = name
        self._head = head
        super().__init__(send=send, hold=hold, standing=standing)
        self._cut = cut
        self._actions: ActionQueue | None = None
        self._placement = placement
        self._face = face
        self._living = living
        self._can_see = can_see
        self._emotion: EmotionChanged | None = None
        self._is_ducked = False
        self._muffling = 0.0  # 0 clear, 1 behind a wall
        self._let_through = 1.0  # of its level, by what it is behind
        self.barge_in = barge_in
        self._state = SessionState.IDLE
        self._ring = Ring.FAR
        self._is_ready = False
        self._utterance = Utterance()
        self._recollecting = Recollecting()
        self._improviser = Improviser(fallback_lines)
        self._height = max(0.0, head.get_pos(node.get_top()).z - node.get_pos(node.get_top()).z)
        self._is_absent = False  # from the scene
        self._owns_head = head.name == _MADE_HEAD
        self._voice: AudioSink | None = None
        self._ready: AsyncFuture | None = None
        self.volume = 1.0
        node.set_python_tag(TAG, self)

    def __repr__(self) -> str:
        return f"<Character {self._name!r} {self._state.value}>"

    @property
    def id(self) -> str:
        """The ``character_id`` on Convai."""
        return self._id

    @property
    def name(self) -> str:
        """What a subtitle calls it."""
        return self._name

    @property
    def node(self) -> NodePath:
        """The NPC; distances are measured to it."""
        return self._node

    @property
    def head(self) -> NodePath:
        """Where the voice comes from."""
        return self._head

    @property
    def state(self) -> SessionState:
        """Where its session is."""
        return self._state

    @property
    def ring(self) -> Ring:
        """How close the player is."""
        return self._ring

    @property
    def is_ready(self) -> bool:
        """Whether it is in its room and listens."""
        return self._is_ready

    @property
    def is_speaking(self) -> bool:
        """Whether its voice is announced, being heard or still to be heard."""
        return self._utterance.is_under_way

    @property
    def is_audible(self) -> bool:
        """Whether its voice is being heard, or about to be heard."""
        return self._voice is not None and self._voice.is_sounding

    @property
    def can_see(self) -> bool:
        """Whether it was asked for with a camera; ``Convai(vision=…)`` shows it pictures."""
        return self._can_see

    @property
    def face(self) -> Face | None:
        """What moves its face; None where it has none."""
        return self._face

    @property
    def emotion(self) -> EmotionChanged | None:
        """What it felt last, neutral included; None before it felt anything."""
        return self._emotion

    @property
    def placement(self) -> VoicePlacement | None:
        """From how far it is heard; None: as the voice output says."""
        return self._placement

    @property
    def loudness(self) -> float:
        """The peak, 0 to 1, of its voice just now, before distance: enough to open a mouth by."""
        return 0.0 if self._voice is None else self._voice.loudness

    @property
    def transcript(self) -> tuple[Transcript, ...]:
        """The latest finished lines of the talk, the player's too, the last one last; a saved game keeps them."""
        return self._recollecting.now.lines

    @property
    def narrative_section(self) -> str | None:
        """The id of the narrative section that its story has come to, as far as it was told."""
        return self._recollecting.now.section

    def say(self, text: str) -> None:
        """Say something to it, as the player.

        Before it is ready the words wait (up to 30 s, at most 8 messages); what never arrives is told by
        ``Undelivered``. Raises ConfigurationError for empty text and MessageTooLarge for text over 15,360 bytes.
        """
        if not text.strip():
            raise ConfigurationError("There is nothing to say: text is empty.")
        message = UserTextMessage(text=text)
        message.encode()  # nobody is cut short by words that cannot be sent
        self._give_way()
        self._improviser.ask(text)
        self._post(message)

    @property
    def actions(self) -> ActionQueue:
        """What it can do, does, and will do next."""
        if self._actions is None:
            raise ConfigurationError(f"{self!r} is not one of a Convai's characters (any more).")
        return self._actions

    def action(self, name: str, *, limit: float | None = 30.0) -> Callable[[_E], _E]:
        """Declare something that it can do, and how: ``@guard.action("wave")`` above a function that takes the Job.

        What the function may return is said in ``convai_panda/actions/README.md``; ``limit``: seconds that it may
        take, None: for ever.
        """

        def declare(executor: _E) -> _E:
            self.actions.declare(name, executor, limit=limit)
            return executor

        return declare

    def interrupt(self) -> None:
        """Cut it short: its voice fades within 40 ms, the service is told, and what still comes of it is not heard.

        A ``Transcript`` with ``is_cut`` tells which of its words were heard.
        """
        self._utterance.cut()
        if self._face is not None:
            self._face.cut()
        if self._voice is not None:
            self._cut(self._voice.interrupt())

    def ready(self) -> AsyncFuture:
        """A future to await in a Panda3D coroutine task: done when the character listens."""
        if self._ready is None:
            self._ready = AsyncFuture()
            if self._is_ready:
                self._ready.set_result(None)
        return self._ready

    def _give_way(self) -> None:
        """The player speaks: do as ``barge_in`` says."""
        if not self.is_speaking and not self.is_audible:
            return
        match self.barge_in:
            case BargeIn.INTERRUPT:
                self.interrupt()
            case BargeIn.DUCK:
                self._is_ducked = True

    def _notice(self, event: Event, now: float) -> None:
        """Let the properties follow what the game is about to be told."""
        self._recollecting.notice(event)
        match event:
            case Ready():
                self._is_ready = True
                if self._ready is not None and not self._ready.done():
                    self._ready.set_result(None)
            case StateChanged(state=state):
                self._state = state
                if state in _GONE:
                    self._is_ready = False
                    self._utterance.stop(now)
                    if self._ready is not None and self._ready.done():
                        self._ready = None
            case EmotionChanged():
                self._emotion = event
                if self._face is not None:
                    self._face.feel(event.emotion, event.scale, now)
            case ActionsRequested(actions=actions):
                self.actions.request(actions)
            case SpeakingStarted():
                self._utterance.start(now)
            case SpeakingStopped():
                self._utterance.stop(now)
            case TurnCompleted():
                self._utterance.complete()
            case Transcript(is_cut=True):
                self._utterance.cut()  # also where the service has cut it, and it was not heard to its end

    def _distance(self, ears: LPoint3, root: NodePath) -> float:
        """From the ears to the nearest point between feet and head: ears at head height are not far from feet."""
        way = self._node.get_pos(root) - ears
        if way.z < 0.0:
            way.z = min(0.0, way.z + self._height)
        return way.length()

    def _attend(self, now: float, *, is_present: bool) -> bool:
        """Compare what was announced with what is heard; true when the last sample of a turn was.

        Out of the scene what is being said is cut, and what still comes is not heard.
        """
        self._is_absent = not is_present
        if self._is_absent and self._voice is not None:
            self._voice.flush()
        is_sounding = self._voice is not None and self._voice.is_sounding
        return self._utterance.follow(now, is_sounding=is_sounding)

    def _place(self, root: NodePath, volume: float) -> None:
        """Put the voice where the head is."""
        if self._voice is None:
            return
        if self._is_absent or self._head.is_empty():
            self._voice.update(LPoint3(0), 0.0)
            return
        volume *= self.volume
        if self._is_ducked:
            self._is_ducked = self.is_speaking
            volume *= _DUCKED
        volume *= 1.0 - self._muffling * (1.0 - self._let_through)
        self._voice.update(self._head.get_pos(root), volume, self._muffling)

    @property
    def _can_show(self) -> bool:
        """Whether it has a head or a face that moves."""
        return self._living is not None or self._face is not None

    def _show(self, now: float, root: NodePath, ears: LPoint3) -> bool:
        """Let head and face show what belongs to this moment; whether anything of them moves."""
        if self._node.is_empty():
            return False
        is_moving, shut = False, 0.0
        if self._living is not None and self._ring is Ring.FAR:
            is_moving = self._living.settle(now)
        elif self._living is not None and not self._head.is_empty():
            player = ears if self._ring in _ATTENTIVE and not self._is_absent else None
            self._living.update(now, root, self._head, player, self.loudness)
            shut = self._living.shut
        if self._face is not None:
            is_moving = self._face.update(now, self._voice, shut) or is_moving
        return is_moving

    def _muffle(self, is_blocked: bool, step: float, gain: float) -> None:
        """Come a step nearer to being behind a wall, or in the open."""
        self._let_through = gain
        self._muffling = min(1.0, self._muffling + step) if is_blocked else max(0.0, self._muffling - step)

    def _silence(self) -> None:
        self._utterance.cut()
        if self._face is not None:
            self._face.rest()
        if self._voice is not None:
            self._voice.close()
            self._voice = None

    def _release(self) -> None:
        """Let go of the voice and of what was put onto the node."""
        self._silence()
        if self._face is not None:
            self._face.close()
        if self._living is not None and not self._node.is_empty():
            self._living.release()
        if not self._node.is_empty():
            self._node.clear_python_tag(TAG)
        if self._owns_head and not self._head.is_empty():
            self._head.remove_node()


_ATTENTIVE = frozenset({Ring.APPROACH, Ring.TALK})
_GONE = frozenset({SessionState.LOST, SessionState.CLOSED, SessionState.CONNECTING})


def find_head(node: NodePath, head: str | NodePath | None) -> NodePath:
    """The node at which a character's voice is heard: given, named within the model, or made near its top.

    Raises ConfigurationError where the name is not in the model; the text lists the names that are.
    """
    if isinstance(head, NodePath):
        return head
    if head is not None:
        found = node.find(f"**/{head}")
        if found.is_empty():
            found = _exposed_joint(node, head)
        if found.is_empty():
            names = sorted({path.name for path in node.find_all_matches("**") if path.name})
            raise ConfigurationError(
                f"{node.name or 'The model'} has no node or joint named {head!r}. It has: "
                f"{', '.join(names[:12]) or 'no named nodes'}{' …' if len(names) > 12 else ''}."
            )
        return found
    bounds = node.get_tight_bounds(node)
    made = node.attach_new_node(_MADE_HEAD)
    if bounds is not None:
        low, high = bounds
        made.set_pos((low.x + high.x) / 2, (low.y + high.y) / 2, low.z + (high.z - low.z) * _HEAD_SHARE)
    return made


def _exposed_joint(node: NodePath, name: str) -> NodePath:
    """An Actor's joint as a node that follows it; empty where the node is no Actor or has no such joint."""
    from direct.actor.Actor import Actor

    if isinstance(node, Actor) and any(joint.get_name() == name for joint in node.get_joints()):
        exposed: NodePath | None = node.expose_joint(None, "modelRoot", name)  # type: ignore[arg-type]  # makes one
        return exposed if exposed is not None else NodePath()
    return NodePath()
