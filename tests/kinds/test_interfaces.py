"""The published interfaces: schema, diagnostics, snapshots and IAM policies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import ValidationError, validate

from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import permission
from reconciler.kinds.base import Kind
from reconciler.spec import json_schema
from tests.kinds.examples import ORG, Example
from tests.kinds.world import World, in_process

IAM = Path(__file__).parents[2] / "docs" / "iam"


def document(kind: str) -> Any:
    """The spec of an example, its files merged."""
    return _merged(yaml.safe_load(ORG), yaml.safe_load(kind) or {})


def _merged(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{key: _merged(one.get(key), value) for key, value in other.items()}}


def test_the_json_schema_accepts_the_examples_and_no_wrong_type(example: Example) -> None:
    for text in filter(None, (example.declared, example.another, example.removed)):
        validate(document(text), json_schema())
    with pytest.raises(ValidationError):
        validate(document(example.wrong), json_schema())


@in_process
def test_a_wrong_type_is_an_error_with_its_place(world: World, example: Example) -> None:
    world.declare(example.wrong)
    ran = world.run("validate", "--output", "json", options=())
    assert ran.code == 3
    (found,) = ran.json["diagnostics"]
    last = example.wrong.splitlines()[-1]
    assert (found["file"], found["line"]) == ("kind.yaml", 1 + len(example.wrong.splitlines()))
    assert last[found["column"] - 1 :].startswith(("7", "shop: 7", "Shop: 7"))


@in_process
@pytest.mark.slow
def test_a_snapshot_is_the_organization(world: World, example: Example) -> None:
    world.declare(example.declared)
    world.apply()
    assert world.run("snapshot", "--out", "snapshot.json").code == 0
    assert world.run("plan", "--detailed-exitcode", "--snapshot", "snapshot.json", options=()).code == 0
    shutil.copy("snapshot.json", "copy.json")
    assert world.run("plan", "--detailed-exitcode", "--mock", "--mock-state", "copy.json", options=()).code == 0
    world.declare(example.another)
    (here, there) = (
        world.run("plan", "--output", "json"),
        world.run("plan", "--output", "json", "--snapshot", "snapshot.json", options=()),
    )
    assert here.json["digest"] == there.json["digest"]


@in_process
@pytest.mark.slow
def test_the_permissions_have_every_operation_that_is_called(world: World, example: Example, kind: Kind) -> None:
    plan, apply, close = (allowed(each) for each in ("plan", "apply", "close"))
    world.declare(example.declared)
    world.plan()
    assert called(world) <= plan
    world.apply()
    assert called(world) <= apply
    if example.removed is not None:
        options = world.declare_removal(example, kind)
        world.apply(*options)
        assert called(world) <= close
    assert {permission(each.name) for each in kind.operations} <= apply | close
    assert {permission(each.name) for each in kind.operations if not each.writes} <= plan


def allowed(role: str) -> set[str]:
    """The actions that a generated IAM policy allows."""
    found = json.loads((IAM / f"{role}-permissions.json").read_text("utf-8"))
    return {action for each in found["Statement"] if each["Effect"] == "Allow" for action in each["Action"]}


def called(world: World) -> set[str]:
    """The actions that the last command needed. `sts:GetCallerIdentity` needs no permission."""
    return {permission(each) for each in world.calls.made if each in OPERATIONS and not each.startswith("sts:")}
