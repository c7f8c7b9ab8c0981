"""The public names, pinned: a change here is a change for every game."""

import convai_panda
from convai_panda import testing
from convai_panda.events import EVENTS, Event

PUBLIC = """
AccessDenied Action ActionCancelled ActionFailed ActionFinished ActionImpossible ActionQueue ActionStarted
ActionsRequested Allowance AllowanceSpent AllowanceWarning AudioError AudioFrame AudioSink AuthenticationError BargeIn
Body Character CharacterNotFound CloudTransport ConfigurationError ConnectError ContextUpdated Continuity Contract
Convai ConvaiError Ducking EmotionChanged Event Eyes Failed FallbackLines FileContinuity FreshConversation IdleWarning
InputDevice InvalidRequest Job JoinError Level LookedAround Measurement MemoryContinuity MessageReceived
MessageRefused MessageTooLarge MetricsReceived Microphone MicrophoneConsentNeeded MicrophoneLost MicrophoneOpened
MicrophoneUnavailable Moderated Mood Mover Nearest NoResponse Occlusion PandaVoice Picture PlayerSpeakingStarted
PlayerSpeakingStopped Presence ProtocolError ProximityPolicy PyAudioMicrophone RateLimited Ready Recorder Remarks
Replay Ring RingCrossed Room RoomError RoomLossReason RoomLost SceneAwareness SectionEntered ServerResponded
ServiceUnavailable SessionClosed SessionEnding SessionNotFound SessionState SharedSessionConflict SightChecked
SilentMicrophone SilentVoice Simulator Speaker SpeakingStarted SpeakingStopped SpeechFinished StateChanged Step
StraightLine TalkMode Target Thing ThinkingStarted TokenBudget Transcript Transport TurnCompleted TurnTimed TurnTraced
Undelivered UnknownAction Usage UsageLimitExceeded UsageLimitReached Vision VoiceOutput VoicePlacement WavMicrophone
__version__ add_tagged_characters default_transport input_devices use_hrtf
""".split()  # noqa: SIM905 - a list of so many strings reads worse


def test_the_public_names_are_these() -> None:
    assert convai_panda.__all__ == PUBLIC


def test_every_public_name_is_documented() -> None:
    undocumented = [
        name for name in PUBLIC if name != "__version__" and not (getattr(convai_panda, name).__doc__ or "").strip()
    ]
    assert undocumented == []


def test_every_event_has_a_messenger_name_of_its_own() -> None:
    names = [event.name for event in EVENTS]
    assert len(names) == len(set(names))
    assert all(name.startswith("convai-") for name in names)
    public = {getattr(convai_panda, name) for name in PUBLIC}
    assert {one for one in public if isinstance(one, type) and issubclass(one, Event)} == {Event, *EVENTS}


TESTING = """
ConvaiScene Heard Mix ScriptedCharacter ScriptedPlayer Side Trace assert_heard assert_no_gap assert_rings assert_said
assert_silent capture_mix heard step_until
""".split()  # noqa: SIM905 - as above


def test_the_names_for_a_games_own_tests_are_these() -> None:
    assert testing.__all__ == TESTING
    assert [name for name in TESTING if not (getattr(testing, name).__doc__ or "").strip()] == []
