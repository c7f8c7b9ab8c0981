"""What ``convai-panda chat`` takes; the talk itself, which needs Panda3D, is in ``chat.py``. Pure."""

import argparse
from pathlib import Path

EXAMPLES = """\
examples:
  convai-panda chat 3b0a1f3e-52a4-4f0e-9d51-7c1f5b1d0001              the built-in simulator, where no key is set
  CONVAI_API_KEY=… convai-panda chat ID --microphone                  speak and listen, at the service
  CONVAI_API_KEY=… convai-panda chat ID --connect-url http://127.0.0.1:8400    a `convai-panda sim`
  printf 'Hello.\\nWho are you?\\n' | convai-panda chat ID --silent      a script: each line waits for its answer
  convai-panda chat ID --record visit.convai                          for a bug report; see `convai-panda replay`

Type a line and Enter. Ctrl-D or Ctrl-C leaves. The key is taken from $CONVAI_API_KEY only, because others can see
a command line.

exit code: 0 the talk was ended by the player; 1 it failed, the last line says why; 2 the command is wrong.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("character", metavar="CHARACTER_ID", help="whom to talk to")
    parser.add_argument("--name", default="Character", help="what the character is called here")
    parser.add_argument("--player", metavar="NAME", help="your name, which the character gets to know")
    parser.add_argument("--connect-url", metavar="URL", help="another service, such as `convai-panda sim` prints")
    parser.add_argument(
        "--microphone",
        metavar="DEVICE",
        nargs="?",
        const="",
        help="speak; a part of the device's name, or nothing for the default (needs convai-panda[mic])",
    )
    parser.add_argument("--silent", action="store_true", help="do not play the character's voice")
    parser.add_argument("--fresh", action="store_true", help="begin a new conversation, and save none")
    parser.add_argument("--record", metavar="FILE", type=Path, help="record the talk, without secrets")
    parser.add_argument(
        "--patience", type=float, default=60.0, metavar="SECONDS", help="for the character, and for an answer (60)"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from .chat import run

    return run(options)
