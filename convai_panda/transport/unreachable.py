"""Why a call did not come about, in words that say what to do. Knows no HTTP library: only how its errors are called.

The libraries' own words are not repeated, as they may quote what was sent.
"""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from .discretion import shown

_BROKEN_OFF = ("RemoteProtocolError", "ReadError", "WriteError", "CloseError")


def explain_failure(url: str, error: BaseException) -> str:
    """One or two sentences about a call to ``url`` that ended in ``error``."""
    called, name, proxy = shown(url), type(error).__name__, find_proxy(url)
    if name == "ProxyError":
        return f"The proxy {proxy or '(HTTPS_PROXY)'} does not let the call to {called} through. Check HTTPS_PROXY."
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return (
                    f"The certificate of {called} cannot be trusted ({cause.verify_message}). Check the URL and this "
                    "machine's clock; whoever reads along on purpose, as some firewalls do, has one for SSL_CERT_FILE."
                )
            case ssl.SSLError():
                return f"{called} does not encrypt as https does ({cause.reason}). Check the URL and its port."
            case socket.gaierror():
                host = urlsplit(f"//{proxy}" if proxy else url).hostname
                return f"{host} is not known to the network (DNS). Check the network, and its name in the URL."
            case ConnectionRefusedError() if proxy:
                return f"The proxy {proxy} cannot be reached. Check HTTPS_PROXY, or take it out."
    if name in _BROKEN_OFF:
        return f"{called} broke its answer off, or does not speak HTTP. Check the network and the URL."
    if name == "DecodingError":
        return f"{called} answered with a body that is not encoded as it says. Check the URL."
    return f"{called} cannot be reached ({name}). Check the network and the URL."


def explain_refusal(error: BaseException) -> str:
    """Why there cannot be a call at all, as the settings of this machine are."""
    if isinstance(error, ImportError):
        return "HTTPS_PROXY or ALL_PROXY names a SOCKS proxy: pip install 'httpx[socks]', or name another proxy."
    if isinstance(error, OSError):
        return "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read. Correct it, or take it out."
    return "HTTPS_PROXY or ALL_PROXY is no URL of a proxy. It must look like http://host:port."


def find_proxy(url: str) -> str | None:
    """``host:port`` of the proxy that the environment names for a URL; one on this machine's http is asked directly."""
    parts = urlsplit(url)
    if parts.scheme != "https" or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    named = proxies.get("https") or proxies.get("all")
    if not named:
        return None
    return urlsplit(named if "//" in named else f"//{named}").netloc.rpartition("@")[2] or None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
