"""Walk through the village and talk to its people: ``python -m samples.village``.

Without a key its people are played by the built-in simulator. Without a display, or with ``--headless``, a
scripted player walks instead, and leaves pictures, a WAV of what was heard and a transcript behind.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from panda3d.core import load_prc_file_data

from convai_panda import (
    CloudTransport,
    ConfigurationError,
    PyAudioMicrophone,
    Recorder,
    Replay,
    Transport,
    use_hrtf,
)


def main() -> int:
    """Parse the command line and run the game or the tour."""
    parser = argparse.ArgumentParser(prog="python -m samples.village", description=__doc__)
    parser.add_argument("--headless", metavar="OUT", type=Path, help="no window: a scripted player, files into OUT")
    parser.add_argument("--connect-url", metavar="URL", help="a service to talk to, such as `convai-panda sim` prints")
    parser.add_argument("--api-key", metavar="KEY", help="its key (default: $CONVAI_API_KEY)")
    parser.add_argument(
        "--microphone",
        metavar="NAME",
        nargs="?",
        const="",
        help="hold T to speak; a part of the device's name, or nothing for the default (needs convai-panda[mic])",
    )
    parser.add_argument(
        "--voice",
        metavar="NAME",
        default="babble",
        help="what the simulator speaks with: babble, or espeak-ng or flite where that program is installed",
    )
    parser.add_argument("--record", metavar="FILE", type=Path, help="write all talk to a file, without secrets")
    parser.add_argument("--replay", metavar="FILE", type=Path, help="let a recorded visit answer")
    parser.add_argument("--story", action="store_true", help="with --headless: play the story to its end (minutes)")
    parser.add_argument("--can-draw", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--quality", choices=("high", "low"), help="how much is drawn (default: as last set)")
    arguments = parser.parse_args()
    if arguments.can_draw:
        from samples.village.tour import can_draw

        return can_draw()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    from samples.village.game import own_transport
    from samples.village.sheets import read_people

    try:
        transport = _transport(arguments.connect_url, arguments.api_key)
        if arguments.replay is not None:
            transport = Replay(arguments.replay)
        transport = transport or own_transport(read_people().values(), voice=arguments.voice)
        if arguments.record is not None:
            transport = Recorder(transport, arguments.record)
    except ConfigurationError as error:
        parser.error(str(error))
    headless = arguments.headless or (None if _has_display() else Path("out"))
    if headless is not None:
        from samples.village.playthrough import Playthrough
        from samples.village.tour import Tour, run_headless

        script = Playthrough if arguments.story else Tour
        return run_headless(headless, transport, arguments.quality or "high", script)
    from samples.village.game import Game
    from samples.village.preferences import Preferences

    preferences = Preferences.load()
    load_prc_file_data("", "window-title A village at dusk\nwin-size 1280 720")
    if preferences.hrtf:
        use_hrtf()
    quality = arguments.quality or preferences.quality
    if quality == "high":
        load_prc_file_data("", "framebuffer-multisample 1\nmultisamples 4")
    microphone = None
    if arguments.microphone is not None:
        preferences.device = arguments.microphone or preferences.device
        microphone = PyAudioMicrophone(preferences.device or None)
    game = Game(
        transport=transport,
        quality=quality,
        microphone=microphone,
        preferences=preferences,
        keeps_preferences=True,
        has_ambience=True,
    )
    game.run()
    return 0


def _transport(url: str | None, api_key: str | None) -> Transport | None:
    """None: the game's own choice."""
    if url is None and api_key is None:
        return None
    return CloudTransport(url=url.removesuffix("/connect") if url else None, api_key=api_key)


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
