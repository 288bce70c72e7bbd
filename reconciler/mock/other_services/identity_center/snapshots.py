"""From a snapshot to the instance of IAM Identity Center, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.kinds.identity_center import policies, resources
from reconciler.kinds.identity_center.instance import IdentityCenterKind
from reconciler.mock.backend import Backend
from reconciler.mock.identity_center import (
    DEFAULT_REGION,
    DEFAULT_SESSION,
    Assignment,
    IdentityCenter,
    Membership,
    PermissionSet,
    PrincipalType,
)
from reconciler.mock.ids import identity_store_id, instance_arn
from reconciler.mock.other_services.identity_center.services import SERVICES
from reconciler.mock.own_reads import OwnReads
from reconciler.mock.statefile import DEFAULT_JOINED, StateFile
from reconciler.model.address import Address, kind_of
from reconciler.model.document import minified
from reconciler.model.resources import Resource

_ANSWERS = {f"{service.prefix}:{name}": answer for service in SERVICES for name, answer in service.operations.items()}


def to_resources(organization: Backend) -> Iterator[Resource]:
    """The resources of a snapshot: what a read of all of it brings."""
    kind = IdentityCenterKind()
    yield from kind.read(OwnReads(organization, _ANSWERS), (kind.resource.plural, *kind.reads_also))


def insert(organization: Backend, file: StateFile, ids: dict[Address, str]) -> None:
    """Sets what the file has. A file that was written when there was no IAM Identity Center has its scope without it,
    and the instance is made; one that has read that there is none has none."""
    found = next(file.of(resources.IdentityCenter), None)
    if found is None and resources.IdentityCenter.plural in (file.scope.parts or ()):
        return
    own = organization.organization.id
    organization.identity_center = center = IdentityCenter(
        arn=(found and found.arn) or instance_arn(own),
        region=(found and found.region) or DEFAULT_REGION,
        store=(found and found.store) or identity_store_id(own),
    )
    _insert_principals(organization, center, file, ids)
    for each in file.of(resources.PermissionSet):
        made = _permission_set(each, each.id or organization.ids.permission_set(center.arn), file)
        ids[each.address] = made.arn
        center.sets[made.arn] = made
    for assigned in file.of(resources.Assignment):
        type: PrincipalType = "USER" if kind_of(assigned.principal) == resources.User.prefix else "GROUP"
        permission_set, account = ids[assigned.permission_set], ids[assigned.account]
        center.assignments.add(Assignment(permission_set, account, type, ids[assigned.principal]))
    for made in center.sets.values():
        made.outdated.intersection_update(center.accounts_with(made.arn))
    center.requests = {each.id: each for each in file.mock.role_requests}
    center.memberships = {id: Membership(*each) for id, each in file.mock.memberships.items()}


def _insert_principals(organization: Backend, center: IdentityCenter, file: StateFile, ids: dict[Address, str]) -> None:
    """The groups and users. One whose name is its id was deleted, and has assignments still."""
    for kind, names in ((resources.Group, center.groups), (resources.User, center.users)):
        for each in file.of(kind):
            id = ids[each.address] = each.id or organization.ids.of_store(center.store)
            if each.name != id:
                names[id] = each.name


def _permission_set(each: resources.PermissionSet, arn: str, file: StateFile) -> PermissionSet:
    inline = file.mock.contents.get(arn, minified(each.inline)) if each.inline else ""
    return PermissionSet(
        arn=arn,
        name=each.name,
        created=DEFAULT_JOINED,
        description=each.description or None,
        session=each.session or DEFAULT_SESSION,
        relay_state=each.relay_state or None,
        managed=[policies.managed_arn(name, "aws") for name in each.managed or ()],
        customer_managed=[(policy.name, policy.path) for policy in each.customer_managed or ()],
        inline=inline,
        boundary=_boundary(each.boundary),
        tags=dict(each.tags or {}),
        outdated=set(each.outdated or ()),
    )


def _boundary(boundary: resources.Boundary | None) -> dict[str, Any] | None:
    if boundary is None:
        return None
    if boundary.managed:
        return {"ManagedPolicyArn": policies.managed_arn(boundary.managed, "aws")}
    policy = boundary.customer_managed
    return {"CustomerManagedPolicyReference": {"Name": policy.name, "Path": policy.path}} if policy else None
