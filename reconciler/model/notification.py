"""What is sent about drift: the same content for every receiver."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.drift import Severity

State = Literal["detected", "resolved", "none", "failed"]
"""Drift was found; there was some and now there is none; there is none; it could not be looked for."""

WORDS: dict[State, str] = {
    "detected": "Drift detected",
    "resolved": "Drift resolved",
    "none": "No drift",
    "failed": "Drift check failed",
}


class Difference(Frozen):
    """One difference, in a line."""

    address: Address
    severity: Severity
    text: str


class Notification(Frozen):
    """A result of `drift`, short: a `title`, what accounts may do (`exposure`), the most severe `differences` and how
    many more there are. Its strings are safe to print, and not escaped for any format. `digest` is that of the drift:
    equal as long as the drift is the same."""

    format_version: str = "1.0"
    source: Literal["reconciler"] = "reconciler"
    state: State
    organization: str | None = None
    digest: str | None = None
    title: str
    exposure: tuple[str, ...] = ()
    severity: dict[str, int] = Field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    left_out: int = 0
    link: str | None = None

    def lines(self) -> list[str]:
        """The content as lines of text, the most severe first."""
        return [
            *(f"{each}." for each in self.exposure),
            *(f"[{each.severity}] {each.text}" for each in self.differences),
            *([f"and {self.left_out:,} more"] if self.left_out else []),
            *([self.link] if self.link else []),
        ]

    @property
    def worst(self) -> str:
        """The worst severity; `none` where nothing differs."""
        return next(iter(self.severity), "none")
