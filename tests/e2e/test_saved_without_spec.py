"""A saved plan that is applied where there is no spec: what stopped it when it was made still stops it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Program
from tests.e2e.test_staleness import STATE


def document(action: str) -> str:
    return f'{{Version: "2012-10-17", Statement: [{{Effect: Deny, Action: "{action}", Resource: "*"}}]}}'


SPEC = f"""\
version: 1
policies:
  lock: {{type: scp, content: {document("s3:*")}}}
root:
  policies: [lock]
  organizational_units:
    A:
      accounts:
        one: {{email: one@example.com}}
"""
CHANGED = SPEC.replace("    A:\n", "    B: {}\n    A:\n")
NEW = CHANGED + "        two: {email: two@example.com}\n"


def planned(program: Program, spec: str) -> dict[str, Any]:
    """The plan that is saved, after which the spec is gone."""
    Path("org.yaml").write_text(SPEC)
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(spec)
    assert program("plan", "--mock", "--save", "plan.json").code == 0
    Path("org.yaml").unlink()
    data: dict[str, Any] = json.loads(Path("plan.json").read_text())
    return data


STOPPED = {
    "unknown_account": NEW.replace("two: {", 'two: {id: "999988887777", '),
    "similar_account": CHANGED.replace("one@example.com", "other@example.com"),
    "refused": NEW.replace("version: 1\n", "version: 1\norganization: {quotas: {accounts: 2}}\n"),
}


@pytest.mark.parametrize("guard", STOPPED)
def test_what_the_spec_shows_stops_the_plan_without_it(program: Program, guard: str) -> None:
    (violation,) = planned(program, STOPPED[guard])["guards"]["violations"]
    assert violation["guard"] == guard
    before = STATE.read_bytes()
    ran = program("apply", "plan.json", "--mock")
    assert ran.code == 4, ran
    assert violation["message"] in ran.err
    assert STATE.read_bytes() == before
    if violation["allow"]:
        assert program("apply", "plan.json", "--mock", *shlex.split(violation["allow"])).code == 0


def test_quotas_that_the_service_raised_count_without_the_spec(program: Program) -> None:
    many = range(11)
    policies = "".join(f"  p{each}: {{type: scp, content: {document(f's3:a{each}')}}}\n" for each in many)
    spec = CHANGED.replace("version: 1\n", "version: 1\norganization: {quotas: {scp: {attached: 20}}}\n")
    spec = spec.replace("policies:\n", f"policies:\n{policies}", 1)
    attached = ", ".join(f"p{each}" for each in many)
    data = planned(program, spec.replace("B: {}", f"B: {{policies: [{attached}]}}"))
    assert data["guards"]["violations"] == []
    ran = program("apply", "plan.json", "--mock")
    assert ran.code != 4, ran
    assert "attached  9 SCPs" in ran.out, ran
