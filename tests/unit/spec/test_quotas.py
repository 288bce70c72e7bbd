"""How many accounts and OUs a spec may declare."""

from __future__ import annotations

import pytest

from reconciler.errors import SpecInvalid
from tests.unit.spec.spec_files import Specs

ACCOUNTS = """\
version: 1
organization: {{quotas: {{accounts: {quota}}}}}
root:
  accounts:
    a: {{email: a@example.com}}
    b: {{email: b@example.com, state: closed, id: "111122223333"}}
    c: {{email: c@example.com, state: removed, id: "111122223334"}}
"""


@pytest.mark.parametrize(("quota", "valid"), [(1, False), (2, True), (3, True)])
def test_removed_accounts_do_not_count_and_closed_ones_do(specs: Specs, quota: int, valid: bool) -> None:
    if valid:
        specs.load(ACCOUNTS.format(quota=quota))
        return
    with pytest.raises(SpecInvalid) as raised:
        specs.load(ACCOUNTS.format(quota=quota))
    assert [each.code for each in raised.value.diagnostics if each.severity == "error"] == ["E325"]
