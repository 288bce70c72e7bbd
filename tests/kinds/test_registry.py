"""Every kind of the registry takes part in the contract."""

from __future__ import annotations

from reconciler.kinds import BY_KIND
from tests.kinds.examples import EXAMPLES


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == BY_KIND.keys()
