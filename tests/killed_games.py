"""Games that are killed while they save which conversations they had, and what is then found on the disk.

As a program it is such a game: it saves and forgets for ever, and prints the number of each deed once it is done.
"""

import itertools
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from subprocess import PIPE, Popen
from time import sleep

from convai_panda.continuity import FileContinuity

_PLAYERS = ("ana", "ben", "a name with 'quotes' and ü")
_CHARACTERS = ("guard", "smith", "miller")
_FORGOTTEN = 0.1  # share of deeds
_NEW = 25  # games in a row on one file
_YOUNG = 0.3  # share of games that are killed while they begin
_BEGUN = 0.25  # s in which a game has begun
_LONGEST = 8  # deeds done before the kill, at most
_LATEST = 0.004  # s after the last of them: a deed takes about a millisecond


@dataclass(frozen=True, slots=True)
class Deed:
    """``session`` None: the conversation is forgotten."""

    player: str
    character: str
    session: str | None


@dataclass
class Found:
    """What came of it."""

    kills: int = 0
    done: int = 0  # deeds that the games had been told were done
    under_way: int = 0  # kills that came in the middle of a deed which was then found done
    lost: int = 0
    unreadable: int = 0


def deed(seed: str, number: int) -> Deed:
    """Everybody who knows the seed knows what the game does when."""
    chance = Random(f"{seed}/{number}")
    session = None if chance.random() < _FORGOTTEN else f"{seed}-{number}-{chance.randbytes(16).hex()}"
    return Deed(chance.choice(_PLAYERS), chance.choice(_CHARACTERS), session)


def kill_games(folder: Path, times: int, seed: int) -> Found:
    """Start that many games and kill each."""
    found = Found()
    for number in range(times):
        if number % _NEW == 0:
            path = folder / f"{number}.sqlite3"
            known: dict[tuple[str, str], str | None] = {}
        name = f"{seed}-{number}"
        done = _play(path, name, Random(name))
        found.kills += 1
        found.done += done
        _apply([deed(name, each) for each in range(done)], known)
        _check(path, known, deed(name, done), found)
    return found


def _play(path: Path, seed: str, chance: Random) -> int:
    """One game, killed at a moment that nobody can foresee; how many of its deeds were done by then."""
    with Popen([sys.executable, "-m", "tests.killed_games", str(path), seed], stdout=PIPE) as game:
        assert game.stdout is not None
        done = 0 if chance.random() < _YOUNG else chance.randint(1, _LONGEST)
        for _ in range(done):
            game.stdout.readline()
        sleep(chance.uniform(0.0, _LATEST if done else _BEGUN))
        game.kill()
        rest = game.stdout.read()
    return done + rest.count(b"\n")


def _apply(deeds: list[Deed], known: dict[tuple[str, str], str | None]) -> None:
    for each in deeds:
        known[each.player, each.character] = each.session


def _check(path: Path, known: dict[tuple[str, str], str | None], last: Deed, found: Found) -> None:
    """Everything that was done is there; the deed after that may be."""
    store = FileContinuity(path)
    for key in itertools.product(_PLAYERS, _CHARACTERS):
        try:
            session = store.load(*key)
        except OSError:
            found.unreadable += 1
            continue
        if session == known.get(key):
            continue
        if key == (last.player, last.character) and session == last.session:
            found.under_way += 1
            known[key] = session
        else:
            found.lost += 1
    found.unreadable += path.with_name(path.name + ".broken").exists()


if __name__ == "__main__":
    store = FileContinuity(sys.argv[1])
    for number in itertools.count():
        act = deed(sys.argv[2], number)
        if act.session is None:
            store.forget(act.player, act.character)
        else:
            store.save(act.player, act.character, act.session)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
