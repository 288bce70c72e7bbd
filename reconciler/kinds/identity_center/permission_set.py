"""Permission sets: what people can do in the accounts that they may enter.

What changes in a permission set reaches accounts only when it is provisioned there. Which accounts have an earlier
version is read from the service, so that what an interrupted run left behind is found again.

https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsets.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from reconciler.kinds.base import (
    Call,
    Comparison,
    Declaring,
    Ids,
    LiveSeverity,
    SpecSection,
    Undeclared,
    UnmanagedRules,
)
from reconciler.kinds.comparing import with_live_defaults
from reconciler.kinds.declared_set import DeclaredSet
from reconciler.kinds.identity_center.operations import OF_PERMISSION_SETS, PROVISIONING
from reconciler.kinds.identity_center.permission_set_calls import changing, creating, of_instance, tagging_calls
from reconciler.kinds.identity_center.permission_set_shape import (
    CODES,
    PermissionSets,
    declared_set,
    written_set,
)
from reconciler.kinds.identity_center.resources import BY_PRINCIPAL, Assignment, PermissionSet, pair
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import same_meaning
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, change_of
from reconciler.model.resources import Resource
from reconciler.model.wording import few

_UNFELT = frozenset({"description", "tags"})
"""Fields that change nothing for those who have a permission set."""


class PermissionSetKind(DeclaredSet):
    resource = PermissionSet
    severity = LiveSeverity(changed="access")
    consequence = "the role that it is goes from every account that has it"
    undeclared = Undeclared("Permission sets. With `delete`, their assignments are deleted too.")
    max_deletes = (0, "Permission sets that get deleted or replaced by one with another name.")
    section = SpecSection(
        "permission_sets",
        PermissionSets,
        "Permission sets by name. A part that is left out keeps its live value.",
        ({"Admin": {"managed": ["AdministratorAccess"], "session": "4h"}},),
        of="identity_center",
    )
    operations = OF_PERMISSION_SETS
    reads_with = "sso:ListInstances"
    codes = CODES

    def declare(self, value: PermissionSets, spec: Declaring) -> Iterator[PermissionSet]:
        _check_earlier_names(value, spec)
        for name, shape in value.items():
            yield from declared_set(name, shape, spec)

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        sets = (each for each in resources if isinstance(each, PermissionSet))
        return {each.name: written_set(each) for each in sorted(sets, key=lambda found: found.name)}

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        """A live set that a declared one names as an earlier name is replaced by it: a set cannot be renamed. What the
        new one does not declare it takes over; one that nobody has yet may be without it, after an interrupted run."""
        there = {each.name: each for each in live.of(PermissionSet)}
        declared = {each.name for each in desired.of(PermissionSet)}
        replaced: dict[Address, Address] = {}
        wanted: dict[Address, Resource] = {}
        for each in desired.of(PermissionSet):
            earlier = [there[name] for name in each.previously if name in there and name not in declared]
            replaced |= {old.address: each.address for old in earlier}
            if earlier and (each.name not in there or not there[each.name].accounts):
                own = {"id": each.id, "outdated": each.outdated, "accounts": ()}
                wanted[each.address] = with_live_defaults(each, earlier[0]).model_copy(update=own)
        if not replaced:
            return desired, live
        return (
            desired.with_resources(wanted.get(each.address, each) for each in desired.resources),
            live.with_resources(
                each.model_copy(update={"replaced_by": replaced[each.address]}) if each.address in replaced else each
                for each in live.resources
            ),
        )

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = super().compare(desired, live, policies)
        holders = _holders(live)
        replaced = {str(each.replaced_by): each for each in live.of(PermissionSet) if each.replaced_by}
        found.changes = [_with_note(each, replaced, holders) for each in found.changes]
        return found

    def deletes(self, existing: Resource, desired: Inventory, policies: UnmanagedRules) -> bool:
        assert isinstance(existing, PermissionSet)
        return existing.replaced_by is not None or super().deletes(existing, desired, policies)

    def deletion(self, existing: Resource) -> Change:
        assert isinstance(existing, PermissionSet)
        if existing.replaced_by is None:
            return super().deletion(existing)
        note = f"{existing.replaced_by} takes its place, for a permission set cannot be renamed"
        return change_of("delete", "replaced", before=existing, note=note)

    def creation(self, wanted: Resource) -> Change:
        """No account has an earlier version of a new set."""
        return super().creation(wanted.model_copy(update={"outdated": None}))

    def changed_fields(self, wanted: Resource, existing: Resource) -> tuple[str, ...]:
        assert isinstance(wanted, PermissionSet)
        assert isinstance(existing, PermissionSet)
        fields = super().changed_fields(wanted, existing)
        same = same_meaning(wanted.inline, existing.inline, "identity")
        return tuple(name for name in fields if name != "inline" or not same)

    def removes(self, change: Change) -> bool:
        """One that is replaced counts: people lose a role and get another one."""
        return change.action == "delete"

    def further_parts(self, changes: Iterable[Change]) -> Iterable[str]:
        """A set is deleted when nobody has it: also who was not asked about. Who has one that changes is part of the
        impact."""
        for each in changes:
            if isinstance(each.before, PermissionSet) and each.after is None:
                yield from (pair(each.address, account) for account in each.before.accounts)
            elif isinstance(each.before, PermissionSet) and set(each.fields) - _UNFELT:
                yield BY_PRINCIPAL

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        wanted = change.resource
        assert isinstance(wanted, PermissionSet)
        if change.after is None:
            params = {**of_instance(ids), "PermissionSetArn": ids[change.address]}
            yield Call("sso:DeletePermissionSet", params, already=frozenset({"ResourceNotFoundException"}))
        elif change.before is None:
            yield from creating(wanted, ids)
        else:
            before = cast("PermissionSet", change.before)
            yield from changing(before, wanted, change.fields, ids)
            yield from tagging_calls(before, wanted, change.fields, ids)
            if set(change.fields) - {"tags"}:
                yield from _provision(change, ids)


def _check_earlier_names(value: PermissionSets, spec: Declaring) -> None:
    """Whoever has a set gets the one that replaces it, so that there is one; sets that stay cannot swap their names."""
    claimed: set[str] = set()
    for name, shape in value.items():
        for index, earlier in enumerate(shape.previously or ()):
            at = (name, "previously", index)
            if earlier in value:
                text = f"`{earlier}` was renamed according to this, but it is still declared"
                spec.add("E311", text, *at, help="remove it from `previously`, or remove the declaration")
            elif earlier in claimed:
                text = f"`{earlier}` is claimed twice as an earlier name"
                spec.add("E312", text, *at, help="keep it where it really was the name")
            claimed.add(earlier)


def _provision(change: Change, ids: Ids) -> Iterator[Call]:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ProvisionPermissionSet.html"""
    instance, status = of_instance(ids), (PROVISIONING, "Status")
    params = {**instance, "PermissionSetArn": ids[change.address], "TargetType": "ALL_PROVISIONED_ACCOUNTS"}
    yield Call("sso:ProvisionPermissionSet", params, request_at=(PROVISIONING, "RequestId"))

    def refused(answer: dict[str, Any]) -> str | None:
        found = answer[PROVISIONING]
        return f"{found.get('FailureReason') or 'FAILED'}" if found["Status"] == "FAILED" else None

    yield Call(
        "sso:DescribePermissionSetProvisioningStatus",
        {**instance, "ProvisionPermissionSetRequestId": ids[f"request:{change.address}"]},
        until=lambda answer: answer[PROVISIONING][status[1]] != "IN_PROGRESS",
        refusal=refused,
    )


def _holders(live: Inventory) -> Mapping[Address, Collection[Address]]:
    """Who has each permission set."""
    found: dict[Address, set[Address]] = {}
    for each in live.of(Assignment):
        found.setdefault(each.permission_set, set()).add(each.principal)
    return found


def _with_note(
    change: Change, replaced: Mapping[Address, PermissionSet], holders: Mapping[Address, Collection[Address]]
) -> Change:
    """The change with what it means for people."""
    after = change.after
    if not isinstance(after, PermissionSet):
        return change
    old = replaced.get(change.address)
    if change.before is None and old is not None:
        people = few(sorted(addresses.local(each) for each in holders.get(old.address, ()))) or "nobody"
        note = (
            f"takes the place of {old.address}: {people} get a role with another name in "
            f"{len(old.accounts):,} account{'s' * (len(old.accounts) != 1)} (AWSReservedSSO_{after.name}_...)"
        )
        return change.model_copy(update={"note": note, "reason": "renamed"})
    return change
