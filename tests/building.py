"""Small organizations for tests, in a few words each.

    org(units=["W", "W/P"], accounts={"a": "W/P"}, policies={"deny": DENY}, attached={"deny": ["W"]})

Both sides can be built: the desired one names accounts by key and e-mail, the live one (`live=True`) by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from reconciler.model.scope import Scope

MANAGEMENT_ID = "123456789012"

EVERY_TYPE = Scope(policy_types=tuple(BY_SHORT))
"""What a spec that manages all policy types reads: unlike a whole read, it takes the tag index as it is."""


def deny(*actions: str, **condition: Any) -> dict[str, Any]:
    """A document with one Deny statement."""
    statement: dict[str, Any] = {"Sid": "Deny", "Effect": "Deny", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}


def managing(desired: Inventory, policy_types: Iterable[str]) -> Inventory:
    """The same as a spec declares it that manages these policy types."""
    scope = desired.scope.model_copy(update={"policy_types": tuple(policy_types)})
    return desired.model_copy(update={"scope": scope})


ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def node(name: str) -> str:
    """`/` the root, `@key` an account, all else an OU."""
    if name == "/":
        return addresses.ROOT
    return addresses.account(name[1:]) if name.startswith("@") else addresses.ou(name)


def org(
    units: Iterable[str] = (),
    accounts: Mapping[str, str] | None = None,
    policies: Mapping[str, Any] | None = None,
    attached: Mapping[str, Sequence[str]] | None = None,
    *,
    types: Sequence[str] = ("scp",),
    tags: Mapping[str, dict[str, str]] | None = None,
    previously: Mapping[str, Sequence[str]] | None = None,
    no_full_access: Iterable[str] = (),
    policy_types: Mapping[str, str] | None = None,
) -> Inventory:
    """A desired organization. `accounts` is key -> OU, `attached` policy -> nodes, `tags` node or `policy:key` -> tags,
    `previously` OU or `policy:key` -> earlier addresses or names; `policy_types` is for policies that are no SCPs."""
    tags, previously, accounts = tags or {}, previously or {}, accounts or {}
    full = addresses.policy("FullAWSAccess")
    resources: list[Resource] = [Root(address=addresses.ROOT, tags=tags.get("/"))]
    resources += [PolicyType(address=addresses.policy_type(each), type=each) for each in types]
    for path in units:
        parent, _, name = path.rpartition("/")
        resources.append(
            OrganizationalUnit(
                address=addresses.ou(path),
                name=name,
                parent=addresses.ou(parent) if parent else addresses.ROOT,
                tags=tags.get(path),
                previously=tuple(map(addresses.ou, previously.get(path, ()))),
            )
        )
    for key, place in accounts.items():
        resources.append(
            Account(
                address=addresses.account(key),
                id=MANAGEMENT_ID if key == "management" else None,
                email=None if key == "management" else f"{key}@example.com",
                create_name=key,
                create_email=f"{key}@example.com",
                parent=node(place),
                tags=tags.get(f"@{key}"),
            )
        )
    for key, content in (policies or {}).items():
        resources.append(
            Policy(
                address=addresses.policy(key),
                type=(policy_types or {}).get(key, "scp"),
                name=key,
                content=content,
                tags=tags.get(f"policy:{key}"),
                previously=tuple(previously.get(f"policy:{key}", ())),
            )
        )
    places = [each.address for each in resources if isinstance(each, Root | OrganizationalUnit | Account)]
    if "scp" in types:
        resources.append(Policy(address=full, id="p-FullAWSAccess", type="scp", name="FullAWSAccess", aws_managed=True))
        bare = {node(each) for each in no_full_access}
        resources += [attachment(full, place) for place in places if place not in bare]
    for key, nodes in (attached or {}).items():
        resources += [attachment(addresses.policy(key), node(each)) for each in nodes]
    return Inventory(organization=Organization()).with_resources(resources)


def attachment(policy: str, target: str) -> Attachment:
    return Attachment(address=addresses.attachment(policy, target), policy=policy, target=target)
