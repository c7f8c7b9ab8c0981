"""What can go wrong between a game and the service, by name: one table, pure data.

To add one, add an entry to ``FAULTS``: its name, a sentence, and the settings of ``Faults`` that it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from ..errors import ConfigurationError

Span = tuple[float, float]  # s from, to; drawn evenly

_NEVER = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Every setting of a faulty line. Shares are from 0 to 1, times in seconds; by default nothing goes wrong.

    Raises ConfigurationError for what is no share or no span of time.
    """

    about: str  # one sentence

    # POST /connect
    connect_delay: Span = _NEVER
    refusals: Mapping[int, float] = field(default_factory=dict)  # HTTP status → share of the calls that get it
    garbage_bodies: float = 0.0  # of the answers: 200, and a body that is no ConnectResponse
    dropped_calls: float = 0.0  # of the calls: the connection ends without an answer
    body_time: Span = _NEVER  # that the body takes to arrive, piece by piece

    # Getting ready
    ready_delay: Span = _NEVER  # on top of the usual
    never_ready: float = 0.0  # of the rooms: nobody in them ever says bot-ready

    # What arrives
    delay: Span = _NEVER  # of each message and each frame of sound; their order is kept
    lost: Mapping[str, float] = field(default_factory=dict)  # type of a message → share of them
    lost_sound: float = 0.0  # of the audio frames
    duplicates: float = 0.0  # of the messages: come twice
    reordered: float = 0.0  # of the messages: overtaken by those after them
    late_text_lost: float = 0.0  # of the turns: no more text once the voice has begun
    empty_finals: float = 0.0  # of the player's finals: more of them, without words
    giants: float = 0.0  # of the messages: followed by one as large as the line carries
    hostile_text: float = 0.0  # of the texts: with what harms a screen, a terminal or a log
    nonsense: float = 0.0  # of the messages: broken in one of many ways
    lying_sound: float = 0.0  # of the audio-data messages: wrong rates, channels, sizes
    floods: float = 0.0  # of the turns: thousands of messages at once

    # When
    stalls: float = 0.0  # of the turns: nothing comes for a while, in the middle of a sentence
    stall_time: Span = (1.0, 4.0)
    cut_after: Span | None = None  # the room is lost so long after it was entered
    leaves_after: Span | None = None  # the character goes without a word; the room stays
    idle_timeout: float | None = None  # instead of the usual half an hour
    quota: int | None = None  # turns of the whole account until usage-limit-reached
    breakdowns: float = 0.0  # of the turns: after it the service says that it has failed, and closes the room

    def __post_init__(self) -> None:
        for each in fields(self):
            match getattr(self, each.name):
                case tuple() as span if len(span) != 2 or not 0.0 <= span[0] <= span[1]:
                    raise ConfigurationError(f"{each.name} must be (from, to) in seconds, got {span}.")
                case float() as share if each.name != "idle_timeout" and not 0.0 <= share <= 1.0:
                    raise ConfigurationError(f"{each.name} is a share and must be from 0 to 1, got {share}.")
                case Mapping() as shares if not all(0.0 <= share <= 1.0 for share in shares.values()):
                    raise ConfigurationError(f"{each.name} must hold shares from 0 to 1, got {dict(shares)}.")


_STATUSES = {
    400: "a malformed value",
    401: "a wrong key",
    403: "no real-time access",
    404: "an unknown character",
    409: "a shared session that is taken",
    422: "a field that fails its schema",
    429: "too many rooms at once",
    500: "a character that could not be started",
    503: "a database that is away",
}

