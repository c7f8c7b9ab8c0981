"""Conversations in a saved game: as plain as JSON, and nothing is changed by what is no save."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    Action,
    ActionCancelled,
    ConfigurationError,
    Convai,
    FreshConversation,
    Job,
    MemoryContinuity,
    Ready,
    Recorder,
    SessionState,
    SilentVoice,
    Simulator,
    Speaker,
    StateChanged,
    Transcript,
)
from convai_panda.events import SectionEntered
from convai_panda.ledger import Ledger
from convai_panda.recollection import TAIL, Recollecting, Recollection
from convai_panda.recording.entries import Called
from convai_panda.recording.reading import read_recording
from convai_panda.savegame import SavedCharacter, read_save, write_save
from convai_panda.standing import Told

from .conftest import GUARD, SMITH, Village

OLD = "0f4c9a52-0000-4000-8000-00000000000a"


def say(village: Village, text: str) -> str:
    """Say something to the guard and give the answer; its voice may go on."""
    spoken = len(village.lines(village.guard))
    village.guard.say(text)

    def answers() -> list[str]:
        after = village.lines(village.guard)[spoken:]
        said = after.index((Speaker.PLAYER, text)) if (Speaker.PLAYER, text) in after else len(after)
        return [words for speaker, words in after[said:] if speaker is Speaker.CHARACTER]

    village.until(answers)
    return answers()[0]


def greeted(village: Village, times: int = 1) -> None:
    """Wait for the greeting's words in so many rooms."""
    village.stand(0.0, -2.0)
    village.until(lambda: len(village.told(Ready)) == times)
    lines = len(village.lines(village.guard))
    village.until(lambda: len(village.lines(village.guard)) > lines)


def test_a_conversation_goes_on_where_it_was_saved(village: Village) -> None:
    greeted(village)
    say(village, "I am looking for a blue lantern.")
    saved = json.loads(json.dumps(village.convai.save()))
    assert set(saved["characters"]) == {GUARD, SMITH}
    assert saved["characters"][GUARD]["session"] == village.convai.continuity.load("player", GUARD)
    assert saved["characters"][SMITH] == {"session": None, "transcript": []}
    assert {"speaker": "player", "text": "I am looking for a blue lantern."} in saved["characters"][GUARD]["transcript"]

    empty = write_save({GUARD: SavedCharacter()})
    village.convai.restore(empty)  # before they ever met
    assert village.guard.transcript == ()
    greeted(village, 2)
    assert "blue lantern" not in say(village, "What did I say before?")
    village.convai.restore(saved)
    greeted(village, 3)
    closed = [moved.reason for moved in village.told(StateChanged) if moved.state is SessionState.CLOSED]
    assert closed == ["A saved game was restored."] * 2
    assert "blue lantern" in say(village, "What did I say before?")
    assert village.told(FreshConversation) == []
    assert Transcript(Speaker.PLAYER, "I am looking for a blue lantern.") in village.guard.transcript


def test_a_later_game_gets_it_too_and_before_its_characters_are_there(village: Village, base: ShowBase) -> None:
    greeted(village)
    say(village, "I am looking for a blue lantern.")
    saved, transport = village.convai.save(), village.convai.transport
    village.convai.destroy()
    player = base.render.attach_new_node("player")
    convai = Convai(base, transport=transport, listener=player, continuity=MemoryContinuity(), player="someone")
    convai.restore(saved)
    again = Village(base, convai)
    again.stand(0.0, -2.0)
    assert Transcript(Speaker.PLAYER, "I am looking for a blue lantern.") in again.guard.transcript
    assert convai.save() == saved
    again.listen()
    greeted(again)
    assert "blue lantern" in say(again, "What did I say before?")
    assert convai.continuity.load("someone", GUARD) == saved["characters"][GUARD]["session"]
    convai.destroy()


GARBAGE: list[Any] = [
    None,
    [],
    {},
    "save",
    {"format": "convai-panda"},
    {"format": "convai-panda", "version": 0, "characters": {}},
    {"format": "convai-panda", "version": True, "characters": {}},
    {"format": "convai-panda", "version": 2, "characters": {}},
    {"format": "convai-panda", "version": 1, "characters": []},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: None}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"session": 7}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"session": "x\ny"}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"transcript": "hello"}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"transcript": [{"text": 1}]}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"transcript": [{"text": "a", "speaker": []}]}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"pending_actions": {}}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"pending_actions": [{"name": ""}]}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"pending_actions": [{"name": "a", "target": 1}]}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"told": 1}}},
    {"format": "convai-panda", "version": 1, "characters": {GUARD: {"template_keys": {"King": 1}}}},
    {"format": "convai-panda", "version": 1, "characters": {SMITH: {"session": OLD}, GUARD: {"session": " "}}},
]


def test_what_is_no_save_changes_nothing(village: Village) -> None:
    village.convai.continuity.save("player", GUARD, OLD)
    before = village.convai.save()
    for garbage in GARBAGE:
        with pytest.raises(ConfigurationError, match=r"save|version"):
            village.convai.restore(garbage)
    assert village.convai.save() == before
    assert village.convai.continuity.load("player", GUARD) == OLD
    assert village.convai.continuity.load("player", SMITH) is None


def test_what_was_written_is_read() -> None:
    lines = tuple(Transcript(Speaker.PLAYER, f"line {n} \u202e") for n in range(3))
    pending = (Action("move to", "well"), Action("wave"))
    told = Told("It rains.", {"King": "Otto"})
    characters = {GUARD: SavedCharacter(OLD, Recollection(lines, "section-2"), pending, told), SMITH: SavedCharacter()}
    saved = write_save(characters)
    assert read_save(json.loads(json.dumps(saved))) == characters
    assert OLD not in repr(characters)


