"""Keys that begin with `x-` are extensions of the author: a place for anchors."""

from __future__ import annotations

import json

import jsonschema
import pytest

from reconciler.model.resources import OrganizationalUnit, Root
from reconciler.spec import json_schema
from tests.unit.spec.spec_files import Specs

TOP = """
version: 1
x-common: &common {owner: security, level: 3}
x-list: [1, 2]
root:
  x-node: anything
  tags: &tags {team: a}
  organizational_units:
    A:
      x-note: {deep: [1]}
      tags: *tags
  accounts:
    shop: {id: "111122223333", x-note: why}
defaults:
  x-of-defaults: 1
  accounts: {x-more: null}
"""


def test_they_are_ignored_wherever_keys_are_known(specs: Specs) -> None:
    desired = specs.load(TOP)
    assert desired.warnings == ()
    assert [each.tags for each in desired.inventory.of(OrganizationalUnit)] == [{"team": "a"}]


def test_they_do_not_count_as_damage(specs: Specs) -> None:
    policy = '{type: scp, content: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}}'
    assert specs.codes(f"version: 1\nx-a: 1\npolicies: {{p: {policy}}}\nroot: {{}}\n") == ["W302"]


def test_files_may_have_the_same_ones(specs: Specs) -> None:
    specs.write({"more.yaml": "x-common: &common {a: b}\nroot: {tags: *common}\n"})
    desired = specs.load("version: 1\ninclude: [more.yaml]\nx-common: {c: d}\n")
    assert [each.tags for each in desired.inventory.of(Root)] == [{"a": "b"}]


def test_they_do_not_change_the_digest(specs: Specs) -> None:
    assert specs.load("version: 1\nx-a: 1\nroot: {}\n").digest == specs.load("version: 1\nroot: {}\n").digest


@pytest.mark.parametrize("key", ["xcommon", "X-common", "x_common"])
def test_other_keys_stay_unknown(specs: Specs, key: str) -> None:
    assert specs.codes(f"version: 1\n{key}: 1\nroot: {{}}\n") == ["E201"]


def test_a_template_of_policies_is_a_policy(specs: Specs) -> None:
    assert "E202" in specs.codes("version: 1\npolicies: {x-base: {description: a}}\nroot: {}\n")


def test_the_schema_allows_them_and_requires_a_version() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    written = {"version": 1, "x-a": [1], "root": {"x-b": 1, "accounts": {"shop": {"x-c": None}}}}
    assert list(validator.iter_errors(written)) == []
    assert list(validator.iter_errors({"version": 1, "y-a": 1})) != []
    assert [each.message for each in validator.iter_errors({"root": {}})] == ["'version' is a required property"]
    assert json.dumps(json_schema()).count('"^x-"') > 5
