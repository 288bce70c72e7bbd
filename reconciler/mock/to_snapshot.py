"""From moto's objects to a snapshot, which does not depend on the order of the calls that led there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Literal, cast

from reconciler.kinds import ACCOUNT_PARTS, PARTS
from reconciler.mock import objects, other_services, rules
from reconciler.mock.backend import Backend
from reconciler.mock.statefile import Extra, Membership, StateFile
from reconciler.model import address
from reconciler.model.address import Address
from reconciler.model.document import minified
from reconciler.model.inventory import Organization
from reconciler.model.policy_types import BY_API, POLICY_TYPES
from reconciler.model.resources import (
    Account,
    AccountState,
    Attachment,
    OrganizationalUnit,
    Policy,
    PolicyType,
    Resource,
    Root,
)
from reconciler.model.scope import Scope


def to_snapshot(backend: Backend) -> StateFile:
    """The organization as it is now."""
    places = _places(backend)
    names = policy_addresses(backend.catalogue.values())
    resources: list[Resource] = [
        Root(address=address.ROOT, id=backend.root.id, tags=dict(backend.root.tags)),
        *(
            PolicyType(address=address.policy_type(BY_API[each].short), type=BY_API[each].short)
            for each in backend.enabled_types
        ),
        *_units(backend, places),
        *_accounts(backend, places),
        *_policies(backend, names),
        *_attachments(backend, places, names),
        *(
            resource
            for each in (*rules.OF_SNAPSHOTS, *other_services.OF_SNAPSHOTS)
            for resource in each.to_resources(backend)
        ),
    ]
    organization = Organization(
        id=backend.organization.id,
        management_account_id=backend.account_id,
        feature_set=cast("Literal['all', 'consolidated_billing']", backend.organization.feature_set.lower()),
    )
    scope = Scope(parts=tuple(sorted((*PARTS, *ACCOUNT_PARTS))))
    return StateFile(scope=scope, organization=organization, mock=_extra(backend)).with_resources(resources)


def policy_addresses(policies: Iterable[objects.Policy]) -> dict[str, Address]:
    """An address for each policy, by id. Where policies of several types share a name, the first in the order of
    `POLICY_TYPES` keeps it, and the others put their type before it."""
    order = {row.api: position for position, row in enumerate(POLICY_TYPES)}
    taken: set[str] = set()
    addresses: dict[str, Address] = {}
    for each in sorted(policies, key=lambda policy: order[policy.type]):
        name = f"{BY_API[each.type].short}/{each.name}" if each.name in taken else each.name
        taken.add(each.name)
        addresses[each.id] = address.policy(name)
    return addresses


def _places(backend: Backend) -> dict[str, Address]:
    """The address of every node, by id."""

    def place(node: objects.Node) -> Address:
        if isinstance(node, objects.Account):
            return address.account(node.id)
        return address.child(place(backend.nodes[node.parent_id]), str(node.name)) if node.parent_id else address.ROOT

    return {id: place(node) for id, node in backend.nodes.items()}


def _units(backend: Backend, places: dict[str, Address]) -> Iterator[Resource]:
    for each in backend.units():
        yield OrganizationalUnit(
            address=places[each.id], id=each.id, name=each.name, parent=places[each.parent_id], tags=dict(each.tags)
        )


def _accounts(backend: Backend, places: dict[str, Address]) -> Iterator[Resource]:
    for each in backend.members():
        yield Account(
            address=places[each.id],
            id=each.id,
            name=each.name,
            email=each.email,
            parent=places[each.parent_id],
            state=cast("AccountState", each.state.lower()),
            tags=dict(each.tags),
        )


def _policies(backend: Backend, names: dict[str, Address]) -> Iterator[Resource]:
    for each in backend.catalogue.values():
        yield Policy(
            address=names[each.id],
            id=each.id,
            type=BY_API[each.type].short,
            name=each.name,
            description=each.description,
            content=json.loads(each.content),
            tags=dict(each.tags),
            aws_managed=each.aws_managed,
        )


def _attachments(backend: Backend, places: dict[str, Address], names: dict[str, Address]) -> Iterator[Resource]:
    for id, node in backend.nodes.items():
        for each in node.attached_policies:
            policy, target = names[each.id], places[id]
            yield Attachment(address=address.attachment(policy, target), policy=policy, target=target)


def _extra(backend: Backend) -> Extra:
    exact = {each.id: each.content for each in backend.catalogue.values()}
    center = backend.identity_center
    if center is not None:
        exact |= {each.arn: each.inline for each in center.sets.values() if each.inline}
    return Extra(
        serial=backend.ids.serial,
        accounts={
            each.id: Membership(joined=each.joined, method=each.joined_method)
            for each in sorted(backend.members(), key=lambda account: account.id)
        },
        creations=tuple(backend.account_requests.values()),
        closures=dict(sorted(backend.closures.items())),
        contents={id: text for id, text in sorted(exact.items()) if minified(json.loads(text)) != text},
        trusted_access=backend.trusted_access,
        delegated_administrators=backend.delegated_administrators,
        attached={
            id: tuple(each.id for each in node.attached_policies)
            for id, node in sorted(backend.nodes.items())
            if len(node.attached_policies) > 1
        },
        account_quota=backend.account_quota,
        handshakes=tuple(backend.handshakes.values()),
        role_requests=tuple(center.running()) if center else (),
        history=backend.history,
        memberships={id: (each.group, each.user) for id, each in center.memberships.items()} if center else {},
    )
