"""Where settings come from: arguments first, then PRC variables, then the environment. The key is never in a PRC."""

import os

from panda3d.core import ConfigVariableString

DEFAULT_URL = "https://live.convai.com"

_PRC_URL = ConfigVariableString("convai-url", "", "Base URL of the Convai service; /connect is appended.")


def connect_url(argument: str | None = None) -> str:
    """The service's base URL: the argument, PRC ``convai-url``, ``$CONVAI_URL``, or Convai's own."""
    return argument or _PRC_URL.get_value() or os.environ.get("CONVAI_URL", "") or DEFAULT_URL


def api_key(argument: str | None = None) -> str | None:
    """The API key: the argument or ``$CONVAI_API_KEY``; a PRC file ships with the game, so it is not read."""
    return argument or os.environ.get("CONVAI_API_KEY") or None


def is_url_set() -> bool:
    """Whether somebody has named a service, and so wants one rather than the simulator."""
    return bool(_PRC_URL.get_value() or os.environ.get("CONVAI_URL"))
