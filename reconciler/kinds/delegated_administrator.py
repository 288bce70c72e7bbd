"""Delegated administrators: the member accounts that administer a service for the whole organization.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Self

from reconciler.kinds import scalars as s
from reconciler.kinds.base import (
    Call,
    Comparison,
    Declaring,
    Ids,
    LiveSeverity,
    Reads,
    SpecSection,
    State,
    Undeclared,
    UnmanagedRules,
)
from reconciler.kinds.declared_set import DeclaredSet, distinct
from reconciler.kinds.designations import DESIGNATIONS
from reconciler.kinds.trusted_access import access_parts, missing_access
from reconciler.model import address as addresses
from reconciler.model.address import Address, trusted_access
from reconciler.model.base import Json, Source
from reconciler.model.diagnostic import Code
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Account, Label, Resource
from reconciler.model.scope import Scope

ONE_ADMINISTRATOR = frozenset(
    f"{service}.amazonaws.com"
    for service in (
        *("access-analyzer", "auditmanager", "detective", "fms", "guardduty"),
        *("inspector2", "ipam", "macie", "securityhub", "securitylake"),
    )
)
"""Services that are known to have one delegated administrator at most; the service decides about all others.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html"""


class DelegatedAdministrator(Resource):
    """An account that administers the service `principal`. `replaces` is the account that administered it before,
    where the service has one administrator only."""

    kind: ClassVar[str] = "delegated_administrator"
    plural: ClassVar[str] = "delegated_administrators"
    prefix: ClassVar[str] = "delegated_administrator"
    label: ClassVar[Label] = Label("delegated administrator", "delegated administrators", "deregistered")
    identified: ClassVar[bool] = False
    identity: ClassVar[frozenset[str]] = Resource.identity | {"principal", "account", "replaces"}
    principal: str
    account: Address
    replaces: Address | None = None

    def references(self) -> tuple[Address, ...]:
        return (self.account,)

    def follows(self) -> tuple[Address, ...]:
        return (trusted_access(self.principal),)

    def releases(self) -> tuple[Address, ...]:
        return (self.replaces,) if self.replaces else ()

    def readdressed(self, names: Mapping[Address, Address]) -> Self:
        account, replaces = names.get(self.account, self.account), names.get(self.replaces or "", self.replaces)
        update = {"address": address(self.principal, account), "account": account, "replaces": replaces}
        return self.model_copy(update=update)

    @property
    def display_name(self) -> str:
        return f"{addresses.local(self.account)} for {self.principal}"


class DelegatedAdministratorKind(DeclaredSet):
    resource = DelegatedAdministrator
    severity = LiveSeverity(extra="access", missing="outage")
    needs_all_features = True
    consequence = "the account no longer administers the service for the organization"
    undeclared = Undeclared("Delegated administrators of the services that are declared.")
    max_deletes = (0, "Delegated administrators that get deregistered or replaced.")
    section = SpecSection(
        "delegated_administrators",
        dict[s.ServicePrincipal, list[s.Text]],
        "Services and the keys of the accounts that administer them. A service that is absent is left alone.",
        ({"guardduty.amazonaws.com": ["security-tooling"]},),
    )
    operations = (
        Operation(
            "ListDelegatedAdministrators", 5, 8,
            Answer("DelegatedAdministrators", list, MappingProxyType({"Id": str})),
        ),
        Operation(
            "ListDelegatedServicesForAccount", 1, 3,
            Answer("DelegatedServices", list, MappingProxyType({"ServicePrincipal": str})),
        ),
        Operation(
            "RegisterDelegatedAdministrator", 1, 2, writes=True,
            errors={"AccountNotFoundException": "settling", "SERVICE_ACCESS_NOT_ENABLED": "settling"},
        ),
        Operation("DeregisterDelegatedAdministrator", 1, 2, writes=True),
    )  # fmt: skip
    codes = (
        Code(
            code="E331",
            severity="error",
            title="A delegated administrator that cannot be one",
            explanation="A delegated administrator is an open member account, named by its key in the tree; the"
            " management account cannot be one. Some services have one administrator only.",
        ),
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        assert isinstance(resource, DelegatedAdministrator)
        account = ids.get(resource.account)
        return (resource.principal, account) if account else None

    def declare(self, value: dict[str, list[str]], spec: Declaring) -> Iterator[DelegatedAdministrator]:
        for principal, keys in value.items():
            for index, key in distinct(keys, spec, "E330", principal):
                if (account := spec.account(key, "E331", principal, index)) is None:
                    continue
                elif account.id is not None and account.id == spec.management_account_id:
                    text = f"`{key}` is the management account, which cannot be a delegated administrator"
                    spec.add("E331", text, principal, index, help="name a member account")
                elif account.state != "active":
                    text = f"the account `{key}` is declared {account.state}, so it cannot administer a service"
                    spec.add("E331", text, principal, index, help="name an open account")
                else:
                    yield _administrator(principal, account.address, spec.source(principal, index))
            if principal in ONE_ADMINISTRATOR and len(set(keys)) > 1:
                text = f"`{principal}` has one delegated administrator only, and {len(keys)} are declared"
                spec.add("E331", text, principal, help="keep one of them")

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        found: dict[str, set[str]] = {}
        for each in resources:
            if isinstance(each, DelegatedAdministrator) and each.account in names:
                found.setdefault(each.principal, set()).add(names[each.account])
        return {principal: [*sorted(keys)] for principal, keys in sorted(found.items())}

    def parts(self, value: dict[str, list[str]], spec: Declaring) -> tuple[str, ...]:
        return tuple(map(part, value))

    def part_of(self, resource: Resource) -> str:
        assert isinstance(resource, DelegatedAdministrator)
        return part(resource.principal)

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[DelegatedAdministrator]:
        operation, member = "ListDelegatedAdministrators", "DelegatedAdministrators"
        if self.resource.plural in parts:
            for each in reads.items(operation, member):
                listed = reads.items("ListDelegatedServicesForAccount", "DelegatedServices", AccountId=each["Id"])
                for service in listed:
                    yield _administrator(service["ServicePrincipal"], addresses.account(each["Id"]))
            return
        for principal in sorted(each.partition("/")[2] for each in parts):
            for each in reads.items(operation, member, ServicePrincipal=principal):
                yield _administrator(principal, addresses.account(each["Id"]))

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        """Where a service has one administrator, another one is a replacement, whatever `unmanaged` says."""
        found = super().compare(desired, live, policies)
        present = {
            each.principal: each for each in live.of(DelegatedAdministrator) if each.principal in ONE_ADMINISTRATOR
        }
        replaced: set[Address] = set()
        for index, change in enumerate(found.changes):
            after = change.after
            if isinstance(after, DelegatedAdministrator) and (old := present.get(after.principal)) is not None:
                replaced.add(old.address)
                note = f"replaces {addresses.local(old.account)}: the service has one delegated administrator only"
                after = after.model_copy(update={"replaces": old.account})
                found.changes[index] = change.model_copy(update={"action": "replace", "after": after, "note": note})
        found.changes = [each for each in found.changes if each.address not in replaced]
        found.unmanaged = [each for each in found.unmanaged if each.address not in replaced]
        ids = {each.address: each.id for each in (*desired.of(Account), *live.of(Account)) if each.id}
        found.warnings += (text for each in found.changes for text in _designation(each, ids))
        return found

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        after = change.after
        if isinstance(after, DelegatedAdministrator) and after.replaces is not None:
            yield _administrator(after.principal, after.replaces), False

    def removes(self, change: Change) -> bool:
        after = change.after
        return super().removes(change) or (isinstance(after, DelegatedAdministrator) and after.replaces is not None)

    def further_parts(self, changes: Iterable[Change]) -> Iterator[str]:
        """Registering needs trusted access."""
        return access_parts(self.resource.kind, changes)

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterator[str]:
        """ConstraintViolationException of RegisterDelegatedAdministrator: CANNOT_REGISTER_MASTER_AS_DELEGATED_\
