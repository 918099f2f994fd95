"""One HTTP request to a channel: no redirects, bounded time, and what its answer means for the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import requests

from console.channels.notice import NotTakenError, TryLaterError

_SECONDS: Final = (5.0, 15.0)
_BUSY: Final = 429
#: Answers that another try may change: time-outs, conflicts, too early, too many.
_LATER: Final = frozenset((408, 409, 425, _BUSY))


def post(url: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
    """The answer to a POST of `body`; raises `TryLaterError` or `NotTakenError`, neither with the URL."""
    try:
        answer = requests.post(url, data=body, headers=dict(headers), timeout=_SECONDS, allow_redirects=False)
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
    ):
        raise NotTakenError("its address is no http(s) URL") from None
    except requests.RequestException as error:
        raise TryLaterError(f"it could not be reached: {type(error).__name__}") from None
    if answer.status_code in _LATER or answer.status_code >= 500:
        raise TryLaterError(f"it answered {answer.status_code}", wait(answer.headers))
    if not 200 <= answer.status_code < 300:
        raise NotTakenError(f"it answered {answer.status_code}")
    return answer


def wait(headers: Mapping[str, Any]) -> float | None:
    """The seconds of a `Retry-After` header, if it has any (RFC 9110, 10.2.3; dates are left aside)."""
    said = str(headers.get("Retry-After", ""))
    return float(said) if said.isascii() and said.isdigit() and len(said) < 7 else None
