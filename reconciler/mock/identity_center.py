"""IAM Identity Center of the mocked organization: its instance, identity store, permission sets and assignments.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/welcome.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from pydantic import Field

from reconciler.mock.account_requests import Seconds
from reconciler.model.base import Frozen

DEFAULT_REGION = "us-east-1"
"""The Region of a new mock, which is called where a call names none."""
SECONDS = 3.0
"""How long a change of roles takes at most
(https://github.com/aws-samples/aws-iam-identity-center-extensions/blob/main/docs/documentation/Scaling.md)."""
DEFAULT_SESSION = "PT1H"
"""https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html"""

PrincipalType = Literal["GROUP", "USER"]


class Assignment(NamedTuple):
    """A permission set that a principal has in an account, by their ids; `type` is that of the principal."""

    permission_set: str
    account: str
    type: PrincipalType
    principal: str

    def describe(self) -> dict[str, str]:
        """As the lists of the service have it."""
        return {
            "AccountId": self.account,
            "PermissionSetArn": self.permission_set,
            "PrincipalType": self.type,
            "PrincipalId": self.principal,
        }


class Assignments:
    """All assignments, each once, found by what has them."""

    def __init__(self) -> None:
        self._of_set: dict[str, dict[str, dict[Assignment, None]]] = {}
        """By permission set and account."""
        self._of_principal: dict[str, dict[Assignment, None]] = {}

    def __contains__(self, assignment: Assignment) -> bool:
        return assignment in self._of_principal.get(assignment.principal, ())

    def add(self, assignment: Assignment) -> None:
        accounts = self._of_set.setdefault(assignment.permission_set, {})
        accounts.setdefault(assignment.account, {})[assignment] = None
        self._of_principal.setdefault(assignment.principal, {})[assignment] = None

    def remove(self, assignment: Assignment) -> None:
        """Removes one that is there; an account without another one of the permission set does not have that."""
        accounts = self._of_set[assignment.permission_set]
        del accounts[assignment.account][assignment]
        del self._of_principal[assignment.principal][assignment]
        if not accounts[assignment.account]:
            del accounts[assignment.account]

    def accounts(self, permission_set: str) -> Collection[str]:
        """Where somebody has the permission set."""
        return self._of_set.get(permission_set, {}).keys()

    def of_pair(self, permission_set: str, account: str) -> list[Assignment]:
        return list(self._of_set.get(permission_set, {}).get(account, ()))

    def of_principal(self, principal: str) -> list[Assignment]:
        return list(self._of_principal.get(principal, ()))


@dataclass
class PermissionSet:
    """A permission set. `managed` are ARNs, `customer_managed` names with their paths, `boundary` is in the form of the
    service, an empty `inline` is none; `outdated` are the accounts that have an earlier version of it."""

    arn: str
    name: str
    created: float
    description: str | None = None
    session: str = DEFAULT_SESSION
    relay_state: str | None = None
    managed: list[str] = field(default_factory=list)
    customer_managed: list[tuple[str, str]] = field(default_factory=list)
    inline: str = ""
    boundary: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    outdated: set[str] = field(default_factory=set)

    def describe(self) -> dict[str, Any]:
        """The `PermissionSet` of the service."""
        described = {
            "Name": self.name,
            "PermissionSetArn": self.arn,
            "Description": self.description,
            "CreatedDate": datetime.fromtimestamp(self.created, UTC),
            "SessionDuration": self.session,
            "RelayState": self.relay_state,
        }
        return {key: value for key, value in described.items() if value is not None}


class RoleRequest(Frozen):
    """A request that changes roles in accounts: an assignment's creation or deletion, or the provisioning of a
    permission set, in all accounts that have it where `account` is `None`. `reads_left` is the number of status reads
    that still answer IN_PROGRESS, `requested` is in seconds since 1970; a change of the permission set makes its
    provisioning `overtaken`."""

    id: str
    kind: Literal["creation", "deletion", "provisioning"]
    permission_set: str
    account: str | None = None
    type: PrincipalType = "GROUP"
    principal: str = ""
    requested: Seconds
    reads_left: int = Field(ge=0)
    status: Literal["IN_PROGRESS", "SUCCEEDED", "FAILED"] = "IN_PROGRESS"
    failure: str | None = None
    overtaken: bool = False

    @property
    def is_running(self) -> bool:
        return self.status == "IN_PROGRESS"

    @property
    def assignment(self) -> Assignment:
        assert self.account is not None, "a provisioning has no assignment"
        return Assignment(self.permission_set, self.account, self.type, self.principal)

    def summary(self) -> dict[str, Any]:
        """As a list of requests has it."""
        return {
            "Status": self.status,
            "RequestId": self.id,
            "CreatedDate": datetime.fromtimestamp(self.requested, UTC),
        }

    def describe(self) -> dict[str, Any]:
        """The status of the request, in the form of the service."""
        failure = {"FailureReason": self.failure} if self.failure else {}
        status = {**self.summary(), **failure, "PermissionSetArn": self.permission_set}
        if self.kind == "provisioning":
            return {**status, **({"AccountId": self.account} if self.account else {})}
        return {
            **status,
            "TargetId": self.account,
            "TargetType": "AWS_ACCOUNT",
            "PrincipalType": self.type,
            "PrincipalId": self.principal,
        }


class Membership(NamedTuple):
    """A user in a group, by their ids."""

    group: str
    user: str


class IdentityCenter:
    """The instance of the organization, in one Region. `groups` and `users` have the names in its identity store by id,
    `memberships` the members of groups by the id of the membership, `sets` the permission sets by ARN, `requests` those
    since the mock was opened, by id."""

    def __init__(self, arn: str, region: str, store: str) -> None:
        self.arn = arn
        self.region = region
        self.store = store
        self.groups: dict[str, str] = {}
        self.users: dict[str, str] = {}
        self.memberships: dict[str, Membership] = {}
        self.sets: dict[str, PermissionSet] = {}
        self.assignments = Assignments()
        self.requests: dict[str, RoleRequest] = {}

    def accounts_with(self, permission_set: str) -> Collection[str]:
        """Where the permission set is provisioned: in the accounts where somebody has it."""
        return self.assignments.accounts(permission_set)

    def has(self, type: str, principal: str) -> bool:
        """Whether the identity store has the principal."""
        return principal in (self.users if type == "USER" else self.groups)

    def running(self) -> Iterator[RoleRequest]:
        return (each for each in self.requests.values() if each.is_running)

    def accounts_of(self, request: RoleRequest) -> Collection[str]:
        """The accounts whose roles the request changes."""
        return self.accounts_with(request.permission_set) if request.account is None else (request.account,)

    def changed(self, permission_set: PermissionSet) -> None:
        """Its accounts have an earlier version now; what is being provisioned is the earlier one too."""
        permission_set.outdated = set(self.accounts_with(permission_set.arn))
        for each in list(self.running()):
            if each.kind == "provisioning" and each.permission_set == permission_set.arn:
                self.requests[each.id] = each.model_copy(update={"overtaken": True})

    def assign(self, assignment: Assignment) -> None:
        """The first assignment of a pair provisions the newest version of the permission set."""
        if not self.assignments.of_pair(assignment.permission_set, assignment.account):
            self.sets[assignment.permission_set].outdated.discard(assignment.account)
        self.assignments.add(assignment)

    def unassign(self, assignment: Assignment) -> None:
        """With the last assignment of a pair the permission set goes from the account."""
        self.assignments.remove(assignment)
        if not self.assignments.of_pair(assignment.permission_set, assignment.account):
            self.sets[assignment.permission_set].outdated.discard(assignment.account)

    def forget_account(self, account: str) -> None:
        """An account that leaves the organization loses what is assigned there."""
        for permission_set in self.sets:
            for each in self.assignments.of_pair(permission_set, account):
                self.unassign(each)
