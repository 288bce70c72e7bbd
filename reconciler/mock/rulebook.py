"""Which rules stand before an operation, which mend its answer, and which operations there are at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.mock import rules_accounts, rules_policies, rules_tags, rules_tree
from reconciler.mock.backend import Backend
from reconciler.mock.paths import paths_of_accounts, paths_of_units
from reconciler.model.api import Params, Response

Rule = Callable[[Backend, Params], None]
"""Raises `Refusal` where the service would not carry out the call."""
Correction = Callable[[Backend, Response], None]
"""Adds to an answer what moto leaves out."""

UNRULED = frozenset({
    "DeregisterDelegatedAdministrator", "DescribeOrganization", "DisableAWSServiceAccess", "EnableAWSServiceAccess",
    "ListAWSServiceAccessForOrganization", "ListAccounts", "ListCreateAccountStatus", "ListDelegatedAdministrators",
    "ListDelegatedServicesForAccount", "ListPolicies", "ListRoots", "RegisterDelegatedAdministrator",
})  # fmt: skip
"""Operations that moto answers without a rule of the mock's own."""

_TABLES = (rules_tags.RULES, rules_tree.RULES, rules_accounts.RULES, rules_policies.RULES)

OPERATIONS = UNRULED.union(*_TABLES)
"""Everything of AWS Organizations that the mock carries out."""

CORRECTIONS: tuple[Correction, ...] = (paths_of_accounts, paths_of_units)


def rules_of(operation: str) -> Iterator[Rule]:
    """The rules of an operation, in the order in which they are asked."""
    for table in _TABLES:
        yield from table.get(operation, ())


def writes(operation: str) -> bool:
    """True where a successful call leaves something to save."""
    return not operation.partition(":")[2].startswith("Get") and not operation.startswith(("Describe", "List"))
