"""The least-privilege IAM policy of the role that runs a command, from the table of operations.

Without a spec it has what every spec can need; with one only what that spec uses, on the resources of its organization.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Literal

from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import permission
from reconciler.kinds import KINDS
from reconciler.kinds.base import Kind
from reconciler.kinds.invitation import Invitation
from reconciler.model.base import Frozen, Json
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Operation
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.policy.language.resource_types import ResourceType, resource_types
from reconciler.spec import Desired

Role = Literal["plan", "apply", "close", "online", "drift"]
"""Who needs the policy: `plan` every command that reads, `apply` and `close` (which may close and remove accounts) the
applies, `online` the checks against AWS beside the plan role, `drift` a scheduled `drift --who --notify`, which may
need more of where it runs (logs, an object in S3), so nothing is denied."""

ONCE = frozenset({"CreateOrganization"})
"""Operations that no role needs every day: they are in no policy."""
CLOSING = frozenset({"CloseAccount", "RemoveAccountFromOrganization"})
WITHOUT_PERMISSION = frozenset({"sts:GetCallerIdentity"})
"""Operations that everybody may call (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)."""
_HISTORY = "cloudtrail:LookupEvents"
_ALONE = frozenset({"account", "identity_center", "billing"})
"""The owners of sections whose kinds are read only where a spec declares them."""
_NOT_MANAGED = frozenset({"responsibilitytransfer"})
"""Types of resources that no kind has."""


class IamStatement(Frozen):
    """One statement: `actions` are all that it allows or, where it denies, all that it leaves alone."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    denies_others: bool = False

    def element(self) -> dict[str, Json]:
        """The statement in the language of IAM."""
        effect, key = ("Deny", "NotAction") if self.denies_others else ("Allow", "Action")
        resource: Json = self.resources[0] if len(self.resources) == 1 else list(self.resources)
        return {"Sid": self.sid, "Effect": effect, key: list(self.actions), "Resource": resource}


class IamPolicy(Frozen):
    """The permissions of a role."""

    role: Role
    statements: tuple[IamStatement, ...]

    def document(self) -> dict[str, Json]:
        """The policy document."""
        return {"Version": "2012-10-17", "Statement": [each.element() for each in self.statements]}

    def allows(self, operation: str) -> bool:
        """Whether the role may call an operation on some resource."""
        action = permission(operation)
        return operation in WITHOUT_PERMISSION or any(
            not each.denies_others and action in each.actions for each in self.statements
        )


def role_policy(role: Role, desired: Desired | None = None, partition: str = "aws") -> IamPolicy:
    """The permissions of a role for every spec, or those that one spec uses in an organization of this partition."""
    rows = [row for row in OPERATIONS.values() if row.name not in WITHOUT_PERMISSION | ONCE]
    if role == "online":
        asking = [row.name for row in rows if row.online and not row.writes]
        return IamPolicy(role=role, statements=(IamStatement(sid="Ask", actions=_actions(asking)),))
    unused = _unused(desired) if desired else frozenset()
    used = [row for row in rows if row.name not in unused and not row.online]
    reads = [row.name for row in used if not row.writes]
    if role == "drift":
        reads.append(_HISTORY)
    statements = list(_statements("Read", reads, desired, partition))
    if role == "plan":
        statements.append(IamStatement(sid="DenyAllButReading", actions=_actions(reads), denies_others=True))
    elif role == "drift":
        notifying = [row.name for row in rows if row.online and row.writes]
        statements += _statements("Notify", notifying, desired, partition)
    else:
        writes = [row.name for row in used if row.writes and row.name not in CLOSING]
        statements += _statements("Write", writes, desired, partition)
    if role == "close":
        closing = [row.name for row in used if row.name in CLOSING]
        statements += _statements("Close", closing, desired, partition)
    return IamPolicy(role=role, statements=tuple(statements))


def _actions(operations: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(map(permission, operations))))


def _statements(
    sid: str, operations: Collection[str], desired: Desired | None, partition: str
) -> Iterator[IamStatement]:
    """The statements that allow the operations: one for each set of resources that they can be limited to."""
    if desired is None:
        yield IamStatement(sid=sid, actions=_actions(operations))
        return
    groups: dict[tuple[ResourceType, ...], list[str]] = defaultdict(list)
    for operation in operations:
        listed = resource_types(permission(operation))
        groups[tuple(each for each in listed if each.name not in _NOT_MANAGED)].append(operation)
    for number, (types, group) in enumerate(sorted(groups.items())):
        accounts = _closing_ids(desired.inventory) if CLOSING.issuperset(group) else ("*",)
        arns = [_arn(each, desired.inventory, partition, account) for each in types for account in accounts]
        yield IamStatement(sid=f"{sid}{number or ''}", actions=_actions(group), resources=tuple(arns) or ("*",))


