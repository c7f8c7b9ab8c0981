"""Client messages of multi-character and group rooms. Convai live API: group chat."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ..connect.parts import RosterEntry
from ..payload import LIST, Text
from .base import ClientMessage


class InteractionTarget(ClientMessage):
    """Chooses the character that hears the player; None chooses nobody."""

    type: ClassVar[str] = "interaction-target"
    room_session_id: str
    target_membership_id: str | None
    expected_route_epoch: int

    def to_wire(self) -> dict[str, Any]:
        return self.model_dump(mode="json")  # here null means something


class CharacterRosterUpdate(ClientMessage):
    """Brings characters into the room and sends others away."""

    type: ClassVar[str] = "character-roster-update"
    room_session_id: str
    expected_roster_epoch: int
    add: Annotated[tuple[RosterEntry, ...], LIST] = ()
    remove_membership_ids: Annotated[tuple[str, ...], LIST] = ()
    replacement_target_membership_id: str | None = None


class GroupAddress(ClientMessage):
    """Speaks to a whole room (``all``), to some (``tagged``), or to whoever cares to answer (``open``)."""

    type: ClassVar[str] = "group-address"
    room_session_id: str
    mode: Literal["all", "tagged", "open"]
    expected_route_epoch: int
    text: Text
    target_membership_ids: Annotated[tuple[str, ...] | None, LIST] = None


class GroupAddressPart(ClientMessage):
    """A slice of the base64 of a GroupAddress that is too large to send whole."""

    type: ClassVar[str] = "group-address-part"
    index: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=1, le=64)]
    payload: str
    command_id: str | None = None
