"""A decision as Markdown: the verdict, the levels in a table, and the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.decision import Decision, DenyingStatement
from reconciler.render.markdown.blocks import LIMIT, code, fitting, table
from reconciler.render.safe import markdown_text
from reconciler.render.words import level_verdict


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
        rows = [
            (code(each.target), ", ".join(map(code, each.scps)), ", ".join(map(code, each.rcps)), level_verdict(each))
            for each in found.levels
        ]
        yield table(("Level", "SCPs", "RCPs", ""), rows)
    if found.exempt:
        yield f"Exempt: {markdown_text(found.exempt)}."
    if found.missing_allow_at:
        yield f"No SCP allows it at {', '.join(map(code, found.missing_allow_at))}."
    if found.blocked_by:
        yield _blocker(found.blocked_by, "Denied by" if found.decision == "denied" else "May be denied by")
    if found.condition:
        yield f"It depends: {markdown_text(found.condition)}."
    if note:
        yield markdown_text(note)


def _blocker(blocked: DenyingStatement, verb: str) -> str:
    place = f" ({code(f'{blocked.file}:{blocked.line}')})" if blocked.file else ""
    return f"{verb} statement {code(str(blocked.statement))} of {code(blocked.policy)} at {code(blocked.level)}{place}."
