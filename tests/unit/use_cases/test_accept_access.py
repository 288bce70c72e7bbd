"""`drift --accept` and `import --update` for access: the smallest edit, after which nothing differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.aws.layers import Checked, Counting, ReadOnly
from reconciler.mock.clock import VirtualClock
from reconciler.planning.planner import PlanRequest
from reconciler.spec import load
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.plan import make_plan
from reconciler.use_cases.update_spec import update_spec
from tests.access import LargeOrganization

TREE = """\
version: 1
root:
  accounts:
    management: {id: '100000000000'}
  organizational_units:
    U00:
      accounts:
        a0001: {id: '200000000000'}
        a0003: {id: '200000000002'}
    U01:
      accounts:
        a0002: {id: '200000000001'}
identity_center:
  permission_sets:
    Set00: {managed: [ReadOnlyAccess], session: 1h} # the readers
    Set01: {managed: [ReadOnlyAccess], session: 1h}
  assignments:
"""
READERS = "    - {permission_set: Set01, groups: [Group01, Group03], to: ['ou:U00/**', 'ou:U01/**']}\n"

Accept = Callable[[str], str]


@pytest.fixture
def organization() -> LargeOrganization:
    """Three members; Set00 has Group00 and Group02 in all of them, Set01 has Group01 and Group03."""
    return LargeOrganization(4, 2, 4, units=2)


@pytest.fixture
def accepted(organization: LargeOrganization, tmp_path: Path) -> Accept:
    """The text of the spec below `assignments`, once all that differs was accepted; nothing differs then."""

    def run(text: str) -> str:
        path = tmp_path / "org.yaml"
        path.write_text(text, "utf-8")
        counting = Counting(organization)
        connection = Connection(ReadOnly(Checked(counting)), None, counting, VirtualClock())
        update = update_spec(path, load(path), connection)
        assert update.left == ()
        update.write()
        assert make_plan(load(path), connection, PlanRequest("drift")).plan.changes == ()
        return path.read_text("utf-8").partition("  assignments:\n")[2]

    return run


def test_what_is_not_declared_becomes_an_entry(accepted: Accept, organization: LargeOrganization) -> None:
    one = "    - {permission_set: Set00, groups: [Group00], to: ['ou:U00/**', 'ou:U01']} # ours\n"
    assert accepted(TREE + one + READERS) == one + READERS + (
        '    - {permission_set: Set00, groups: [Group02], to: ["ou:U00/**", "account:a0002"]}\n'
    )


def test_a_whole_principal_that_is_not_live(accepted: Accept) -> None:
    entry = (
        "    - {permission_set: Set00, groups: [Group00, Group01, Group02], to: ['ou:U00/**', 'ou:U01/**']} # ours\n"
    )
    assert accepted(TREE + entry + READERS) == entry.replace("Group01, ", "") + READERS


def test_an_entry_that_nobody_has(accepted: Accept) -> None:
    entry = "    - {permission_set: Set00, groups: [Group00, Group02], to: ['ou:U00/**', 'ou:U01/**']}\n"
    gone = "    - {permission_set: Set00, groups: [Group01], to: ['ou:U00/**']}\n"
    assert accepted(TREE + entry + gone + READERS) == entry + READERS


def test_an_account_in_which_nobody_has_it(accepted: Accept, organization: LargeOrganization) -> None:
    organization.without(0, 3)
    entry = "    - {permission_set: Set00, groups: [Group00, Group02], to: ['ou:U00/**', 'ou:U01/**']}\n"
    assert (
        accepted(TREE + entry + READERS)
        == entry.replace("'ou:U01/**']", "'ou:U01/**'], except: [\"account:a0003\"]") + READERS
    )


def test_a_part_of_a_set_that_differs(accepted: Accept, tmp_path: Path) -> None:
    tree = TREE.replace("session: 1h} # the", "session: 2h, relay_state: 'https://a.example.com'} # the")
    entry = "    - {permission_set: Set00, groups: [Group00, Group02], to: ['ou:U00/**', 'ou:U01/**']}\n"
    accepted(tree + entry + READERS)
    assert "Set00: {managed: [ReadOnlyAccess], session: 1h, relay_state: none} # the" in (
        tmp_path / "org.yaml"
    ).read_text("utf-8")


def test_a_set_that_is_not_live(accepted: Accept, tmp_path: Path) -> None:
    tree = TREE.replace("  assignments:", "    Gone: {managed: [ReadOnlyAccess]}\n  assignments:")
    entry = "    - {permission_set: Set00, groups: [Group00, Group02], to: ['ou:U00/**', 'ou:U01/**']}\n"
    accepted(tree + entry + READERS + "    - {permission_set: Gone, groups: [Group00], to: ['ou:U00']}\n")
    assert "Gone" not in (tmp_path / "org.yaml").read_text("utf-8")
