"""Small organizations with IAM Identity Center, for tests: as inventories, and as the text of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.kinds.identity_center.resources import (
    Assignment,
    Group,
    IdentityCenter,
    PermissionSet,
    User,
    assignment,
)
from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, OrganizationalUnit, Resource, Root
from reconciler.model.scope import Scope

INSTANCE = "arn:aws:sso:::instance/ssoins-1111222233334444"
MANAGEMENT = "111111111111"
Held = tuple[str, str, str]
"""A permission set, a principal (`group:Platform`) and an account, by its key."""


def permission_set(name: str, **parts: Any) -> PermissionSet:
    """A live permission set, which has nothing but these parts."""
    nothing: dict[str, Any] = {
        "description": "", "session": "PT1H", "relay_state": "", "managed": (), "customer_managed": (), "inline": {},
        "boundary": {}, "outdated": (), "tags": {},
    }  # fmt: skip
    id = f"arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{name}"
    return PermissionSet.model_validate({
        **nothing, **parts, "address": f"permission_set:{name}", "id": id, "name": name,
    })  # fmt: skip


def live(
    accounts: Mapping[str, str],
    held: Iterable[Held] = (),
    *,
    ids: Mapping[str, str] | None = None,
    sets: Iterable[PermissionSet] = (),
    parts: Sequence[str] | None = None,
    states: Mapping[str, str] | None = None,
    region: str = "eu-west-1",
    principals: Iterable[str] = (),
) -> Inventory:
    """The organization with these accounts (key -> path of its OU, `/` for the root). With `ids` (key -> id) accounts
    are known by their ids, as they are in a snapshot. `principals` have nothing yet."""
    ids, states = ids or {}, states or {}
    resources: list[Resource] = [
        Root(address=addresses.ROOT, id="r-abcd"),
        IdentityCenter(address="identity_center:/", id=f"{region}/{INSTANCE}", region=region, store="d-1"),
    ]
    paths = {path[: end or None] for path in accounts.values() if path != "/" for end in _ends(path)}
    for number, path in enumerate(sorted(paths)):
        parent, _, name = path.rpartition("/")
        resources.append(OrganizationalUnit(
            address=addresses.ou(path), id=f"ou-abcd-{number:08d}", name=name,
            parent=addresses.ou(parent) if parent else addresses.ROOT,
        ))  # fmt: skip
    for key, path in accounts.items():
        resources.append(Account.model_validate({
            "address": addresses.account(ids.get(key, key)), "id": ids.get(key), "name": key,
            "email": f"{key}@example.com", "parent": addresses.ROOT if path == "/" else addresses.ou(path),
            "state": states.get(key, "active"),
        }))  # fmt: skip
    rows = list(held)
    for principal in sorted({*principals, *(each[1] for each in rows)}):
        kind, name = (Group if principal.startswith("group:") else User), addresses.local(principal)
        resources.append(kind(address=principal, id=f"id-{name}", name=name))
    found = {each.name: each for each in sets}
    found |= {name: permission_set(name) for name, _, _ in rows if name not in found}
    resources += found.values()
    for name, principal, key in rows:
        given, account = f"permission_set:{name}", addresses.account(ids.get(key, key))
        resources.append(Assignment(
            address=assignment(given, principal, account), permission_set=given, principal=principal, account=account,
            account_id=ids.get(key, ""),
        ))  # fmt: skip
    scope = Scope(parts=None if parts is None else tuple(parts))
    organization = Organization(id="o-abcdefghij", management_account_id=MANAGEMENT, feature_set="all")
    return Inventory(organization=organization, scope=scope).with_resources(resources)


def _ends(path: str) -> Iterable[int]:
    """Where each OU of the path ends; 0 for the whole path."""
    return (*(index for index, letter in enumerate(path) if letter == "/"), 0)
