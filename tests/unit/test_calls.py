"""Reading an organization takes no more calls than there must be, on organizations of three sizes.

The formula, for A accounts, the containers c with u_c child OUs (those of the deepest level cannot have any and are not
asked), the policies P_T of each enabled type T, and t_p targets of policy p, of which AWS's own count too where it can
be detached:

    2 + ⌈A/20⌉ + Σ_c max(1, ⌈u_c/20⌉) + Σ_T max(1, ⌈P_T/20⌉) + P + Σ_p max(1, ⌈t_p/20⌉) + ⌈tagged/100⌉
"""

from __future__ import annotations

from collections import Counter
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.aws import reader
from reconciler.aws.layers import Counting
from reconciler.errors import ServiceError
from reconciler.model import address
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from reconciler.model.scope import Scope
from reconciler.planning.planner import PlanRequest
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.plan import make_plan
from scripts.bench import Size, as_spec, connected, invented, mocked
from tests.building import EVERY_TYPE

SMALL = invented(Size(25, 8, 10, 40), {"scp": 5, "rcp": 2, "tag": 3})
MIDDLE = invented(Size(120, 25, 31, 130), {"scp": 21, "rcp": 4, "tag": 3, "backup": 3})
LARGE = invented(Size(400, 60, 45, 1_000), {"scp": 25, "rcp": 5, "tag": 10, "ai_opt_out": 1, "backup": 4})
SIZES = {"25 accounts, 8 OUs": SMALL, "120 accounts, 25 OUs": MIDDLE, "400 accounts, 60 OUs": LARGE}

EVERYWHERE = "RCPFullAWSAccess"
"""Cannot be detached, so it is on every node and its targets need no call."""


def pages(items: int, size: int = 20) -> int:
    return max(1, ceil(items / size))


def formula(inventory: Inventory) -> Counter[str]:
    """The calls that there must be, by operation, counted on the organization itself."""
    units = list(inventory.of(OrganizationalUnit))
    accounts = list(inventory.of(Account))
    policies = [each for each in inventory.of(Policy) if each.name != EVERYWHERE]
    own = [each for each in policies if not each.aws_managed]
    children = Counter(each.parent for each in units)
    containers = [address.ROOT, *(each.address for each in units if depth(each) < 5)]
    targets = Counter(each.policy for each in inventory.of(Attachment))
    in_type = Counter(each.type for each in policies) + Counter({"rcp": 1})
    tagged = [each for each in inventory.resources if getattr(each, "tags", None)]
    return Counter({
        "DescribeOrganization": 1,
        "ListRoots": 1,
        "ListAccounts": pages(len(accounts)),
        "ListOrganizationalUnitsForParent": sum(pages(children[each]) for each in containers),
        "ListPolicies": sum(pages(in_type[each.type]) for each in inventory.of(PolicyType)),
        "DescribePolicy": len(own),
        "ListTargetsForPolicy": sum(pages(targets[each.address]) for each in policies),
        "tagging:GetResources": pages(len(tagged), 100),
    })  # fmt: skip


def depth(unit: OrganizationalUnit) -> int:
    return len(address.split_path(address.local(unit.address)))


def too_many(calls: dict[str, int], allowed: dict[str, int]) -> dict[str, str]:
    """What was called more often than allowed."""
    return {
        name: f"{count} calls, {allowed.get(name, 0)} are enough"
        for name, count in calls.items()
        if count > allowed.get(name, 0)
    }


@pytest.mark.parametrize("inventory", SIZES.values(), ids=SIZES)
def test_a_read_takes_no_more_calls_than_the_formula(inventory: Inventory, tmp_path: Path) -> None:
    counting = Counting(mocked(inventory, tmp_path))
    live = reader.read(counting, EVERY_TYPE)
    assert len(list(live.of(Account))) == len(list(inventory.of(Account)))
    assert too_many(counting.calls, formula(inventory)) == {}


@pytest.mark.parametrize("inventory", SIZES.values(), ids=SIZES)
def test_nor_does_a_plan_without_changes(inventory: Inventory, tmp_path: Path) -> None:
    """A plan reads once, all that the spec manages, and asks nothing again where nothing differs."""
    (tmp_path / "org.yaml").write_text(yaml.dump(as_spec(inventory), Dumper=yaml.CSafeDumper), "utf-8")
    with connected(mocked(inventory, tmp_path)) as connection:
        plan = make_plan(load_spec(tmp_path / "org.yaml"), connection, PlanRequest()).plan
    assert plan.changes == ()
    assert too_many(plan.reads, formula(inventory)) == {}


def test_the_sizes_page_every_list() -> None:
    """Where nothing has a second page, a reader that asks page by page too often would not be seen."""
    needed = formula(LARGE)
    assert needed["ListAccounts"] == 20
    assert needed["ListPolicies"] > 5
    assert needed["ListTargetsForPolicy"] > 45 + pages(461)
    assert needed["tagging:GetResources"] > 1
    assert any(depth(each) == 5 for each in deep().of(OrganizationalUnit))


def deep() -> Inventory:
    return invented(Size(10, 400, 2, 4))


def test_what_is_deepest_is_not_asked_for_more(tmp_path: Path) -> None:
    inventory = deep()
    deepest = sum(depth(each) == 5 for each in inventory.of(OrganizationalUnit))
    counting = Counting(mocked(inventory, tmp_path))
    reader.read(counting, EVERY_TYPE)
    assert counting.calls["ListOrganizationalUnitsForParent"] == 400 + 1 - deepest


def test_types_that_are_not_wanted_are_not_read(tmp_path: Path) -> None:
    counting = Counting(mocked(MIDDLE, tmp_path))
    live = reader.read(counting, Scope(policy_types=("rcp",), tags=False))
    assert {each.type for each in live.of(Policy)} == {"rcp"}
    assert counting.calls["ListPolicies"] == 1
    assert counting.calls["DescribePolicy"] == 4
    assert counting.calls["tagging:GetResources"] == 0


class Refusing:
    """An `Api` on which one operation is refused."""

    def __init__(self, api: Api, operation: str) -> None:
        self._api, self._operation = api, operation

    def call(self, operation: str, params: Params) -> Response:
        if operation == self._operation:
            raise ServiceError(operation, "AccessDeniedException", "no")
        return self._api.call(operation, params)


def test_without_the_tag_index_each_resource_is_asked_once(tmp_path: Path) -> None:
    counting = Counting(Refusing(mocked(SMALL, tmp_path), "tagging:GetResources"))
    live = reader.read(counting, EVERY_TYPE)
    accounts, units, own = 25, 8, 10
    assert counting.calls["ListTagsForResource"] == accounts + units + 1 + own
    assert all(each.tags for each in live.of(Account))


class WithoutPaths:
    """An `Api` whose accounts do not say where they are, as before March 2026."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        for each in answer.get("Accounts", ()):
            each.pop("Paths", None)
        return answer


def test_without_paths_each_container_is_asked_never_each_account(tmp_path: Path) -> None:
    counting = Counting(WithoutPaths(mocked(MIDDLE, tmp_path)))
    live = reader.read(counting, Scope(policy_types=(), tags=False))
    inside: Counter[Any] = Counter(each.parent for each in live.of(Account))
    containers = [address.ROOT, *(each.address for each in live.of(OrganizationalUnit))]
    assert counting.calls["ListParents"] == 0
    assert counting.calls["ListAccountsForParent"] == sum(pages(inside[each]) for each in containers)
