"""A proof and a replay of recorded calls as text."""

from __future__ import annotations

from reconciler.model.impact import ClaimProof, Replay
from reconciler.render.claims import replay_counts, replay_verdict
from reconciler.render.safe import safe
from reconciler.render.words import count


def proof(found: ClaimProof) -> str:
    """The verdict and, where the claim is refuted, the example."""
    if found.example is None:
        why = f": {found.reason}" if found.reason else "."
        return safe(f"{found.claim} is {found.verdict.replace('_', ' ')} for {count(found.accounts, 'account')}{why}")
    example, request = found.example, found.example.request
    context = "".join(f" --context {key}={value}" for key, values in request.context.items() for value in values)
    refuted = (
        f"{found.claim} is refuted: {request.action} in {example.account} is {example.before} before "
        f"and {example.after} after."
    )
    of = (
        f"  region {request.region or 'any'}, principal {request.principal or 'any'}, "
        f"resource {request.resource or 'any'}{context}"
    )
    return f"{safe(refuted)}\n{safe(of)}"


def replay(found: Replay) -> str:
    """The recorded calls that would be denied, and the events that are not understood."""
    lines = [replay_counts(found), ""]
    for each in found.newly_denied:
        blocker = each.blocked_by
        by = f"statement {blocker.statement} of {blocker.policy}" if blocker else "no SCP that allows it"
        at = f" at {', '.join(each.missing_allow_at)}" if each.missing_allow_at else ""
        depends = f", if {each.condition}" if each.condition else ""
        lines.append(safe(f"{each.count:>9,}  {each.action}  {each.account}  {each.principal}"))
        lines.append(safe(f"{'':11}denied by {by}{at}{depends}"))
    lines += map(safe, replay_verdict(found))
    if found.not_understood:
        lines += ["", "Not understood, so it is not known whether they would be denied:"]
        lines += [safe(f"{each.count:>9,}  {each.event_source}  {each.event_name}") for each in found.not_understood]
    return "\n".join(lines)
