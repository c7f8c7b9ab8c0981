"""Every answer to ``POST /connect`` but 200, as an error that says what to do. Source: Convai live API."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypedDict

from ...clean_text import clean_line
from ...errors import (
    AccessDenied,
    AuthenticationError,
    CharacterNotFound,
    ConnectError,
    InvalidRequest,
    ProtocolError,
    RateLimited,
    ServiceUnavailable,
    SessionNotFound,
    SharedSessionConflict,
)
from ..payload import read_object

MAX_DETAIL = 500  # characters: what a log line and a dialog can bear

_MAX_BODY_BYTES = 1 << 20
_SESSION_PHRASES = ("invalid uuid", "invalid session id", "session not found")


class _About(TypedDict):
    """What every ConnectError carries besides its sentence."""

    status: int
    detail: str
    request_trace_id: str | None
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    detail: str = ""
    field: str | None = None
    request_trace_id: str | None = None
    retry_after: float | None = None

    @property
    def about(self) -> _About:
        return _About(
            status=self.status,
            detail=self.detail,
            request_trace_id=self.request_trace_id,
            retry_after=self.retry_after,
        )

    def sentence(self, what: str, advice: str) -> str:
        said = f": {self.detail.rstrip('.')}" if self.detail else ""
        return f"{what} ({self.status}){said}. {advice}"


def parse_error_body(
    status: int, headers: Mapping[str, str], body: bytes, *, sent_session: bool = False
) -> ConnectError:
    """The typed error for an answer with ``status``; ``sent_session``: the request had a session id.

    The body may be FastAPI's ``detail`` (string or list), ``message``, ``error``, or no JSON at all.
    """
    answer = _read(status, body, headers)
    about = answer.about
    if sent_session and _is_about_session(answer):
        return SessionNotFound(
            answer.sentence("Convai does not know the saved conversation", "Begin a new one."), **about
        )
    match status:
        case 401:
            advice = "Set CONVAI_API_KEY to a valid key."
            return AuthenticationError(answer.sentence("Convai refused the API key", advice), **about)
        case 402:
            advice = "Check the account's plan and what is left of it."
            return AccessDenied(answer.sentence("Convai denied access", advice), **about)
        case 403:
            advice = "Check that the account has real-time access and owns what was asked for."
            return AccessDenied(answer.sentence("Convai denied access", advice), **about)
        case 404:
            advice = "Check the character id, and that the API key belongs to the character's account."
            return CharacterNotFound(answer.sentence("Convai knows no such character", advice), **about)
        case 409:
            advice = "Choose another shared_session_key, or the settings of the room that has it."
            return SharedSessionConflict(answer.sentence("The shared session is taken", advice), **about)
        case 400 | 422:
            return _invalid(answer)
        case 429:
            return _rate_limited(answer)
        case 408 | 425 | 500 | 502 | 503 | 504:
            return ServiceUnavailable(answer.sentence("Convai is not available", "Try again later."), **about)
    if status >= 500:
        return ServiceUnavailable(answer.sentence("Convai is not available", "Try again later."), **about)
    if 300 <= status < 400:
        advice = "Set CONVAI_URL to the address itself: redirects are not followed."
        return ConnectError(answer.sentence("The connect request was redirected", advice), **about)
    advice = "Check CONVAI_URL: this may not be Convai's live API."
    return ConnectError(answer.sentence("The connect request failed", advice), **about)


def _invalid(answer: _Answer) -> InvalidRequest:
    if "end_user_id" in answer.detail.lower():
        field, advice = "end_user_id", "This character remembers players: give an end_user_id."
    elif answer.field:
        field, advice = answer.field, f"Correct {answer.field} in the connect request."
    else:
        field, advice = None, "Correct the connect request."
    return InvalidRequest(
        answer.sentence("Convai refused the connect request", advice),
        **answer.about,
        field=field,
    )


def _rate_limited(answer: _Answer) -> RateLimited:
    if "speaker" in answer.detail.lower() or "end user" in answer.detail.lower():
        advice = "The plan's number of end users is used up: reuse end_user_ids or raise the plan."
    else:
        advice = "Close other sessions or wait, then try again."
    return RateLimited(answer.sentence("Convai's limit is reached", advice), **answer.about)


def _is_about_session(answer: _Answer) -> bool:
    text = answer.detail.lower()
    if answer.status in (400, 403, 404) and any(phrase in text for phrase in _SESSION_PHRASES):
        return True
    if answer.field == "character_session_id" and answer.status in (400, 422):
        return True
    # Where the words mean the account after all, the call without the session is refused like this one.
    return answer.status in (403, 404) and "session" in text


def _read(status: int, body: bytes, headers: Mapping[str, str]) -> _Answer:
    trace = _header(headers, "x-request-trace-id")
    wait = _retry_after(_header(headers, "retry-after"))
    try:
        fields = read_object(body, limit=_MAX_BODY_BYTES)
    except ProtocolError:
        text = body[: 8 * MAX_DETAIL].decode("utf-8", "replace")
        return _Answer(status, _clean(text), request_trace_id=trace, retry_after=wait)
    found = fields.get("request_trace_id")
    trace = _clean(found) if isinstance(found, str) else trace
    for key in ("detail", "message", "error"):
        detail, field = _explain(fields.get(key))
        if detail:
            return _Answer(status, detail, field, trace, wait)
    return _Answer(status, request_trace_id=trace, retry_after=wait)


def _explain(value: object) -> tuple[str, str | None]:
    """A detail and the field it names: from a string, from an object, or from the first entry of a list."""
    match value:
        case str():
            return _clean(value), None
        case [first, *_]:
            return _explain(first)
        case {"msg": str(message), **rest}:
            return _clean(message), _field(rest.get("loc"))
        case {"message": str(message)} | {"error": str(message)} | {"detail": str(message)}:
            return _clean(message), None
    return "", None


def _field(loc: object) -> str | None:
    if not isinstance(loc, list):
        return None
    steps = [str(step) for step in loc if isinstance(step, str | int)]
    return _clean(".".join(steps[1:] if steps[:1] == ["body"] else steps)) or None


def _clean(text: str) -> str:
    """One line without control or direction-changing characters, at most MAX_DETAIL long."""
    return clean_line(text, limit=MAX_DETAIL)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or an HTTP date; never negative."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
        except (ValueError, OverflowError, IndexError):
            return None
        when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
        seconds = (when - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
