"""Which resources are asked for their tags besides the index: those that the index may not know, and no others."""

from __future__ import annotations

from reconciler.aws import reader
from reconciler.aws.layers import ReadOnly
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.continue_plan import resume
from reconciler.use_cases.read import read_live
from tests.building import EVERY_TYPE, deny, managing, org
from tests.faults.injecting import Scripted
from tests.faults.world import Layer, World

DESIRED = org(
    ["A", "B", "C"],
    {f"a{number}": "A" for number in range(10)},
    {"p": deny("s3:*"), "q": deny("sqs:*")},
    {"p": ["A"]},
    tags={"A": {"t": "1"}, "@a1": {"t": "2"}, "policy:p": {"t": "3"}},
)


def snapshot(world: World, layer: Layer = lambda api, clock: api) -> Inventory:
    world.reach(layer)
    return read_live(Connection(ReadOnly(world.api), None, None, world.clock))


def tagged() -> World:
    world = World()
    world.apply(DESIRED)
    return world


def tags(live: Inventory) -> dict[str, object]:
    return {str(each.id): found for each in live.resources if (found := getattr(each, "tags", None))}


def exact(world: World) -> dict[str, object]:
    world.reach(lambda api, clock: Scripted(api, clock, {("tagging:GetResources", 0): "denied"}))
    return tags(reader.read(world.api, EVERY_TYPE))


def test_a_snapshot_asks_what_the_index_lists_none_of() -> None:
    world = tagged()
    expected = exact(world)
    assert tags(snapshot(world)) == expected
    assert len(expected) == 3
    assert world.counting.calls["ListTagsForResource"] == 1, "the root"


class Without:
    """A tag index that does not know a kind of resource."""

    def __init__(self, api: Api, kind: str) -> None:
        self._api = api
        self._kind = kind

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        if operation == "tagging:GetResources":
            listed = answer["ResourceTagMappingList"]
            known = [each for each in listed if f":{self._kind}/" not in each["ResourceARN"]]
            answer = {**answer, "ResourceTagMappingList": known}
        return answer


def test_a_snapshot_does_not_believe_an_index_about_a_kind_that_it_does_not_list() -> None:
    for kind, count in (("policy", 3), ("ou", 4), ("account", 12)):
        world = tagged()
        expected = exact(world)
        assert tags(snapshot(world, lambda api, clock, kind=kind: Without(api, kind))) == expected  # type: ignore[misc]
        assert world.counting.calls["ListTagsForResource"] == count


def test_without_the_index_each_resource_is_asked_once() -> None:
    world = tagged()
    live = snapshot(world, lambda api, clock: Scripted(api, clock, {("tagging:GetResources", 0): "denied"}))
    assert tags(live) == exact(tagged())
    assert len(tags(live)) == 3
    world = tagged()
    snapshot(world, lambda api, clock: Scripted(api, clock, {("tagging:GetResources", 0): "denied"}))
    assert world.counting.calls["ListTagsForResource"] == 1 + 3 + 11 + 2


def test_a_saved_plan_asks_only_for_tags_that_it_relies_on() -> None:
    world = tagged()
    desired = org(
        ["A", "B", "C"],
        {f"a{number}": "B" for number in range(10)},
        {"p": deny("s3:*"), "q": deny("sqs:*")},
        {"p": ["A"]},
        tags={"A": {"t": "changed"}, "@a1": {"t": "2"}, "policy:p": {"t": "3"}},
    )
    plan = world.plan(managing(desired, ["scp"])).plan
    relied = [each for each in plan.preconditions if each.fields and "tags" in each.fields]
    assert len(relied) < len([each for each in plan.preconditions if each.id])
    world.reach()
    resume(plan, Connection(ReadOnly(world.api), None, None, world.clock))
    assert world.counting.calls["ListTagsForResource"] <= len(relied)
