"""`import --update` after changes by hand: no change is left, and what did not change is as it was written."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from reconciler.aws.retrying import SystemClock
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.import_organization import ImportOptions, import_organization
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.plan import PlanRequest, make_plan
from reconciler.use_cases.update_spec import update_spec
from tests.property.hand_edits import edited
from tests.property.hostile import organizations

SHORT = settings(max_examples=20, suppress_health_check=list(HealthCheck))
LONG = settings(settings.get_profile("nightly"), max_examples=200, suppress_health_check=list(HealthCheck))


NOTED = r'^( *)(.*id: "(\d{12})".*)$'
"""A line with the id of an account."""


def connection(live: Inventory) -> Connection:
    return Connection(None, None, None, SystemClock(), snapshot=live)


def untouched(before: Inventory, after: Inventory) -> set[str]:
    """The ids of the declared accounts of which nothing has changed, not even where they are."""

    def about(live: Inventory, account: Account) -> object:
        parents = {each.address: each.id for each in live.resources}
        own = account.model_copy(update={"parent": parents[account.parent]})
        return own, {each for each in live.resources if account.address in each.references()}

    known = {each.address: about(after, each) for each in after.of(Account)}
    declared = (each for each in before.of(Account) if each.state != "suspended")
    return {str(each.id) for each in declared if known.get(each.address) == about(before, each)}


def check(before: Inventory, after: Inventory, *, split_by_ou: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        *files, spec = import_organization(connection(before), Path(directory), ImportOptions(split_by_ou=split_by_ou))
        yaml_files = [each for each in (*files, spec) if each.suffix == ".yaml"]
        for path in yaml_files:
            text = re.sub(NOTED, r"\1# note \3\n\1\2  # by hand", path.read_text(), flags=re.M)
            path.write_text(text)
        written = {path: path.read_text() for path in yaml_files}
        found = update_spec(spec, load_spec(spec), connection(after))
        note(found.patch())
        assert found.left == (), found.left
        found.write()
        desired = load_spec(spec, lint=("documents", "organization"))
        plan = make_plan(desired, connection(after), PlanRequest()).plan
        assert [f"{each.action} {each.address}" for each in plan.changes] == []
        assert [each for each in plan.warnings if each.code.startswith("W5") and each.code != "W532"] == []
        kept = "".join(path.read_text() for path in yaml_files if path.exists())
        for id in untouched(before, after):
            line = next(line for text in written.values() for line in text.split("\n") if f'id: "{id}"' in line)
            assert line in kept.split("\n")
            assert f"# note {id}" in kept


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Inventory, Inventory]:
    before = draw(organizations())
    return before, edited(draw, before)


@SHORT
@given(pairs(), st.booleans())
def test_an_updated_spec_declares_what_is_live(pair: tuple[Inventory, Inventory], split_by_ou: bool) -> None:
    check(*pair, split_by_ou=split_by_ou)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@LONG
@given(pairs(), st.booleans())
def test_many_updated_specs_declare_what_is_live(pair: tuple[Inventory, Inventory], split_by_ou: bool) -> None:
    check(*pair, split_by_ou=split_by_ou)


@SHORT
@given(organizations(), st.booleans())
def test_where_nothing_changed_nothing_is_edited(live: Inventory, split_by_ou: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        *_, spec = import_organization(connection(live), Path(directory), ImportOptions(split_by_ou=split_by_ou))
        assert update_spec(spec, load_spec(spec), connection(live)).files == ()