def _closing_ids(desired: Inventory) -> tuple[str, ...]:
    """The ids of the accounts that are to be closed or removed; `*` where one of them is not known."""
    ids = [each.id or "*" for each in desired.of(Account) if each.state in ("closed", "removed")]
    return ("*",) if "*" in ids else tuple(sorted(ids))


def _arn(type: ResourceType, desired: Inventory, partition: str, account: str) -> str:
    """The ARN of the resources of a type in the declared organization, with `*` for all that the spec does not say."""
    management = desired.organization.management_account_id or "*"
    known = {
        "Partition": partition,
        "Account": management,
        "ManagementAccountId": management,
        "OrganizationId": (desired.organization.id or "o-*").removeprefix("o-"),
        "AccountId": account,
    }
    return re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], "*"), type.arn)


def _unused(desired: Desired) -> frozenset[str]:
    """The operations that neither a plan of the spec nor its apply calls. What kinds of the organization read stays:
    changes of others may depend on it, as a closure does on delegated administrators. A snapshot or an import reads
    everything, and leaves out what it may not read."""
    of_kinds = {row.name for kind in KINDS if kind.section and not _manages(desired, kind) for row in _optional(kind)}
    return frozenset(of_kinds.union(*(operations for operations, used in _OF_THE_TREE if not used(desired))))


def _manages(desired: Desired, kind: Kind) -> bool:
    parts = {each.partition("/")[0] for each in desired.inventory.scope.parts or ()}
    return not parts.isdisjoint((kind.resource.plural, *kind.reads_also)) or any(desired.inventory.of(kind.resource))


def _optional(kind: Kind) -> Iterator[Operation]:
    assert kind.section is not None
    return (row for row in kind.operations if row.writes or kind.section.of in _ALONE)


def _accounts(**wanted: object) -> Callable[[Desired], bool]:
    """Whether the spec declares an account with these values."""

    def found(desired: Desired) -> bool:
        accounts = desired.inventory.of(Account)
        return any(all(getattr(each, name) == value for name, value in wanted.items()) for each in accounts)

    return found


def _replaces(desired: Desired) -> bool:
    """Whether an OU may be replaced, which takes its policies and tags along, of whatever types they are."""
    return any(each.previously for each in desired.inventory.of(OrganizationalUnit))


_OF_THE_TREE: tuple[tuple[frozenset[str], Callable[[Desired], bool]], ...] = (
    (frozenset({"CreateAccount"}), _accounts(id=None, state="active", invite=False)),
    (frozenset({"CreateGovCloudAccount"}), _accounts(gov_cloud=True)),
    (frozenset({"InviteAccountToOrganization"}), lambda desired: any(desired.inventory.of(Invitation))),
    (
        frozenset({"CancelHandshake"}),
        lambda desired: any(desired.inventory.of(Invitation)) or desired.settings.unmanaged["invitations"] == "delete",
    ),
    (frozenset({"CloseAccount"}), _accounts(state="closed")),
    (frozenset({"RemoveAccountFromOrganization"}), _accounts(state="removed")),
    (
        frozenset({"account:PutAccountName"}),
        lambda desired: any(each.name is not None for each in desired.inventory.of(Account)),
    ),
    (frozenset({"MoveAccount"}), _accounts()),
    (
        frozenset({"CreateOrganizationalUnit", "UpdateOrganizationalUnit"}),
        lambda desired: any(desired.inventory.of(OrganizationalUnit)),
    ),
    (
        frozenset({"DeleteOrganizationalUnit"}),
        lambda desired: _replaces(desired) or desired.settings.unmanaged["organizational_units"] == "delete",
    ),
    (
        frozenset({"CreatePolicy", "UpdatePolicy", "DeletePolicy", "EnablePolicyType"}),
        lambda desired: bool(desired.inventory.scope.policy_types),
    ),
    (
        frozenset({"AttachPolicy", "DetachPolicy"}),
        lambda desired: bool(desired.inventory.scope.policy_types) or _replaces(desired),
    ),
    (frozenset({"DisablePolicyType"}), lambda desired: bool(desired.settings.disabled_policy_types)),
    (
        frozenset({"TagResource", "UntagResource"}),
        lambda desired: desired.inventory.scope.tags or bool(desired.inventory.scope.parts) or _replaces(desired),
    ),
)
"""Operations of the tree and its policies, and whether a spec uses them."""
