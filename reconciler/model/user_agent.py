"""What the program calls itself in every request, so that CloudTrail shows which changes are its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import NamedTuple

PREFIX = 12
"""Characters of a plan's digest that a request has."""

_OWN = re.compile(r"(?:^|[\s\[(])reconciler/(\S+?)(?: plan/([0-9a-f]{12}))?(?=[\s\])]|$)")


@cache
def version() -> str:
    """The version of the program; `unknown` where it is not installed as a distribution."""
    try:
        return metadata.version("org-reconciler")
    except metadata.PackageNotFoundError:
        return "unknown"


@dataclass
class UserAgent:
    """The part of the user agent that names the program and, while a plan is applied, the beginning of its digest. The
    client reads it for every request."""

    plan: str | None = None

    def applying(self, digest: str) -> None:
        """From now on, requests are about the plan with this digest."""
        self.plan = digest.removeprefix("sha256:")[:PREFIX]

    def __str__(self) -> str:
        return f"reconciler/{version()}" + (f" plan/{self.plan}" if self.plan else "")


class OwnAgent(NamedTuple):
    """This program, as a user agent names it, and the beginning of the digest of the plan that it applied."""

    version: str
    plan: str | None


def own_agent(text: str) -> OwnAgent | None:
    """This program in a user agent, `None` for others. Callers choose their user agent: it is a mark, not evidence."""
    found = _OWN.search(text)
    return OwnAgent(found[1], found[2]) if found else None
