"""The impact of a plan as every format shows it: groups of accounts to which the same happens."""

from __future__ import annotations

from reconciler.model.address import local
from reconciler.model.impact import Impact, ImpactLine

_FEW_ACCOUNTS = 4
RISKY = frozenset({"high", "medium"})


def mark(line: ImpactLine) -> str:
    """`-` for what is taken, `+` for what is given, `?` where it is not known which."""
    if line.change == "unknown":
        return "?"
    return "-" if line.change in ("lost", "restricted") else "+"


def remarks(line: ImpactLine) -> list[str]:
    """The risk, and the statements that cause the change."""
    of = "lost access" if mark(line) == "-" else "new access"
    return [
        *([f"{line.risk} risk of {of}{f': {line.why}' if line.why else ''}"] if line.risk in RISKY else []),
        *([f"by {' and '.join(dict.fromkeys(map(str, line.because)))}"] if line.because else []),
        *map(str, line.allow_lists),
        *(["not all of it for each of the accounts"] if line.varies else []),
    ]


def named(group: Impact, *, everyone: bool = False) -> list[str]:
    """The keys of the accounts, the first few or all."""
    return [local(each) for each in (group.accounts if everyone else group.accounts[:_FEW_ACCOUNTS])]
