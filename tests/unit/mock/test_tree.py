"""The tree of OUs: what it refuses, and the neighbour that it lets pass."""

import pytest

from reconciler.mock.rules import tree
from tests.unit.mock.world import MEMBER, World


def test_a_new_unit_has_a_path_and_the_default_scp(world: World) -> None:
    a = world.unit("A")
    b = world.call("CreateOrganizationalUnit", ParentId=a, Name="B")["OrganizationalUnit"]
    organization = world.call("DescribeOrganization")["Organization"]["Id"]
    assert b["Path"] == f"{organization}/{world.root}/{a}/{b['Id']}/"
    assert world.call("DescribeOrganizationalUnit", OrganizationalUnitId=b["Id"])["OrganizationalUnit"] == b
    assert world.call("ListOrganizationalUnitsForParent", ParentId=a)["OrganizationalUnits"] == [b]
    assert world.attached(b["Id"]) == ["FullAWSAccess"]


def test_the_parent_must_exist(world: World) -> None:
    missing = f"ou-{world.root[2:]}-00000000"
    world.refused("CreateOrganizationalUnit", "ParentNotFoundException", ParentId=missing, Name="A")
    world.refused("ListChildren", "ParentNotFoundException", ParentId=missing, ChildType="ACCOUNT")
    world.refused("ListAccountsForParent", "ParentNotFoundException", ParentId=missing)
    world.refused("ListOrganizationalUnitsForParent", "ParentNotFoundException", ParentId=missing)


def test_units_are_at_most_five_deep(world: World) -> None:
    parent = world.root
    for level in range(5):
        parent = world.unit(f"Level {level + 1}", parent)
    world.refused(
        "CreateOrganizationalUnit",
        "ConstraintViolationException",
        "OU_DEPTH_LIMIT_EXCEEDED",
        ParentId=parent,
        Name="Level 6",
    )


def test_the_number_of_units_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "OU_NUMBER", 2)
    world.unit("A")
    world.unit("B")
    world.refused(
        "CreateOrganizationalUnit",
        "ConstraintViolationException",
        "OU_NUMBER_LIMIT_EXCEEDED",
        ParentId=world.root,
        Name="C",
    )


def test_siblings_have_different_names_and_cousins_need_not(world: World) -> None:
    a, b = world.unit("A"), world.unit("B")
    world.unit("Same", a)
    world.unit("Same", b)
    world.refused("CreateOrganizationalUnit", "DuplicateOrganizationalUnitException", ParentId=a, Name="Same")


def test_a_unit_may_be_renamed_to_its_own_name_but_not_to_a_siblings(world: World) -> None:
    a, b = world.unit("A"), world.unit("B")
    inner = world.unit("B", a)
    assert world.call("UpdateOrganizationalUnit", OrganizationalUnitId=a, Name="A")["OrganizationalUnit"]["Name"] == "A"
    world.call("UpdateOrganizationalUnit", OrganizationalUnitId=inner, Name="A")
    world.call("UpdateOrganizationalUnit", OrganizationalUnitId=b, Name="Root")
    world.refused("UpdateOrganizationalUnit", "DuplicateOrganizationalUnitException", OrganizationalUnitId=b, Name="A")


def test_an_update_without_a_name_changes_nothing(world: World) -> None:
    a = world.unit("A")
    assert world.call("UpdateOrganizationalUnit", OrganizationalUnitId=a)["OrganizationalUnit"]["Name"] == "A"


def test_only_an_empty_unit_is_deleted(world: World) -> None:
    a = world.unit("A")
    b = world.unit("B", a)
    world.call("MoveAccount", AccountId=MEMBER, SourceParentId=world.root, DestinationParentId=b)
    for full in (a, b):
        world.refused("DeleteOrganizationalUnit", "OrganizationalUnitNotEmptyException", OrganizationalUnitId=full)
    world.call("MoveAccount", AccountId=MEMBER, SourceParentId=b, DestinationParentId=world.root)
    world.call("DeleteOrganizationalUnit", OrganizationalUnitId=b)
    world.call("DeleteOrganizationalUnit", OrganizationalUnitId=a)
    assert world.call("ListOrganizationalUnitsForParent", ParentId=world.root)["OrganizationalUnits"] == []


def test_the_attachments_of_a_deleted_unit_go_with_it(world: World) -> None:
    a, deny = world.unit("A"), world.policy("deny")
    world.call("AttachPolicy", PolicyId=deny, TargetId=a)
    world.call("DeleteOrganizationalUnit", OrganizationalUnitId=a)
    assert world.call("ListTargetsForPolicy", PolicyId=deny)["Targets"] == []
    world.call("DeletePolicy", PolicyId=deny)


def test_the_root_is_no_unit(world: World) -> None:
    for operation in ("DeleteOrganizationalUnit", "UpdateOrganizationalUnit", "DescribeOrganizationalUnit"):
        world.refused(operation, "InvalidInputException", "INVALID_PATTERN", OrganizationalUnitId=world.root)


@pytest.mark.parametrize(
    "operation", ["DeleteOrganizationalUnit", "UpdateOrganizationalUnit", "DescribeOrganizationalUnit"]
)
def test_a_unit_must_exist(world: World, operation: str) -> None:
    missing = f"ou-{world.root[2:]}-00000000"
    world.refused(operation, "OrganizationalUnitNotFoundException", OrganizationalUnitId=missing)


def test_parents_and_children(world: World) -> None:
    a = world.unit("A")
    b = world.unit("B", a)
    assert world.call("ListParents", ChildId=b)["Parents"] == [{"Id": a, "Type": "ORGANIZATIONAL_UNIT"}]
    assert world.call("ListParents", ChildId=a)["Parents"] == [{"Id": world.root, "Type": "ROOT"}]
    assert world.call("ListChildren", ParentId=a, ChildType="ORGANIZATIONAL_UNIT")["Children"] == [
        {"Id": b, "Type": "ORGANIZATIONAL_UNIT"}
    ]
    world.refused("ListParents", "ChildNotFoundException", ChildId="999999999999")
