"""Attachments: what is attached to a declared node is exactly what is declared there.

Nodes that the spec does not declare, and accounts that are closed, are left alone; an OU that is deleted takes its
attachments along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.kinds.base import Call, Comparison, Ids, Policies, State
from reconciler.kinds.comparing import pairs
from reconciler.kinds.policy_types import BY_SHORT
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource, Root


class AttachmentKind:
    resource = Attachment

    def align(self, desired: Inventory, live: Inventory, policies: Policies) -> tuple[Inventory, Inventory]:
        return desired, live

    def compare(self, desired: Inventory, live: Inventory, policies: Policies) -> Comparison:
        found = Comparison()
        catalogue = {each.address: each for each in (*live.of(Policy), *desired.of(Policy))}
        managed = managed_nodes(desired, live)
        for wanted, existing in pairs(Attachment, desired, live):
            if wanted and not existing:
                if wanted.target in managed:
                    found.changes.append(_attach(wanted))
            elif existing and not wanted and existing.target in managed:
                _compare_undeclared(existing, catalogue[existing.policy], policies, found)
        return found

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        return ()

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        attachment = change.resource
        assert isinstance(attachment, Attachment)
        params = {"PolicyId": ids[attachment.policy], "TargetId": ids[attachment.target]}
        if change.after:
            yield Call("AttachPolicy", params, already=frozenset({"DuplicatePolicyAttachmentException"}))
        else:
            yield Call("DetachPolicy", params, already=frozenset({"PolicyNotAttachedException"}))


def _attach(wanted: Attachment) -> Change:
    return Change(
        address=wanted.address,
        kind=wanted.kind,
        action="attach",
        reason="declared",
        after=wanted,
        source=wanted.source,
    )


def _compare_undeclared(existing: Attachment, policy: Policy, policies: Policies, found: Comparison) -> None:
    row = BY_SHORT[policy.type]
    is_default = policy.name == row.default
    if is_default and not row.default_detachable:
        return
    if not is_default and policies.unmanaged.get("attachments", "delete") != "delete":
        found.unmanaged.append(existing)
        return
    found.changes.append(
        Change(
            address=existing.address,
            kind=existing.kind,
            action="detach",
            reason="default" if is_default else "not_declared",
            before=existing,
        )
    )


def managed_nodes(desired: Inventory, live: Inventory) -> set[Address]:
    """The declared nodes whose attachments the spec decides: an account counts while it is, or will be, open."""
    existing = {each.address: each for each in live.of(Account)}
    nodes: set[Address] = set()
    for each in desired.resources:
        if isinstance(each, Account):
            found = existing.get(each.address)
            is_open = found.state in ("active", "pending_activation") if found else each.id is None
            if each.state == "active" and is_open:
                nodes.add(each.address)
        elif isinstance(each, Root | OrganizationalUnit):
            nodes.add(each.address)
    return nodes
