"""Importing: what a kind has is written so that a plan has no change, and a change by hand is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.kinds.account_setting import AccountSetting
from reconciler.kinds.base import Kind
from reconciler.kinds.invitation import Invitation
from reconciler.use_cases.import_organization import SETTINGS
from reconciler.use_cases.load_spec import load_spec
from tests.kinds.examples import Example
from tests.kinds.world import World, in_process

pytestmark = pytest.mark.slow


@in_process
def test_what_is_live_is_written_as_it_would_be_declared(world: World, example: Example, kind: Kind) -> None:
    world.declare(example.declared)
    world.apply()
    settings = [option for plural in SETTINGS for option in ("--with", plural)]
    assert world.run("import", "--force", *settings).code == 0
    assert world.run("plan", "--detailed-exitcode").code == 0
    if kind.resource is not Invitation and (not isinstance(kind, AccountSetting) or kind.settings):
        assert example.address in load_spec(Path("org.yaml")).inventory.by_address()


@in_process
def test_a_change_by_hand_is_accepted(world: World, example: Example) -> None:
    world.declare(example.declared)
    world.apply()
    world.by_hand(*example.by_hand)
    assert world.run("drift").code == 2
    ran = world.run("import", "--update")
    assert (ran.code, "still differs" in ran.err) == (0, False), ran
    assert world.run("plan", "--detailed-exitcode").code == 0
    assert world.run("drift").code == 0
