"""JSON by HTTP to a webhook: with a time limit, a few tries, no redirects, and signatures of Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import IO, Any

from reconciler.errors import NotificationFailed, UsageError
from reconciler.model.clock import Clock
from reconciler.model.user_agent import UserAgent

TRIES = 4
TIMEOUT = 10.0
"""Seconds that one try may take to connect, and to answer."""
_LONGEST_WAIT = 30.0
_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Delivery:
    """One message: `name` is what errors call its receiver. `id` and the seconds since 1970 are part of what `key`
    signs."""

    name: str
    url: str = field(repr=False)
    body: Mapping[str, Any]
    id: str
    key: str | None = field(default=None, repr=False)


def deliver(delivery: Delivery, clock: Clock, time: Callable[[], float]) -> None:
    """Sends the message, some times where the receiver is busy or fails. Raises `NotificationFailed`, without the
    address."""
    content = json.dumps(delivery.body).encode()
    for attempt in range(TRIES):
        headers = {"Content-Type": "application/json", "User-Agent": str(UserAgent())}
        if delivery.key is not None:
            headers |= signature(delivery.id, int(time()), content, delivery.key)
        outcome = _sent(urllib.request.Request(delivery.url, content, headers, method="POST"))  # noqa: S310  # checked
        if outcome is None:
            return
        if attempt == TRIES - 1 or not outcome.again:
            raise NotificationFailed(f"{delivery.name}: {outcome.text}")
        clock.sleep(min(_LONGEST_WAIT, outcome.after or 2.0**attempt))


def signature(id: str, at: int, content: bytes, key: str) -> dict[str, str]:
    """The headers that sign a request. A key that begins with `whsec_` is Base64 after that. Raises `UsageError` for
    one that is not."""
    secret = key.encode()
    if key.startswith("whsec_"):
        try:
            secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise UsageError("the key of a webhook that begins with whsec_ has to be Base64 after that") from None
    signed = hmac.new(secret, f"{id}.{at}.".encode() + content, hashlib.sha256).digest()
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


@dataclass(frozen=True)
class _Failure:
    """Why a try failed, whether another one may succeed, and the seconds after which the receiver wants it."""

    text: str
    again: bool
    after: float | None = None


def _sent(request: urllib.request.Request) -> _Failure | None:
    try:
        with _OPENER.open(request, timeout=TIMEOUT):
            return None
    except urllib.error.HTTPError as error:
        with error:
            again = error.code in _LATER or error.code >= 500
            return _Failure(f"the receiver answered HTTP {error.code}", again, _seconds(error.headers))
    except TimeoutError:
        return _Failure("the receiver did not answer in time", again=True)
    except (urllib.error.URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", None)
        text = reason.strerror if isinstance(reason, OSError) and reason.strerror else type(reason or error).__name__
        return _Failure(f"the receiver cannot be reached: {text}", again=True)


def _seconds(headers: Message) -> float | None:
    written = headers.get("Retry-After", "")
    return float(written) if written.isascii() and written.isdecimal() else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would send the message, and what the address has of a secret, elsewhere."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
