"""What a failed call stops: nothing is taken away, created or moved before what it relies on is there; and nothing else
is stopped."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.aws.boto_errors import denied
from reconciler.kinds.base import UnmanagedRules
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory
from reconciler.model.report import Report
from reconciler.model.resources import OrganizationalUnit
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.faults.world import World
from tests.harness import RULES

DENY = deny("s3:*")
DELETING = PlannerSettings(
    policies=UnmanagedRules({"attachments": "delete", "organizational_units": "delete", "policies": "delete"})
)


class Denying:
    """Denies the calls of an operation that have these parameters."""

    def __init__(self, api: Api, operation: str, params: dict[str, Any]) -> None:
        self._api = api
        self._operation = operation
        self._params = params

    def call(self, operation: str, params: Params) -> Response:
        if operation == self._operation and self._params.items() <= dict(params).items():
            raise denied(operation, "AccessDeniedException", "a policy says no")
        return self._api.call(operation, params)


def applied(
    before: Inventory, after: Inventory, operation: str, rules: PlannerSettings = RULES, **params: Any
) -> tuple[World, Report]:
    """The second organization applied to the first, with one call denied; ids are given as addresses."""
    world = World()
    world.apply(before)
    plan = world.plan(after, rules).plan
    ids = {key: world.id_of(value) if ":" in value else value for key, value in params.items()}
    world.reach(lambda api, clock: Denying(api, operation, ids))
    report = world.execute(plan)
    assert report.failed
    world.reach()
    return world, report


def units(world: World) -> dict[str, OrganizationalUnit]:
    return {each.address: each for each in world.live().of(OrganizationalUnit)}


def attached(world: World) -> set[str]:
    return {each.address for each in world.live().resources if each.kind == "attachment"}


def done(report: Report) -> set[str]:
    return {f"{each.action} {each.address}" for each in report.done}


def replaced(accounts: bool) -> tuple[Inventory, Inventory]:
    """X, with tags and an SCP, is declared in T."""
    tags = {"owner": "x"}
    people = ({"a": "X"}, {"a": "T/X"}) if accounts else ({}, {})
    return (
        org(["T", "X"], people[0], {"p": DENY}, {"p": ["X"]}, tags={"X": tags}),
        org(
            ["T", "T/X"],
            people[1],
            {"p": DENY},
            {"p": ["T/X"]},
            tags={"T/X": tags},
            previously={"T/X": ["X"]},
        ),
    )


@pytest.mark.parametrize("accounts", [True, False])
@pytest.mark.parametrize("operation", ["CreateOrganizationalUnit", "AttachPolicy", "MoveAccount"])
@pytest.mark.parametrize("rules", [RULES, DELETING])
def test_a_replaced_ou_stays_with_all_it_has_where_its_replacement_fails(
    operation: str, accounts: bool, rules: PlannerSettings
) -> None:
    if operation == "MoveAccount" and not accounts:
        return
    before, after = replaced(accounts)
    world, report = applied(before, after, operation, rules)
    assert units(world)["ou:X"].tags == {"owner": "x"}
    assert "attachment:p@X" in attached(world)
    assert "delete ou:X" not in done(report)
    world.apply(after, rules)
    assert "ou:X" not in units(world)


@pytest.mark.parametrize("after", [deny("ec2:*"), None], ids=["loosened", "detached"])
def test_an_account_keeps_its_own_policy_where_its_move_into_protection_fails(after: Any) -> None:
    policies = {"guard": DENY, "own": DENY}
    world, report = applied(
        org(["A"], {"one": "/"}, policies, {"guard": ["A"], "own": ["@one"]}),
        org(
            ["A"],
            {"one": "A"},
            {**policies, "own": after or DENY},
            {"guard": ["A"], **({"own": ["@one"]} if after else {})},
        ),
        "MoveAccount",
    )
    assert [each.because for each in report.skipped] == ["account:one"]
    (own,) = (each for each in world.live().resources if each.address == "policy:own")
    assert getattr(own, "content", None) == DENY
    assert any(each.startswith("attachment:own@account:") for each in attached(world))


def test_a_replaced_ou_stays_where_the_tags_of_its_replacement_fail() -> None:
    """An interrupted run has made the new OU without all its tags."""
    before, after = replaced(accounts=False)
    world = World()
    world.apply(before)
    world.call("CreateOrganizationalUnit", ParentId=world.id_of("ou:T"), Name="X")
    plan = world.plan(after).plan
    world.reach(lambda api, clock: Denying(api, "TagResource", {}))
    report = world.execute(plan)
    assert [each.address for each in report.failed] == ["ou:T/X"]
    world.reach()
    assert units(world)["ou:X"].tags == {"owner": "x"}


def test_the_target_of_a_replaced_ous_deletion_brings_along_what_takes_over() -> None:
    before, after = replaced(accounts=False)
    world = World()
    world.apply(before)
    plan = world.plan(after, targets=("ou:X",)).plan
    assert [f"{each.action} {each.address}" for each in plan.changes] == [
        "replace ou:T/X",
        "attach attachment:p@T/X",
        "delete ou:X",
    ]


def test_a_policy_stays_where_the_ou_that_it_is_attached_to_cannot_be_deleted() -> None:
    before = org(["A", "X"], {}, {"p": DENY, "q": deny("ec2:*")}, {"p": ["X"], "q": ["A"]})
    after = org(["A"], {}, {"q": deny("ec2:*")}, {"q": ["A"]})
    _, report = applied(before, after, "DeleteOrganizationalUnit", DELETING)
    assert [(each.address, each.because) for each in report.skipped] == [("policy:p", "ou:X")]


@pytest.mark.parametrize("above", ["/", "A", "A/B"])
def test_no_account_is_created_below_an_attachment_that_failed(above: str) -> None:
    before = org(["A", "A/B", "C"])
    after = org(["A", "A/B", "C"], {"new": "A/B", "other": "C"}, {"p": DENY}, {"p": [above]})
    world, report = applied(before, after, "AttachPolicy")
    skipped = {each.address for each in report.skipped}
    assert "account:new" in skipped
    assert ("account:other" in skipped) == (above == "/")
    assert world.requests()["new@example.com"] == 0


@pytest.mark.parametrize("operation", ["CreatePolicy", "AttachPolicy", "UpdatePolicy"])
def test_no_account_is_moved_below_a_guardrail_that_failed(operation: str) -> None:
    """The attachment, the policy that it needs, or the document of a policy that is attached already."""
    before = org(["A", "B"], {"a": "A", "b": "A"}, {"q": deny("ec2:*")}, {"q": ["B"]})
    after = org(["A", "B"], {"a": "B", "b": "A"}, {"p": DENY, "q": deny("ec2:*", "rds:*")}, {"p": ["B"], "q": ["B"]})
    _, report = applied(before, after, operation)
    assert "account:a" in {each.address for each in report.skipped}


def test_an_attachment_waits_for_the_document_of_its_policy() -> None:
    before = org(["A", "B"], {"a": "A"}, {"q": deny("ec2:*")}, {"q": ["B"]})
    after = org(["A", "B"], {"a": "A"}, {"q": deny("ec2:*", "rds:*")}, {"q": ["A", "B"]})
    _, report = applied(before, after, "UpdatePolicy")
    assert [each.address for each in report.skipped] == ["attachment:q@A"]


def test_no_ou_is_replaced_below_an_attachment_that_failed() -> None:
    before = org(["T", "X"], {}, {"p": DENY}, {"p": ["X"]})
    after = org(
        ["T", "T/X"], {}, {"p": DENY, "g": deny("iam:*")}, {"p": ["T/X"], "g": ["T"]}, previously={"T/X": ["X"]}
    )
    world, report = applied(before, after, "AttachPolicy", TargetId="ou:T")
    assert {each.address for each in report.skipped} == {"ou:T/X", "attachment:p@T/X", "ou:X"}
    assert "attachment:p@X" in attached(world)


@pytest.mark.parametrize(
    ("before", "after"),
    [("A/B", "A"), ("A/B", "/"), ("A", "A/B"), ("/", "A"), ("A", "@a"), ("@a", "A/B"), ("@a", "/"), ("/", "@a")],
)
@pytest.mark.parametrize("renewed", [True, False])
def test_a_deny_is_not_taken_off_a_node_where_the_attachment_that_takes_over_failed(
    before: str, after: str, renewed: bool
) -> None:
    """Above, below or on the account itself; with the same policy, or with another one that denies the same."""
    taking = "new" if renewed else "p"
    tree, accounts = ["A", "A/B"], {"a": "A/B"}
    world, _ = applied(
        org(tree, accounts, {"p": DENY}, {"p": [before]}),
        org(tree, accounts, {"p": DENY, taking: DENY}, {taking: [after]}),
        "AttachPolicy",
    )
    there = f"attachment:p@{'account:' + world.id_of('email:a@example.com') if before == '@a' else before}"
    assert there in attached(world)


def test_a_deny_is_not_taken_off_a_node_that_an_account_could_not_leave() -> None:
    before = org(["A", "B"], {"a": "A", "b": "B"}, {"p": DENY}, {"p": ["A", "B"]})
    after = org(["A", "B"], {"a": "B", "b": "B"}, {"p": DENY}, {"p": ["B"]})
    world, report = applied(before, after, "MoveAccount")
    assert [(each.address, each.because) for each in report.skipped] == [("attachment:p@A", "account:a")]
    assert "attachment:p@A" in attached(world)


def test_a_move_that_fails_stops_no_other_move() -> None:
    names = [f"a{number}" for number in range(6)]
    before = org(["A", "B"], dict.fromkeys(names, "A"), {"p": DENY}, {"p": ["A", "B"]})
    after = org(["A", "B"], dict.fromkeys(names, "B"), {"p": DENY}, {"p": ["A", "B"]})
    _, report = applied(before, after, "MoveAccount", AccountId="email:a3@example.com")
    assert [each.address for each in report.failed] == ["account:a3"]
    assert report.skipped == ()
    assert len(report.done) == 5
