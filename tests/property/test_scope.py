"""Whatever a spec manages, what its plan means is what becomes of the whole organization: the answers of a plan that
reads as little as it may are those of everything read before and after it was carried out."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from reconciler.aws import reader
from reconciler.aws.layers import ReadOnly
from reconciler.model.decision import Request as Question
from reconciler.model.inventory import Inventory
from reconciler.planning.planner import PlanRequest, aligned
from reconciler.spec import Desired
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.permissions import impact_between
from reconciler.use_cases.plan import make_plan, planner_settings
from reconciler.use_cases.policy_evaluator import PolicyEvaluator
from tests.building import EVERY_TYPE
from tests.harness import Organization, steps

SHORT = settings(max_examples=20, phases=[Phase.generate])
ACTIONS = ("s3:GetObject", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances")
UNITS = ("A", "B", "A/C")
ACCOUNTS = ("a", "b", "c")


class Wanted(NamedTuple):
    """A small organization: the OU of each account, what each policy denies, and where it is attached. `replaced`: the
    OU C is in B, and was in A."""

    places: Mapping[str, str]
    denies: Mapping[str, Collection[str]]
    attached: Mapping[str, Collection[str]]
    listed: Collection[str]
    """OUs whose SCPs are an allow list."""
    replaced: bool = False

    def spec(self, types: Collection[str], *, live: bool) -> dict[str, Any]:
        """The spec that manages these types; with `live` the one that makes the organization as it is before."""
        moved = self.replaced and not live
        units = {"A": {}, "B": {}, "B/C" if moved else "A/C": {"previously": ["/A/C"]} if moved else {}}
        nodes: dict[str, dict[str, Any]] = {"/": {}, **units}
        for account, place in self.places.items():
            where = "B/C" if moved and place == "A/C" else place
            nodes[where].setdefault("accounts", {})[account] = {"email": f"{account}@example.com"}
        for policy, targets in self.attached.items():
            for each in targets if _type(policy) in types else ():
                nodes["B/C" if moved and each == "A/C" else each].setdefault("policies", []).append(policy)
        for each in self.listed if "scp" in types else ():
            node = nodes["B/C" if moved and each == "A/C" else each]
            node["full_aws_access"] = False
            node.setdefault("policies", []).append("scp-only")
        for path in sorted(units, key=len, reverse=True):
            parent, _, name = path.rpartition("/")
            nodes[parent or "/"].setdefault("organizational_units", {})[name] = nodes[path]
        policies = {name: _policy(name, found) for name, found in self.denies.items() if _type(name) in types}
        if "scp" in types:
            allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
            policies["scp-only"] = {"type": "scp", "content": {"Version": "2012-10-17", "Statement": [allow]}}
        spec: dict[str, Any] = {"version": 1, "organization": {"policy_types": sorted(types)}, "root": nodes["/"]}
        return {**spec, "policies": policies}


def _type(policy: str) -> str:
    return policy.partition("-")[0]


def _policy(name: str, denies: Collection[str]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": "Deny", "Effect": "Deny", "Action": sorted(denies), "Resource": "*"}
    if _type(name) == "rcp":
        statement["Principal"] = "*"
    return {"type": _type(name), "content": {"Version": "2012-10-17", "Statement": [statement]}}


@st.composite
def organizations(draw: st.DrawFn) -> Wanted:
    places = {each: draw(st.sampled_from(UNITS)) for each in ACCOUNTS}
    names = ("scp-x", "scp-y", "rcp-x")
    denies = {
        each: draw(st.sets(st.sampled_from(ACTIONS[:2] if each == "rcp-x" else ACTIONS), min_size=1)) for each in names
    }
    attached = {each: draw(st.sets(st.sampled_from(("/", *UNITS)), max_size=2)) for each in names}
    return Wanted(places, denies, attached, draw(st.sets(st.sampled_from(("A", "A/C")), max_size=1)))


def loaded(spec: dict[str, Any], folder: Path) -> Desired:
    (folder / "org.yaml").write_text(yaml.safe_dump(spec))
    return load_spec(folder / "org.yaml")


def told(before: Inventory, after: Inventory) -> Sequence[object]:
    """The impact, without what depends on how the accounts are grouped."""
    found = impact_between(before, after, ())
    return sorted(
        (account, each.about, line.change, line.actions.text, line.condition or "")
        for each in found
        for account in each.accounts
        for line in each.lines
    )


def decisions(inventory: Inventory) -> dict[tuple[str, str], str]:
    asked = PolicyEvaluator.of(inventory)
    return {
        (account, action): asked.explain(Question(account=account, action=action, principal="role/x")).decision
        for account in ACCOUNTS
        for action in ACTIONS
    }


CASES = (
    organizations(),
    st.sampled_from(((), ("tag",), ("scp",), ("rcp",), ("scp", "rcp"))),
    st.dictionaries(st.sampled_from(ACCOUNTS), st.sampled_from(UNITS)),
    st.booleans(),
)


def check(start: Wanted, managed: tuple[str, ...], moves: dict[str, str], replaced: bool) -> None:
    organization = Organization()
    with tempfile.TemporaryDirectory() as name:
        everything = loaded(start.spec(("scp", "rcp"), live=True), Path(name))
        organization.apply(everything.inventory, planner_settings(everything.settings))
        wanted = start._replace(places={**start.places, **moves}, replaced=replaced)
        desired = loaded(wanted.spec(managed, live=False), Path(name))

    def everything_read() -> Inventory:
        return aligned(desired.inventory, reader.read(ReadOnly(organization.api), EVERY_TYPE))[1]

    connection = Connection(ReadOnly(organization.api), organization.api, organization.counting, organization.clock)
    before = everything_read()
    planned = make_plan(desired, connection, PlanRequest())
    note("\n".join(steps(planned.plan)))
    report = organization.execute(planned.plan)
    assert (report.failed, report.skipped) == ((), ())
    after = everything_read()
    assert told(planned.before, planned.after) == told(before, after)
    if told(before, after):
        assert planned.plan.impact == impact_between(planned.before, planned.after, ())
        assert (decisions(planned.before), decisions(planned.after)) == (decisions(before), decisions(after))
    assert make_plan(desired, connection, PlanRequest()).plan.changes == ()


@SHORT
@given(*CASES)
def test_the_answers_do_not_depend_on_what_the_spec_manages(
    start: Wanted, managed: tuple[str, ...], moves: dict[str, str], replaced: bool
) -> None:
    check(start, managed, moves, replaced)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@settings(SHORT, max_examples=2000)
@given(*CASES)
def test_nor_do_those_of_many_more(
    start: Wanted, managed: tuple[str, ...], moves: dict[str, str], replaced: bool
) -> None:
    check(start, managed, moves, replaced)
