"""Attachments: what is attached to a declared node is exactly what is declared there.

Nodes that the spec does not declare, accounts that are closed, and policies of types that the spec does not manage are
left alone; an OU that is deleted takes its attachments along. An OU that replaces another one gets, of the types that
the spec does not manage, what is attached to that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from reconciler.kinds.base import Call, Comparison, Ids, Kind, Undeclared, UnmanagedRules
from reconciler.kinds.comparing import pairs
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Operation
from reconciler.model.plan import Change, Reason, change_of
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource, Root

_COMES_ALONG = "as on the OU that is replaced: the spec does not manage policies of this type"


class AttachmentKind(Kind):
    resource = Attachment
    needs_all_features = True
    operations = (
        Operation(
            "AttachPolicy",
            2,
            3,
            writes=True,
            errors={
                "PolicyTypeNotEnabledException": "settling",
                "TargetNotFoundException": "settling",
                "PolicyNotFoundException": "settling",
            },
        ),
        Operation("DetachPolicy", 2, 3, writes=True, errors={"TargetNotFoundException": "settling"}),
    )
    undeclared = Undeclared("Attachments to a declared node.", default="delete")
    max_deletes = (10, "Detachments.")
    reasons = MappingProxyType(
        {
            "declared": "declared, not attached yet",
            "not_declared": "attached, but not declared",
            "default": "full_aws_access: false",
        }
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        assert isinstance(resource, Attachment)
        policy, target = ids.get(resource.policy), ids.get(resource.target)
        return (policy, target) if policy and target else None

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        catalogue = {each.address: each for each in (*live.of(Policy), *desired.of(Policy))}
        managed = managed_nodes(desired, live)
        replacing = {each.address for each in desired.of(OrganizationalUnit) if each.replaces}
        for wanted, existing in pairs(Attachment, desired, live):
            if wanted and not existing:
                if wanted.target in managed:
                    comes_along = not desired.scope.has(catalogue[wanted.policy].type)
                    found.changes.append(attach(wanted, note=_COMES_ALONG if comes_along else None))
            elif existing and not wanted and existing.target in managed:
                policy = catalogue[existing.policy]
                if desired.scope.has(policy.type):
                    _compare_undeclared(existing, policy, policies, found)
                elif existing.target in replacing and policy.name == BY_SHORT[policy.type].default:
                    found.changes.append(_detach(existing, reason="default", note=_COMES_ALONG))
        return found

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        attachment = change.resource
        assert isinstance(attachment, Attachment)
        params = {"PolicyId": ids[attachment.policy], "TargetId": ids[attachment.target]}
        if change.after:
            yield Call("AttachPolicy", params, already=frozenset({"DuplicatePolicyAttachmentException"}))
        else:
            gone = frozenset({"TargetNotFoundException", "PolicyNotFoundException"})
            yield Call("DetachPolicy", params, already=frozenset({"PolicyNotAttachedException"}), gone=gone)


def left_alone(desired: Inventory, live: Inventory) -> Iterator[Change]:
    """The attachments that an OU gets from the one that it replaces, where the spec leaves undeclared ones alone.
    `live` still has the replaced OU."""
    replacing = {each.replaces: each.address for each in desired.of(OrganizationalUnit) if each.replaces}
    defaults = {each.address for each in live.of(Policy) if each.name == BY_SHORT[each.type].default}
    taken = {each.address for each in (*desired.of(Attachment), *live.of(Attachment))}
    for each in live.of(Attachment) if replacing else ():
        if each.target in replacing and each.policy not in defaults:
            node = replacing[each.target]
            copy = Attachment(address=addresses.attachment(each.policy, node), policy=each.policy, target=node)
            if copy.address not in taken:
                yield attach(copy, note="as on the OU that is replaced: what is not declared is left alone")


def attach(wanted: Attachment, note: str | None = None) -> Change:
    return change_of("attach", "declared", after=wanted, note=note)


def _detach(existing: Attachment, reason: Reason, note: str | None = None) -> Change:
    return change_of("detach", reason, before=existing, note=note)


def _compare_undeclared(existing: Attachment, policy: Policy, policies: UnmanagedRules, found: Comparison) -> None:
    row = BY_SHORT[policy.type]
    is_default = policy.name == row.default
    if is_default and not row.default_detachable:
        return
    if not is_default and policies.unmanaged.get("attachments", "delete") != "delete":
        found.unmanaged.append(existing)
        return
    found.changes.append(_detach(existing, reason="default" if is_default else "not_declared"))


def managed_nodes(desired: Inventory, live: Inventory) -> set[Address]:
    """The declared nodes whose attachments the spec decides: an account counts while it is, or will be, open."""
    existing = {each.address: each for each in live.of(Account)}
    nodes: set[Address] = set()
    for each in desired.resources:
        if isinstance(each, Account):
            found = existing.get(each.address)
            is_open = found.state in ("active", "pending_activation") if found else each.id is None and not each.invite
            if each.state == "active" and is_open:
                nodes.add(each.address)
        elif isinstance(each, Root | OrganizationalUnit):
            nodes.add(each.address)
    return nodes
