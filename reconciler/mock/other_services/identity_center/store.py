"""The identity store: groups and users, by name and id."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.mock.backend import Backend
from reconciler.mock.identity_center import Membership
from reconciler.mock.other_services.identity_center.rules import absent, center_of
from reconciler.model.api import Params, Response


def create_group(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroup.html"""
    center = center_of(organization)
    id = organization.ids.of_store(center.store)
    center.groups[id] = params["DisplayName"]
    return _identified(organization, "Group", id)


def create_user(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateUser.html"""
    center = center_of(organization)
    id = organization.ids.of_store(center.store)
    center.users[id] = params["UserName"]
    return _identified(organization, "User", id)


def delete_group(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DeleteGroup.html

    Its assignments stay."""
    center = center_of(organization)
    del center.groups[params["GroupId"]]
    center.memberships = {id: each for id, each in center.memberships.items() if each.group != params["GroupId"]}
    return {}


def delete_user(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DeleteUser.html

    Its assignments stay."""
    center = center_of(organization)
    del center.users[params["UserId"]]
    center.memberships = {id: each for id, each in center.memberships.items() if each.user != params["UserId"]}
    return {}


def create_membership(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroupMembership.html"""
    center = center_of(organization)
    id = organization.ids.of_store(center.store)
    center.memberships[id] = Membership(params["GroupId"], params["MemberId"]["UserId"])
    return _identified(organization, "Membership", id)


def delete_membership(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DeleteGroupMembership.html"""
    del center_of(organization).memberships[params["MembershipId"]]
    return {}


def groups_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListGroups.html"""
    found = _filtered(center_of(organization).groups, params, "DisplayName")
    return {"Groups": [{**_identified(organization, "Group", id), "DisplayName": name} for id, name in found.items()]}


def users_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListUsers.html"""
    found = _filtered(center_of(organization).users, params, "UserName")
    return {"Users": [{**_identified(organization, "User", id), "UserName": name} for id, name in found.items()]}


def group_described(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeGroup.html"""
    id = params["GroupId"]
    return {**_identified(organization, "Group", id), "DisplayName": center_of(organization).groups[id]}


def user_described(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeUser.html"""
    id = params["UserId"]
    return {**_identified(organization, "User", id), "UserName": center_of(organization).users[id]}


def group_id(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_GetGroupId.html"""
    return _identified(organization, "Group", _found(center_of(organization).groups, params, "displayName"))


def user_id(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_GetUserId.html"""
    return _identified(organization, "User", _found(center_of(organization).users, params, "userName"))


def _found(names: Mapping[str, str], params: Params, attribute: str) -> str:
    wanted = params["AlternateIdentifier"].get("UniqueAttribute", {})
    for id, name in names.items():
        if (wanted.get("AttributePath"), wanted.get("AttributeValue")) == (attribute, name):
            return id
    raise absent("The group or user was not found.")


def _filtered(names: Mapping[str, str], params: Params, attribute: str) -> dict[str, str]:
    """Those that all filters select: a filter is an exact name."""
    filters = params.get("Filters", ())
    return {
        id: name
        for id, name in names.items()
        if all((each["AttributePath"], each["AttributeValue"]) == (attribute, name) for each in filters)
    }


def _identified(organization: Backend, kind: str, id: str) -> Response:
    """The members of every answer about one thing of the store."""
    arn = f"arn:aws:identitystore:::{kind.lower()}/{id}"
    store = center_of(organization).store
    return {"IdentityStoreId": store, f"{kind}Id": id, f"{kind}Arn": arn, "Revision": "1"}
