"""The receivers of notifications, as options name them. Addresses of webhooks are secrets: an option has the name of
the environment variable that has one, and no message shows more than that name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from reconciler.errors import UsageError

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOPIC = re.compile(r"arn:[a-z-]+:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_BUS = re.compile(r"(?:arn:[a-z-]+:events:(?P<region>[a-z0-9-]+):\d{12}:event-bus/)?[/.A-Za-z0-9_-]{1,256}")
_LOOPBACK = frozenset({"127.0.0.1", "::1"})

FORMS = "sns:TOPIC_ARN, eventbridge:BUS, slack:VARIABLE or webhook:VARIABLE[:SECRET_VARIABLE]"


class Topic(NamedTuple):
    """A topic of Amazon SNS."""

    arn: str
    region: str

    def __str__(self) -> str:
        return f"sns:{self.arn}"

    @property
    def fifo(self) -> bool:
        return self.arn.endswith(".fifo")


class Bus(NamedTuple):
    """An event bus of Amazon EventBridge, by its name or ARN; `region` is `None` where it is the configured one."""

    name: str
    region: str | None

    def __str__(self) -> str:
        return f"eventbridge:{self.name}"


class Chat(NamedTuple):
    """An incoming webhook of Slack, or of a chat that takes the same messages, in an environment variable."""

    variable: str

    def __str__(self) -> str:
        return f"slack:{self.variable}"


class Webhook(NamedTuple):
    """Any HTTP endpoint, in an environment variable; with `secret`, the variable of the key that signs requests."""

    variable: str
    secret: str | None = None

    def __str__(self) -> str:
        return f"webhook:{self.variable}"


Target = Topic | Bus | Chat | Webhook


def target_of(text: str) -> Target:
    """The receiver that an option names. Raises `UsageError`, which never shows what may be a secret."""
    kind, _, rest = text.partition(":")
    if kind == "sns" and (topic := _TOPIC.fullmatch(rest)):
        return Topic(rest, topic[1])
    if kind == "eventbridge" and (bus := _BUS.fullmatch(rest)):
        return Bus(rest, bus["region"])
    names = rest.split(":")
    if kind == "slack" and len(names) == 1 and _VARIABLE.fullmatch(rest):
        return Chat(rest)
    if kind == "webhook" and len(names) <= 2 and all(map(_VARIABLE.fullmatch, names)):
        return Webhook(*names)
    if kind in ("slack", "webhook"):
        raise UsageError(
            f"--notify {kind}:... expects the name of an environment variable that has the URL",
            help=f"the URL is a secret: export it, and write --notify {kind}:VARIABLE",
        )
    shown = text if kind in ("sns", "eventbridge") else kind
    raise UsageError(f"--notify {shown}: not a receiver", help=f"expected {FORMS}")


def url_of(target: Chat | Webhook, environment: Mapping[str, str]) -> str:
    """The address of a webhook. Raises `UsageError` where the variable has none, or none that keeps it secret."""
    url = environment.get(target.variable, "").strip()
    if not url:
        raise UsageError(f"--notify {target}: the environment variable {target.variable} is not set")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(f"--notify {target}: the value of {target.variable} is not a URL")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise UsageError(f"--notify {target}: the URL in {target.variable} has to begin with https://")
    return url


def key_of(target: Webhook, environment: Mapping[str, str]) -> str | None:
    """The key that signs requests, `None` where they are not signed. Raises `UsageError` for a variable without one."""
    if target.secret is None:
        return None
    key = environment.get(target.secret, "")
    if not key:
        raise UsageError(f"--notify {target}: the environment variable {target.secret} is not set")
    return key
