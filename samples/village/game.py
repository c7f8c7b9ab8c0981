"""The village as a game: scenery, people, the player, and one Convai that ties them together. Main thread only."""

from __future__ import annotations

from dataclasses import dataclass

from direct.showbase.ShowBase import ShowBase
from direct.task.Task import Task

from convai_panda import (
    Character,
    Convai,
    Failed,
    FreshConversation,
    Microphone,
    MicrophoneLost,
    Nearest,
    Ring,
    Speaker,
    SpeechFinished,
    Transcript,
    Transport,
    Undelivered,
)
from samples.village.expressions import VillagerFace
from samples.village.interface import Interface
from samples.village.light import Dusk
from samples.village.people import PEOPLE
from samples.village.player import Player
from samples.village.scenery import build_village
from samples.village.villagers import LOOKS, Villager


@dataclass
class Inhabitant:
    """A villager's body and the character that speaks through it."""

    body: Villager
    character: Character


class Game(ShowBase):
    """``transport`` opens the rooms (None: the simulator, or the service where a key is set); T speaks, given a
    ``microphone``.
    """

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        microphone: Microphone | None = None,
        quality: str = "high",
        player_name: str = "Ana",
        linger: float = 20.0,
        quit_on_escape: bool = True,
    ) -> None:
        super().__init__()
        self.disable_mouse()
        self.player_name = player_name
        self.village = build_village(quality)
        self.village.node.reparent_to(self.render)
        self.player = Player(self, self.village)
        self.dusk = self._light(quality)
        self.convai = Convai(
            self,
            transport=transport,
            listener=self.player.head,
            proximity=Nearest(linger=linger),
            player_name=player_name,
            microphone=microphone,
        )
        self.inhabitants = [self._settle(person.character_id, person.name, person.look) for person in PEOPLE]
        self.interface: Interface | None = None
        if self.win is not None:
            self.interface = Interface(self, on_say=self.say, on_typing=self._set_typing)
        self.accept(Transcript.name, self._on_transcript)
        self.accept(SpeechFinished.name, self._on_heard)
        self.accept(Failed.name, self._on_failed)
        self.accept(Undelivered.name, lambda _, lost: self._notice(f"“{lost.text}” was not heard. {lost.reason}"))
        self.accept(FreshConversation.name, lambda who, fresh: self._notice(f"{who.name} starts anew. {fresh.reason}"))
        if microphone is not None:
            self._let_speak()
        if quit_on_escape:
            self.accept("escape", self.quit)
        self.task_mgr.add(self._update, "village-update", sort=10)

    def say(self, text: str) -> None:
        """Say something to whoever is nearest."""
        partner = self.convai.partner
        if partner is None:
            self._notice("Nobody is near enough to hear you.")
        else:
            partner.say(text)

    def _let_speak(self) -> None:
        """T is the key to speak by, unless it is a letter being typed."""
        self.accept("t", lambda: None if self.player.typing else self.convai.start_talking())
        self.accept("t-up", self.convai.stop_talking)
        self.accept(MicrophoneLost.name, lambda _, lost: self._notice(lost.reason))
        if self.interface is not None:
            self.interface.show_microphone()

    def quit(self) -> None:
        """Leave every room, then the game."""
        self.convai.destroy()
        self.userExit()

    def destroy(self) -> None:
        """Leave every room and take everything down."""
        self.convai.destroy()
        self.player.destroy()
        if self.interface is not None:
            self.interface.destroy()
        self.task_mgr.remove("village-update")
        super().destroy()

    def _light(self, quality: str) -> Dusk | None:
        if self.win is None:
            return None
        self.set_background_color(0.55, 0.5, 0.55, 1)
        self.camLens.set_fov(62)
        self.camLens.set_near_far(0.15, 600)
        return Dusk(self, self.village.node, quality=quality, lanterns=self.village.lanterns)

    def _settle(self, character_id: str, name: str, look: str) -> Inhabitant:
        """Put a person into the village, at home."""
        body = Villager(LOOKS[look])
        at, heading = self.village.spots[LOOKS[look].home]
        body.node.reparent_to(self.village.node)
        body.node.set_pos_hpr(at, (heading, 0, 0))
        character = self.convai.add_character(character_id, body.node, head="Head", name=name, face=VillagerFace(body))
        return Inhabitant(body, character)

    def _update(self, task: Task) -> int:
        dt = min(0.1, self.clock.get_dt())
        self.player.update(dt)
        self.village.update(dt)
        for inhabitant in self.inhabitants:
            _animate(inhabitant, self.player, dt)
        if self.dusk is not None:
            self.dusk.update(self.player.node.get_pos(self.render))
        if self.interface is not None:
            self.interface.show_state(self.convai.partner or self._warm())
            self.interface.show_level(self.convai.microphone_level)
            self.interface.update()
        return task.cont

    def _warm(self) -> Character | None:
        return next((each.character for each in self.inhabitants if each.character.ring is not Ring.FAR), None)

    def _set_typing(self, typing: bool) -> None:
        self.player.typing = typing

    def _on_transcript(self, character: Character, said: Transcript) -> None:
        if self.interface is not None:
            name = character.name if said.speaker is Speaker.CHARACTER else self.player_name
            self.interface.subtitle(name, said.text, is_voiced=said.speaker is Speaker.CHARACTER)

    def _on_heard(self, character: Character, finished: SpeechFinished) -> None:
        if self.interface is not None:
            self.interface.heard()

    def _on_failed(self, character: Character, failed: Failed) -> None:
        self._notice(f"{character.name}: {failed.error}")

    def _notice(self, text: str) -> None:
        if self.interface is not None:
            self.interface.notice(text)


def _animate(inhabitant: Inhabitant, player: Player, dt: float) -> None:
    body, character = inhabitant.body, inhabitant.character
    near = character.ring in (Ring.TALK, Ring.APPROACH)
    body.look_at(player.head if near else None)
    body.talking = character.is_speaking
    body.update(dt)
