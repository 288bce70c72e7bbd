"""Receivers as options name them: secrets come from the environment, and no error shows one."""

from __future__ import annotations

import pytest

from reconciler.errors import UsageError
from reconciler.notifying.targets import Bus, Chat, Target, Topic, Webhook, key_of, target_of, url_of

TOPIC = "arn:aws:sns:eu-west-1:111122223333:drift"
BUS = "arn:aws-us-gov:events:us-gov-west-1:111122223333:event-bus/security"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (f"sns:{TOPIC}", Topic(TOPIC, "eu-west-1")),
        (f"sns:{TOPIC}.fifo", Topic(f"{TOPIC}.fifo", "eu-west-1")),
        ("eventbridge:default", Bus("default", None)),
        (f"eventbridge:{BUS}", Bus(BUS, "us-gov-west-1")),
        ("slack:CHAT_URL", Chat("CHAT_URL")),
        ("webhook:HOOK", Webhook("HOOK")),
        ("webhook:HOOK:KEY", Webhook("HOOK", "KEY")),
    ],
)
def test_what_an_option_names(text: str, target: Target) -> None:
    assert target_of(text) == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sns:drift", "--notify sns:drift: not a receiver"),
        ("eventbridge:", "--notify eventbridge:: not a receiver"),
        ("teams:HOOK", "--notify teams: not a receiver"),
        ("", "--notify : not a receiver"),
        ("slack:A:B", "--notify slack:... expects the name of an environment variable that has the URL"),
        ("webhook:A:B:C", "--notify webhook:... expects the name of an environment variable that has the URL"),
        ("slack:", "--notify slack:... expects the name of an environment variable that has the URL"),
    ],
)
def test_what_is_none(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        target_of(text)
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["slack:https://hooks/T0/B0/xyzzy", "webhook:https://h/xyzzy", "https://h/xyzzy"])
def test_a_url_on_the_command_line_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        target_of(text)
    assert "xyzzy" not in f"{caught.value.message} {caught.value.help}"


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com/a", " https://hooks.example.com/a\n", "http://127.0.0.1:9/a", "http://[::1]:9/a"]
)
def test_a_url_that_is_taken(url: str) -> None:
    assert url_of(Chat("HOOK"), {"HOOK": url}) == url.strip()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "HOOK is not set"),
        ("http://hooks.example.com/xyzzy", "has to begin with https://"),
        ("http://127.0.0.1.example.com/xyzzy", "has to begin with https://"),
        ("http://127.0.0.1@example.com/xyzzy", "has to begin with https://"),
        ("file:///etc/xyzzy", "is not a URL"),
        ("ftp://example.com/xyzzy", "has to begin with https://"),
        ("https://example.com:port/xyzzy", "is not a URL"),
        ("https://exam ple.com/xyzzy", "is not a URL"),
        ("https://example.com/\x01xyzzy", "is not a URL"),
        ("xyzzy", "is not a URL"),
    ],
)
def test_a_url_that_is_not(url: str, message: str) -> None:
    with pytest.raises(UsageError, match="--notify slack:HOOK: ") as caught:
        url_of(Chat("HOOK"), {"HOOK": url})
    assert message in caught.value.message
    assert "xyzzy" not in f"{caught.value.message} {caught.value.help}"


def test_a_key_that_is_named_has_to_be_there() -> None:
    assert key_of(Webhook("HOOK"), {}) is None
    assert key_of(Webhook("HOOK", "KEY"), {"KEY": "k"}) == "k"
    with pytest.raises(UsageError, match="KEY is not set"):
        key_of(Webhook("HOOK", "KEY"), {})
