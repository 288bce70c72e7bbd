"""Policies: created, changed and renamed in place, deleted when nothing holds them any more.

A policy is itself by its type and name (or an earlier name, `previously`). Documents are compared by meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.kinds.attachment import managed_nodes
from reconciler.kinds.base import Call, Comparison, Ids, Kind, Read, Undeclared, UnmanagedRules, overtaken
from reconciler.kinds.comparing import changed_fields, in_place, pairs, readdressed, renames
from reconciler.kinds.organizational_unit import leaving
from reconciler.kinds.tag import tag_calls, tag_list
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.document import canonical, leaves, minified, same_meaning
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, Warning_, change_of
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Attachment, OrganizationalUnit, Policy


class PolicyKind(Kind):
    resource = Policy
    needs_all_features = True
    operations = (
        Operation(
            "CreatePolicy",
            2,
            3,
            Answer("Policy", dict, {"PolicySummary.Id": str}),
            writes=True,
            repeatable=False,
            errors={"DuplicatePolicyException": "perhaps_done"},
        ),
        Operation(
            "UpdatePolicy",
            2,
            3,
            Answer("Policy", dict),
            writes=True,
            errors={"DuplicatePolicyException": "perhaps_done"},
        ),
        Operation("DeletePolicy", 2, 3, writes=True, errors={"PolicyInUseException": "look"}),
    )
    undeclared = Undeclared("Policies.")
    max_deletes = (5, "Policies.")

    def recorded_parameters(self, change: Change) -> frozenset[str]:
        return frozenset(change.fields)

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        names: dict[str, str] = {}
        for short in BY_SHORT:
            wanted = {each.name: each for each in desired.of(Policy) if each.type == short}
            existing = {each.name: each for each in live.of(Policy) if each.type == short}
            paired = renames(
                {name: each.previously for name, each in wanted.items()}, existing, _likeness(existing, wanted)
            )
            names |= {existing[old].address: wanted[new].address for old, new in paired.items()}
        return desired, readdressed(live, names | _out_of_the_way(desired, live, names))

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        for declared, existing in pairs(Policy, desired, live):
            wanted = declared
            if wanted and existing:
                if wanted.description == "" and existing.description:
                    wanted = wanted.model_copy(update={"description": None})
                    found.warnings.append(_kept_description(wanted, existing))
                if fields := _differing(wanted, existing):
                    found.changes.append(in_place(wanted, existing, fields))
            elif wanted and not wanted.aws_managed:
                found.changes.append(change_of("create", "declared", after=wanted))
            elif existing and not wanted and not existing.aws_managed and desired.scope.has(existing.type):
                _compare_undeclared(existing, desired, live, policies, found)
        return found

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        policy = change.resource
        assert isinstance(policy, Policy)
        if change.before is None:
            yield from _create(policy, ids)
        elif change.after is None:
            yield _delete(ids[policy.address], ids)
        else:
            yield from _update(policy, change, ids)


def _create(policy: Policy, ids: Ids) -> Iterator[Call]:
    """The call that creates it. Where a policy of the name is there already, by a call whose answer was lost or by an
    earlier run, it is taken only if it is the same."""
    api = BY_SHORT[policy.type].api
    content = ids.resolve(policy.content)
    found: list[str] = []

    def find(read: Read) -> dict[str, Any] | None:
        listed = read("ListPolicies", {"Filter": api}, "Policies")
        summary = next((each for each in listed if each["Name"] == policy.name), None)
        if summary is None:
            return None
        found.append(summary["Id"])
        return {"Policy": {"PolicySummary": summary}}

    def other(answer: dict[str, Any]) -> str | None:
        there = json.loads(answer["Policy"]["Content"])
        return None if same_meaning(content, there, BY_SHORT[policy.type].language) else "DuplicatePolicyException"

    params: dict[str, Any] = {
        "Name": policy.name,
        "Description": policy.description or "",
        "Type": api,
        "Content": minified(content),
    }
    if policy.tags:
        params["Tags"] = tag_list(policy.tags)
    yield Call("CreatePolicy", params, id_at=("Policy", "PolicySummary", "Id"), find=find)
    if found:
        yield Call("DescribePolicy", {"PolicyId": ids[policy.address]}, refusal=other)


def _delete(policy: str, ids: Ids) -> Call:
    def find(read: Read) -> dict[str, Any] | None:
        """What the plan names was detached before, and the list lags; what it does not name was attached later."""
        targets = [each["TargetId"] for each in read("ListTargetsForPolicy", {"PolicyId": policy}, "Targets")]
        unknown = sorted(each for each in targets if ids.address_of(each) is None)
        if unknown:
            text = f"it is attached to {', '.join(unknown)}, of which the plan does not know"
            raise overtaken("DeletePolicy", text)
        return None

    already = frozenset({"PolicyNotFoundException"})
    return Call("DeletePolicy", {"PolicyId": policy}, already=already, find=find)


def _likeness(existing: Mapping[str, Policy], wanted: Mapping[str, Policy]) -> Callable[[str, str], int]:
    """How many values a live policy has in common with a declared one, by their names."""

    def values(policy: Policy) -> frozenset[str]:
        content = canonical(policy.content, BY_SHORT[policy.type].language)
        return frozenset(
            (*leaves(content), f"description={policy.description}", *leaves({**(policy.tags or {})}, "tags"))
        )

    return lambda old, new: len(values(existing[old]) & values(wanted[new]))


def _out_of_the_way(desired: Inventory, live: Inventory, paired: Mapping[Address, Address]) -> dict[Address, Address]:
    """Other addresses for live policies that are no declared one, but are called as the key of one."""
    keys = {each.address for each in desired.of(Policy)}
    return {
        each.address: addresses.policy(f"{each.type}/{each.name}/{each.id}")
        for each in live.of(Policy)
        if each.address in keys and each.address not in paired
    }


def _update(policy: Policy, change: Change, ids: Ids) -> Iterator[Call]:
    params: dict[str, Any] = {"PolicyId": ids[policy.address]}
    if "name" in change.fields:
        params["Name"] = policy.name
    if "description" in change.fields:
        params["Description"] = policy.description
    if "content" in change.fields:
        params["Content"] = minified(ids.resolve(policy.content))
    if len(params) > 1:
        renamed = "Name" in params
        yield Call(
            "UpdatePolicy",
            params,
            find=(lambda read: _renamed(read, policy, params["PolicyId"], ids)) if renamed else None,
        )
    yield from tag_calls(change, ids)


def _renamed(read: Read, policy: Policy, id: str, ids: Ids) -> dict[str, Any] | None:
    """An answer where the policy has its new name. Raises `ServiceError` where another one has it that the plan does
    not know."""
    listed = read("ListPolicies", {"Filter": BY_SHORT[policy.type].api}, "Policies")
    holder = next((each["Id"] for each in listed if each["Name"] == policy.name), None)
    if holder is None or (holder != id and ids.address_of(holder)):
        return None
    if holder == id:
        return {}
    text = f"the policy {holder}, which the plan does not know, has the name {policy.name}"
    raise overtaken("UpdatePolicy", text)


def _kept_description(wanted: Policy, existing: Policy) -> Warning_:
    """The service takes an UpdatePolicy with an empty description and keeps the old text (API_UpdatePolicy)."""
    text = (
        f"{wanted.address} keeps its description {existing.description!r}: the service cannot empty it; "
        "write another text, or remove `description` to leave it alone"
    )
    return Warning_(code="W530", message=text, address=wanted.address, source=wanted.source)


def _differing(wanted: Policy, existing: Policy) -> tuple[str, ...]:
    fields = changed_fields(wanted, existing)
    if "content" in fields and same_meaning(wanted.content, existing.content, BY_SHORT[wanted.type].language):
        fields = tuple(name for name in fields if name != "content")
    return tuple(name for name in fields if name != "aws_managed")


def _compare_undeclared(
    existing: Policy, desired: Inventory, live: Inventory, policies: UnmanagedRules, found: Comparison
) -> None:
    if policies.unmanaged.get("policies") != "delete":
        found.unmanaged.append(existing)
        return
    free = leaving(desired, live, policies)
    if policies.unmanaged.get("attachments", "delete") == "delete":
        free |= managed_nodes(desired, live)
    else:
        free -= {each.address for each in live.of(OrganizationalUnit) if each.replaced_by}
    held = (each.target for each in live.of(Attachment) if each.policy == existing.address)
    holders = sorted(target for target in held if target not in free)
    if holders:
        text = f"{existing.address} is not declared and cannot be deleted: it stays attached to {', '.join(holders)}"
        found.unmanaged.append(existing)
        found.warnings.append(Warning_(code="W505", message=text, address=existing.address))
        return
    found.changes.append(change_of("delete", "not_declared", before=existing))
