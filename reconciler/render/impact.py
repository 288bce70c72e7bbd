"""The impact of a plan as every format shows it: groups of accounts to which the same happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

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
    return [*([risk(line)] if line.risk in RISKY else []), *causes(line)]


def causes(line: ImpactLine) -> list[str]:
    """The statements and policies that cause the change."""
    return [
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


RiskWord = Literal["outage", "exposure"]
_RISK_WORDS: dict[str, RiskWord] = {"-": "outage", "+": "exposure"}
_ALL = "every action"
_ALL_BUT = f"{_ALL} except "


def risk_word(line: ImpactLine) -> RiskWord | None:
    """What a change of permissions risks: an `outage` where something can no longer be done, an `exposure` where it
    newly can; nothing for a setting, and where it is not known."""
    return None if line.setting is not None else _RISK_WORDS.get(mark(line))


def risk(line: ImpactLine) -> str:
    """`high risk of outage: in production`; that it is about most actions is in the line itself."""
    word = risk_word(line)
    why = None if is_about_nearly_everything(line) and line.why == "most actions of AWS" else line.why
    return f"{line.risk} risk{f' of {word}' if word else ''}{f': {why}' if why else ''}"


def risk_words(group: Impact) -> list[RiskWord]:
    """The risks of a group, each once, `outage` first."""
    found = {risk_word(line) for line in group.lines}
    return [word for word in _RISK_WORDS.values() if word in found]


def accounts_at_risk(impact: Sequence[Impact]) -> list[tuple[RiskWord, int]]:
    """How many accounts each risk is for."""
    accounts = {
        word: {account for group in impact if word in risk_words(group) for account in group.accounts}
        for word in _RISK_WORDS.values()
    }
    return [(word, len(found)) for word, found in accounts.items() if found]


def is_about_nearly_everything(line: ImpactLine) -> bool:
    """Whether a change is about all actions but some."""
    return line.actions.text == _ALL or line.actions.text.startswith(_ALL_BUT)


def folded(line: ImpactLine) -> str:
    """The text of a change; one about nearly everything says how much that is and what is left."""
    if not is_about_nearly_everything(line):
        return line.text
    beginning = line.text.removesuffix(line.actions.text)
    rest = line.actions.text.removeprefix(_ALL_BUT) if line.actions.text != _ALL else ""
    every = f"{'nearly ' if rest else ''}everything ({line.actions.count:,} actions)"
    if line.change == "lost":
        where = beginning.removesuffix("can no longer: ")
        return f"{where}loses {every}{f'; still allowed: {rest}' if rest else ''}"
    return f"{beginning}{every}{f', except {rest}' if rest else ''}"


def heading(group: Impact) -> str:
    """What changes, and for how many accounts."""
    counted = count(len(group.accounts), "account")
    setting = group.lines[0].setting
    return counted if setting is None else f"the effective {policy_label(setting.type)} of {counted} changes"


def heading_with_risks(group: Impact) -> str:
    """`3 accounts, outage and exposure`."""
    risks = " and ".join(risk_words(group))
    return f"{heading(group)}{f', {risks}' if risks else ''}"


def title_of(impact: Sequence[Impact]) -> str:
    """`What it means for people: outage for 3 accounts, exposure for 1 account`."""
    risks = ", ".join(f"{word} for {count(number, 'account')}" for word, number in accounts_at_risk(impact))
    return f"What it means for people{f': {risks}' if risks else ''}"


def named(group: Impact, *, everyone: bool = False) -> list[str]:
    """The keys of the accounts, the first few or all."""
    return [local(each) for each in (group.accounts if everyone else group.accounts[:_FEW_ACCOUNTS])]