FAULTS: Mapping[str, Faults] = MappingProxyType(
    {
        "slow-connect": Faults(about="The service takes 3 to 8 s to answer a call.", connect_delay=(3.0, 8.0)),
        **{
            f"status-{status}": Faults(
                about=f"Calls are answered with {status}: {what}{'; one of three gets through' * (status >= 429)}.",
                refusals={status: 0.66 if status >= 429 else 1.0},
            )
            for status, what in _STATUSES.items()
        },
        "garbage-body": Faults(about="Half of the calls are answered with 200 and nonsense.", garbage_bodies=0.5),
        "dropped-call": Faults(about="Half of the calls end without an answer.", dropped_calls=0.5),
        "slow-body": Faults(about="Answers arrive piece by piece, over 2 to 6 s.", body_time=(2.0, 6.0)),
        "slow-ready": Faults(about="The character needs 4 to 10 s to get ready.", ready_delay=(4.0, 10.0)),
        "no-ready": Faults(about="In every second room nobody ever gets ready.", never_ready=0.5),
        "stall": Faults(about="Most turns stop for 1 to 4 s in the middle of a sentence.", stalls=0.8),
        "cut": Faults(about="The room is lost 4 to 12 s after it was entered.", cut_after=(4.0, 12.0)),
        "gone": Faults(about="The character leaves without a word after 4 to 12 s.", leaves_after=(4.0, 12.0)),
        "packet-loss": Faults(about="One audio frame of twenty is lost.", lost_sound=0.05),
        "jitter": Faults(about="Everything arrives up to 0.1 s late.", delay=(0.0, 0.1)),
        "duplicates": Faults(about="Every third message comes twice.", duplicates=0.33),
        "reordering": Faults(about="Every fifth message is overtaken by those after it.", reordered=0.2),
        "no-turn-completed": Faults(
            about="Most turns end without bot-turn-completed.", lost={"bot-turn-completed": 0.8}
        ),
        "no-stopped-speaking": Faults(
            about="The end of most voices is never announced.", lost={"bot-stopped-speaking": 0.9}
        ),
        "late-text-lost": Faults(about="Text that comes after the voice has begun is lost.", late_text_lost=1.0),
        "empty-finals": Faults(about="Final transcriptions without words come along.", empty_finals=1.0),
        "idle-kill": Faults(about="The session is ended after 15 s of silence.", idle_timeout=15.0),
        "quota": Faults(about="The plan is used up after three turns.", quota=3),
        "breakdown": Faults(about="After every fourth turn the service fails, and says so.", breakdowns=0.25),
        "giant": Faults(about="Every tenth message is followed by the largest that the line carries.", giants=0.1),
        "hostile-text": Faults(about="Texts hold what harms screens, terminals and logs.", hostile_text=0.5),
        "nonsense": Faults(about="Every tenth message is broken in one of many ways.", nonsense=0.1),
        "lying-sound": Faults(about="Half of all audio-data says what it is not.", lying_sound=0.5),
        "flood": Faults(about="Turns bring thousands of messages at once.", floods=0.5),
        # Mixtures
        "subway": Faults(
            about="A phone in a tunnel: slow calls, stalls, lost sound, and a room that is lost every minute.",
            connect_delay=(0.2, 4.0),
            dropped_calls=0.25,
            delay=(0.0, 0.15),
            lost_sound=0.04,
            stalls=0.3,
            stall_time=(0.5, 3.0),
            cut_after=(20.0, 90.0),
        ),
        "hotel-wifi": Faults(
            about="A portal in between: calls answered by a web page, slow bodies, jitter, duplicates.",
            connect_delay=(0.1, 1.5),
            garbage_bodies=0.2,
            body_time=(0.0, 2.0),
            delay=(0.0, 0.25),
            lost_sound=0.02,
            duplicates=0.05,
            cut_after=(60.0, 240.0),
        ),
        "overload": Faults(
            about="The service on its worst day: 429, 500 and 503, late characters, stalls, ends that are not told.",
            connect_delay=(1.0, 6.0),
            refusals={429: 0.15, 500: 0.1, 503: 0.15},
            ready_delay=(0.5, 6.0),
            never_ready=0.05,
            stalls=0.5,
            lost={"bot-turn-completed": 0.3, "bot-stopped-speaking": 0.3},
            empty_finals=0.5,
            leaves_after=(60.0, 300.0),
        ),
        "hostile": Faults(
            about="Somebody means harm: broken, giant, doubled and swapped messages, floods, text that attacks.",
            duplicates=0.1,
            reordered=0.1,
            giants=0.02,
            hostile_text=0.3,
            nonsense=0.1,
            lying_sound=0.3,
            floods=0.1,
        ),
    }
)


def find_faults(wanted: str | Faults | None) -> Faults | None:
    """The faults of that name. Raises ConfigurationError that lists the names."""
    if wanted is None or isinstance(wanted, Faults):
        return wanted
    found = FAULTS.get(wanted.strip().lower().replace("_", "-").replace(" ", "-"))
    if found is None:
        raise ConfigurationError(f"There are no faults named {wanted!r}. There are: {', '.join(FAULTS)}.")
    return found


def describe_faults() -> str:
    """All names, each with its sentence, one a line."""
    width = max(map(len, FAULTS))
    return "\n".join(f"{name.ljust(width)}  {faults.about}" for name, faults in FAULTS.items())
