"""The rules that a call must satisfy, and the operations of AWS Organizations that the mock implements.

Each module of this package has a table `RULES` for its operations; where moto's implementation is not usable, also a
table `ANSWERS` with the mock's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from reconciler.mock.backend import Backend
from reconciler.mock.rules import (
    accounts,
    delegated_administrators,
    effective_policies,
    handshakes,
    policies,
    resource_policy,
    tags,
    tree,
    trusted_access,
)  # fmt: skip
from reconciler.model.api import Params, Response

Rule = Callable[[Backend, Params], None]
"""Raises `Refusal` where the service refuses the call."""
Answer = Callable[[Backend, Params], Response]
"""Carries out an allowed call."""

WITHOUT_RULES = frozenset({
    "DescribeOrganization", "ListAccounts", "ListCreateAccountStatus", "ListPolicies", "ListRoots",
})  # fmt: skip
"""Operations that moto answers and the mock has no rule for."""

_TABLES: tuple[Mapping[str, tuple[Rule, ...]], ...] = (
    tags.RULES, tree.RULES, accounts.RULES, policies.RULES, trusted_access.RULES, delegated_administrators.RULES,
    handshakes.RULES,
    effective_policies.RULES,
    resource_policy.RULES,
)  # fmt: skip

OF_SNAPSHOTS = (trusted_access, delegated_administrators, handshakes, resource_policy)
"""The modules whose resources a snapshot has beside the tree and its policies: each has `to_resources` and `insert`."""

ANSWERS: Mapping[str, Answer] = {
    **accounts.ANSWERS,
    **trusted_access.ANSWERS,
    **delegated_administrators.ANSWERS,
    **handshakes.ANSWERS,
    **effective_policies.ANSWERS,
    **resource_policy.ANSWERS,
}

OPERATIONS = WITHOUT_RULES.union(*_TABLES)
"""The operations of AWS Organizations that the mock implements."""


def rules_of(operation: str) -> Iterator[Rule]:
    """The rules of an operation, in the order in which they are checked."""
    for table in _TABLES:
        yield from table.get(operation, ())
