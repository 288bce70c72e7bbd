"""A proof and a replay of recorded calls as Markdown, for a comment on a pull request."""

from __future__ import annotations

from functools import partial

from reconciler.model.impact import ClaimProof, NewlyDenied, Replay
from reconciler.render.claims import replay_counts, replay_verdict
from reconciler.render.markdown.blocks import LIMIT, code, fitting, table
from reconciler.render.safe import markdown_text
from reconciler.render.words import count


def proof(found: ClaimProof) -> str:
    """The verdict and, where the claim is refuted, the example."""
    verdict = found.verdict.replace("_", " ")
    heading = f"### reconciler impact: {found.claim} is {verdict} for {count(found.accounts, 'account')}"
    blocks = [heading, markdown_text(found.reason) if found.reason else ""]
    if found.example is not None:
        request = found.example.request
        context = [(key, value) for key, values in request.context.items() for value in values]
        rows = [
            ("account", code(found.example.account)),
            ("action", code(request.action)),
            ("before", found.example.before),
            ("after", found.example.after),
            ("region", code(request.region or "any")),
            ("principal", code(request.principal or "any")),
            ("resource", code(request.resource or "any")),
            *((code(key), code(value)) for key, value in context),
        ]
        blocks.append(table(("Example", ""), rows))
    return fitting("impact", {}, [lambda: blocks], LIMIT)


def replay(found: Replay) -> str:
    """The recorded calls that would be denied, and the events that are not understood."""
    denied = [_denied(each) for each in found.newly_denied]
    events = [(f"{each.count:,}", code(each.event_source), code(each.event_name)) for each in found.not_understood]

    def version(most: int) -> list[str]:
        return [
            "### reconciler impact: recorded calls",
            replay_counts(found),
            table(("Calls", "Action", "Account", "Principal", "Denied by"), denied[:most]) if denied else "",
            f"and {len(denied) - most:,} more." if len(denied) > most else "",
            *map(markdown_text, replay_verdict(found)),
            table(("Calls", "Not understood", "Event"), events[:most]) if events else "",
            f"and {len(events) - most:,} more." if len(events) > most else "",
        ]

    sizes = (max(len(denied), len(events), 1), 100, 10)
    return fitting("impact", {}, [partial(version, most) for most in sizes], LIMIT)


def _denied(each: NewlyDenied) -> tuple[str, ...]:
    blocker = each.blocked_by
    by = f"statement {code(str(blocker.statement))} of {code(blocker.policy)}" if blocker else "no SCP that allows it"
    at = f" at {', '.join(map(code, each.missing_allow_at))}" if each.missing_allow_at else ""
    depends = f", if {markdown_text(each.condition)}" if each.condition else ""
    return (f"{each.count:,}", code(each.action), code(each.account), code(each.principal), f"{by}{at}{depends}")
