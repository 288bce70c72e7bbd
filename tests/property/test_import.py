"""What `import` writes declares exactly the organization that it was written from."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.spec.write.emitter import dump
from reconciler.use_cases.connection import ConnectionOptions, connect
from reconciler.use_cases.files import snapshot_text
from reconciler.use_cases.import_organization import ImportOptions, import_organization
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.plan import PlanRequest, make_plan
from tests.property.hostile import names, organizations

SHORT = settings(max_examples=25, suppress_health_check=list(HealthCheck))
LONG = settings(settings.get_profile("nightly"), max_examples=200, suppress_health_check=list(HealthCheck))


def check(live: Inventory, *, split_by_ou: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        (place / "live.json").write_text(snapshot_text(live), "utf-8")
        with connect(ConnectionOptions(snapshot=place / "live.json"), None) as connection:
            *_, spec = import_organization(connection, place / "out", ImportOptions(split_by_ou=split_by_ou))
            assert sorted(each.name for each in place.iterdir()) == ["live.json", "out"]
            desired = load_spec(spec, lint=("documents", "organization"))
            plan = make_plan(desired, connection, PlanRequest()).plan
        assert [f"{each.action} {each.address}" for each in plan.changes] == []
        suspended = {each.address for each in live.of(Account) if each.state == "suspended"}
        left = [each for each in plan.unmanaged if each.kind != "delegated_administrator"]
        assert {each.address for each in left} == suspended
        assert [each for each in plan.warnings if each.code.startswith("W5")] == []


@SHORT
@given(organizations(), st.booleans())
def test_a_plan_of_an_imported_organization_has_no_change(live: Inventory, split_by_ou: bool) -> None:
    check(live, split_by_ou=split_by_ou)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@LONG
@given(organizations(), st.booleans())
def test_plans_of_many_imported_organizations_have_no_change(live: Inventory, split_by_ou: bool) -> None:
    check(live, split_by_ou=split_by_ou)


@SHORT
@given(organizations(people=True))
def test_access_and_billing_are_imported_as_they_are(live: Inventory) -> None:
    check(live, split_by_ou=False)


_values = st.recursive(
    names | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.dictionaries(names, _values, max_size=4))
def test_yaml_reads_what_was_emitted(value: dict[str, object]) -> None:
    assert yaml.safe_load(dump(value) if value else "{}") == value  # type: ignore[arg-type]
