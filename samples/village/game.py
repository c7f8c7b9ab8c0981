"""The village as a game: scenery, people, the player, and one Convai that ties them together. Main thread only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from direct.showbase.ShowBase import ShowBase
from direct.task.Task import Task

from convai_panda import (
    ActionFailed,
    ActionFinished,
    Body,
    Character,
    ConfigurationError,
    Contract,
    Convai,
    Ducking,
    Failed,
    FreshConversation,
    Microphone,
    MicrophoneLost,
    MicrophoneUnavailable,
    Nearest,
    PyAudioMicrophone,
    Ready,
    Ring,
    Simulator,
    Speaker,
    SpeakingStarted,
    SpeechFinished,
    Transcript,
    Transport,
    Undelivered,
    VoicePlacement,
    default_transport,
    input_devices,
    settings,
)
from convai_panda.simulator.characters import Character as SimulatedCharacter
from samples.village import props
from samples.village.ambience import Ambience
from samples.village.errands import LIMIT, Errands
from samples.village.expressions import VillagerFace
from samples.village.inhabitants import Inhabitant
from samples.village.interface import Interface
from samples.village.light import Dusk
from samples.village.player import Player
from samples.village.preferences import Preferences
from samples.village.scenery import build_village
from samples.village.sheets import PEOPLE, Sheet, Watch, read_people, read_sheet
from samples.village.story import Story, Turn
from samples.village.villagers import LOOKS, Villager

_GREETING = (
    "The player, whose name is {player}, walks up to you. Greet them in one short sentence; to a stranger "
    "you say: {line}"
)
_BLUE = -3.0  # the mended lantern: blue, and stronger than the others
_WORD = 2.0  # s in which somebody begins to speak of what they have done
_WATCH = 1.0  # s between two looks at the sheets


class Game(ShowBase):
    """``transport`` opens the rooms (None: the simulator, or the service where a key is set); T speaks, given a
    ``microphone``. ``people`` is the folder with the sheets. ``has_ambience``: more is heard than voices.
    """

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        microphone: Microphone | None = None,
        preferences: Preferences | None = None,
        quality: str = "high",
        player_name: str = "Ana",
        linger: float = 20.0,
        people: Path = PEOPLE,
        keeps_preferences: bool = False,
        has_ambience: bool = False,
    ) -> None:
        super().__init__()
        self.disable_mouse()
        self.player_name = player_name
        self._preferences = preferences or Preferences()
        self._keeps_preferences = keeps_preferences
        self.village = build_village(quality)
        self.village.node.reparent_to(self.render)
        self.player = Player(self, self.village)
        self.dusk = self._light(quality)
        sheets = read_people(people)
        self.policy = Nearest(linger=linger)
        self._ambience = Ambience(self) if has_ambience else None
        self.convai = Convai(
            self,
            transport=transport or own_transport(sheets.values()),
            listener=self.player.head,
            proximity=self.policy,
            player_name=player_name,
            microphone=microphone,
            ducking=Ducking(self.sfxManagerList) if has_ambience else None,
        )
        self._errands = Errands(self.village)
        self._paths = {path: self._settle(sheet) for path, sheet in sheets.items()}
        self._watch, self._next_watch = Watch(people), 0.0
        self.story = Story(people=[sheet.name for sheet in sheets.values()])
        self._has_news: set[str] = set()  # who have done something and not spoken of it yet
        self.interface: Interface | None = None
        if self.win is not None:
            self.interface = Interface(
                self,
                convai=self.convai,
                policy=self.policy,
                preferences=self._preferences,
                on_say=self.say,
                on_busy=self._set_busy,
                on_change=self._apply,
                on_quit=self.quit,
                devices=_devices if microphone is not None else None,
            )
            self.interface.show_banner(self.story.title)
            self.interface.show_goal(self.story.goal)
        self.accept(Ready.name, self._on_ready)
        self.accept(Transcript.name, self._on_transcript)
        self.accept(SpeakingStarted.name, lambda who, _: self._has_news.discard(who.id))
        self.accept(SpeechFinished.name, self._on_heard)
        self.accept(ActionFinished.name, self._on_done)
        self.accept(ActionFailed.name, lambda who, failed: self.notice(f"{who.name}: {failed.reason}"))
        self.accept(Failed.name, self._on_failed)
        self.accept(Undelivered.name, lambda _, lost: self.notice(f"“{lost.text}” was not heard. {lost.reason}"))
        self.accept(FreshConversation.name, lambda who, fresh: self.notice(f"{who.name} starts anew. {fresh.reason}"))
        if microphone is not None:
            self._let_speak()
        self.task_mgr.add(self._update, "village-update", sort=10)

    @property
    def inhabitants(self) -> list[Inhabitant]:
        """Everybody who lives here."""
        return list(self._paths.values())

    def find(self, name: str) -> Inhabitant:
        """Somebody by name. Raises KeyError."""
        for each in self._paths.values():
            if each.sheet.name == name:
                return each
        raise KeyError(f"Nobody here is called {name}.")

    def say(self, text: str) -> None:
        """Say something to whoever is nearest."""
        partner = self.convai.partner
        if partner is None:
            self.notice("Nobody is near enough to hear you.")
        else:
            partner.say(text)

    def notice(self, text: str) -> None:
        """Let the player read what went wrong."""
        if self.interface is not None:
            self.interface.notice(text)

    def quit(self) -> None:
        """Leave every room, then the game."""
        if self._keeps_preferences:
            self._preferences.save()
        self.convai.destroy()
        self.userExit()

    def destroy(self) -> None:
        """Leave every room and take everything down."""
        self.convai.destroy()
        if self._ambience is not None:
            self._ambience.stop()
        self.player.destroy()
        if self.interface is not None:
            self.interface.destroy()
        self.task_mgr.remove("village-update")
        self.task_mgr.removeTasksMatching("cue-*")
        super().destroy()

    def _let_speak(self) -> None:
        """T is the key to speak by, unless it is a letter being typed."""
        self.accept("t", lambda: None if self.player.typing else self.convai.start_talking())
        self.accept("t-up", self.convai.stop_talking)
        self.accept(MicrophoneLost.name, lambda _, lost: self.notice(lost.reason))
        if self.interface is not None:
            self.interface.show_microphone()

    def _light(self, quality: str) -> Dusk | None:
        if self.win is None:
            return None
        self.set_background_color(0.55, 0.5, 0.55, 1)
        self.camLens.set_fov(62)
        self.camLens.set_near_far(0.15, 600)
        dusk = Dusk(self, self.village.node, quality=quality, lanterns=self.village.lanterns)
        dusk.set_lantern(props.BLUE_LANTERN, 0.0)
        return dusk

    # People ----------------------------------------------------------------------------------

    def _settle(self, sheet: Sheet) -> Inhabitant:
        """Put a person into the village, at home."""
        body = Villager(LOOKS[sheet.look])
        at, heading = self.village.spots[sheet.place]
        body.node.reparent_to(self.village.node)
        body.node.set_pos_hpr(at, (heading, 0, 0))
        inhabitant = Inhabitant(sheet, body, self.village)
        self._animate(inhabitant)
        return inhabitant

    def _animate(self, inhabitant: Inhabitant) -> None:
        """Let a character speak through a body."""
        sheet = inhabitant.sheet
        inhabitant.character = self.convai.add_character(
            sheet.id,
            inhabitant.body.node,
            head="Head",
            name=sheet.name,
            greeting=_GREETING.format(player=self.player_name, line=sheet.first_line.format(player=self.player_name)),
            actions=Contract(sheet.actions, self._errands.targets),
            body=Body(mover=inhabitant.walker, hand=inhabitant.body.hand),
            placement=VoicePlacement(max_distance=sheet.carries),
            face=VillagerFace(inhabitant.body),
            presence=None,  # the body looks, blinks and breathes by itself
        )
        for action in sheet.actions:
            if (errand := self._errands.find(action, inhabitant.body)) is not None:
                inhabitant.character.actions.declare(action, errand, limit=LIMIT)

    def _read_anew(self) -> None:
        """Let whoever's sheet was saved live by it, and say what is wrong with the others."""
        for path in self._watch.changed():
            try:
                sheet = read_sheet(path)
                self._change(path, sheet)
            except ConfigurationError as error:
                self.notice(str(error))

    def _change(self, path: Path, sheet: Sheet) -> None:
        old = self._paths.get(path)
        if old is not None and old.sheet == sheet:
            return
        if any(each.sheet.id == sheet.id for at, each in self._paths.items() if at != path):
            raise ConfigurationError(f"{path.name}: somebody else has the same id; each needs its own.")
        if old is None:
            self._paths[path] = self._settle(sheet)
        elif old.sheet.look != sheet.look:
            self.convai.remove_character(old.character)
            old.body.node.remove_node()
            self._paths[path] = self._settle(sheet)
        else:
            self.convai.remove_character(old.character)
            old.take(sheet)
            self._animate(old)
        self.notice(f"{sheet.name} has changed.")

    # What happens ----------------------------------------------------------------------------

    def _update(self, task: Task) -> int:
        dt = min(0.1, self.clock.get_dt())
        now = self.clock.get_frame_time()
        if now > self._next_watch:
            self._next_watch = now + _WATCH
            self._read_anew()
        self.player.update(dt)
        self.village.update(dt)
        for inhabitant in self._paths.values():
            inhabitant.update(self.player, dt)
        if self._ambience is not None:
            self._ambience.update(self.player.node.get_pos())
        if self.dusk is not None:
            self.dusk.update(self.player.node.get_pos(self.render))
        if self.interface is not None:
            self.interface.show_state(self.convai.partner or self._warm())
            self.interface.show_level(self.convai.microphone_level)
            self.interface.update()
        return task.cont

    def _warm(self) -> Character | None:
        near = (each.character for each in self._paths.values())
        return next((character for character in near if character.ring is not Ring.FAR), None)

    def _set_busy(self, is_busy: bool) -> None:
        self.player.typing = is_busy

    def _apply(self, preferences: Preferences) -> None:
        """Do as the settings say."""
        self.convai.volume = preferences.volume
        self.player.sensitivity = preferences.mouse
        self.player.is_first_person = preferences.first_person
        if isinstance(self.convai.microphone, PyAudioMicrophone):
            self.convai.microphone.device = preferences.device or None

    def _on_ready(self, character: Character, ready: Ready) -> None:
        """Tell what the sheet says, without a word about it."""
        knowledge = next((each.sheet.knowledge for each in self.inhabitants if each.character is character), "")
        if knowledge:
            character.tell(knowledge, respond="false")

    def _on_transcript(self, character: Character, said: Transcript) -> None:
        if self.interface is not None:
            is_voiced = said.speaker is Speaker.CHARACTER
            self.interface.say(
                character,
                character.name if is_voiced else self.player_name,
                said.text,
                is_voiced=is_voiced,
                is_partner=character is self.convai.partner,
            )
        if said.speaker is Speaker.PLAYER and said.is_final:
            self._turn_page(self.story.said(character.name, said.text))

    def _on_heard(self, character: Character, finished: SpeechFinished) -> None:
        if self.interface is not None:
            self.interface.heard(character)
        if character is not self.convai.partner:
            return
        if character.id in self._has_news:
            self._cue_later(character)
        elif not self._cue(character):
            self._turn_page(self.story.heard(character.name))
            self._cue(character)

    def _on_done(self, character: Character, finished: ActionFinished) -> None:
        self._turn_page(self.story.done(character.name, finished.action.name))
        self._has_news.add(character.id)
        if not character.is_speaking:
            self._cue_later(character)

    def _cue_later(self, character: Character) -> None:
        """Most have a word to say about what they have done; who has none may speak of the story then."""
        self.task_mgr.do_method_later(_WORD, self._cue_silent, f"cue-{character.id}", extraArgs=[character])

    def _cue_silent(self, character: Character) -> None:
        self._has_news.discard(character.id)
        if character is self.convai.partner and not character.is_speaking:
            self._cue(character)

    def _cue(self, character: Character) -> bool:
        """Let somebody who is silent say their line of the story, if they have one."""
        cue = self.story.next_cue(character.name)
        if cue is not None:
            character.trigger(cue.trigger, message=cue.message(self.player_name))
        return cue is not None

    def _turn_page(self, turn: Turn | None) -> None:
        """A chapter has ended, or not."""
        if turn is None:
            return
        if turn.effect == "lantern":
            self.village.light_lantern()
            if self.dusk is not None:
                self.dusk.set_lantern(props.BLUE_LANTERN, _BLUE)
        if self.interface is not None:
            self.interface.show_goal(self.story.goal)
            if turn.is_end:
                self.interface.show_banner(self.story.ending)

    def _on_failed(self, character: Character, failed: Failed) -> None:
        self.notice(f"{character.name}: {failed.error}")


def own_transport(sheets: Iterable[Sheet], *, voice: str = "babble") -> Transport:
    """The service where a key or an address is set, else the simulator with the people of the sheets.

    ``voice`` is what the simulator speaks with. Raises ConfigurationError for a voice that there is not.
    """
    if settings.api_key() or settings.is_url_set():
        return default_transport()
    return Simulator(
        characters=[
            SimulatedCharacter(sheet.id, sheet.name, sheet.role, greeting=sheet.first_line, pitch=sheet.pitch)
            for sheet in sheets
        ],
        voice=voice,
    )


def _devices() -> list[str]:
    try:
        return [str(device) for device in input_devices()]
    except MicrophoneUnavailable:
        return []
