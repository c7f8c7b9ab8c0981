"""Server messages of rooms with several characters. Convai live API: multi-character sessions, group chat."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from .base import LENIENT, Envelope, OptionalInt, OptionalStr, ServerMessage


class _Instance(ServerMessage):
    """Which character instance is meant."""

    envelope: ClassVar[Envelope] = Envelope.B
    room_session_id: OptionalStr = None
    character_id: OptionalStr = None
    character_session_id: OptionalStr = Field(default=None, repr=False)
    participant_identity: OptionalStr = None
    is_initial: Annotated[bool | None, LENIENT] = None
    roster_epoch: OptionalInt = None


class CharacterStatus(_Instance):
    """A character instance is starting, ready, or failed."""

    type: ClassVar[str] = "character-status"
    status: OptionalStr = None
    failure_code: OptionalStr = None
    display_name: OptionalStr = None


class CharacterRemoved(_Instance):
    """A character instance has left the room."""

    type: ClassVar[str] = "character-removed"
    reason: OptionalStr = None


class TurnComplete(ServerMessage):
    """A group turn is over: who was addressed, who answered, passed or failed."""

    type: ClassVar[str] = "turn-complete"
    envelope: ClassVar[Envelope] = Envelope.B
    is_labelled: ClassVar[bool] = False
    room_session_id: OptionalStr = None
    command_id: OptionalStr = None
    mode: OptionalStr = None
    addressed_membership_ids: tuple[str, ...] = ()
    answered_membership_ids: tuple[str, ...] = ()
    passed_membership_ids: tuple[str, ...] = ()
    failed_membership_ids: tuple[str, ...] = ()
    turn_id: OptionalStr = None
    addressed: OptionalInt = None
    answered: OptionalInt = None
    passed: OptionalInt = None
    failed: OptionalInt = None
    cancelled: bool = False
    route_epoch: OptionalInt = None

    def to_wire(self) -> dict[str, Any]:
        return {"data": super().to_wire()}  # one level deeper than any other message
