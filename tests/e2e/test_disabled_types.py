"""A policy type that is disabled while its policies are deleted: the service keeps them until then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Program
from tests.e2e.test_resuming import Killed, Writes

POLICY = "{type: tag, content: {tags: {team: {tag_key: {'@@assign': team}}}}}"
SPEC = f"""\
version: 1
policies:
  team: {POLICY}
root:
  policies: [team]
"""
AFTER = """\
version: 1
organization: {policy_types: {tag: disabled}}
unmanaged: {policies: delete}
guards: {max_deletes: {policy_types: 1, policies: 1}}
root: {}
"""


def test_policies_of_a_type_that_was_disabled_are_still_deleted(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("org.yaml").write_text(SPEC)
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(AFTER)
    writes = Writes(monkeypatch)
    writes.fail(0, after=True)
    with pytest.raises(Killed):
        program("apply", "--mock", "--auto-approve", "--allow", "emptied=3")
    writes.fail(None)
    ran = program("plan", "--mock", "--output", "json", "--allow", "emptied=3")
    assert [(each["action"], each["address"]) for each in ran.json["changes"]] == [("delete", "policy:team")]
    assert program("apply", "--mock", "--auto-approve", "--allow", "emptied=3").code == 0
    assert program("plan", "--mock", "--detailed-exitcode").code == 0
