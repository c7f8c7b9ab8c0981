"""The command line: ``convai-panda sim`` serves simulated characters, ``doctor`` looks around, ``replay`` prints."""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import __version__

if TYPE_CHECKING:
    from .simulator.http import LiveKitAccess, SimulatorService

_SIM_EXAMPLES = """\
examples:
  convai-panda sim                          a service on a free port of this machine
  convai-panda sim --port 8400 --greet      characters speak first
  convai-panda sim --port 0 --json          one line of JSON when ready, for scripts:
      {"connect_url": "http://127.0.0.1:41234", "livekit_url": "ws://127.0.0.1:39999", "api_key": "…"}
  convai-panda sim --faults subway --seed 7 what may go wrong, the same each time; --faults help lists them
  convai-panda sim --livekit-url wss://my.livekit.cloud --livekit-key KEY    secret from $LIVEKIT_API_SECRET

connect_url is the base to which a client appends "/connect" (and "/disconnect"), as CONVAI_URL is.
"""

_LARGE = 20_000_000  # bytes of a recording that take more than a second to read

_REPLAY_EXAMPLES = """\
examples:
  convai-panda replay visit.convai                     times, directions (> to the service), messages, sound
  convai-panda replay visit.convai --json | jq .type   one JSON object a line, messages whole

exit code: 0 read, also where the end is missing (a note says so); 1 there is no such recording.
A game runs on it with Convai(base, transport=Replay("visit.convai")).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="convai-panda", description="Convai characters for Panda3D.")
    parser.add_argument("--version", action="version", version=f"convai-panda {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor",
        help="say what a game finds on this machine, and what to do about it",
        description="Look at Python, Panda3D, sound, LiveKit, rooms, the service and the key; exit 1 on an error.",
    )
    doctor.set_defaults(run=_doctor)
    doctor.add_argument("--json", action="store_true", help="print a list of {what, verdict, found, advice}")
    _add_chat(commands)
    replay = commands.add_parser(
        "replay",
        help="print a recorded visit",
        description="Print what a Recorder has written, as a readable trace.",
        epilog=_REPLAY_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    replay.set_defaults(run=_replay)
    replay.add_argument("file", metavar="FILE", help="the recording")
    replay.add_argument("--json", action="store_true", help="print JSON lines instead of text")
    sim = commands.add_parser(
        "sim",
        help="serve simulated characters over HTTP and LiveKit",
        description="Serve simulated characters: POST /connect over HTTP, voices and messages in real LiveKit rooms.",
        epilog=_SIM_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sim.set_defaults(run=_sim)
    sim.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    sim.add_argument("--port", type=int, default=0, help="port to listen on; 0, the default, is any free one")
    sim.add_argument("--json", action="store_true", help="print one line of JSON when ready, and nothing else")
    sim.add_argument(
        "--api-key",
        default=os.environ.get("CONVAI_SIM_API_KEY"),
        help="the key that clients must send (default: $CONVAI_SIM_API_KEY, else a new one each time)",
    )
    livekit = sim.add_argument_group(
        "LiveKit", "Without a URL, a livekit-server is started on loopback and stopped afterwards."
    )
    livekit.add_argument("--livekit-url", default=os.environ.get("LIVEKIT_URL"), help="default: $LIVEKIT_URL")
    livekit.add_argument("--livekit-key", default=os.environ.get("LIVEKIT_API_KEY"), help="default: $LIVEKIT_API_KEY")
    livekit.add_argument(
        "--livekit-secret",
        default=os.environ.get("LIVEKIT_API_SECRET"),
        help="default: $LIVEKIT_API_SECRET, which other users of this machine cannot see in the process list",
    )
    livekit.add_argument(
        "--build-livekit", action="store_true", help="build livekit-server with Go when none is found (minutes, once)"
    )
    who = sim.add_argument_group("characters")
    who.add_argument("--character", action="append", metavar="ID", help="only these exist (default: every UUID)")
    who.add_argument("--max-rooms", type=int, help="rooms at once before 429 (default: no limit)")
    who.add_argument("--greet", action="store_true", help="characters speak first")
    who.add_argument(
        "--voice",
        default="babble",
        metavar="NAME",
        help="babble, or espeak-ng or flite where that program is installed, with a language or a voice of its own "
        "after a colon: espeak-ng:fr (default: babble)",
    )
    who.add_argument("--latency", type=float, default=0.25, metavar="SECONDS", help="time to think (default: 0.25)")
    who.add_argument(
        "--hear",
        action="append",
        default=[],
        metavar="TEXT",
        help="what the player's next spoken words say, once for each time that they speak; nothing here understands "
        "speech, so beyond these it is told how long they spoke",
    )
    who.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="how to read a contradiction between sources about the service; 'help' lists them",
    )
    wrong = sim.add_argument_group("faults")
    wrong.add_argument("--faults", metavar="NAME", help="what goes wrong; 'help' lists the names, a sentence each")
    wrong.add_argument("--seed", type=int, help="makes the same things go wrong again (default: a new one each time)")
    return parser


def _add_chat(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from . import chat_command

    parser = commands.add_parser(
        "chat",
        help="talk to a character in the terminal",
        description="Talk to one character, typing or by voice, without a window.",
        epilog=chat_command.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chat_command.add_options(parser)


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import show

    return show(as_json=options.json)


def _replay(options: argparse.Namespace) -> int:
    from .errors import ConfigurationError
    from .recording.reading import read_recording
    from .recording.trace import as_values, trace

    with contextlib.suppress(OSError, ValueError):
        if (size := os.path.getsize(options.file)) > _LARGE:
            print(f"Reading {size / 1e6:.0f} MB …", file=sys.stderr)
    try:
        recording = read_recording(options.file)
    except ConfigurationError as error:
        print(f"convai-panda replay: {error}", file=sys.stderr)
        return 1
    lines = map(json.dumps, as_values(recording)) if options.json else trace(recording)
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _sim(options: argparse.Namespace) -> int:
    if options.faults == "help":
        from .simulator.faults import describe_faults

        print(describe_faults())
        return 0
    if "help" in options.reading:
        from .simulator.dialect import describe_dialect

        print(describe_dialect())
        return 0
    try:
        from .simulator.http import SimulatorService
        from .simulator.livekit_server import ServerUnavailable
    except ImportError as error:
        print(f"The simulator's service needs {error.name}: pip install 'convai-panda[sim]'", file=sys.stderr)
        return 1
    from .simulator import Behaviour, Dialect
    from .simulator.characters import Cast
    from .simulator.programs import find_synthesizer

    signal.signal(signal.SIGTERM, _interrupt)  # until the loop takes over, so that nothing is left behind
    api_key = options.api_key or secrets.token_hex(16)
    with contextlib.ExitStack() as stack:
        try:
            behaviour = Behaviour(
                greets=options.greet,
                latency=options.latency,
                dialect=Dialect.read(options.reading),
                hearing=tuple(options.hear),
                synthesizer=find_synthesizer(options.voice),
            )
            service = SimulatorService(
                _access(options, stack),
                host=options.host,
                port=options.port,
                api_keys=(api_key,),
                cast=Cast(options.character),
                behaviour=behaviour,
                max_rooms=options.max_rooms,
                faults=options.faults,
                seed=options.seed,
            )
            asyncio.run(_serve(service, options, api_key))
        except (ServerUnavailable, OSError, ValueError) as error:
            print(f"convai-panda sim: {error}", file=sys.stderr)
            return 1
    return 0


def _access(options: argparse.Namespace, stack: contextlib.ExitStack) -> "LiveKitAccess":
    """The LiveKit that was named, or one of our own that lives as long as the stack."""
    from .simulator import livekit_server
    from .simulator.http import LiveKitAccess

    if options.livekit_url:
        if not (options.livekit_key and options.livekit_secret):
            raise ValueError("--livekit-url needs --livekit-key and --livekit-secret (or $LIVEKIT_API_SECRET)")
        return LiveKitAccess(url=options.livekit_url, key=options.livekit_key, secret=options.livekit_secret)
    if livekit_server.find() is None and options.build_livekit:
        print("Building livekit-server; this takes some minutes, once.", file=sys.stderr)
        livekit_server.build()
    server = stack.enter_context(livekit_server.LiveKitServer())
    return LiveKitAccess(url=server.url, key=server.key, secret=server.secret)


async def _serve(service: "SimulatorService", options: argparse.Namespace, api_key: str) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
    async with service:
        if options.json:
            ready = {"connect_url": service.url, "livekit_url": service.livekit_url, "api_key": api_key}
            print(json.dumps(ready | ({"seed": service.seed} if options.faults else {})), flush=True)
        else:
            print(f"Simulated characters at {service.url} (rooms at {service.livekit_url}).")
            print(f"Try:  CONVAI_URL={service.url} CONVAI_API_KEY={api_key} python -m samples.village")
            if options.faults:
                print(f"Things go wrong ({options.faults}); again in the same way with --seed {service.seed}.")
            print("Ctrl-C ends it.", flush=True)
        await stopped.wait()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
