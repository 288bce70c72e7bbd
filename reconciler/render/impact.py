"""The impact of a plan as every format shows it: groups of accounts to which the same happens."""

from __future__ import annotations

from reconciler.model.address import local
from reconciler.model.impact import AccessEntry, Impact, ImpactLine, SettingChange
from reconciler.model.scope import Coverage
from reconciler.render.words import count, policy_label

_FEW_ACCOUNTS = 4
_FEW_POLICIES = 3
RISKY = frozenset({"high", "medium"})


_ACCESS_MARKS = {"loses": "-", "gains": "+", "changes": "~"}
_COVERAGE = "Assignments were read by principal: those of principals that were not asked about are not known."


def access_mark(entry: AccessEntry) -> str:
    """The mark of a change of access: `?` where it is not known whose."""
    return "?" if entry.principal is None else _ACCESS_MARKS[entry.effect]


def coverage_note(coverage: Coverage | None) -> str:
    """What is not known of assignments; empty where everything is, or none are managed."""
    return _COVERAGE if coverage == "by_principal" else ""


def mark(line: ImpactLine) -> str:
    """`-` for what is taken, `+` for what is given, `~` for what has another value, `?` where it is not known."""
    if line.change in ("changed", "unknown"):
        return "~" if line.change == "changed" else "?"
    return "-" if line.change in ("lost", "restricted") else "+"


def remarks(line: ImpactLine) -> list[str]:
    """The risk, and the statements that cause the change."""
    return [
        *([_risk(line)] if line.risk in RISKY else []),
        *([f"by {' and '.join(dict.fromkeys(map(str, line.because)))}"] if line.because else []),
        *map(str, line.allow_lists),
        *([_origin(line.setting)] if line.setting and line.setting.because else []),
        *(["not all of it for each of the accounts"] if line.varies else []),
    ]


def _origin(setting: SettingChange) -> str:
    """The first few policies that a setting is from."""
    shown = [str(each) for each in setting.because[:_FEW_POLICIES]]
    more = len(setting.because) - len(shown)
    return f"by {' and '.join([*shown, *([f'{more:,} more'] if more else [])])}"


def _risk(line: ImpactLine) -> str:
    if line.setting is not None:
        return f"{line.risk} risk{f': {line.why}' if line.why else ''}"
    of = "lost access" if mark(line) == "-" else "new access"
    return f"{line.risk} risk of {of}{f': {line.why}' if line.why else ''}"


def heading(group: Impact) -> str:
    """What changes, and for how many accounts."""
    counted = count(len(group.accounts), "account")
    setting = group.lines[0].setting
    return counted if setting is None else f"the effective {policy_label(setting.type)} of {counted} changes"


def named(group: Impact, *, everyone: bool = False) -> list[str]:
    """The keys of the accounts, the first few or all."""
    return [local(each) for each in (group.accounts if everyone else group.accounts[:_FEW_ACCOUNTS])]
