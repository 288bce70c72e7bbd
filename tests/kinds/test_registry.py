"""Every kind of the registry takes part in the contract."""

from __future__ import annotations

from reconciler.kinds import BY_KIND
from reconciler.kinds.feature_set import FeatureSet
from tests.kinds.examples import EXAMPLES

ONE_WAY = {FeatureSet.kind}
"""Kinds that cannot be changed back, with tests of their own."""


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == BY_KIND.keys() - ONE_WAY
