"""What the service says beside the talk, as events: deeds and the story, each told once. Sans-IO."""

from .events import Action, ActionsRequested, Event
from .protocol.server import ActionResponse


class Deeds:
    """One room's."""

    def __init__(self) -> None:
        self._asked: tuple[Action, ...] = ()  # in this turn

    def begin_turn(self) -> None:
        """The character has begun a new turn."""
        self._asked = ()

    def request(self, message: ActionResponse) -> list[Event]:
        """The same list in the same turn is a repetition: it may come flat and wrapped."""
        actions = tuple(Action(action.name, action.target) for action in message.actions if action.name.strip())
        if not actions or actions == self._asked:
            return []
        self._asked = actions
        return [ActionsRequested(actions)]
