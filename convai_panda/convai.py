"""Characters on a ShowBase: one task, one roster, and who is being talked to. Main thread only.

The task ``convai-update`` tells what has happened, asks the proximity policy, and places ears and mouths; everything
slow happens on the asyncio thread or the voice thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from direct.task.Task import Task
from panda3d.core import GraphicsWindow, NodePath

from ._io import Io, IoThread
from ._version import __version__
from .actions.body import Body
from .actions.contract import Contract, Target
from .actions.stage import Stage
from .allowance import Allowance, CostGuard, Usage
from .audio.meter import Level
from .audio.microphone import Microphone
from .audio.placement import VoicePlacement
from .audio.pump import PandaVoice
from .audio.sink import VoiceOutput
from .audio.talk_gate import TalkMode
from .character import BargeIn, Character, find_head
from .continuity import Continuity, FileContinuity, MemoryContinuity
from .default_transport import default_transport
from .ducking import Ducking
from .errors import ConfigurationError, RateLimited
from .events import (
    Event,
    Failed,
    PlayerSpeakingStarted,
    Ready,
    RingCrossed,
    SessionState,
    SpeakingStarted,
    SpeechFinished,
    StateChanged,
    Transcript,
)
from .faces.liveliness import Presence
from .faces_rota import FacesRota
from .improvising import FallbackLines
from .ledger import Ledger
from .news import News
from .occlusion import Occlusion
from .player_voice import PlayerVoice
from .protocol.connect import ConnectRequest
from .proximity import Nearest, ProximityPolicy, Ring
from .room_limit import RoomLimit
from .saving import Saving
from .scene import SceneAwareness
from .session import Session, Wish
from .stand_ins import installed
from .standing import Standing
from .transport.base import Forgets, Transport
from .vicinity import Vicinity
from .vision.eyes import Eyes, vision_fields

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

    from .faces.driver import FaceDriver

_log = logging.getLogger(__name__)

_TASK = "convai-update"
_SORT = 45  # after input, events, intervals and collisions; before rendering (50) and ShowBase's audio (60)
_BRIEF = 1 / 40  # s: shorter frames take turns, one looks around and the next one tells what has happened
_TELLING_ENDS = 0.0002  # s of a frame, after which no more events are told in it than have to be
_FEW = 4  # voices that are all placed in each frame

GREETING = "The player walks up to you. Greet them in one short sentence."

_WISHES = {Ring.FAR: Wish.NOTHING, Ring.APPROACH: Wish.WARM, Ring.TALK: Wish.TALK, Ring.LINGER: Wish.LINGER}


@dataclass(slots=True, eq=False)
class _Entry:
    """What Convai keeps about a character, beyond what the game sees."""

    character: Character
    session: Session


class Convai:
    """Ties characters to the NPCs of one ShowBase.

    ``transport`` opens rooms: the built-in ``Simulator`` where no key is set (the log says so), else the Convai
    service. ``voice`` plays (``PandaVoice``, ``SilentVoice``). ``microphone`` is how the player speaks
    (``PyAudioMicrophone``, ``WavMicrophone``; None: in writing only), ``talk_mode`` whether a key has to be pressed
    for it (``start_talking``, ``stop_talking``), with ``pre_roll`` and ``tail`` in seconds, and
    ``cleans_voice`` whether the characters' echo, noise and rumble are taken out of it and its level is evened out.
    ``proximity`` decides who is talked to, ``listener`` is whose ears and feet count (default ``base.cam``),
    ``clock`` gives game time in seconds, ``continuity`` remembers conversations per ``player``. ``end_user_id`` and
    ``player_name`` tell Convai who plays, for long-term memory. ``barge_in`` says what becomes of a voice that the
    player speaks over, and ``reports_cuts`` whether a character that was cut short is told which of its words were
    heard. ``ducking`` lowers other sound while a character speaks, ``occlusion`` muffles voices behind walls,
    ``scene`` says how characters know of what is around them (``convai_panda/scene/README.md``), ``vision`` lets them
    see by a camera of the game (``convai_panda/vision/README.md``), and ``pauses_unfocused`` silences voices while
    the window is not in front. ``volume``, 0 to 1, is that of all voices; set it at any time. ``allowance`` bounds
    the minutes and turns that may be used. With ``microphone_consent`` None nothing is captured before the player
    was asked (``MicrophoneConsentNeeded``). ``fallback_lines`` are what characters say, as subtitles, when the
    service or the sound fails them. Any other field of the Connect request can be given in ``connect_options``.

    Raises ConfigurationError where something cannot be. Call ``destroy()`` before the ShowBase is destroyed.
    """

    def __init__(
        self,
        base: ShowBase,
        *,
        transport: Transport | None = None,
        voice: VoiceOutput | None = None,
        microphone: Microphone | None = None,
        talk_mode: TalkMode = TalkMode.PUSH_TO_TALK,
        pre_roll: float = 0.3,
        tail: float = 0.3,
        cleans_voice: bool = True,
        proximity: ProximityPolicy | None = None,
        listener: NodePath | None = None,
        clock: Callable[[], float] | None = None,
        continuity: Continuity | None = None,
        player: str = "player",
        player_name: str | None = None,
        end_user_id: str | None = None,
        barge_in: BargeIn = BargeIn.INTERRUPT,
        reports_cuts: bool = True,
        ducking: Ducking | None = None,
        occlusion: Occlusion | None = None,
        scene: SceneAwareness | None = None,
        vision: Eyes | None = None,
        pauses_unfocused: bool = False,
        allowance: Allowance | None = None,
        microphone_consent: bool | None = True,
        fallback_lines: FallbackLines | None = None,
        connect_options: Mapping[str, Any] | None = None,
    ) -> None:
        if base.task_mgr.hasTaskNamed(_TASK):
            raise ConfigurationError("There is a Convai on this ShowBase already: use it, or destroy() it first.")
        if listener is None and base.cam is None:
            raise ConfigurationError(
                "This ShowBase has no camera (window-type none): pass listener=, whose ears count."
            )
        stand_ins = installed()
        if stand_ins is not None:
            transport, voice, clock = stand_ins.transport, stand_ins.voice(), stand_ins.clock
            continuity, microphone = stand_ins.continuity, microphone and stand_ins.microphone
        self._base = base
        self._root = base.render
        self._listener = listener if listener is not None else base.cam
        self._clock = clock or base.clock.get_frame_time
        self._transport = transport or default_transport()
        self._continuity = continuity or (FileContinuity() if _lasts(self._transport) else MemoryContinuity())
        self._voice = voice or PandaVoice()
        self._microphone = microphone
        self._consent = microphone_consent
        self._player_voice = None
        if microphone is not None:
            far_end = self._voice.far_end if isinstance(self._voice, PandaVoice) else None
            self._player_voice = PlayerVoice(
                microphone,
                talk_mode,
                pre_roll=pre_roll,
                tail=tail,
                cleans=cleans_voice,
                far_end=far_end,
                consent=microphone_consent,
            )
        self._is_talking = self._is_muted = False
        self._player = player
        self._barge_in = barge_in
        self._reports_cuts = reports_cuts
        self._ducking = ducking
        self._occlusion = occlusion
        self._pauses_unfocused = pauses_unfocused
        self._guard = CostGuard(allowance)
        self._fallback_lines = fallback_lines
        self._is_paused = False
        self.volume = 1.0
        self._options = _request_options(player_name, end_user_id, connect_options)
        self._entries: dict[str, _Entry] = {}
        self._room_limit = RoomLimit()
        self._live: list[Character] = []  # those in a ring
        self._watch = stand_ins.clock if stand_ins else perf_counter  # a scene is told the same each time
        self._faces = FacesRota(self._watch)
        self._now = self._clock()
        self._elapsed = 0.0
        self._placed = 0
        self._vicinity = Vicinity(
            self._root,
            self._listener,
            proximity or Nearest(),
            self._now,
            listen=self._voice.listen,
            attend=self._attend,
            cross=self._move,
            beside=self._look_after,
        )
        self._stage = Stage(
            self._clock,
            player=Target(player_name or "Player", self._listener, "The player, who talks to you.", is_character=True),
            others=self._targets,
            tell=self._tell,
        )
        self._scene = scene if scene is not None else SceneAwareness()
        self._scene.serve(self._root, player=self._stage.player, near=self._near, learn=self._stage.learn)
        self._vision = vision
        if vision is not None:
            vision.serve(base)
        self._news = News(self._watch)
        self._tells = False  # in this frame
        self._io: Io = stand_ins.start(self._farewell) if stand_ins else IoThread(self._farewell)
        self._ledger = Ledger(self._continuity, player)
        self._saving = Saving(self._ledger, self._io.work, self._recall)
        self._io.submit(self._transport.prepare())
        self._is_destroyed = False
        base.task_mgr.add(self._update, _TASK, sort=_SORT)
        if stand_ins is not None:
            stand_ins.adopt(self)

    @property
    def characters(self) -> Mapping[str, Character]:
        """All characters by ``character_id``."""
        return MappingProxyType({key: entry.character for key, entry in self._entries.items()})

    @property
    def transport(self) -> Transport:
        """What opens the rooms."""
        return self._transport

    @property
    def continuity(self) -> Continuity:
        """What remembers conversations."""
        return self._continuity

    @property
    def listener(self) -> NodePath:
        """Whose ears and feet count."""
        return self._listener

    @property
    def scene(self) -> SceneAwareness:
        """What characters know of the scene."""
        return self._scene

    @property
    def vision(self) -> Eyes | None:
        """By what characters see."""
        return self._vision

    @property
    def partner(self) -> Character | None:
        """The character that is being talked to."""
        key = next((key for key, ring in self._vicinity.rings.items() if ring is Ring.TALK), None)
        return None if key is None or key not in self._entries else self._entries[key].character

    @property
    def microphone(self) -> Microphone | None:
        """How the player speaks."""
        return self._microphone

    @property
    def microphone_level(self) -> Level:
        """How loud the player's voice is now, muted or not; the floor while the microphone is closed."""
        return self._player_voice.level if self._player_voice is not None else Level()

    @property
    def microphone_consent(self) -> bool | None:
        """Whether the player agrees to be heard; None: not asked yet. Settable; the device follows at once."""
        return self._consent

    @microphone_consent.setter
    def microphone_consent(self, consent: bool | None) -> None:
        self._consent = consent
        if self._player_voice is not None:
            self._io.call(self._player_voice.agree, consent)

    @property
    def usage(self) -> Usage:
        """Minutes with a room open and turns until now, in all and by character: what talk costs."""
        return self._guard.usage(monotonic())

    @property
    def allowance(self) -> Allowance:
        """What may be used; settable at any time, and rooms that were left for it open again where it is enough."""
        return self._guard.allowance

    @allowance.setter
    def allowance(self, allowance: Allowance) -> None:
        self._guard.allow(allowance)
        for character in self._live:
            self._want(self._entries[character.id])

    @property
    def is_talking(self) -> bool:
        """Whether the push-to-talk key is pressed."""
        return self._is_talking

    @property
    def is_muted(self) -> bool:
        """Whether nothing of the player's voice is sent, whatever key is pressed; settable."""
        return self._is_muted

    @is_muted.setter
    def is_muted(self, is_muted: bool) -> None:
        self._is_muted = is_muted
        if self._player_voice is not None:
            self._io.call(self._player_voice.mute, is_muted)

    def start_talking(self) -> None:
        """The push-to-talk key is pressed: the player is heard, from ``pre_roll`` seconds before."""
        if self._player_voice is None or self._is_talking or not self._consent:
            return
        self._is_talking = True
        if (partner := self.partner) is not None and not self._is_muted:
            partner._give_way()
        self._io.call(self._player_voice.press)

    def stop_talking(self) -> None:
        """The key is released: the player is heard ``tail`` seconds longer, and then answered."""
        if self._player_voice is not None and self._is_talking:
            self._is_talking = False
            self._io.call(self._player_voice.release)

    def add_character(
        self,
        character_id: str,
        node: NodePath,
        *,
        head: str | NodePath | None = None,
        name: str | None = None,
        greeting: str | None = GREETING,
        actions: Sequence[str] | Contract = (),
        body: Body | None = None,
        placement: VoicePlacement | None = None,
        fallback_lines: FallbackLines | None = None,
        face: FaceDriver | Literal["auto"] | None = "auto",
        presence: Presence | None = Presence(),  # noqa: B008 - it is immutable
        connect_options: Mapping[str, Any] | None = None,
    ) -> Character:
        """Let the NPC at ``node`` be a Convai character.

        ``head`` names the node or joint within the model at which the voice is heard (or is a NodePath; default:
        near the top of the model). ``greeting`` is sent as a trigger message when the player comes within
        earshot, so that the character speaks first; None leaves that to the player. ``actions`` are names of what
        it can do (or a Contract, which also names what it can do it to), and ``body`` is what of it moves then; see
        ``convai_panda/actions/README.md``. ``placement`` says from how far it is heard (default: as the
        voice output says). ``face`` moves its mouth and shows its mood: by default the best that the model offers
        (morph sliders, a jaw, a mouth); a ``FaceDriver`` of the game's choice; None leaves the model alone.
        ``presence`` is what its head does by itself, look at the player to begin with; None: nothing; see
        ``convai_panda/faces/README.md``. ``fallback_lines`` are its own (default: those of all). ``connect_options``
        are further fields of its Connect request.

        Raises ConfigurationError for an id or a node that is in use, or a head that is not there, and InvalidRequest
        for an id or a field that the service would refuse.
        """
        self._check_alive()
        if (entry := self._entries.get(character_id)) is not None:
            if not entry.character.node.is_empty():
                raise ConfigurationError(
                    f"There is a character {character_id} already; each one needs an id of its own."
                )
            self.remove_character(entry.character)  # its node was removed, which was not seen yet
        if not isinstance(node, NodePath):
            raise ConfigurationError(f"A character is tied to a NodePath, such as an Actor; got {type(node).__name__}.")
        if node.is_empty():
            raise ConfigurationError("The character's node is empty: load or build its model first.")
        for entry in self._entries.values():
            if entry.character.node == node:
                raise ConfigurationError(f"{entry.character.name} is tied to this node already.")
        # Not at the top: they bring numpy, which would be half of the package's import time.
        from .faces.choice import driver_for
        from .faces.face import Face
        from .faces.head import living_head
        from .faces.request import face_fields, requested_fps

        options = {**self._options, **(connect_options or {})}
        driver = driver_for(node, face)
        options |= face_fields(options, has_face=driver is not None)
        options |= vision_fields(options, has_eyes=self._vision is not None)
        request = ConnectRequest.build(character_id=character_id, **options)
        moved = None if driver is None else Face(driver, requested_fps=requested_fps(request))
        at = find_head(node, head)
        living = living_head(node, at, presence, driver, seed=character_id)
        character = Character(
            character_id,
            node,
            name=name or node.name or "NPC",
            head=at,
            send=lambda message: self._io.call(session.send, message),
            hold=lambda message: self._io.call(session.hold, message),
            cut=lambda heard: self._io.call(session.interrupt, heard),
            standing=Standing.of(request),
            barge_in=self._barge_in,
            placement=placement,
            fallback_lines=fallback_lines or self._fallback_lines,
            face=moved,
            living=living,
            can_see=request.connection_type == "video",
        )
        config = self._stage.admit(
            character,
            actions,
            body,
            given=request.action_config,
            declare=lambda config: self._io.call(session.declare, config),
        )
        request = request.model_copy(update={"action_config": config})
        self._scene.admit(character, request.scene_description or ())
        session = Session(
            character_id=character_id,
            request=lambda saved: request.model_copy(update={"character_session_id": saved}) if saved else request,
            transport=self._transport,
            continuity=self._ledger,
            player=self._player,
            greeting=greeting,
            tell=lambda event: self._news.post(character, event),
            voice=lambda: character._voice,
            face=None if moved is None else moved.feed,
            reports_cuts=self._reports_cuts,
        )
        self._entries[character_id] = _Entry(character, session)
        self._vicinity.add(character)
        self._saving.admit(character)
        return character

    def remove_character(self, character: Character) -> None:
        """Let the NPC be an ordinary node again: its voice stops now, its room closes in the background.

        After ``destroy()`` there is nothing left to do. Raises ConfigurationError for one that is not here.
        """
        if self._is_destroyed:
            return
        entry = self._entries.get(character.id)
        if entry is None or entry.character is not character:
            raise ConfigurationError(f"{character!r} is not one of ours (any more).")
        del self._entries[character.id]
        self._vicinity.remove(character)
        self._saving.dismiss(character)
        self._cross(entry, Ring.FAR)
        self._faces.remove(character)
        self._stage.dismiss(character)
        self._scene.dismiss(character)
        character._release()
        self._io.submit(entry.session.aclose())

    def save(self) -> dict[str, Any]:
        """All conversations as a plain dict for a saved game: JSON can carry it, and no secret is in it.

        It holds each character's session id, which names the conversation and opens nothing without your key, its
        latest lines, what it was told, where its story stands, and what it has yet to do.
        """
        return self._saving.save(self.characters)

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go on with the conversations of a saved game; whoever is talked to leaves and comes back with the old one.

        What of it is about characters that are not there yet waits for them. Raises ConfigurationError, and changes
        nothing, for what ``save()`` has not made.
        """
        for character in self._saving.restore(saved, self.characters):
            session = self._entries[character.id].session
            self._io.call(session.want, Wish.NOTHING, "A saved game was restored.")
            self._want(self._entries[character.id])

    def _recall(self, character: Character) -> None:
        """A saved game has changed what the character knows."""
        self._io.call(self._entries[character.id].session.recall, character._standing.told)

    def destroy(self) -> None:
        """Leave every room, stop every voice, end both threads. Safe to call twice."""
        if self._is_destroyed:
            return
        self._is_destroyed = True
        self._guard.stop(monotonic())
        self._base.task_mgr.remove(_TASK)
        for entry in self._entries.values():
            self._stage.dismiss(entry.character)
            entry.character._release()
        if self._ducking is not None:
            self._ducking.restore()
        if self._occlusion is not None:
            self._occlusion.close()
        if self._vision is not None:
            self._vision.close()
        self._io.close()
        self._voice.close()

    @property
    def is_destroyed(self) -> bool:
        """Whether ``destroy()`` was called."""
        return self._is_destroyed

    def pause(self) -> None:
        """Silence every voice until ``resume()``; what is said meanwhile is not heard, but still told as transcripts.

        The same happens by itself while the ShowBase's own audio is disabled (``base.disable_all_audio()``).
        """
        self._is_paused = True

    def resume(self) -> None:
        """Let voices be heard again, from what is being said then."""
        self._is_paused = False

    def run_soon(self, function: Callable[[], object]) -> None:
        """Have the asyncio thread call a function soon: for parts of a game's own that live there."""
        self._io.call(function)

    async def _farewell(self) -> None:
        """The last thing on the asyncio thread."""
        if self._player_voice is not None:
            await self._player_voice.aclose()
        for session in [entry.session for entry in list(self._entries.values())]:
            await session.aclose()
        await self._transport.aclose()

    def _update(self, task: Task) -> int:
        self._now, was = self._clock(), self._now
        self._elapsed = self._now - was
        until = self._watch() + _TELLING_ENDS
        is_brief = self._elapsed < _BRIEF
        self._tells = bool(self._news) and not (is_brief and self._tells)
        self._vicinity.update(self._now, self._elapsed, looks=not (is_brief and self._tells))
        self._stage.update()
        if self._vision is not None:
            self._see(self._vision)
        if self._is_quiet():
            self._voice.pause()
        else:
            self._voice.resume()
        self._place()
        self._faces.update(self._now, self._root, self._vicinity.ears, lambda: self.partner)
        if self._tells:
            for character, event in self._news.take(self._elapsed, until):
                self._tell(character, event)
        return task.cont

    def _see(self, vision: Eyes) -> None:
        """Show what the camera sees to whoever is talked to."""
        seeing = [each for each in self._live if each.ring is Ring.TALK and each.is_ready and each.can_see]
        picture = vision.update(self._now, is_wanted=bool(seeing))
        if picture is not None:
            for character in seeing:
                self._io.call(self._entries[character.id].session.show, picture)

    def _tell(self, character: Character, event: Event) -> None:
        if isinstance(event, SpeakingStarted) and character._utterance.is_to_be_followed:
            self._end_speech(character)
        character._notice(event, self._now)
        self._guard.notice(character.id, event, monotonic())
        if self._player_voice is not None:
            self._lend_microphone(self._player_voice, character, event)
        match event:
            case Ready():
                self._room_limit.enter(character.id)
            case Failed(error=RateLimited()):
                self._make_room(character)
        messenger = self._base.messenger
        # Sending lets the interpreter's lock go, and another thread may keep it for milliseconds.
        if messenger.who_accepts(event.name) or messenger.notify.getDebug():
            messenger.send(event.name, [character, event])
        is_mute = (
            isinstance(event, SpeakingStarted) and isinstance(self._voice, PandaVoice) and not self._voice.has_device
        )
        self._improvise(character, character._improviser.notice(event, can_be_heard=not is_mute))

    def _lend_microphone(self, voice: PlayerVoice, character: Character, event: Event) -> None:
        """Let the player be heard by whom they converse with, and by nobody else."""
        entry = self._entries.get(character.id)
        match event:
            case StateChanged(state=SessionState.CONVERSING) if entry is not None:
                news = self._news
                self._io.call(voice.attend, entry.session, lambda event: news.post(character, event))
            case StateChanged(was=SessionState.CONVERSING) if entry is not None:
                self._io.call(voice.dismiss, entry.session)
            case PlayerSpeakingStarted() if not self._is_muted:
                character._give_way()

    def _look_after(self) -> None:
        """What has to be seen to only some times a second."""
        self._mind_costs()
        self._scene.update(self._live, self._now)

    def _move(self, key: str, ring: Ring) -> None:
        if (entry := self._entries.get(key)) is not None:
            self._cross(entry, ring)

    def _attend(self, character: Character) -> None:
        """What a near character needs only some times a second."""
        entry = self._entries.get(character.id)
        if entry is None or entry.character is not character:
            return  # let go of by a handler of what was told just now
        if character.node.is_empty():
            _log.warning("The node of %s was removed; the character is let go of.", character.name)
            self.remove_character(character)
            return
        is_present = character.id in self._vicinity.distances
        if character._attend(self._now, is_present=is_present):
            self._end_speech(character)
        self._improvise(character, character._improviser.wait(self._now, is_speaking=character.is_speaking))

    def _end_speech(self, character: Character) -> None:
        """The last sample of a turn was played, or none of it came."""
        self._tell(character, SpeechFinished())
        is_present = character.id in self._vicinity.distances
        if is_present and not self._is_quiet() and not character._utterance.was_heard:
            self._improvise(character, character._improviser.go_unheard())

    def _improvise(self, character: Character, lines: list[Transcript]) -> None:
        for line in lines:
            self._tell(character, line)

    def _cross(self, entry: _Entry, ring: Ring) -> None:
        character, was = entry.character, entry.character.ring
        if ring is was:
            return
        character._ring = ring
        if was is Ring.FAR:
            character._voice = self._voice.open(character.placement)
            self._live.append(character)
            if character._can_show:
                self._faces.add(character)
            self._vicinity.watch(character)
        elif ring is Ring.FAR:
            character._silence()
            self._live.remove(character)
        if Ring.TALK in (ring, was):
            self._room_limit.use(character.id, self._clock())
        self._want(entry)
        self._tell(character, RingCrossed(ring, was))

    def _want(self, entry: _Entry) -> None:
        """Let the session follow the ring, as far as that may be paid for."""
        if self._guard.is_spent(entry.character.id, monotonic()):
            self._io.call(entry.session.want, Wish.NOTHING, "The allowance is used up.")
        else:
            self._io.call(entry.session.want, _WISHES[entry.character.ring])

    def _mind_costs(self) -> None:
        entries = self._entries
        events, ends = self._guard.look(monotonic(), lambda key: key in entries and entries[key].character.is_speaking)
        for key, event in events:
            if key in entries:
                self._tell(entries[key].character, event)
        for key in ends:
            if key in entries:
                self._want(entries[key])

    def _make_room(self, character: Character) -> None:
        """The plan allows no more rooms: let an idle one go for this character."""
        ready = [key for key, entry in self._entries.items() if entry.character.is_ready]
        idle = self._room_limit.choose(character.id, self._vicinity.rings, ready)
        if idle is not None and character.id in self._entries:
            session = self._entries[character.id].session
            self._io.submit(session.take_over(self._entries[idle].session))

    def _place(self) -> None:
        """Put the mouths where they are now."""
        if self._occlusion is not None and not self._listener.is_empty():
            voices = [character for character in self._live if character.is_audible and not character.head.is_empty()]
            self._occlusion.update(self._clock(), self._root, self._vicinity.ears, self._listener, voices)
        step = 1 if len(self._live) <= _FEW else 2  # a crowd takes turns: no voice is moved more than 50 times a second
        self._placed = (self._placed + 1) % step
        for character in self._live[self._placed :: step]:
            character._place(self._root, self.volume)
        if self._ducking is not None:
            speaking = any(character.is_audible for character in self._live)
            self._ducking.update(self._clock(), is_speaking=speaking)

    def _is_quiet(self) -> bool:
        """Whether no voice should be heard just now."""
        if self._is_paused or not self._base.AppHasAudioFocus:
            return True
        window = self._base.win if self._pauses_unfocused else None
        return isinstance(window, GraphicsWindow) and not window.get_properties().get_foreground()

    def _near(self) -> list[Character]:
        return [self._entries[key].character for key in self._vicinity.distances if key in self._entries]

    def _targets(self, character: Character) -> list[Target]:
        """What a character could act on: what it knows of the scene, and who is near the player."""
        near = [Target(each.name, each.node, is_character=True) for each in self._near() if each is not character]
        return [*self._scene.targets(character), *near]

    def _check_alive(self) -> None:
        if self._is_destroyed:
            raise ConfigurationError("This Convai is destroyed; make a new one.")


def _lasts(transport: Transport) -> bool:
    """Whether conversations outlive this process on the other side; the simulator's do not."""
    return not (isinstance(transport, Forgets) and transport.forgets)


def _request_options(
    player_name: str | None, end_user_id: str | None, more: Mapping[str, Any] | None
) -> dict[str, Any]:
    options: dict[str, Any] = {"invocation_metadata": {"source": "panda3d_sdk", "client_version": __version__}}
    if end_user_id or player_name:
        options["end_user_id"] = end_user_id or player_name
    if player_name:
        options["end_user_metadata"] = {"name": player_name}
    return {**options, **(more or {})}
