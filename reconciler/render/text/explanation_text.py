"""A decision as a small picture: the way from the root to the account, what is attached there, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.text import Text

from reconciler.model.decision import Decision, LevelDecision
from reconciler.render.text.layout import BAD, BOLD, DIM, GOOD, WARN, Row, TextStyle, printed, sentence, words
from reconciler.render.words import level_verdict, listing, policies_label


class _Answer(NamedTuple):
    """How an answer is shown: a symbol, a word and a colour, each of which says it alone."""

    symbol: str
    word: str
    style: str


_ALLOWED = _Answer("✓", "allowed", GOOD)
_DENIED = _Answer("✗", "denied", BAD)
_DEPENDS = _Answer("?", "depends", WARN)
_NOT_KNOWN = _Answer("?", "not known", WARN)
_ANSWERS = {"allowed": _ALLOWED, "denied": _DENIED, "conditional": _DEPENDS, "unknown": _Answer("?", "unknown", WARN)}
_LEVELS = {"passes": _ALLOWED, "stops": _DENIED, "depends": _DEPENDS, "not known": _NOT_KNOWN}


def explanation(found: Decision, *, width: int, color: bool, unicode: bool = True) -> str:
    """The decision, the levels, and the reason."""
    look = TextStyle(width, color, unicode)
    return printed(list(_rows(found, look)), look)


def _rows(found: Decision, look: TextStyle) -> Iterator[Row]:
    answer = _ANSWERS[found.decision]
    yield Row(
        (Text(answer.word.upper(), answer.style), *words(look.safe(f"{found.action} in account {found.account}"), BOLD))
    )
    yield Row(())
    for depth, level in enumerate(found.levels):
        yield from _level(level, depth, look, certain=found.decision in ("allowed", "denied"))
    yield Row(())
    yield from _reason(found, look)


def _level(level: LevelDecision, depth: int, look: TextStyle, *, certain: bool) -> Iterator[Row]:
    """A level and what is attached there; only where the whole answer is certain is an allowing one good news."""
    branch = look.own("└─ ") if depth else ""
    indent = "   " * max(0, depth - 1)
    answer = _LEVELS[level_verdict(level)]
    style = answer.style if certain or answer is not _ALLOWED else ""
    mark = Text(look.own(f"{answer.symbol} {answer.word}"), style)
    yield Row((*words(look.safe(level.target), BOLD), mark), indent + branch, indent + "   ")
    for label, policies in (("SCPs", level.scps), ("RCPs", level.rcps), ("policies", level.identity)):
        if policies:
            text = f"{label} {', '.join(map(look.safe, policies))}"
            yield sentence(
                text, DIM, indent=indent + "   " * (depth > 0) + "   ", hang=indent + "   " * (depth > 0) + "     "
            )


def _reason(found: Decision, look: TextStyle) -> Iterator[Row]:
    for warning in found.warnings:
        yield sentence(look.safe(f"Warning: {warning}"))
    if found.exempt:
        yield sentence(look.safe(f"Exempt: {found.exempt}."))
    if missing := found.missing_scp_allow_at:
        levels = ", ".join(map(look.safe, missing))
        yield sentence(f"No SCP allows it at {levels}. Attached there: {look.safe(found.scps_without_allow)}.")
    for level in found.levels_without_own_allow:
        policies = ", ".join(level.identity or ()) or "none"
        yield sentence(look.safe(f"No policy of {level.target} allows it. It has: {policies}."))
    if blocked := found.blocked_by:
        verb = "Denied by" if found.decision == "denied" else "May be denied by"
        place = f" ({blocked.file}:{blocked.line})" if blocked.file else ""
        statement = f"statement {blocked.statement}"
        yield sentence(look.safe(f"{verb} {statement} of {blocked.policy} at {blocked.level}{place}."))
    for unknown in found.unknown:
        levels = ", ".join(unknown.addresses)
        label = policies_label(unknown.kind)
        yield sentence(look.safe(f"Not known: the {label} at {levels} were not read ({unknown.reason})."))
    if found.condition:
        yield sentence(look.safe(f"It depends: {found.condition}."))
    if found.decision == "allowed" and not found.exempt:
        own = any(level.identity is not None for level in found.levels)
        rest = "." if own else "; an IAM policy of the principal must allow it too."
        yield sentence(f"Every level allows it and no policy denies it{rest}")
    if found.not_managed:
        labels = listing(map(policies_label, found.not_managed))
        yield sentence(f"The spec does not manage {labels}: use --live to include the live ones.", DIM)
