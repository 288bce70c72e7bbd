"""A decision as Markdown: the verdict, the levels in a table, and the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.decision import Decision, DenyingStatement, LevelDecision
from reconciler.render.markdown.blocks import LIMIT, code, fitting, table
from reconciler.render.safe import markdown_text
from reconciler.render.words import level_verdict, policies_label


def explanation(found: Sequence[tuple[str, Decision | None, str]], *, limit: int = LIMIT) -> str:
    """Answers with their titles (`Before the plan`; empty for a single one) and what else is said of each. An answer is
    `None` where the account is not in that organization."""
    blocks = [block for title, answer, note in found for block in _blocks(title, answer, note)]
    return fitting("explain", {}, [lambda: ["### reconciler explain", *blocks]], limit)


def _blocks(title: str, found: Decision | None, note: str) -> Iterator[str]:
    if title:
        yield f"**{markdown_text(title)}**"
    if found is None:
        yield "The account is not there, or closed."
        return
    yield f"**{found.decision.upper()}** {code(found.action)} in account {code(found.account)}"
    if found.levels:
        own = any(each.identity is not None for each in found.levels)
        heads = ("Level", "SCPs", "RCPs", *(("Policies",) if own else ()), "")
        yield table(heads, [_row(each, own=own) for each in found.levels])
    if found.exempt:
        yield f"Exempt: {markdown_text(found.exempt)}."
    if missing := found.missing_scp_allow_at:
        yield f"No SCP allows it at {', '.join(map(code, missing))}."
    for level in found.levels_without_own_allow:
        policies = ", ".join(map(code, level.identity or ())) or "none"
        yield f"No policy of {code(level.target)} allows it. It has: {policies}."
    if found.blocked_by:
        yield _blocker(found.blocked_by, "Denied by" if found.decision == "denied" else "May be denied by")
    for unknown in found.unknown:
        levels = ", ".join(map(code, unknown.addresses))
        label = policies_label(unknown.kind)
        yield f"Not known: the {label} at {levels} were not read ({markdown_text(unknown.reason)})."
    if found.condition:
        yield f"It depends: {markdown_text(found.condition)}."
    if note:
        yield markdown_text(note)


def _row(level: LevelDecision, *, own: bool) -> tuple[str, ...]:
    """A level; with `own`, the policies of the caller are in a column."""
    lists = (level.scps, level.rcps, *((level.identity or (),) if own else ()))
    return (code(level.target), *(", ".join(map(code, each)) for each in lists), level_verdict(level))


def _blocker(blocked: DenyingStatement, verb: str) -> str:
    place = f" ({code(f'{blocked.file}:{blocked.line}')})" if blocked.file else ""
    return f"{verb} statement {code(str(blocked.statement))} of {code(blocked.policy)} at {code(blocked.level)}{place}."