ADMINISTRATOR, SERVICE_ACCESS_NOT_ENABLED, CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR,
        DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE."""
        after = change.after
        if not isinstance(after, DelegatedAdministrator):
            return
        if after.account == management:
            yield f"{change.address}: the management account cannot be a delegated administrator"
        yield from missing_access(after.principal, change, state, scope)
        account = state.get(after.account)
        if isinstance(account, Account) and account.is_closed:
            yield f"{change.address}: {after.account} is {account.state.replace('_', ' ')}"
        if after.principal in ONE_ADMINISTRATOR:
            registered = (each for each in state.values() if isinstance(each, DelegatedAdministrator))
            for each in registered:
                if each.principal == after.principal and each.account not in (after.account, after.replaces):
                    yield f"{change.address}: {after.principal} has another delegated administrator, {each.account}"

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        resource = change.resource
        assert isinstance(resource, DelegatedAdministrator)
        params = {"AccountId": ids[resource.account], "ServicePrincipal": resource.principal}
        if resource.replaces is not None and change.after is not None:
            yield _deregister(ids[resource.replaces], resource.principal)
        if change.after is None:
            yield _deregister(ids[resource.account], resource.principal)
        else:
            already = frozenset({"AccountAlreadyRegisteredException"})
            yield Call("RegisterDelegatedAdministrator", params, already=already)


def part(principal: str) -> str:
    """The part of the scope that the administrators of a service are."""
    return f"{DelegatedAdministrator.plural}/{principal}"


def address(principal: str, account: Address) -> Address:
    return f"{DelegatedAdministrator.prefix}:{principal}@{addresses.local(account)}"


def _designation(change: Change, ids: Mapping[Address, str]) -> Iterator[Warning_]:
    """A warning where registering the account is not all that has to be done."""
    after = change.after
    designation = DESIGNATIONS.get(after.principal) if isinstance(after, DelegatedAdministrator) else None
    if isinstance(after, DelegatedAdministrator) and designation is not None:
        command = f"aws {designation.command} {ids.get(after.account, 'ACCOUNT_ID')}"
        text = (
            f"{change.address}: the registration with AWS Organizations is not enough for {after.principal}, which "
            f"designates its administrator itself: run `{command}` {designation.where}"
        )
        yield Warning_(code="W534", message=text, address=change.address, source=change.source)


def _administrator(principal: str, account: Address, source: Source | None = None) -> DelegatedAdministrator:
    return DelegatedAdministrator(
        address=address(principal, account), principal=principal, account=account, source=source
    )


def _deregister(account: str, principal: str) -> Call:
    params = {"AccountId": account, "ServicePrincipal": principal}
    already = frozenset({"AccountNotRegisteredException"})
    return Call("DeregisterDelegatedAdministrator", params, already=already)
