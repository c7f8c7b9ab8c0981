"""What a simulated character says: a few rules that let a reader check names, memory and intent. Pure.

It is no chat bot: each rule answers in a way that shows what arrived and what is remembered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..protocol.connect import ActionConfig, SceneObject
from ..protocol.server import Action
from .characters import Character
from .memory import History
from .wishes import Wishes

_MAX_THINGS = 8  # of the scene that are named in one answer
_MAX_ECHO = 160  # characters of the player's words that are said back


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: its words, the mood in them (a Plutchik name and 1-3), what to do, and how long it takes to think."""

    text: str
    emotion: str = "neutral"
    scale: int = 1
    actions: tuple[Action, ...] = ()
    delay: float = 0.0  # s, beyond the service's own latency


_MY_NAME = re.compile(r"\b(?:my name is|call me|i am called|i'm called)\s+([^\W\d_][\w'-]*)", re.IGNORECASE)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("recall-name", r"\b(?:what(?:'s| is) my name|who am i|do you know (?:me|my name))\b"),
        (
            "recall",
            r"\b(?:remember|what did i (?:say|tell)|said (?:before|earlier)|i (?:say|said) (?:before|earlier))\b",
        ),
        ("who", r"\b(?:who are you|what(?:'s| is) your name|your name)\b"),
        ("how", r"\bhow (?:are you|do you do|is it going)\b"),
        ("see", r"\bwhat (?:do|can) you see\b|\bwhat is (?:here|around)\b"),
        ("heard", r"\bwhat (?:have you heard|do you know|is (?:new|the news))\b"),
        ("bye", r"\b(?:bye|goodbye|farewell|see you)\b"),
        ("thanks", r"\b(?:thanks|thank you)\b"),
        ("insult", r"\b(?:stupid|idiot|fool|shut up|hate you)\b"),
        ("hello", r"\b(?:hello|hi|hey|greetings|good (?:morning|day|evening))\b"),
    )
)
_GREET = re.compile(r"\b(?:greet|welcome|say hello)\b", re.IGNORECASE)
_DEED = re.compile(r"\baction\b.*\b(done|failed)\b", re.IGNORECASE | re.DOTALL)


class Dialogue:
    """One character in one conversation: reads and writes its history."""

    def __init__(
        self, character: Character, history: History, *, player: str | None, actions: ActionConfig | None
    ) -> None:
        self._character = character
        self._history = history
        self.actions = actions
        self.scene: Sequence[SceneObject] = ()
        self.knowledge = ""  # what the game has told it
        if player:
            history.player = player

    def hears(self, utterance: int) -> str | None:
        """What the player's spoken words say, counted from 0 in each room; None: nobody here understands speech."""
        return None

    def greeting(self) -> Line:
        """The first words of a visit: to a stranger, or to somebody it knows."""
        history, character = self._history, self._character
        address = f", {history.player}" if history.player else ""
        if history.visits > 1:
            last = f" Last time you said: {_quote(history.said[-1])}" if history.said else ""
            return Line(f"Welcome back{address}.{last}", "Joy", 2)
        if character.greeting:
            return Line(character.greeting.replace("{player}", history.player or "stranger"), "Joy", 1)
        return Line(f"Hello{address}. I am {character.name}, {character.role}. What brings you here?", "Joy", 1)

    def answer(self, text: str) -> Line:
        """What it says to the player's words, which it then remembers."""
        before = tuple(self._history.said)
        self._history.said.append(text)
        if match := _MY_NAME.search(text):
            self._history.player = match[1]
            return Line(f"Pleased to meet you, {match[1]}. I will remember that.", "Joy", 2)
        rule = next((name for name, pattern in _RULES if pattern.search(text)), "echo")
        if rule in ("echo", "hello") and (actions := self._wanted(text)):
            return Line(f"As you wish. {_echo(text)}", "Trust", 2, actions)
        return self._by_rule(rule, text, before)

    def news(self, text: str) -> Line:
        """What it says to something it was told rather than asked."""
        if match := _DEED.search(text):
            went_well = match[1].lower() == "done"
            return Line(
                f"{'It is done' if went_well else 'I could not do it'}. {_last_sentence(text)}".strip(),
                "Joy" if went_well else "Pensiveness",
                2,
            )
        return Line(f"So I hear: {_quote(text)}", "Surprise", 1)

    def prompted(self, words: str) -> Line:
        """What it says to words that the game puts into the story; the player has not said them."""
        if _GREET.search(words):
            return self.greeting()
        return Line(f"So it is. {_quote(words)}", "Interest", 1)

    def alarm(self, trigger: str) -> Line:
        """What it says when the game fires a trigger by name."""
        return Line(f"Did you notice? {_quote(trigger.replace('-', ' ').replace('_', ' '))}", "Surprise", 2)

    def _by_rule(self, rule: str, text: str, before: tuple[str, ...]) -> Line:
        player = self._history.player
        address = f", {player}" if player else ""
        match rule:
            case "recall-name":
                known = f"Your name is {player}." if player else "You have not told me your name yet."
                return Line(known, "Trust" if player else "Interest", 2)
            case "recall":
                earlier = f"You said: {_quote(before[-1])}" if before else "You have not told me anything yet."
                return Line(f"I remember. {earlier}" if before else earlier, "Trust" if before else "Interest", 2)
            case "who":
                return Line(f"I am {self._character.name}, {self._character.role}.", "Joy", 1)
            case "how":
                return Line(f"I am well, thank you{address}. And how are you?", "Joy", 2)
            case "see":
                things = "; ".join(
                    f"{thing.name} ({thing.description.rstrip('.')})" for thing in self.scene[:_MAX_THINGS]
                )
                return Line(f"I see: {things}." if things else "I see nothing here.", "Interest", 1)
            case "heard":
                told = self.knowledge.splitlines()
                return Line(f"I know this: {_quote(told[-1])}" if told else "I know nothing new.", "Interest", 1)
            case "bye":
                return Line(f"Goodbye{address}. Come back soon.", "Pensiveness", 1)
            case "thanks":
                return Line(f"You are welcome{address}.", "Joy", 2)
            case "insult":
                return Line(f"There is no need for such words{address}.", "Annoyance", 2)
            case "hello":
                return Line(f"Hello{address}. It is good to see you.", "Joy", 2)
            case _:
                return Line(_echo(text), "Interest" if text.rstrip().endswith("?") else "neutral", 1)

    def _wanted(self, text: str) -> tuple[Action, ...]:
        return Wishes(self.actions, self._history.player).read(text) if self.actions is not None else ()


def _last_sentence(text: str) -> str:
    """What came of it, from the character's own mouth."""
    sentence = re.split(r"(?<=[.!?])\s+", text.strip())[-1]
    return "" if '"' in sentence else re.sub(r"\b[Yy]ou\b", "I", re.sub(r"\b[Yy]our\b", "my", sentence))


def _echo(text: str) -> str:
    question = text.rstrip().endswith("?")
    return f"{'You ask' if question else 'You said'}: {_quote(text)}"


def _quote(text: str) -> str:
    """The words said back: one line, not endless, ending like a sentence."""
    line = " ".join(text.split())
    line = line if len(line) <= _MAX_ECHO else line[:_MAX_ECHO].rsplit(" ", 1)[0] + "…"
    return line if line[-1:] in ".!?…" else f"{line}."
