"""The operations that are used, one row each: reading or writing, and the published rate of its bucket.

Rates are calls a second and burst, an account, from the throttling table of the AWS Organizations quotas page and of
the Account Management reference (checked 2026-11-22); operations in one row of those tables share a bucket here. The
rate of LookupEvents is in its own reference; Access Analyzer and IAM publish none, and are asked moderately.
"""

from __future__ import annotations

from typing import NamedTuple

from reconciler.kinds import KINDS


class Operation(NamedTuple):
    """`bucket` is the name that rows with a shared rate have in common; an `optional` one has a substitute."""

    name: str
    writes: bool
    rate: float
    burst: float
    bucket: str

    @property
    def optional(self) -> bool:
        return self.name in ("tagging:GetResources", "sts:GetCallerIdentity")

    @property
    def online(self) -> bool:
        """Whether only `--online` and `--lookback` make the call: no plan or apply needs it."""
        return self.name.startswith(("accessanalyzer:", "cloudtrail:", "iam:"))

    @property
    def permission(self) -> str:
        """The IAM action of the operation."""
        service, _, name = self.name.rpartition(":")
        return f"{_IAM_PREFIX.get(service, service) or 'organizations'}:{name}"


_IAM_PREFIX = {"accessanalyzer": "access-analyzer", "tagging": "tag"}


def _rows(writes: bool, rate: float, burst: float, *names: str) -> list[Operation]:
    return [Operation(name, writes, rate, burst, names[0]) for name in names]


_TABLE = [
    *_rows(False, 1, 2, "DescribeOrganization"),
    *_rows(False, 1, 2, "ListRoots"),
    *_rows(False, 8, 12, "ListAccounts"),
    *_rows(False, 5, 8, "ListAccountsForParent"),
    *_rows(False, 5, 8, "ListOrganizationalUnitsForParent"),
    *_rows(False, 5, 8, "ListParents"),
    *_rows(False, 5, 8, "ListPolicies"),
    *_rows(False, 5, 8, "ListTargetsForPolicy"),
    *_rows(False, 2, 2, "DescribePolicy"),
    *_rows(False, 10, 15, "ListTagsForResource"),
    *_rows(False, 5, 8, "ListCreateAccountStatus"),
    *_rows(False, 2, 2, "DescribeCreateAccountStatus"),
    *_rows(False, 20, 30, "DescribeAccount"),
    *_rows(False, 15, 15, "tagging:GetResources"),
    *_rows(False, 10, 10, "sts:GetCallerIdentity"),
    *_rows(False, 5, 5, "accessanalyzer:ValidatePolicy"),
    *_rows(False, 5, 5, "iam:SimulateCustomPolicy"),
    *_rows(False, 2, 2, "cloudtrail:LookupEvents"),
    *_rows(True, 0.1, 3, "CreateAccount"),
    *_rows(True, 0.05, 1, "CloseAccount"),
    *_rows(True, 2, 2, "RemoveAccountFromOrganization"),
    *_rows(True, 2, 3, "MoveAccount"),
    *_rows(True, 1, 2, "CreateOrganizationalUnit"),
    *_rows(True, 2, 3, "UpdateOrganizationalUnit"),
    *_rows(True, 2, 3, "DeleteOrganizationalUnit"),
    *_rows(True, 2, 3, "CreatePolicy"),
    *_rows(True, 2, 3, "UpdatePolicy"),
    *_rows(True, 2, 3, "DeletePolicy"),
    *_rows(True, 2, 3, "AttachPolicy"),
    *_rows(True, 2, 3, "DetachPolicy"),
    *_rows(True, 1, 1, "EnablePolicyType"),
    *_rows(True, 1, 1, "DisablePolicyType"),
    *_rows(True, 4, 6, "TagResource"),
    *_rows(True, 4, 6, "UntagResource"),
    *_rows(True, 1, 1, "account:PutAccountName"),
]

_OF_KINDS = [
    Operation(each.name, each.writes, each.rate, each.burst, each.bucket) for kind in KINDS for each in kind.operations
]

OPERATIONS: dict[str, Operation] = {row.name: row for row in (*_TABLE, *_OF_KINDS)}
