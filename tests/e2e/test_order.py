"""The order of a plan through the command line: what is refused beforehand, names that are exchanged, and the time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import PlanningTimeout
from reconciler.use_cases.connection import Connection
from tests.e2e.conftest import Program


def spec(policies: dict[str, str], units: dict[str, Any], quota: int | None = None) -> None:
    """Writes `org.yaml`: policies that deny one action, some with an earlier name, and OUs."""
    catalogue = {}
    for key, text in policies.items():
        action, _, earlier = text.partition(" was ")
        content = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}],
        }
        catalogue[key] = {"type": "scp", "content": content} | ({"previously": [earlier]} if earlier else {})
    wanted: dict[str, Any] = {"version": 1, "policies": catalogue, "root": {"organizational_units": units}}
    if quota:
        wanted["organization"] = {"quotas": {"scp": {"attached": quota}}}
    Path("org.yaml").write_text(json.dumps(wanted))


APPLY = ("apply", "--mock", "--auto-approve", "--quiet")


def account(key: str) -> dict[str, Any]:
    return {"accounts": {key: {"email": f"{key}@example.com"}}}


def test_an_apply_that_the_service_would_refuse_in_part_makes_no_write(program: Program) -> None:
    deep: dict[str, Any] = {"X": {"policies": ["p"], "organizational_units": {"Y": {}}}}
    spec({"p": "s3:*"}, {"X": deep["X"], "A": nested(4)})
    assert program(*APPLY).code == 0
    before = program("plan", "--mock", "--output", "json").json
    assert before["changes"] == []
    moved = {"policies": ["p"], "previously": ["/X"]}
    spec({"p": "s3:*"}, {"A": nested(4, {"X": moved})})
    blocked = program(*APPLY)
    assert blocked.code == 4
    assert "level 6" in blocked.err
    assert "BLOCKED" in blocked.out
    plan = program("plan", "--mock", "--output", "json").json
    (violation,) = plan["guards"]["violations"]
    assert (violation["guard"], violation["allow"]) == ("refused", None)
    live = {each["before"]["id"] for each in plan["changes"] if each.get("before")}
    assert len(live) == 2, "X and Y are as they were"
    saved = program("plan", "--mock", "--save", "plan.json")
    assert saved.code == 0
    assert program("apply", "plan.json", "--mock").code == 4
    assert program("apply", "plan.json", "--mock", "--allow", "refused=9").code == 64


def nested(levels: int, inside: dict[str, Any] | None = None) -> dict[str, Any]:
    """An OU with OUs in it, `levels` of them in all."""
    if levels == 1:
        return {"organizational_units": inside} if inside else {}
    return {"organizational_units": {"L": nested(levels - 1, inside)}}


def test_a_plan_for_full_nodes_is_made_and_applied(program: Program) -> None:
    spec({"p": "s3:X0", "q": "s3:X1"}, {"A": account("a") | {"policies": ["p"]}}, quota=2)
    assert program(*APPLY).code == 0
    spec({"p": "s3:X1", "q": "s3:X0"}, {"A": account("a") | {"policies": ["q"]}}, quota=2)
    assert program("plan", "--mock", "--output", "json").json["proof"]["gaps"] == []
    assert program(*APPLY).code == 0
    assert program("plan", "--mock", "--detailed-exitcode").code == 0


def test_names_are_exchanged_by_one_apply(program: Program) -> None:
    spec(
        {"p": "s3:*", "q": "ec2:*"}, {"A": account("a") | {"policies": ["p"]}, "B": account("b") | {"policies": ["q"]}}
    )
    assert program(*APPLY).code == 0
    spec(
        {"p": "ec2:* was q", "q": "s3:* was p"},
        {
            "A": account("b") | {"policies": ["p"], "previously": ["B"]},
            "B": account("a") | {"policies": ["q"], "previously": ["A"]},
        },
    )
    plan = program("plan", "--mock", "--output", "json").json
    assert [each["action"] for each in plan["changes"]] == ["rename"] * 6
    assert program(*APPLY).code == 0
    assert program("plan", "--mock", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve"), ("drift",)])
def test_the_time_is_over_while_the_plan_is_made(
    program: Program, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    def over(self: Connection) -> None:
        raise PlanningTimeout("the time was over before the plan was made")

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "check_time", over)
        stopped = program(*command, "--mock", "--timeout", "5", "--output", "json")
    assert stopped.code == 1
    assert stopped.json["exit"] == {"code": 1, "reason": "timeout"}
    assert program(*APPLY).code == 0, "the lock is free again"