def test_what_was_to_be_done_is_to_be_done_again(village: Village, base: ShowBase) -> None:
    stood: list[str] = []

    def stand(job: Job) -> Iterator[None]:
        stood.append(str(job.action))
        while True:
            yield

    def teach(village: Village) -> None:
        village.guard.actions.declare("stand", stand, limit=None)

    teach(village)
    for post in ("gate", "well"):
        village.guard.actions.do("stand", post)
    village.until(lambda: stood == ["stand gate"])
    saved = json.loads(json.dumps(village.convai.save()))
    village.guard.actions.do("stand", "inn")
    village.convai.restore(saved)
    assert village.guard.actions.pending == (Action("stand", "gate"), Action("stand", "well"))
    assert [cancelled.action.target for cancelled in village.told(ActionCancelled)] == ["gate", "well", "inn"]
    village.until(lambda: stood == ["stand gate"] * 2)
    village.guard.actions.cancel()
    village.convai.remove_character(village.guard)
    village.convai.restore(saved)
    village.guard = village.add(GUARD, "Guard again", 0.0, 0.0)
    teach(village)
    village.until(lambda: len(stood) == 3)
    assert village.convai.save() == saved


def test_what_was_told_after_the_save_is_not_known_any_more(base: ShowBase, tmp_path: Path) -> None:
    """Nor is what was told before it forgotten; the service's side of that is the Connect request."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -2.0, 1.7)
    recorder = Recorder(Simulator(), tmp_path / "visits.convai")
    convai = Convai(base, transport=recorder, listener=player, voice=SilentVoice())
    village = Village(base, convai)
    village.listen()
    village.guard.tell("The king is ill.", respond="false")
    village.guard.set_template_keys({"King": "Otto"})
    village.until(lambda: len(village.told(Ready)) == 1)
    saved = json.loads(json.dumps(convai.save()))
    village.guard.tell("The king is dead.", respond="false")
    village.guard.set_template_keys({"King": "nobody"})
    assert convai.save() != saved
    convai.restore(saved)
    village.until(lambda: len(village.told(Ready)) == 2)
    assert convai.save()["characters"][GUARD]["told"] == "The king is ill."
    convai.restore(write_save({GUARD: SavedCharacter()}))
    village.until(lambda: len(village.told(Ready)) == 3)
    convai.destroy()
    base.ignore_all()
    calls = [json.loads(entry.body) for entry in read_recording(recorder.path).entries if isinstance(entry, Called)]
    assert [call.get("dynamic_info", {}).get("text") for call in calls[1:]] == ["The king is ill.", None]
    assert [call.get("narrative_template_keys") for call in calls[1:]] == [{"King": "Otto"}, None]


def test_the_latest_lines_are_kept_and_a_cut_one_as_it_was_heard() -> None:
    recollecting = Recollecting()
    for n in range(TAIL + 3):
        recollecting.notice(Transcript(Speaker.PLAYER, str(n)))
    recollecting.notice(Transcript(Speaker.CHARACTER, "Hello, An", is_final=False))
    recollecting.notice(Transcript(Speaker.CHARACTER, "Hello, Ana."))
    recollecting.notice(Transcript(Speaker.CHARACTER, "Hello,", is_cut=True))
    recollecting.notice(SectionEntered("gate"))
    lines = [line.text for line in recollecting.now.lines]
    assert lines == [*(str(n) for n in range(4, TAIL + 3)), "Hello,"]
    recollecting.notice(Transcript(Speaker.CHARACTER, "", is_cut=True))
    assert recollecting.now.lines[-1].speaker is Speaker.PLAYER
    assert recollecting.now.section == "gate"


def test_what_a_visit_still_says_while_it_is_left_is_not_part_of_what_was_restored() -> None:
    recollecting = Recollecting()
    recollecting.restore(Recollection(), is_in_a_room=True)
    recollecting.notice(Transcript(Speaker.CHARACTER, "Half a sen"))
    recollecting.notice(StateChanged(SessionState.CLOSED, SessionState.CONVERSING, "left"))
    recollecting.notice(Transcript(Speaker.CHARACTER, "Hello again."))
    assert [line.text for line in recollecting.now.lines] == ["Hello again."]


def test_a_visit_from_before_does_not_overwrite_what_was_restored() -> None:
    memory = MemoryContinuity()
    ledger = Ledger(memory, "ana")
    assert ledger.load("ana", GUARD) is None  # the visit begins
    ledger.restore(GUARD, OLD)
    ledger.save("ana", GUARD, "the visit's")
    assert ledger.known == {GUARD: OLD}
    ledger.settle()
    assert memory.load("ana", GUARD) == ledger.load("ana", GUARD) == OLD
    ledger.save("ana", GUARD, "the next visit's")
    assert memory.load("ana", GUARD) == "the next visit's"


def test_a_disk_that_fails_keeps_nobody_from_going_on(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MemoryContinuity):
        def save(self, player: str, character_id: str, session_id: str) -> None:
            raise OSError("disk on fire")

    ledger = Ledger(Broken(), "ana")
    ledger.restore(GUARD, OLD)
    ledger.settle()
    assert "disk on fire" in caplog.text
    assert OLD not in caplog.text
    assert ledger.load("ana", GUARD) == OLD
