"""Temporary changes, undone later in the plan, for what no order of the wanted changes alone can do.

Three keep a Deny in force:

- *merge*: a document that loses a Deny before another one has taken it over is first given both.
- *below*: a policy that has to leave a full node first is attached to the nodes right below it.
- *carry*: a policy that stays on a full node takes the Denies of the leaving one along for a while, where everything
  that it reaches has them anyway.

One frees a name:

- *rename*: a policy or an OU that waits for the name of another one is given a temporary name, so that whoever waits
  for its own name can have it (two that exchange their names).

Each is offered at most once for each wanted change, see `planning.order`. Nothing is done to nodes and policies that
the spec does not declare: where a run is interrupted, the next one has to put everything right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from reconciler.model import address as addresses
from reconciler.model.address import Address, temporary_name
from reconciler.model.base import Json
from reconciler.model.document import canonical_statement, deny_statements, listed, minified
from reconciler.model.plan import Change, change_of
from reconciler.model.reference import padded
from reconciler.model.resources import Attachment, OrganizationalUnit, Policy
from reconciler.planning.simulation import Problem, Simulation

Kind = Literal["rename", "merge", "below", "carry"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_FEW = 3
"""Nodes below which a policy is attached to, rather than letting another one carry its Denies: two calls for each."""
_UNDONE = "temporary: undone"


class Temporary(NamedTuple):
    """What to do at once, and what to do as soon as it does no harm. With `frees` the blocked change can be made right
    after `first`."""

    kind: Kind
    first: tuple[Change, ...]
    later: tuple[Change, ...] = ()
    frees: bool = False


class Bounds(NamedTuple):
    """What temporary changes may do: `sizes` has the largest document of each policy type, in characters, `managed`
    the nodes and policies that they may change."""

    sizes: Mapping[str, int | None]
    managed: Collection[Address]


def offers(
    blocked: Change,
    problems: Sequence[Problem],
    simulation: Simulation,
    bounds: Bounds,
    unused: Collection[Kind],
    updating: Collection[Address],
) -> list[Temporary]:
    """Temporary changes that may let `blocked` be made, the preferred one first. `updating` are policies whose document
    the plan still changes, which undoes what is done to it."""
    kinds = {problem.kind for problem in problems}
    found: list[Temporary | None] = []
    if kinds == {"name"} and "rename" in unused:
        found.append(_rename(blocked, simulation))
    if kinds == {"gap"}:
        if isinstance(blocked.before, Policy) and isinstance(blocked.after, Policy) and "merge" in unused:
            found.append(_merge(blocked.before, blocked.after, simulation, bounds))
        if isinstance(blocked.before, Attachment) and blocked.after is None:
            below = _below(blocked.before, simulation, bounds) if "below" in unused else None
            carry = _carry(blocked.before, simulation, bounds, updating) if "carry" in unused else None
            few = below is not None and len(below.first) <= _FEW
            found += [below, carry] if few else [carry, below]
    return [each for each in found if each is not None]


def _rename(blocked: Change, simulation: Simulation) -> Temporary | None:
    current, wanted = simulation.state.get(blocked.address), blocked.after
    if not isinstance(current, Policy | OrganizationalUnit) or not isinstance(wanted, Policy | OrganizationalUnit):
        return None
    name = temporary_name(wanted.name)
    change = change_of(
        "rename",
        "name_taken",
        before=current,
        after=current.model_copy(update={"name": name}),
        fields=("name",),
        note=f"temporary: another one still has the name {wanted.name}",
        temporary=True,
        source=blocked.source,
    )
    return None if any(True for _ in simulation.refusals(change)) else Temporary("rename", (change,))


def _merge(before: Policy, after: Policy, simulation: Simulation, bounds: Bounds) -> Temporary | None:
    current = simulation.state[after.address]
    assert isinstance(current, Policy)
    merged = _with_denies(after.content, current.content)
    if merged is None or merged == current.content or not _fits(merged, after.type, bounds):
        return None
    note = f"keeps the Denies of {before.name} until others have taken them over"
    return Temporary("merge", (_content_change(current, merged, f"temporary: {note}"),))


def _below(attached: Attachment, simulation: Simulation, bounds: Bounds) -> Temporary | None:
    note = f"temporary: keeps its Denies while {attached.target} makes room"
    children = [
        child
        for child in simulation.children(attached.target)
        if addresses.attachment(attached.policy, child) not in simulation.state
        and simulation.matters_to(attached.policy, child)
    ]
    first = [_attachment_change(attached.policy, child, note) for child in children]
    unmanaged = any(child not in bounds.managed for child in children)
    if not first or unmanaged or any(True for each in first for _ in simulation.refusals(each)):
        return None
    later = [
        each.model_copy(update={"action": "detach", "before": each.after, "after": None, "note": _UNDONE})
        for each in first
    ]
    return Temporary("below", tuple(first), tuple(later), frees=True)


def _carry(
    attached: Attachment, simulation: Simulation, bounds: Bounds, updating: Collection[Address]
) -> Temporary | None:
    leaving = simulation.state[attached.policy]
    assert isinstance(leaving, Policy)
    for address in simulation.attached(attached.target, leaving.type):
        carrier = simulation.state[address]
        if not isinstance(carrier, Policy) or address not in bounds.managed or address == leaving.address:
            continue
        if not simulation.held_by_all(leaving, simulation.targets(address)):
            continue
        merged = _with_denies(carrier.content, leaving.content)
        if merged is not None and _fits(merged, carrier.type, bounds):
            note = f"temporary: keeps the Denies of {leaving.name} while {attached.target} is full"
            first = _content_change(carrier, merged, note)
            undone = first.model_copy(update={"before": first.after, "after": carrier, "note": _UNDONE})
            return Temporary("carry", (first,), () if address in updating else (undone,), frees=True)
    return None


def _content_change(policy: Policy, content: Json, note: str) -> Change:
    return change_of(
        "update",
        "no_gap",
        before=policy,
        after=policy.model_copy(update={"content": content}),
        fields=("content",),
        note=note,
        temporary=True,
        source=None,
    )


def _attachment_change(policy: Address, target: Address, note: str) -> Change:
    made = Attachment(address=addresses.attachment(policy, target), policy=policy, target=target)
    return change_of("attach", "no_gap", after=made, note=note, temporary=True, source=None)


def still_to_undo(undo: Change, simulation: Simulation) -> Change | None:
    """The undo of a temporary change as it has to be made now; `None` where there is nothing left to undo."""
    current = simulation.state.get(undo.address)
    if isinstance(current, Policy) and isinstance(undo.after, Policy):
        after = current.model_copy(update={"content": undo.after.content})
        return None if after == current else undo.model_copy(update={"before": current, "after": after})
    return undo if current is not None else None


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


def _fits(content: Json, type: str, bounds: Bounds) -> bool:
    limit = bounds.sizes.get(type)
    return limit is None or len(minified(padded(content))) <= limit
