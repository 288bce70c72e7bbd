"""Every kind of the registry takes part in the contract, and in every table that has an entry for each kind."""

from __future__ import annotations

from typing import Any

from reconciler.aws.operations import OPERATIONS
from reconciler.kinds import BY_KIND, DELETE_LIMITS, KINDS, LABELS, RESOURCES, UNDECLARED
from reconciler.kinds.billing.budget_action import BudgetAction
from reconciler.kinds.feature_set import FeatureSet
from reconciler.kinds.read_only import ReadOnlyKind
from reconciler.spec import json_schema
from reconciler.spec.settings import Settings
from tests.kinds.examples import EXAMPLES

ONE_WAY = {FeatureSet.kind}
"""Kinds that cannot be changed back, with tests of their own."""
READ_ONLY = {each.resource.kind for each in KINDS if isinstance(each, ReadOnlyKind)} | {BudgetAction.kind}
"""Kinds of which nothing is changed: they are read with those that refer to them."""
OWNERS = {
    "organization": "OrganizationShape",
    "identity_center": "IdentityCenterShape",
    "billing": "BillingShape",
    "account": "AccountShape",
}
"""What a section is in, by its owner."""


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == BY_KIND.keys() - ONE_WAY - READ_ONLY


def test_names_are_unique() -> None:
    assert len({each.kind for each in RESOURCES}) == len({each.prefix for each in RESOURCES}) == len(KINDS)
    assert len({each.plural for each in RESOURCES}) == len(LABELS) == len(KINDS)


def test_no_kind_declares_an_operation_that_is_declared_elsewhere() -> None:
    assert all(OPERATIONS[row.name] is row for kind in KINDS for row in kind.operations)


def test_the_settings_and_the_schema_have_every_key() -> None:
    settings = Settings()
    definitions: Any = json_schema()["$defs"]
    assert settings.unmanaged.keys() == UNDECLARED.keys() == definitions["UnmanagedShape"]["properties"].keys()
    assert settings.guards.limits.keys() == DELETE_LIMITS.keys() == definitions["MaxDeletes"]["properties"].keys()
    for kind in KINDS:
        if kind.section is not None:
            owner = OWNERS[kind.section.of]
            assert kind.section.key in definitions[owner]["properties"]
