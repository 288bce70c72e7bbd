"""What keeps a Deny in force where no order of the wanted changes does: temporary changes, undone later in the plan.

- *Merge*: a document that loses a Deny before another one has taken it over is first given both.
- *Attach below*: a policy that has to leave a full node first is attached to the nodes right below it.
- *Carry*: a policy that stays on a full node takes the Denies of the leaving one along for a while, where everything
  that it reaches has them anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.engine.denies import deny_statements
from reconciler.engine.simulation import Simulation
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import canonical_statement, listed, minified
from reconciler.model.plan import Change
from reconciler.model.reference import padded
from reconciler.model.resources import Attachment, Policy


class Remedy(NamedTuple):
    """What to do at once, and what to do as soon as it does no harm."""

    first: tuple[Change, ...]
    later: tuple[Change, ...] = ()


def remedy(blocked: Change, simulation: Simulation, sizes: dict[str, int | None]) -> Remedy | None:
    """Temporary changes after which `blocked` opens no gap; `None` where none are known. `sizes` has the largest
    document of each policy type, in characters."""
    if isinstance(blocked.before, Policy) and isinstance(blocked.after, Policy):
        return _merge(blocked.before, blocked.after, simulation, sizes)
    if isinstance(blocked.before, Attachment) and blocked.after is None:
        return _below(blocked.before, simulation) or _carry(blocked.before, simulation, sizes)
    return None


def _merge(before: Policy, after: Policy, simulation: Simulation, sizes: dict[str, int | None]) -> Remedy | None:
    current = simulation.state[after.address]
    assert isinstance(current, Policy)
    merged = _with_denies(after.content, current.content)
    if merged is None or not _fits(merged, after.type, sizes):
        return None
    return _temporarily(current, merged, f"keeps the Denies of {before.name} until others have taken them over")


def _below(attachment: Attachment, simulation: Simulation) -> Remedy | None:
    children = simulation.children(attachment.target)
    note = f"temporary: keeps its Denies while {attachment.target} makes room"
    first = [
        _attachment_change(attachment.policy, child, note)
        for child in children
        if attachment.policy not in dict(simulation.held(child))
    ]
    if not first or any(simulation.problems(each) for each in first):
        return None
    later = [
        each.model_copy(update={"action": "detach", "before": each.after, "after": None, "note": "temporary: undone"})
        for each in first
    ]
    return Remedy(tuple(first), tuple(later))


def _carry(attachment: Attachment, simulation: Simulation, sizes: dict[str, int | None]) -> Remedy | None:
    leaving = simulation.state[attachment.policy]
    assert isinstance(leaving, Policy)
    for address in simulation.attached(attachment.target, leaving.type):
        carrier = simulation.state[address]
        if not isinstance(carrier, Policy) or carrier.aws_managed or address == leaving.address:
            continue
        if not simulation.held_by_all(leaving, simulation.targets(address)):
            continue
        merged = _with_denies(carrier.content, leaving.content)
        if merged is not None and _fits(merged, carrier.type, sizes):
            found = _temporarily(
                carrier, merged, f"keeps the Denies of {leaving.name} while {attachment.target} is full"
            )
            undone = Change(
                address=carrier.address,
                kind=carrier.kind,
                action="update",
                reason="no_gap",
                before=carrier.model_copy(update={"content": merged}),
                after=carrier,
                fields=("content",),
                note="temporary: undone",
                temporary=True,
            )
            return Remedy(found.first, (undone,))
    return None


def _temporarily(policy: Policy, content: Json, note: str) -> Remedy:
    change = Change(
        address=policy.address,
        kind=policy.kind,
        action="update",
        reason="no_gap",
        before=policy,
        after=policy.model_copy(update={"content": content}),
        fields=("content",),
        note=f"temporary: {note}",
        temporary=True,
    )
    return Remedy((change,))


def _attachment_change(policy: Address, target: Address, note: str) -> Change:
    made = Attachment(address=addresses.attachment(policy, target), policy=policy, target=target)
    return Change(
        address=made.address,
        kind=made.kind,
        action="attach",
        reason="no_gap",
        after=made,
        note=note,
        temporary=True,
    )


def _with_denies(content: Json, other: Json) -> Json:
    """The document with the other one's Deny statements that it does not have; `None` where it has them all."""
    if not isinstance(content, dict):
        return None
    own = listed(content.get("Statement"))
    known = [canonical_statement(each) for each in own]
    added: Sequence[Json] = [each for each in deny_statements(other) if canonical_statement(each) not in known]
    if not added:
        return None
    sids = {each.get("Sid") for each in own if isinstance(each, dict)}
    renamed = [
        {key: value for key, value in each.items() if key != "Sid" or value not in sids}
        for each in added
        if isinstance(each, dict)
    ]
    return {**content, "Statement": [*own, *renamed]}


def _fits(content: Json, type: str, sizes: dict[str, int | None]) -> bool:
    limit = sizes.get(type)
    return limit is None or len(minified(padded(content))) <= limit
