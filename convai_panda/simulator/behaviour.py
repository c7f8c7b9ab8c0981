"""How the simulated service behaves where sources disagree or a test wants its own figure: plain settings."""

from dataclasses import dataclass, field
from enum import Enum

from .synthesis import Babble, Synthesizer


class SpeakingForms(Enum):
    """In which envelopes ``bot-started-speaking`` and ``bot-stopped-speaking`` come.

    Every shipped SDK reads form A, Convai's pages describe form B; most likely both are on the wire.
    """

    A_THEN_B = "a-then-b"
    A_ONLY = "a-only"
    B_ONLY = "b-only"


class TranscriptForms(Enum):
    """How ``final-user-transcription`` comes: pages show it wrapped, Convai's Unreal plugin sees it flat as well."""

    WRAPPED_THEN_FLAT = "wrapped-then-flat"
    WRAPPED_ONLY = "wrapped-only"
    FLAT_ONLY = "flat-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Every setting of a simulated character; times in seconds."""

    greets: bool = False  # speaks first by itself, as a narrative's start section does
    latency: float = 0.25  # from the player's words to bot-llm-started
    ready_delay: float = 0.08  # from joining until the bot hears its data channel
    unprompted_ready: float = 1.0  # bot-ready by itself, for clients that never send client-ready
    greeting_delay: float = 0.15
    speaking_forms: SpeakingForms = SpeakingForms.A_THEN_B
    transcript_forms: TranscriptForms = TranscriptForms.WRAPPED_THEN_FLAT
    echoes_typed_text: bool = True  # user-started/-stopped-speaking and a transcription for typed words
    # What the player's spoken words say, utterance by utterance: nothing here understands speech. Beyond these it tells
    # how long the player spoke.
    hearing: tuple[str, ...] = ()
    hangover: float = 0.6  # of silence that ends the player's speech, where vad_params names no stop_secs
    advises: bool = True  # error-response beside messages that went well, as pipecat sends
    # A sender's queue of 1 s: a real pipecat bot says so when it has queued its last sample, not when it is heard.
    stopped_lead: float = 1.0
    # A pipecat bot's track is subscribed after bot-started-speaking, which costs the first words of the first turn.
    publishes_late: bool = False
    outputs: bool = False  # bot-output beside each sentence: seen on the live service at some times and not at others
    moderated_words: tuple[str, ...] = ()  # the player's text is judged, and must contain none of them
    # Convai publishes neither; its sample warning says 300 s.
    idle_timeout: float = 1800.0
    idle_warning: float = 300.0
    synthesizer: Synthesizer = field(default_factory=Babble)  # what voices are made by
