"""What a plan means for people, as the plan carries it: groups of accounts to which the same happens.

A plan file may come from another minor version, so what is absent has a default and what is unknown is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.address import local
from reconciler.model.base import Frozen, Json

_FEW_ACCOUNTS = 4
RISKY = frozenset({"high", "medium"})


class Because(Frozen):
    """A statement behind a line."""

    policy: str
    statement: str | int

    def __str__(self) -> str:
        return f"{self.policy}, statement {self.statement}"


class AllowList(Frozen):
    """A level where no SCP allows some actions, with the SCPs there."""

    level: str
    scps: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"no SCP allows it at {self.level} (attached there: {', '.join(self.scps) or 'none'})"


class Line(Frozen):
    """One thing that changes for the group."""

    change: str = ""
    text: str = ""
    risk: str = "low"
    why: str | None = None
    because: tuple[Because, ...] = ()
    allow_lists: tuple[AllowList, ...] = ()
    varies: bool = False

    @property
    def mark(self) -> str:
        """`-` for what is taken, `+` for what is given, `?` where it is not known which."""
        if self.change == "unknown":
            return "?"
        return "-" if self.change in ("lost", "restricted") else "+"

    def remarks(self) -> list[str]:
        """The risk, and the statements behind it."""
        of = "lost access" if self.mark == "-" else "new access"
        risk = [f"{self.risk} risk of {of}{f': {self.why}' if self.why else ''}"] if self.risk in RISKY else []
        by = [f"by {' and '.join(dict.fromkeys(map(str, self.because)))}"] if self.because else []
        return [
            *risk,
            *by,
            *map(str, self.allow_lists),
            *(["not all of it for each of the accounts"] if self.varies else []),
        ]


class Group(Frozen):
    """Accounts to which the same happens."""

    accounts: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    risk: str = "low"

    def named(self, *, everyone: bool = False) -> list[str]:
        """The keys of the accounts, the first few or all."""
        return [local(each) for each in (self.accounts if everyone else self.accounts[:_FEW_ACCOUNTS])]


def groups(entries: Iterable[Json]) -> list[Group]:
    """The groups in a plan's `impact`, in its order: the riskiest first."""
    return [Group.model_validate(each) for each in entries if isinstance(each, dict)]
