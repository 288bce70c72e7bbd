"""Tags on everything that takes them, and the index of them."""

import json
from typing import Any

import pytest

from tests.unit.mock.world import DOCUMENTS, FULL, MEMBER, SCP, World, tag_list

OF_AWS = [{"Key": "AWS:owner", "Value": "x"}]
TWICE = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
MANY = tag_list(**{f"k{n}": "v" for n in range(51)})


@pytest.fixture(params=["root", "unit", "account", "policy"])
def resource(world: World, request: pytest.FixtureRequest) -> str:
    match request.param:
        case "root":
            return world.root
        case "unit":
            return world.unit("A")
        case "policy":
            return world.policy("p")
    return MEMBER


def test_tags_are_added_changed_and_removed(world: World, resource: str) -> None:
    world.call("TagResource", ResourceId=resource, Tags=tag_list(a="1", b="2"))
    world.call("TagResource", ResourceId=resource, Tags=tag_list(b="3", c=""))
    assert world.tags(resource) == {"a": "1", "b": "3", "c": ""}
    world.call("UntagResource", ResourceId=resource, TagKeys=["a", "never there"])
    assert world.tags(resource) == {"b": "3", "c": ""}


def test_a_resource_has_fifty_tags(world: World, resource: str) -> None:
    refusal = ("TagResource", "ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED")
    world.refused(*refusal, ResourceId=resource, Tags=MANY)
    world.call("TagResource", ResourceId=resource, Tags=MANY[:50])
    world.call("TagResource", ResourceId=resource, Tags=MANY[:2])
    world.refused(*refusal, ResourceId=resource, Tags=MANY[50:])
    assert len(world.tags(resource)) == 50


@pytest.mark.parametrize(
    ("tags", "code", "detail"),
    [
        (OF_AWS, "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER"),
        (TWICE, "InvalidInputException", "DUPLICATE_TAG_KEY"),
        (MANY, "ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED"),
        ([{"Key": "a!", "Value": ""}], "InvalidInputException", "INVALID_PATTERN"),
        ([{"Key": "a", "Value": "tab\t"}], "InvalidInputException", "INVALID_PATTERN"),
        ([{"Key": "", "Value": ""}], "InvalidInputException", "MIN_LENGTH_EXCEEDED"),
        ([{"Key": "k" * 129, "Value": ""}], "InvalidInputException", "MAX_LENGTH_EXCEEDED"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidInputException", "MAX_LENGTH_EXCEEDED"),
        ([{"Key": "k"}], "InvalidInputException", "INPUT_REQUIRED"),
    ],
)
def test_wrong_tags_are_refused_also_where_they_come_with_a_creation(
    world: World, tags: list[dict[str, str]], code: str, detail: str | None
) -> None:
    scp = {"Type": SCP, "Content": json.dumps(DOCUMENTS[SCP])}
    world.refused("TagResource", code, detail, ResourceId=MEMBER, Tags=tags)
    world.refused("CreateOrganizationalUnit", code, detail, ParentId=world.root, Name="A", Tags=tags)
    world.refused("CreateAccount", code, detail, AccountName="a", Email="a@example.com", Tags=tags)
    world.refused("CreatePolicy", code, detail, Name="p", Description="", **scp, Tags=tags)


def test_tags_may_have_letters_of_all_scripts_spaces_and_signs(world: World) -> None:
    tags = {"Größe 尺寸": "a b_.:/=+-@ ٣", "awsApplication": "arn:aws:x"}
    world.call("TagResource", ResourceId=MEMBER, Tags=tag_list(**tags))
    assert world.tags(MEMBER) == tags


def test_tags_of_aws_are_not_removed(world: World) -> None:
    refusal = ("UntagResource", "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER")
    world.refused(*refusal, ResourceId=MEMBER, TagKeys=["aws:x"])


def test_the_resource_must_exist_and_take_tags(world: World) -> None:
    world.refused("TagResource", "TargetNotFoundException", ResourceId="999999999999", Tags=tag_list(a="b"))
    world.refused("UntagResource", "TargetNotFoundException", ResourceId="999999999999", TagKeys=["a"])
    world.refused("ListTagsForResource", "TargetNotFoundException", ResourceId="p-0000000000")
    refusal = ("TagResource", "InvalidInputException", "TARGET_NOT_SUPPORTED")
    world.refused(*refusal, ResourceId=FULL, Tags=tag_list(a="b"))


class TestIndex:
    """`tagging:GetResources`."""

    def listed(self, world: World, **params: Any) -> dict[str, dict[str, str]]:
        page = world.call("tagging:GetResources", PaginationToken="", **params)
        found = page["ResourceTagMappingList"]
        while page["PaginationToken"]:
            page = world.call("tagging:GetResources", **params, PaginationToken=page["PaginationToken"])
            found += page["ResourceTagMappingList"]
        return {
            each["ResourceARN"].rpartition("/")[2]: {tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in found
        }

    def test_it_lists_what_has_tags_and_only_that(self, world: World) -> None:
        a, bare = world.unit("A", Tags=tag_list(a="1")), world.unit("Bare")
        policy = world.policy("p", Tags=tag_list(a="2"))
        world.call("TagResource", ResourceId=world.root, Tags=tag_list(b="3"))
        world.call("TagResource", ResourceId=MEMBER, Tags=tag_list(a="1"))
        everything = {a: {"a": "1"}, policy: {"a": "2"}, world.root: {"b": "3"}, MEMBER: {"a": "1"}}
        assert self.listed(world) == everything
        assert self.listed(world, ResourceTypeFilters=["organizations"]) == everything
        assert bare not in self.listed(world, IncludeComplianceDetails=False)
        assert set(self.listed(world, ResourceTypeFilters=["organizations:account"])) == {MEMBER}
        assert set(self.listed(world, ResourceTypeFilters=["organizations:organizational-unit"])) == {a}
        assert set(self.listed(world, ResourceTypeFilters=["organizations:ou", "organizations:root"])) == {
            a,
            world.root,
        }
        assert self.listed(world, ResourceTypeFilters=["ec2:instance"]) == {}
        assert set(self.listed(world, TagFilters=[{"Key": "a"}])) == {a, policy, MEMBER}
        assert set(self.listed(world, TagFilters=[{"Key": "a", "Values": ["2", "9"]}])) == {policy}

    def test_it_has_a_hundred_on_a_page(self, world: World) -> None:
        units = {world.unit(f"U{n}", Tags=tag_list(n=str(n))) for n in range(120)}
        first = world.call("tagging:GetResources")
        assert len(first["ResourceTagMappingList"]) == 100
        assert set(self.listed(world)) == units
        assert set(self.listed(world, ResourcesPerPage=7)) == units
        world.refused("tagging:GetResources", "InvalidParameterException", "INVALID_NEXT_TOKEN", PaginationToken="x")
