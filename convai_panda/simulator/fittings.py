"""What a Connect request makes of a room: how its ear and its turns are set up. Pure.

The values are Convai's; what a number of its voice detector means in loudness is our own guess, in the right direction.
"""

from __future__ import annotations

import re

from ..protocol.connect import AudioOutput, ConnectRequest, TurnDetectionParams, VadParams
from .behaviour import Behaviour
from .characters import Character
from .face import FaceOrder
from .hearing import LOUD, Ear
from .turn import Delivery

_START, _CONFIDENCE, _VOLUME = 0.2, 0.7, 0.6  # Convai's own vad_params
_LONG_SILENCE = 2.2  # s that end the player's speech, by one reading
_PATIENCE = 3.0  # s: stop_secs of a smart turn
_BY_VOLUME, _BY_CONFIDENCE = 50.0, 20.0  # dB from 0 to 1
_UNFINISHED = re.compile(r"(?:…|\.\.\.|[,;:-]|\b(?:and|or|but|because|so|the|a))\s*$", re.IGNORECASE)


def make_ear(request: ConnectRequest, behaviour: Behaviour) -> Ear:
    """As ``vad_params`` and ``turn_detection_config`` ask for it."""
    vad, turns = request.vad_params or VadParams(), request.turn_detection_config
    params = (turns and turns.params) or TurnDetectionParams()
    is_smart = turns is not None and turns.type == "smart_turn"
    hangover = _LONG_SILENCE if behaviour.dialect.silence == "long" else behaviour.hangover
    volume, confidence = _given(vad.min_volume, _VOLUME), _given(vad.confidence, _CONFIDENCE)
    return Ear(
        start=_given(vad.start_secs, _START),
        stop=_given(vad.stop_secs, hangover),
        patience=_given(params.stop_secs, _PATIENCE) if is_smart else None,
        loud=LOUD + _BY_VOLUME * (volume - _VOLUME) + _BY_CONFIDENCE * (confidence - _CONFIDENCE),
    )


def is_unfinished(words: str) -> bool:
    """Whether a smart turn would wait for more of this."""
    return _UNFINISHED.search(words) is not None


def make_delivery(character: Character, request: ConnectRequest, behaviour: Behaviour, sound_ahead: float) -> Delivery:
    """How turns are delivered."""
    return Delivery(
        voice=character.voice,
        emotions=request.emotion_config,
        face=FaceOrder.of(request, behaviour.dialect),
        audio=request.audio_config.output if request.audio_config else AudioOutput(),
        synthesizer=behaviour.synthesizer,
        sound_ahead=sound_ahead,
    )


def _given(value: float | None, usual: float) -> float:
    return usual if value is None else value
