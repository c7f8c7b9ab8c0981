"""The face of a simulated voice, in the format that the client asked for. Convai live API: blendshape configuration.

Shapes come when their sound is queued at the sender; with ``deliver_chunks_ahead``, as soon as the turn speaks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..protocol.blendshapes import SHAPES, VISEMES
from ..protocol.connect import ConnectRequest
from ..protocol.server import (
    ChunkedNeurosyncBlendshapes,
    NeurosyncBlendshapes,
    NeurosyncBlendshapesCancel,
    ServerMessage,
    Visemes,
    VisemeWeights,
)
from .dialect import Dialect
from .stretch import FRAME

if TYPE_CHECKING:
    from .synthesis import Spoken

VISEME_FPS = 100.0  # one mouth shape each 10 ms: Convai's Unreal plugin plays 100 a second
_CHUNK = 10  # the service's own value where the request leaves it to it

# How far jaw, spread lips, rounded lips, pressed lips, a bitten lip, tongue and lower lip go in each viseme.
_MOUTHS: Mapping[str, tuple[float, ...]] = {
    "sil": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "pp": (0.0, 0.0, 0.0, 0.7, 0.2, 0.0, 0.0),
    "ff": (0.05, 0.0, 0.0, 0.0, 0.7, 0.0, 0.0),
    "th": (0.15, 0.1, 0.0, 0.0, 0.0, 0.4, 0.2),
    "dd": (0.18, 0.15, 0.0, 0.0, 0.0, 0.0, 0.25),
    "kk": (0.22, 0.15, 0.0, 0.0, 0.0, 0.0, 0.2),
    "ch": (0.14, 0.0, 0.6, 0.0, 0.0, 0.0, 0.15),
    "ss": (0.08, 0.4, 0.0, 0.0, 0.0, 0.0, 0.25),
    "nn": (0.16, 0.1, 0.0, 0.0, 0.0, 0.0, 0.2),
    "rr": (0.18, 0.0, 0.45, 0.0, 0.0, 0.0, 0.0),
    "aa": (0.65, 0.1, 0.0, 0.0, 0.0, 0.0, 0.35),
    "e": (0.32, 0.45, 0.0, 0.0, 0.0, 0.0, 0.3),
    "ih": (0.22, 0.35, 0.0, 0.0, 0.0, 0.0, 0.25),
    "oh": (0.45, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0),
    "ou": (0.2, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0),
}
# The shapes that make each of these, format by format.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "arkit": (
        "JawOpen",
        "MouthStretchLeft MouthStretchRight",
        "MouthFunnel MouthPucker",
        "MouthPressLeft MouthPressRight",
        "MouthRollLower",
        "TongueOut",
        "MouthLowerDownLeft MouthLowerDownRight",
    ),
    "mha": (
        "jawOpen",
        "mouthStretchL mouthStretchR",
        "mouthFunnelDL mouthFunnelDR mouthFunnelUL mouthFunnelUR mouthLipsPurseDL mouthLipsPurseDR",
        "mouthPressDL mouthPressDR mouthPressUL mouthPressUR",
        "mouthLowerLipRollInL mouthLowerLipRollInR",
        "tongueOut",
        "mouthLowerLipDepressL mouthLowerLipDepressR",
    ),
    "cc4_extended": (
        "Jaw_Open",
        "Mouth_Stretch_L Mouth_Stretch_R",
        "Mouth_Funnel_Up_L Mouth_Funnel_Up_R Mouth_Funnel_Down_L Mouth_Funnel_Down_R",
        "Mouth_Press_L Mouth_Press_R",
        "Mouth_Roll_In_Lower_L Mouth_Roll_In_Lower_R",
        "Tongue_Out",
        "Mouth_Down_Lower_L Mouth_Down_Lower_R",
    ),
}


@dataclass(frozen=True, slots=True)
class FaceOrder:
    """How a client wants faces: ``chunk`` frames a message (0: one, unchunked), all at once where ``is_ahead``."""

    format: str
    fps: float
    chunk: int = 0
    is_ahead: bool = False
    told: str | None = None  # the format's name as messages have it
    is_rate_told: bool = True  # by each message
    buffer: float = 0.0  # s of frames that are there before the voice begins

    def count(self, pieces: int) -> int:
        """How many frames there are for so many times 20 ms of sound."""
        return math.ceil(pieces * FRAME * self.fps - 1e-6)

    @classmethod
    def of(cls, request: ConnectRequest, dialect: Dialect | None = None) -> FaceOrder | None:
        """As the request says; None where no faces are sent."""
        dialect = dialect or Dialect()
        config = request.blendshape_config
        if request.blendshape_provider == "ovr":
            return cls("visemes", VISEME_FPS)
        if request.blendshape_provider != "neurosync":
            return None
        format_ = (config.format if config else None) or "mha"
        if format_ == "visemes":
            return cls("visemes", VISEME_FPS)
        if format_ not in SHAPES:
            return None  # accepted, but nothing is made for it
        is_chunked = config is None or config.enable_chunking is not False
        return cls(
            "mha" if dialect.face_frames == "mha" else format_,
            float((config.output_fps if config else None) or dialect.face_rate),
            ((config.chunk_size if config else None) or _CHUNK) if is_chunked else 0,
            bool(config and config.deliver_chunks_ahead) and is_chunked,
            told=format_.upper() if dialect.face_format == "MHA" else format_,
            is_rate_told=dialect.face_rate_told == "in-frames",
            buffer=(config.frames_buffer_duration if config else None) or 0.0,
        )


class FaceStream:
    """One turn's frames, made 20 ms of sound at a time. Each message comes with the second of sound it begins at."""

    def __init__(self, order: FaceOrder, response_id: str, turn_id: int) -> None:
        self._order = order
        self._id = response_id
        self._turn_id = turn_id
        self._pieces = 0  # of sound
        self._pending: list[tuple[float, ...]] = []
        self._pending_at = 0.0
        self._sequence = 0
        self.frames = 0

    @property
    def order(self) -> FaceOrder:
        """What was asked for."""
        return self._order

    def push(self, sentence: Spoken, piece: int) -> list[tuple[float, ServerMessage]]:
        """The messages that the next 20 ms complete: those of ``sentence`` after ``piece`` others of it."""
        begin = self._pieces * FRAME
        self._pieces += 1
        moments = []
        while self.frames < self._order.count(self._pieces):
            moments.append(self.frames / self._order.fps)
            self.frames += 1
        if not moments:
            return []
        shapes = sentence.weights_at([piece * FRAME + moment - begin for moment in moments])
        messages: list[tuple[float, ServerMessage]] = []
        for moment, weights in zip(moments, shapes, strict=True):
            if self._order.format == "visemes":
                messages.append((moment, _visemes(weights)))
                continue
            if not self._pending:
                self._pending_at = moment
            self._pending.append(_frame(weights, self._order.format))
            if len(self._pending) >= max(1, self._order.chunk):
                messages += self.close()
        return messages

    def close(self) -> list[tuple[float, ServerMessage]]:
        """What is left, as one last, shorter chunk."""
        if not self._pending:
            return []
        frames, self._pending = tuple(self._pending), []
        about = {"response_id": self._id, "neurosync_turn_id": self._turn_id, "epoch": 1, "sequence": self._sequence}
        about |= {"format": self._order.told}
        if self._order.is_rate_told:
            about["fps"] = self._order.fps
        self._sequence += 1
        if not self._order.chunk:
            return [(self._pending_at, NeurosyncBlendshapes.model_validate({**about, "blendshapes": frames[0]}))]
        if self._order.is_ahead:
            about["start_frame_index"] = self.frames - len(frames)
        return [(self._pending_at, ChunkedNeurosyncBlendshapes.model_validate({**about, "blendshapes": frames}))]

    def cancel(self, through: int) -> NeurosyncBlendshapesCancel:
        """Take back what was sent ahead and not heard."""
        return NeurosyncBlendshapesCancel(
            response_id=self._id,
            neurosync_turn_id=self._turn_id,
            epoch=1,
            sequence=self._sequence,
            valid_through_frame_index=through,
            reason="interrupted",
        )


def _visemes(weights: Sequence[float]) -> Visemes:
    return Visemes(visemes=VisemeWeights(**dict(zip(VISEMES, weights, strict=True))))


def _frame(weights: Sequence[float], format_: str) -> tuple[float, ...]:
    names = SHAPES[format_]
    values = [0.0] * len(names)
    for number, parts in enumerate(_PARTS[format_]):
        amount = sum(weight * _MOUTHS[name][number] for name, weight in zip(VISEMES, weights, strict=True))
        for part in parts.split():
            values[names.index(part)] = round(amount, 4)
    return tuple(values)
