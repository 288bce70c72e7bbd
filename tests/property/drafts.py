"""Random organizations, told by numbers.

A `Draft` names everything by numbers that stay when names and places change, so that an edit can be told as a rename
(`previously`), and what the service should have done is known without asking the planner.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reconciler.mock.statefile import StateFile
from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from tests.building import MANAGEMENT_ID

ROOT = 0
DEEPEST = 5
ACTIONS = ("s3:a", "s3:b", "ec2:a", "ec2:b", "iam:a", "iam:b", "kms:a")
"""All the actions that there are; a Deny may also be of `s3:*`."""
FULL = {"scp": 10, "rcp": 5}
FULL_ACCESS = addresses.policy("FullAWSAccess")


@dataclass
class Unit:
    name: str
    parent: int


@dataclass
class Member:
    parent: int
    state: str = "active"


@dataclass
class Guardrail:
    name: str
    denies: tuple[str, ...]
    """Empty for one that allows everything."""
    type: str = "scp"

    def document(self) -> dict[str, Any]:
        statement: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        if self.denies:
            statement = {"Effect": "Deny", "Action": list(self.denies), "Resource": "*"}
        if self.type == "rcp":
            statement["Principal"] = "*"
        return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass
class Draft:
    """Nodes are `ROOT`, the numbers of units and the numbers of members, which are never the same; policies have
    numbers of their own. `bare` nodes are without FullAWSAccess."""

    units: dict[int, Unit] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    policies: dict[int, Guardrail] = field(default_factory=dict)
    attached: set[tuple[int, int]] = field(default_factory=set)
    """(policy, node)"""
    bare: set[int] = field(default_factory=set)
    tags: dict[int, dict[str, str]] = field(default_factory=dict)
    full: dict[str, int] = field(default_factory=lambda: dict(FULL))
    """How many policies of a type a node can have."""
    serial: int = 0

    def number(self) -> int:
        self.serial += 1
        return self.serial

    def copy(self) -> Draft:
        return copy.deepcopy(self)

    def places(self) -> list[int]:
        return [ROOT, *self.units]

    def nodes(self) -> list[int]:
        return [ROOT, *self.units, *self.members]

    def chain(self, unit: int) -> list[int]:
        """The unit and what is above it, without the root."""
        steps = []
        while unit != ROOT:
            steps.append(unit)
            unit = self.units[unit].parent
        return steps

    def below(self, unit: int) -> list[int]:
        """The units in the unit, itself included."""
        return [each for each in self.units if unit in self.chain(each)]

    def height(self, unit: int) -> int:
        return max(len(self.chain(each)) for each in self.below(unit)) - len(self.chain(unit)) + 1

    def free_name(self, parent: int, name: str, but: int | None = None) -> bool:
        siblings = (each for number, each in self.units.items() if each.parent == parent and number != but)
        return all(each.name != name for each in siblings)

    def on(self, node: int) -> list[int]:
        return sorted(policy for policy, place in self.attached if place == node)

    def room(self, node: int, type: str = "scp") -> int:
        held = sum(self.policies[each].type == type for each in self.on(node))
        return self.full[type] - held - (type == "rcp" or node not in self.bare)

    def fits(self, policy: int, node: int) -> bool:
        return self.room(node, self.policies[policy].type) > 0

    def types(self) -> list[str]:
        return sorted({"scp", *(each.type for each in self.policies.values())})

    def allowed(self, node: int) -> bool:
        """True where the node is not left with no SCP."""
        return node not in self.bare or any(not self.policies[each].denies for each in self.on(node))

    def path(self, unit: int) -> str:
        return "/".join(self.units[each].name for each in reversed(self.chain(unit)))

    def address(self, node: int, key: bool = True) -> str:
        if node == ROOT:
            return addresses.ROOT
        if node in self.units:
            return addresses.ou(self.path(node))
        return addresses.account(key_of(node) if key else id_of(node))


def key_of(member: int) -> str:
    return f"a{member}"


def id_of(member: int) -> str:
    return f"{member:012d}"


def live(draft: Draft) -> StateFile:
    """The draft as the state of a mocked organization."""
    management = Account(
        address=addresses.account(MANAGEMENT_ID),
        id=MANAGEMENT_ID,
        name="management",
        email="management@example.com",
        parent=addresses.ROOT,
    )
    members = [
        Account(
            address=addresses.account(id_of(number)),
            id=id_of(number),
            name=key_of(number),
            email=f"{key_of(number)}@example.com",
            parent=draft.address(each.parent),
            state=each.state,  # type: ignore[arg-type]
            tags=draft.tags.get(number, {}),
        )
        for number, each in draft.members.items()
    ]
    types = [PolicyType(address=addresses.policy_type(each), type=each) for each in draft.types()]
    resources = [management, *members, *types, *_rest(draft, key=False)]
    resources.append(_attachment(FULL_ACCESS, management.address))
    return StateFile(organization=Organization(management_account_id=MANAGEMENT_ID, feature_set="all")).with_resources(
        resources
    )


def desired(draft: Draft, earlier: Draft) -> Inventory:
    """The draft as a spec wants it, with the names and places that things had earlier."""
    members = [
        Account(
            address=addresses.account(key_of(number)),
            email=f"{key_of(number)}@example.com",
            parent=draft.address(each.parent),
            state="closed" if each.state == "closed" else "active",
            tags=draft.tags.get(number),
            create_name=key_of(number),
            create_email=f"{key_of(number)}@example.com",
        )
        for number, each in draft.members.items()
    ]
    types = [PolicyType(address=addresses.policy_type(each), type=each) for each in {*draft.types(), *earlier.types()}]
    found = Inventory().with_resources([*members, *types, *_rest(draft, key=True)])
    renamed = {
        draft.address(number): (earlier.address(number),)
        for number, unit in draft.units.items()
        if number in earlier.units and earlier.units[number] != unit
    }
    names = {
        addresses.policy(each.name): (earlier.policies[number].name,)
        for number, each in draft.policies.items()
        if number in earlier.policies and earlier.policies[number].name != each.name
    }
    return found.with_resources(
        each.model_copy(update={"previously": (renamed | names).get(each.address, ())})
        if isinstance(each, OrganizationalUnit | Policy)
        else each
        for each in found.resources
    )


def _rest(draft: Draft, *, key: bool) -> Iterator[Resource]:
    """All but the accounts; attachments name accounts by key, or by id."""
    yield Root(address=addresses.ROOT, tags=draft.tags.get(ROOT, {} if not key else None))
    yield Policy(address=FULL_ACCESS, id="p-FullAWSAccess", type="scp", name="FullAWSAccess", aws_managed=True)
    for number, unit in draft.units.items():
        yield OrganizationalUnit(
            address=draft.address(number),
            name=unit.name,
            parent=draft.address(unit.parent),
            tags=draft.tags.get(number, {} if not key else None),
        )
    for each in draft.policies.values():
        yield Policy(address=addresses.policy(each.name), type=each.type, name=each.name, content=each.document())
    for node in draft.nodes():
        if node not in draft.bare:
            yield _attachment(FULL_ACCESS, draft.address(node, key))
    for policy, node in sorted(draft.attached):
        yield _attachment(addresses.policy(draft.policies[policy].name), draft.address(node, key))


def _attachment(policy: str, target: str) -> Attachment:
    return Attachment(address=addresses.attachment(policy, target), policy=policy, target=target)
