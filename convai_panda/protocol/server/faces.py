"""Server messages for a face: mouth shapes, blendshape frames, emotion. Knows no model's shape names."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ..blendshapes import VISEMES
from .base import Envelope, Lifecycle, OptionalFloat, OptionalInt, OptionalStr, Part, ServerMessage

MAX_SHAPES = 512  # of one frame; the largest published format has 251
MAX_FRAMES = 1_000  # of one chunk; ten are usual

Frame = Annotated[tuple[float, ...], Field(max_length=MAX_SHAPES)]


def _check_even(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Refuse frames of different lengths: nobody could say which shape a value is for."""
    if len({len(frame) for frame in frames}) > 1:
        raise PydanticCustomError("even_frames", "Frames should all have the same number of values")
    return frames


class VisemeWeights(Part):
    """The fifteen Oculus mouth shapes, 0 to 1, in the order of the wire."""

    sil: float = 0.0
    pp: float = 0.0
    ff: float = 0.0
    th: float = 0.0
    dd: float = 0.0
    kk: float = 0.0
    ch: float = 0.0
    ss: float = 0.0
    nn: float = 0.0
    rr: float = 0.0
    aa: float = 0.0
    e: float = 0.0
    ih: float = 0.0
    oh: float = 0.0
    ou: float = 0.0

    @property
    def frame(self) -> Frame:
        """The weights in order, as one frame of fifteen shapes, each between 0 and 1."""
        return tuple(max(0.0, min(1.0, getattr(self, name))) for name in VISEMES)


class Visemes(ServerMessage):
    """The mouth at this moment (blendshape provider ``ovr``)."""

    type: ClassVar[str] = "visemes"
    envelope: ClassVar[Envelope] = Envelope.B
    visemes: VisemeWeights


class _Shapes(Lifecycle):
    """What single and chunked frames share. ``names`` is filled only where frames came as named objects."""

    names: tuple[str, ...] = ()
    start_frame_index: OptionalInt = None
    fps: OptionalFloat = None
    format: OptionalStr = None


class NeurosyncBlendshapes(_Shapes):
    """One frame of blendshapes; the number of values depends on the format asked for."""

    type: ClassVar[str] = "neurosync-blendshapes"
    envelope: ClassVar[Envelope] = Envelope.B
    blendshapes: Frame

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The one frame, as a chunk has many."""
        return (self.blendshapes,)

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> Self:
        frame = fields.get("blendshapes")
        if isinstance(frame, dict):
            fields = {**fields, "names": tuple(frame), "blendshapes": tuple(frame.values())}
        return super().from_wire(fields)

    def to_wire(self) -> dict[str, Any]:
        fields = super().to_wire()
        if names := fields.pop("names"):
            fields["blendshapes"] = dict(zip(names, self.blendshapes, strict=True))
        return fields


class ChunkedNeurosyncBlendshapes(_Shapes):
    """Several frames of blendshapes, in order; all have the same number of values."""

    type: ClassVar[str] = "chunked-neurosync-blendshapes"
    envelope: ClassVar[Envelope] = Envelope.B
    blendshapes: Annotated[tuple[Frame, ...], Field(max_length=MAX_FRAMES), AfterValidator(_check_even)]

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames in order."""
        return self.blendshapes

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> Self:
        frames = fields.get("blendshapes")
        if isinstance(frames, list) and frames and all(isinstance(frame, dict) for frame in frames):
            names = tuple(frames[0])
            # In the first frame's order; a name that a later frame leaves out is at rest.
            ordered = [[frame.get(name, 0.0) for name in names] for frame in frames]
            fields = {**fields, "names": names, "blendshapes": ordered}
        return super().from_wire(fields)

    def to_wire(self) -> dict[str, Any]:
        fields = super().to_wire()
        if names := fields.pop("names"):
            fields["blendshapes"] = [dict(zip(names, frame, strict=True)) for frame in self.blendshapes]
        return fields


class NeurosyncBlendshapesCancel(Lifecycle):
    """Frames sent ahead are void after ``valid_through_frame_index`` (None: all of them)."""

    type: ClassVar[str] = "neurosync-blendshapes-cancel"
    envelope: ClassVar[Envelope] = Envelope.B
    valid_through_frame_index: OptionalInt = None
    reason: OptionalStr = None

    def to_wire(self) -> dict[str, Any]:
        return {**super().to_wire(), "valid_through_frame_index": self.valid_through_frame_index}


class TurnStats(Part):
    """What one turn's face and voice amounted to."""

    total_blendshapes: int = 0
    total_audio_bytes: int = 0
    total_turn_duration_ms: float = 0.0
    total_audio_duration_ms: float = 0.0
    fps: OptionalFloat = None
    was_interrupted: bool = False


class BlendshapeTurnStats(Lifecycle):
    """No more frames for this turn."""

    type: ClassVar[str] = "blendshape-turn-stats"
    envelope: ClassVar[Envelope] = Envelope.B
    stats: TurnStats = TurnStats.model_construct()


def _read_scale(value: object) -> int:
    """1 to 3; what is missing or makes no sense is moderate."""
    if isinstance(value, str):
        value = int(value) if value.strip().isdecimal() and len(value) < 9 else None
    return round(max(1, min(3, value))) if isinstance(value, int | float) else 2


class BotEmotion(ServerMessage):
    """The character's mood and its strength (1 to 3); any name may come, in any case of letters."""

    type: ClassVar[str] = "bot-emotion"
    envelope: ClassVar[Envelope] = Envelope.B
    emotion: str
    scale: Annotated[int, BeforeValidator(_read_scale)] = 2
