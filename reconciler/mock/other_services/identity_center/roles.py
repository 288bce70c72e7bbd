"""Roles in accounts: assignments, and the provisioning of permission sets. Both are asynchronous.

A request is in progress until its status was read a few times, or until `SECONDS` have passed.
"""

from __future__ import annotations

from typing import Any

from reconciler.mock.backend import Backend
from reconciler.mock.identity_center import SECONDS, RoleRequest
from reconciler.mock.other_services.identity_center.rules import REQUESTS, assignment_of, center_of
from reconciler.model.api import Params, Response

_STATUS = {
    "creation": "AccountAssignmentCreationStatus",
    "deletion": "AccountAssignmentDeletionStatus",
    "provisioning": "PermissionSetProvisioningStatus",
}
_LISTS = {
    "creation": "AccountAssignmentsCreationStatus",
    "deletion": "AccountAssignmentsDeletionStatus",
    "provisioning": "PermissionSetsProvisioningStatus",
}
"""The member of the list of all requests of a kind."""


def create_assignment(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html"""
    return _begun(organization, "creation", **assignment_of(params)._asdict())


def delete_assignment(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeleteAccountAssignment.html"""
    return _begun(organization, "deletion", **assignment_of(params)._asdict())


def provision(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ProvisionPermissionSet.html"""
    return _begun(
        organization, "provisioning", permission_set=params["PermissionSetArn"], account=params.get("TargetId")
    )


def status(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeAccountAssignmentCreationStatus.html"""
    name = next(each for each in REQUESTS if each in params)
    found = _read(organization, center_of(organization).requests[params[name]])
    return {_STATUS[found.kind]: found.describe()}


def statuses(kind: str, organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentCreationStatus.html"""
    wanted = params.get("Filter", {}).get("Status")
    found = [_read(organization, each) for each in list(center_of(organization).requests.values()) if each.kind == kind]
    return {_LISTS[kind]: [each.summary() for each in found if wanted in (None, each.status)]}


def assignments_of_pair(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignments.html"""
    found = center_of(organization).assignments.of_pair(params["PermissionSetArn"], params["AccountId"])
    return {"AccountAssignments": [each.describe() for each in found]}


def assignments_of_principal(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentsForPrincipal.html

    A user has those of its groups too, with the group as their principal."""
    center, id = center_of(organization), params["PrincipalId"]
    groups = [each.group for each in center.memberships.values() if each.user == id]
    account = params.get("Filter", {}).get("AccountId")
    found = [each for principal in (id, *groups) for each in center.assignments.of_principal(principal)]
    return {"AccountAssignments": [each.describe() for each in found if account in (None, each.account)]}


def accounts_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountsForProvisionedPermissionSet.html"""
    center, arn = center_of(organization), params["PermissionSetArn"]
    outdated = center.sets[arn].outdated
    return {"AccountIds": [each for each in sorted(center.accounts_with(arn)) if _selects(params, each in outdated)]}


def sets_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListPermissionSetsProvisionedToAccount.html"""
    center, account = center_of(organization), params["AccountId"]
    there = [each for each in center.sets.values() if center.assignments.of_pair(each.arn, account)]
    return {"PermissionSets": [each.arn for each in there if _selects(params, account in each.outdated)]}


def _selects(params: Params, outdated: bool) -> bool:
    status = "LATEST_PERMISSION_SET_NOT_PROVISIONED" if outdated else "LATEST_PERMISSION_SET_PROVISIONED"
    return params.get("ProvisioningStatus") in (None, status)


# ---- requests --------------------------------------------------------------------------------------------------


def _begun(organization: Backend, kind: str, **fields: Any) -> Response:
    made = RoleRequest.model_validate({
        "id": organization.ids.role_request(), "kind": kind, "requested": round(organization.clock(), 3),
        "reads_left": organization.creation_polls, **fields,
    })  # fmt: skip
    center_of(organization).requests[made.id] = made
    return {_STATUS[kind]: made.describe()}


def _read(organization: Backend, request: RoleRequest) -> RoleRequest:
    """The request after one read of its status."""
    if not request.is_running:
        return request
    organization.changed = True
    if not request.reads_left:
        return _completed(organization, request)
    read = request.model_copy(update={"reads_left": request.reads_left - 1})
    center_of(organization).requests[request.id] = read
    return read


def pass_time(organization: Backend) -> None:
    """Completes the requests that have taken their time."""
    center = organization.identity_center
    for each in list(center.running()) if center else ():
        if organization.clock() - each.requested >= SECONDS:
            _completed(organization, each)


def _completed(organization: Backend, request: RoleRequest) -> RoleRequest:
    center = center_of(organization)
    organization.changed = True
    failure = failure_of(organization, request)
    if failure is None and request.kind == "creation":
        center.assign(request.assignment)
    elif failure is None and request.kind == "deletion" and request.assignment in center.assignments:
        center.unassign(request.assignment)
    elif failure is None and request.kind == "provisioning" and not request.overtaken:
        center.sets[request.permission_set].outdated.difference_update(center.accounts_of(request))
    done = {"reads_left": 0, "status": "FAILED" if failure else "SUCCEEDED", "failure": failure}
    center.requests[request.id] = completed = request.model_copy(update=done)
    return completed


def failure_of(organization: Backend, request: RoleRequest) -> str | None:
    """Why the request fails. The text about a principal was seen from the service
    (https://github.com/hashicorp/terraform-provider-aws/issues/19341), the others have its form."""
    center = center_of(organization)
    if request.permission_set not in center.sets:
        return "Received a 404 status error: the permission set was not found"
    account = organization.account(request.account) if request.account else None
    if request.account and (account is None or account.status == "SUSPENDED"):
        return f"Received a 404 status error: the account {request.account} was not found, or it is suspended"
    if request.kind == "creation" and not center.has(request.type, request.principal):
        where = f"was not found in directory {center.store}"
        return f"Received a 404 status error: the {request.type} assignee {request.principal} {where}"
    return None
