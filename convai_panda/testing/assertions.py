"""Assertions about characters that read as sentences, and say what was there instead. Main thread only.

They are about the scene that is open: ``assert_heard(guard, louder_than=-30)``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from panda3d.core import NodePath

from ..character import Character
from ..events import RingCrossed, Speaker, SpeakingStarted, ThinkingStarted, Transcript
from ..proximity import Ring
from .convai_scene import ConvaiScene, current_scene
from .hearing import SILENCE, Heard, Side, measure, unexplained
from .player import ScriptedPlayer

__all__ = [
    "Heard",
    "Side",
    "assert_heard",
    "assert_no_gap",
    "assert_rings",
    "assert_said",
    "assert_silent",
    "heard",
]


_FAINT = -80.0  # dBFS: nobody hears what is lower


def heard(
    character: Character,
    *,
    at: ScriptedPlayer | NodePath | None = None,
    since: float | None = None,
    until: float | None = None,
) -> Heard:
    """What the player hears of a character: its latest turn, or from ``since`` ``until`` moments of game time.

    ``at`` says whose ears; there is one pair, the listener's. Measured in OpenAL's mix where the scene is audible,
    while nobody else speaks; else in the model of it. Raises ValueError for other ears.
    """
    scene = current_scene()
    _check_ears(scene, at)
    start = _latest_turn(scene, character) if since is None else since
    return _measure(scene, character, start, scene.now if until is None else until)


def assert_heard(
    character: Character,
    *,
    louder_than: float = -60.0,
    side: Side | str | None = None,
    since: float | None = None,
    until: float | None = None,
) -> Heard:
    """The character is heard, louder than so many dBFS, and from this side; gives what was heard."""
    sound = heard(character, since=since, until=until)
    if sound.seconds == 0.0 or sound.level <= louder_than:
        raise AssertionError(
            f"{character.name} is not heard louder than {louder_than:g} dB, but: {sound}.\n{_reasons(character)}"
        )
    if side is not None and sound.side != Side(side):
        raise AssertionError(f"{character.name} is not heard from the {Side(side)}, but: {sound}.\n{_stand()}")
    return sound


def assert_silent(character: Character, *, seconds: float = 1.0) -> None:
    """Nothing has been heard of the character for the last ``seconds`` of game time."""
    scene = current_scene()
    sound = _measure(scene, character, max(0.0, scene.now - seconds), scene.now)
    if sound.seconds > 0.0 and sound.level > SILENCE:
        raise AssertionError(
            f"{character.name} is not silent. In the last {seconds:g} s was heard: {sound}.\n"
            f"It said: {_lines(character)}\n{_stand()}"
        )
    if scene.is_audible:
        start = max(0.0, scene.now - seconds)
        peak = unexplained(scene.mix(start, scene.now), scene.model(start, scene.now))
        if peak > _FAINT:
            raise AssertionError(
                f"{character.name} should be silent, and in OpenAL's mix something is heard that nobody says, "
                f"up to {peak:.1f} dB.\n{_stand()}"
            )


def assert_said(character: Character, what: str | re.Pattern[str]) -> str:
    """The character has said a line with these words in it, or one that matches; gives the line."""
    lines = [said.text for said in _said(character)]
    for line in reversed(lines):
        if what.search(line) if isinstance(what, re.Pattern) else what in line:
            return line
    pattern = what.pattern if isinstance(what, re.Pattern) else what
    raise AssertionError(f"{character.name} has not said “{pattern}”.\nIt said: {_lines(character)}\n{_stand()}")


def assert_no_gap(character: Character | None = None, *, since: float = 0.0) -> None:
    """No voice, or not this one, has broken since a moment of game time: no sound came late or was lost."""
    scene = current_scene()
    for one in [character] if character is not None else scene.characters():
        gaps = _gaps(scene, one, since)
        if gaps:
            places = ", ".join(f"{begin:.2f} s ({1000 * (end - begin):.0f} ms)" for begin, end in gaps)
            raise AssertionError(
                f"{one.name}'s voice broke at {places}.\nSeen:\n{scene.trace.excerpt(gaps[0][0] - 2.0)}"
            )


def assert_rings(character: Character, rings: Sequence[Ring | str]) -> None:
    """The player has come into exactly these rings of the character, in this order."""
    wanted = [Ring(ring) for ring in rings]
    crossed = [event.ring for event in current_scene().trace.told(RingCrossed, character)]
    if crossed != wanted:
        was, should = (" → ".join(ring.value for ring in each) or "none" for each in (crossed, wanted))
        raise AssertionError(f"{character.name}'s rings were {was}, not {should}.\n{_stand()}")


def _measure(scene: ConvaiScene, character: Character, start: float, end: float) -> Heard:
    own = scene.model(start, end, [character])
    holes = _holes(scene, character, start, end)
    if not scene.is_audible:
        return measure(own, own, None, start=start, holes=holes)
    others = scene.model(start, end, [other for other in scene.characters() if other is not character])
    return measure(scene.mix(start, end), own, others, start=start, holes=holes)


def _gaps(scene: ConvaiScene, character: Character, since: float) -> Sequence[tuple[float, float]]:
    if scene.is_audible:
        return _measure(scene, character, since, scene.now).gaps
    return _holes(scene, character, since, scene.now)  # the model plays all that it is given


def _holes(scene: ConvaiScene, character: Character, start: float, end: float) -> list[tuple[float, float]]:
    """Where sound came late, as far as it was not the end of a turn."""
    turns = scene.trace.times(ThinkingStarted, character) + scene.trace.times(SpeakingStarted, character)
    holes = [hole for tape in scene.tapes(character) for hole in tape.holes(start, end)]
    return [(begin, over) for begin, over in holes if not any(begin < turn < over for turn in turns)]


def _latest_turn(scene: ConvaiScene, character: Character) -> float:
    return max(scene.trace.times(SpeakingStarted, character), default=0.0)


def _check_ears(scene: ConvaiScene, at: ScriptedPlayer | NodePath | None) -> None:
    listener = scene.convai.listener
    node = at.node if isinstance(at, ScriptedPlayer) else at
    if node is not None and node != listener and not node.is_ancestor_of(listener):
        raise ValueError(f"{node} has no ears: what is heard is heard at the listener, {listener}.")


def _said(character: Character) -> list[Transcript]:
    told = current_scene().trace.told(Transcript, character)
    return [said for said in told if said.is_final and said.speaker is Speaker.CHARACTER]


def _lines(character: Character) -> str:
    return "".join(f"\n  “{said.text}”{' (cut)' if said.is_cut else ''}" for said in _said(character)) or "nothing"


def _reasons(character: Character) -> str:
    """Why somebody may not be heard, as far as it can be told."""
    scene = current_scene()
    if not _said(character):
        return f"It has not said anything yet.\nSeen:\n{scene.trace.excerpt(0.0)}\n{_stand()}"
    if character.volume == 0.0 or scene.convai.volume == 0.0:
        return "Its volume is 0."
    return f"It said: {_lines(character)}\n{_stand()}"


def _stand() -> str:
    scene = current_scene()
    return f"At {scene.now:.2f} s:\n{scene.describe()}"
