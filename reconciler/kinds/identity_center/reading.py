"""IAM Identity Center, read with the fewest calls (S permission sets, A accounts, G groups, P pairs of a set and an
account that has it):

- the sets: a list and seven calls each, and ⌈A/100⌉ for the accounts that have it;
- groups and users: a page for each hundred; of users only those that the spec names, where it says what to read;
- the assignments by principal: ⌈n/100⌉ for each group of the store and each user of the spec, n being what it has. A
  pair that nothing of this explains is read by pair. What remains unseen is another principal beside one that was
  asked, so the answer is partial;
- the assignments by pair, P calls: complete. So they are read where the caller is not the management account, which
  alone can ask by principal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from reconciler.errors import AccessDenied, ServiceError
from reconciler.kinds.base import Reads
from reconciler.kinds.identity_center import policies
from reconciler.kinds.identity_center.resources import (
    BY_PRINCIPAL,
    INSTANCE,
    Assignment,
    Boundary,
    CustomerManaged,
    Group,
    IdentityCenter,
    PermissionSet,
    Principal,
    User,
    live_assignment,
)
from reconciler.kinds.region import DEFAULT
from reconciler.model import address as addresses
from reconciler.model.api import REGION
from reconciler.model.regions import PARTITIONS
from reconciler.model.resources import Resource

A = TypeVar("A")

_ABSENT = "ResourceNotFoundException"
_SINGLE_LOOKUPS = 20
"""Users that are looked up one by one; more are taken from the list of all."""
_FEW_PAIRS = 200
"""Pairs that are all read, in ten seconds, where reading by principal would do: so that nothing is missing."""
_OUTDATED = "LATEST_PERMISSION_SET_NOT_PROVISIONED"


class _Row(NamedTuple):
    """An assignment as the service lists it."""

    permission_set: str
    account: str
    type: str
    principal: str


def _pairs_of(
    part: str, everywhere: Collection[tuple[str, str]], sets: Mapping[str, PermissionSet]
) -> Iterator[tuple[str, str]]:
    """The pairs of a part: one (`assignments/ACCOUNT_ID/SET`), or all of an account (`assignments/ACCOUNT_ID`)."""
    plural, _, rest = part.partition("/")
    account, _, name = rest.partition("/")
    if plural != Assignment.plural:
        return
    if name:
        yield from ((arn, account) for arn, each in sets.items() if each.name == name)
    else:
        yield from ((arn, each) for arn, each in everywhere if each == account)


class IdentityCenterReading:
    """One read of the parts that are wanted."""

    def __init__(self, reads: Reads, parts: Collection[str]) -> None:
        self._reads = reads
        self._parts = parts
        self._known = list(reads.known)
        self._principals: dict[tuple[str, str], Principal] = {}
        """By type and id."""

    def run(self) -> Iterable[Resource]:
        instance = next(self._of(IdentityCenter), None) or self._instance()
        if instance is None:
            return ()
        self._instance_is(instance)
        if not any(each.partition("/")[0] != IdentityCenter.plural for each in self._parts):
            return (instance,)
        sets = {str(each.id): each for each in self._of(PermissionSet)} or {str(each.id): each for each in self._sets()}
        for each in (*self._of(Group), *self._of(User)) or (*self._groups(), *self._users()):
            self._principals[each.type, str(each.id)] = each
        rows = list(self._rows(sets))
        self._name_principals(rows)
        return (instance, *sets.values(), *self._principals.values(), *self._assignments(rows, sets))

    def _of(self, kind: type[A]) -> Iterator[A]:
        return (each for each in self._known if isinstance(each, kind))

    def _instance_is(self, instance: IdentityCenter) -> None:
        self._place = {REGION: instance.region} if instance.region else {}
        self._store = {**self._place, "IdentityStoreId": instance.store}
        self._of_instance = {**self._place, "InstanceArn": instance.arn}

    # ---- the instance and its permission sets -----------------------------------------------------------------------

    def _instance(self) -> IdentityCenter | None:
        """The instance of the organization: in the Region of the spec, else in the first that has it."""
        named = [each.partition("/")[2] for each in self._parts if each.startswith(f"{IdentityCenter.plural}/")]
        partition = PARTITIONS[self._reads.organization.partition]
        others = [each for each in partition.regions if each in DEFAULT or partition.id != "aws"]
        for region in named or ["", *others]:
            found = self._reads.call("sso:ListInstances", {REGION: region} if region else {})["Instances"]
            for each in found:
                owner = each.get("OwnerAccountId")
                if owner in (None, self._reads.organization.management_account_id):
                    place = each.get("PrimaryRegion") or region
                    id = f"{place}/{each['InstanceArn']}"
                    return IdentityCenter(address=INSTANCE, id=id, region=place, store=each["IdentityStoreId"])
        return None

    def _sets(self) -> Iterator[PermissionSet]:
        arns = list(self._items("ListPermissionSets", "PermissionSets"))
        questions = (
            self._described, self._managed, self._customer_managed, self._inline, self._boundary, self._tags,
            self._accounts, self._outdated,
        )  # fmt: skip
        answers = self._ask([partial(question, arn) for arn in arns for question in questions])
        for index, arn in enumerate(arns):
            found: dict[str, Any] = {}
            for answer in answers[index * len(questions) : (index + 1) * len(questions)]:
                found |= answer
            yield PermissionSet(address=f"{PermissionSet.prefix}:{found['name']}", id=arn, **found)

    def _described(self, arn: str) -> Mapping[str, Any]:
        found = self._call("DescribePermissionSet", PermissionSetArn=arn)["PermissionSet"]
        return {
            "name": found["Name"],
            "description": found.get("Description") or "",
            "session": policies.live_duration(found.get("SessionDuration") or "PT1H"),
            "relay_state": found.get("RelayState") or "",
        }

    def _managed(self, arn: str) -> Mapping[str, Any]:
        found = self._items("ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", PermissionSetArn=arn)
        return {"managed": tuple(sorted(policies.managed_name(each["Arn"]) for each in found))}

    def _customer_managed(self, arn: str) -> Mapping[str, Any]:
        operation = "ListCustomerManagedPolicyReferencesInPermissionSet"
        found = self._items(operation, "CustomerManagedPolicyReferences", PermissionSetArn=arn)
        references = [CustomerManaged(name=each["Name"], path=each.get("Path") or "/") for each in found]
        return {"customer_managed": tuple(sorted(references, key=lambda each: (each.path, each.name)))}

    def _inline(self, arn: str) -> Mapping[str, Any]:
        text = self._call("GetInlinePolicyForPermissionSet", PermissionSetArn=arn)["InlinePolicy"]
        return {"inline": json.loads(text) if text else {}}

    def _boundary(self, arn: str) -> Mapping[str, Any]:
        try:
            found = self._call("GetPermissionsBoundaryForPermissionSet", PermissionSetArn=arn)["PermissionsBoundary"]
        except ServiceError as error:
            if error.code != _ABSENT:
                raise
            return {"boundary": Boundary()}
        if managed := found.get("ManagedPolicyArn"):
            return {"boundary": Boundary(managed=policies.managed_name(managed))}
        reference = found["CustomerManagedPolicyReference"]
        customer = CustomerManaged(name=reference["Name"], path=reference.get("Path") or "/")
        return {"boundary": Boundary(customer_managed=customer)}

    def _tags(self, arn: str) -> Mapping[str, Any]:
        found = self._items("ListTagsForResource", "Tags", ResourceArn=arn)
        return {"tags": {each["Key"]: each["Value"] for each in found}}

    def _accounts(self, arn: str) -> Mapping[str, Any]:
        found = self._items("ListAccountsForProvisionedPermissionSet", "AccountIds", PermissionSetArn=arn)
        return {"accounts": tuple(sorted(found))}

    def _outdated(self, arn: str) -> Mapping[str, Any]:
        operation = "ListAccountsForProvisionedPermissionSet"
        found = self._items(operation, "AccountIds", PermissionSetArn=arn, ProvisioningStatus=_OUTDATED)
        return {"outdated": tuple(sorted(found))}

    # ---- principals -------------------------------------------------------------------------------------------------

    def _groups(self) -> Iterator[Group]:
        for each in self._store_items("ListGroups", "Groups"):
            name = each.get("DisplayName") or each["GroupId"]
            yield Group(address=f"group:{name}", id=each["GroupId"], name=name)

    def _users(self) -> Iterator[User]:
        """The users that the spec names, or all. One that the store does not have is absent."""
        if User.plural in self._parts:
            for each in self._store_items("ListUsers", "Users"):
                name = each.get("UserName") or each["UserId"]
                yield User(address=f"user:{name}", id=each["UserId"], name=name)
            return
        names = [each.partition("/")[2] for each in self._parts if each.startswith(f"{User.plural}/")]
        if len(names) > _SINGLE_LOOKUPS:
            ids = {each.get("UserName"): each["UserId"] for each in self._store_items("ListUsers", "Users")}
        else:
            found = self._reads.gather("identitystore:GetUserId", [partial(self._user_id, each) for each in names])
            ids = dict(zip(names, found, strict=True))
        for name in names:
            if id := ids.get(name):
                yield User(address=f"user:{name}", id=id, name=name)

    def _user_id(self, name: str) -> str | None:
        attribute = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": name}}
        try:
            found: str = self._reads.call("identitystore:GetUserId", {**self._store, "AlternateIdentifier": attribute})[
                "UserId"
            ]
        except ServiceError as error:
            if error.code != _ABSENT:
                raise
            return None
        return found

    def _name_principals(self, rows: Iterable[_Row]) -> None:
        """Names for the principals of assignments that have none yet; a deleted one has its id."""
        nameless = sorted({(each.type, each.principal) for each in rows} - self._principals.keys())
        users = [id for type, id in nameless if type == "USER"]
        names = self._reads.gather("identitystore:DescribeUser", [partial(self._user_name, each) for each in users])
        for id, name in zip(users, names, strict=True):
            self._principals["USER", id] = User(address=f"user:{name}", id=id, name=name)
        for type, id in nameless:
            if type != "USER":
                self._principals[type, id] = Group(address=f"group:{id}", id=id, name=id)

    def _user_name(self, id: str) -> str:
        try:
            found = self._reads.call("identitystore:DescribeUser", {**self._store, "UserId": id})
        except ServiceError as error:
            if error.code != _ABSENT:
                raise
            return id
        return str(found.get("UserName") or id)

    # ---- assignments ------------------------------------------------------------------------------------------------

    def _rows(self, sets: Mapping[str, PermissionSet]) -> Iterator[_Row]:
        everywhere = {(arn, account) for arn, each in sets.items() for account in each.accounts}
        if Assignment.plural in self._parts:
            yield from self._by_pair(everywhere)
            return
        pairs = {pair for part in self._parts if part != BY_PRINCIPAL for pair in _pairs_of(part, everywhere, sets)}
        if BY_PRINCIPAL in self._parts and len(everywhere) <= _FEW_PAIRS:
            pairs = everywhere
        elif BY_PRINCIPAL in self._parts:
            rows = self._by_principal()
            if rows is None:
                pairs = everywhere
            else:
                yield from rows
                pairs |= everywhere - {(each.permission_set, each.account) for each in rows}
        yield from self._by_pair(pairs)

    def _by_principal(self) -> list[_Row] | None:
        """The assignments of all principals that are known; `None` where the caller cannot ask so."""
        principals = sorted(self._principals)
        try:
            first = [self._of_principal(*each) for each in principals[:1]]
        except AccessDenied:
            return None
        rest = self._ask([partial(self._of_principal, *each) for each in principals[1:]])
        return [row for rows in (*first, *rest) for row in rows]

    def _of_principal(self, type: str, id: str) -> list[_Row]:
        """Of a user, the list may have what it gets by its groups: those rows are the groups'."""
        operation, member = "ListAccountAssignmentsForPrincipal", "AccountAssignments"
        return [
            _Row(each["PermissionSetArn"], each["AccountId"], type, id)
            for each in self._items(operation, member, PrincipalId=id, PrincipalType=type)
            if each["PrincipalId"] == id
        ]

    def _by_pair(self, pairs: Collection[tuple[str, str]]) -> Iterator[_Row]:
        for rows in self._ask([partial(self._of_pair, *each) for each in sorted(pairs)]):
            yield from rows

    def _of_pair(self, arn: str, account: str) -> list[_Row]:
        found = self._items("ListAccountAssignments", "AccountAssignments", AccountId=account, PermissionSetArn=arn)
        return [_Row(arn, account, each["PrincipalType"], each["PrincipalId"]) for each in found]

    def _assignments(self, rows: Iterable[_Row], sets: Mapping[str, PermissionSet]) -> Iterator[Assignment]:
        for row in dict.fromkeys(rows):
            if row.permission_set in sets:
                set_address = sets[row.permission_set].address
                principal = self._principals[row.type, row.principal].address
                yield live_assignment(set_address, principal, addresses.account(row.account), row.account)

    # ---- calls ------------------------------------------------------------------------------------------------------

    def _call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self._reads.call(f"sso:{operation}", {**self._of_instance, **params})

    def _items(self, operation: str, member: str, **params: Any) -> Iterable[Any]:
        return self._reads.items(f"sso:{operation}", member, **self._of_instance, **params)

    def _store_items(self, operation: str, member: str) -> Iterable[Any]:
        return self._reads.items(f"identitystore:{operation}", member, **self._store)

    def _ask(self, questions: Sequence[Callable[[], A]]) -> list[A]:
        return self._reads.gather("sso:DescribePermissionSet", questions)
