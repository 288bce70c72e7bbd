"""Webhooks: tries, signatures, redirects, and that no message has an address."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from reconciler.errors import NotificationFailed, UsageError
from reconciler.mock.clock import VirtualClock
from reconciler.notifying.webhook import TRIES, Delivery, deliver, signature
from tests.receiver import Receiver, receiving


def send(receiver: Receiver, key: str | None = None, clock: VirtualClock | None = None) -> None:
    deliver(
        Delivery("the webhook", receiver.url, {"text": "drift"}, "msg_1", key),
        clock or VirtualClock(),
        lambda: 1_800_000_000,
    )


def test_the_body_is_json_and_the_agent_is_named() -> None:
    with receiving() as receiver:
        send(receiver)
    ((headers, body),) = receiver.got
    assert body == b'{"text": "drift"}'
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("reconciler/")
    assert "webhook-signature" not in headers


@pytest.mark.parametrize("key", ["secret", "whsec_" + base64.b64encode(b"secret").decode()])
def test_a_signature_is_that_of_standard_webhooks(key: str) -> None:
    with receiving() as receiver:
        send(receiver, key)
    ((headers, body),) = receiver.got
    signed = hmac.new(b"secret", b"msg_1.1800000000." + body, hashlib.sha256).digest()
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", "1800000000")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"


def test_a_known_signature() -> None:
    """The example of the specification."""
    headers = signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_key_that_is_not_base64_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="whsec_") as caught:
        signature("a", 1, b"", "whsec_not base64")
    assert "not base64" not in caught.value.message


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_a_receiver_that_is_busy_is_tried_again(status: int) -> None:
    clock = VirtualClock()
    with receiving(status, status, 200) as receiver:
        send(receiver, clock=clock)
    assert len(receiver.got) == 3
    assert clock.now() == 3.0


def test_the_wait_that_the_receiver_wants_is_kept_up_to_half_a_minute() -> None:
    for wanted, waited in (("7", 7.0), ("3600", 30.0)):
        clock = VirtualClock()
        with receiving(429, 200, Retry_After=wanted) as receiver:
            send(receiver, clock=clock)
        assert clock.now() == waited


def test_it_is_given_up_after_some_tries() -> None:
    with receiving(503) as receiver, pytest.raises(NotificationFailed) as caught:
        send(receiver)
    assert len(receiver.got) == TRIES
    assert caught.value.message == "the webhook: the receiver answered HTTP 503"


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_final(status: int) -> None:
    with receiving(status) as receiver, pytest.raises(NotificationFailed, match=f"HTTP {status}"):
        send(receiver)
    assert len(receiver.got) == 1


def test_a_redirect_is_not_followed() -> None:
    with receiving() as other, receiving(302, Location=other.url) as receiver:
        with pytest.raises(NotificationFailed, match="HTTP 302"):
            send(receiver)
        assert other.got == []


def test_an_error_never_has_the_address() -> None:
    with receiving() as receiver:
        pass
    with pytest.raises(NotificationFailed) as caught:
        send(receiver)
    assert "cannot be reached" in caught.value.message
    for text in (caught.value.message, str(caught.value), repr(Delivery("n", receiver.url, {}, "i", "key"))):
        assert "very-secret" not in text
        assert str(receiver.port) not in text
