"""Which transport a game gets that names none."""

import logging

from . import settings
from .transport.base import Transport

_log = logging.getLogger(__name__)


def default_transport() -> Transport:
    """The Convai service where a key or a URL is set (``$CONVAI_API_KEY``, ``$CONVAI_URL``), else the simulator.

    The log says so where it is the simulator. Raises ConfigurationError for a URL without a key.
    """
    if settings.api_key() or settings.is_url_set():
        from .transport.cloud import CloudTransport

        return CloudTransport()
    from .simulator import Simulator

    _log.warning("CONVAI_API_KEY is not set: the built-in simulator answers for every character.")
    return Simulator()
