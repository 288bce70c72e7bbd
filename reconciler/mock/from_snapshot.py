"""From a snapshot, or from a seed, to moto's objects; inserted directly, so that large organizations load fast.

Where a snapshot lacks what the mock needs (ids, the attachments of managed policies), the service's defaults are used.
Raises `ValueError` or `KeyError` where a snapshot contradicts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from reconciler.kinds.identity_center.resources import INSTANCE, Group, IdentityCenter, User
from reconciler.mock import objects, other_services, rules
from reconciler.mock.backend import Backend
from reconciler.mock.ids import Ids, organization_id, root_id
from reconciler.mock.seed import Seed
from reconciler.mock.statefile import Extra, Membership, StateFile
from reconciler.model import address
from reconciler.model.document import minified
from reconciler.model.inventory import Organization
from reconciler.model.policy_types import BY_API, BY_SHORT
from reconciler.model.resources import (
    Account,
    Attachment,
    OrganizationalUnit,
    Policy,
    PolicyType,
    Root,
)


class Timing(NamedTuple):
    """The clock of a mock, in seconds since 1970, and the duration of its asynchronous operations."""

    clock: Callable[[], float]
    creation_polls: int
    closure_seconds: float


def from_seed(seed: Seed, timing: Timing) -> Backend:
    """A new organization, not saved yet: all features, SCPs enabled, every account in the root."""
    management = (seed.management_account_id, "management", seed.management_email)
    accounts = {each[0]: each for each in (management, *seed.accounts)}
    joined = Membership(joined=round(timing.clock(), 3), method="INVITED")
    backend = from_snapshot(
        StateFile(
            organization=Organization(
                id=seed.organization_id, management_account_id=seed.management_account_id, feature_set="all"
            ),
            resources=(
                PolicyType(address=address.policy_type("scp"), type="scp"),
                *(
                    Account(address=address.account(id), id=id, name=name, email=email, parent=address.ROOT)
                    for id, name, email in accounts.values()
                ),
                IdentityCenter(address=INSTANCE, region=seed.region),
                *(Group(address=f"{Group.prefix}:{name}", name=name) for name in seed.groups),
                *(User(address=f"{User.prefix}:{name}", name=name) for name in seed.users),
            ),
            mock=Extra(accounts=dict.fromkeys(accounts, joined), account_quota=seed.account_quota),
        ),
        timing,
    )
    backend.changed = True
    return backend


def from_snapshot(file: StateFile, timing: Timing) -> Backend:
    """The organization that the file describes."""
    backend = _empty(file, timing)
    ids = {address.ROOT: backend.root.id}
    backend.account_quota = file.mock.account_quota
    _insert_units(backend, file, ids)
    _insert_accounts(backend, file, ids)
    _insert_policies(backend, file, ids)
    for type in file.of(PolicyType):
        backend.enable(BY_SHORT[type.type].api)
    for policy, node in _attachments(file, ids):
        backend.attach(backend.catalogue[policy], backend.nodes[node])
    _attach_missing_defaults(backend)
    for each in (*rules.OF_SNAPSHOTS, *other_services.OF_SNAPSHOTS):
        each.insert(backend, file, ids)
    backend.history = file.mock.history
    backend.complete_closures()
    return backend


def _empty(file: StateFile, timing: Timing) -> Backend:
    record = file.organization
    management = record.management_account_id
    if management is None:
        raise ValueError("organization.management_account_id is missing")
    id = record.id or organization_id(management)
    root = next(file.of(Root), Root(address=address.ROOT))
    email = next((each.email for each in file.of(Account) if each.id == management), None)
    if email is None:
        raise ValueError(f"the management account {management} is missing, or its email")
    return Backend(
        objects.Organization(id, root.id or root_id(id), management, email, (record.feature_set or "all").upper()),
        ids=Ids(id, file.mock.serial, {each.id for each in file.resources if each.id}),
        clock=timing.clock,
        creation_polls=timing.creation_polls,
        closure_seconds=timing.closure_seconds,
        root_tags=root.tags or {},
    )


def _insert_units(backend: Backend, file: StateFile, ids: dict[str, str]) -> None:
    units = list(file.of(OrganizationalUnit))
    ids |= {each.address: each.id or backend.ids.unit(backend.root.id) for each in units}
    for each in units:
        if each.parent != address.ROOT and not each.address.startswith(f"{each.parent}/"):
            raise ValueError(f"{each.address} is not in {each.parent}")
        backend.add_unit(
            objects.Unit(
                backend.organization,
                id=ids[each.address],
                name=each.name,
                parent_id=ids[each.parent],
                tags=each.tags or {},
            )
        )


def _insert_accounts(backend: Backend, file: StateFile, ids: dict[str, str]) -> None:
    for each in file.of(Account):
        id = ids[each.address] = each.id or backend.ids.account()
        membership = file.mock.accounts.get(id, Membership())
        backend.add_account(
            objects.Account(
                backend.organization,
                id=id,
                name=each.name or address.local(each.address),
                email=each.email or "",
                parent_id=ids[each.parent],
                joined=membership.joined,
                method=membership.method,
                state=each.state.upper(),
                tags=each.tags,
            )
        )
        if each.state == "pending_closure":
            backend.closures[id] = 0.0
    backend.closures |= file.mock.closures
    backend.account_requests = {each.id: each for each in file.mock.creations}


def _insert_policies(backend: Backend, file: StateFile, ids: dict[str, str]) -> None:
    for each in file.of(Policy):
        id = ids[each.address] = each.id or backend.ids.policy()
        managed = objects.MANAGED.get(each.name, ("", "{}")) if each.aws_managed else ("", "{}")
        content = minified(each.content) if each.content is not None else managed[1]
        backend.add_policy(
            objects.Policy(
                backend.organization,
                id=id,
                type=BY_SHORT[each.type].api,
                name=each.name,
                content=file.mock.contents.get(id, content),
                description=each.description or managed[0],
                tags=each.tags,
                aws_managed=each.aws_managed,
            )
        )


def _attachments(file: StateFile, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The ids of policies and nodes, in the order of attachment where it is known."""
    places = {
        (policy, node): place for node, policies in file.mock.attached.items() for place, policy in enumerate(policies)
    }
    found = [(ids[each.policy], ids[each.target]) for each in file.of(Attachment)]
    yield from sorted(found, key=lambda each: places.get(each, len(places)))


def _attach_missing_defaults(backend: Backend) -> None:
    """Attach the defaults that cannot be detached to every node, and an SCP to every node that has none."""
    for type in backend.enabled_types:
        row = BY_API[type]
        if row.default is None:
            continue
        default = backend.catalogue[objects.MANAGED_IDS[row.default]]
        on_default = {each.id for each in default.attachments}
        for node in backend.nodes.values():
            needed = not row.default_detachable or not backend.attached(node, type)
            if needed and node.id not in on_default:
                backend.attach(default, node)
