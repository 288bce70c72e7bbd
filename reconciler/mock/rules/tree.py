"""Rules for organizational units and for the places of accounts in the tree."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal, violates
from reconciler.model.api import Params
from reconciler.model.resources import MAX_OU_DEPTH

OU_NUMBER = 2_000
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def parent_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html"""
    if organization.container(params["ParentId"]) is None:
        raise Refusal("ParentNotFoundException", "You specified a parent that doesn't exist.")


def child_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html"""
    if params["ChildId"] not in organization.nodes:
        raise Refusal("ChildNotFoundException", "You specified a child that doesn't exist.")


def unit_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdateOrganizationalUnit.html"""
    if params["OrganizationalUnitId"] not in organization.nodes:
        raise Refusal("OrganizationalUnitNotFoundException", "You specified an OU that doesn't exist.")


def units_below_depth(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    if len(organization.chain(params["ParentId"])) > MAX_OU_DEPTH:
        raise violates("OU_DEPTH_LIMIT_EXCEEDED", f"OUs can be nested {MAX_OU_DEPTH} levels deep under the root.")


def units_below_number(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    if len(organization.units()) >= OU_NUMBER:
        raise violates("OU_NUMBER_LIMIT_EXCEEDED", f"The organization has {OU_NUMBER} OUs, its maximum.")


def new_unit_name_is_unique(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html"""
    _refuse_duplicate_name(organization, params["ParentId"], params["Name"])


def renamed_unit_name_is_unique(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdateOrganizationalUnit.html"""
    unit = organization.nodes[params["OrganizationalUnitId"]]
    if "Name" in params:
        _refuse_duplicate_name(organization, unit.parent_id, params["Name"], except_id=unit.id)


def unit_is_empty(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteOrganizationalUnit.html"""
    if any(each.parent_id == params["OrganizationalUnitId"] for each in organization.nodes.values()):
        raise Refusal("OrganizationalUnitNotEmptyException", "The OU is not empty: move its accounts and OUs first.")


def _refuse_duplicate_name(organization: Backend, parent: str | None, name: str, except_id: str | None = None) -> None:
    if any(each.parent_id == parent and each.name == name and each.id != except_id for each in organization.units()):
        raise Refusal("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")


RULES = {
    "CreateOrganizationalUnit": (parent_exists, units_below_depth, units_below_number, new_unit_name_is_unique),
    "UpdateOrganizationalUnit": (unit_exists, renamed_unit_name_is_unique),
    "DeleteOrganizationalUnit": (unit_exists, unit_is_empty),
    "DescribeOrganizationalUnit": (unit_exists,),
    "ListAccountsForParent": (parent_exists,),
    "ListOrganizationalUnitsForParent": (parent_exists,),
    "ListChildren": (parent_exists,),
    "ListParents": (child_exists,),
}
