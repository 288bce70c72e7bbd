"""Random organizations, and random edits of them, as a person would make them in a spec.

A `Draft` names everything by numbers that stay when names and places change, so that an edit can be told as a rename
(`previously`), and what the service should have done is known without asking the planner.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from reconciler.mock.statefile import StateFile
from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from tests.building import MANAGEMENT_ID

ROOT = 0
DEEPEST = 5
FULL = 10
ATOMS = ("s3:a", "s3:b", "ec2:a", "ec2:b", "iam:a", "iam:b", "kms:a")
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
    tags: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        if not self.denies:
            statement: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        else:
            statement = {"Effect": "Deny", "Action": list(self.denies), "Resource": "*"}
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

    def room(self, node: int) -> int:
        return FULL - len(self.on(node)) - (node not in self.bare)

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
    resources = [management, *members, *_rest(draft, key=False)]
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
    found = Inventory().with_resources([*members, *_rest(draft, key=True)])
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
    yield PolicyType(address=addresses.policy_type("scp"), type="scp")
    yield Policy(address=FULL_ACCESS, id="p-FullAWSAccess", type="scp", name="FullAWSAccess", aws_managed=True)
    for number, unit in draft.units.items():
        yield OrganizationalUnit(
            address=draft.address(number),
            name=unit.name,
            parent=draft.address(unit.parent),
            tags=draft.tags.get(number, {} if not key else None),
        )
    for each in draft.policies.values():
        yield Policy(
            address=addresses.policy(each.name), type="scp", name=each.name, content=each.document(), tags=each.tags
        )
    for node in draft.nodes():
        if node not in draft.bare:
            yield _attachment(FULL_ACCESS, draft.address(node, key))
    for policy, node in sorted(draft.attached):
        yield _attachment(addresses.policy(draft.policies[policy].name), draft.address(node, key))


def _attachment(policy: str, target: str) -> Attachment:
    return Attachment(address=addresses.attachment(policy, target), policy=policy, target=target)


# ---- drawing ----

_denies = st.lists(st.sampled_from(ATOMS), min_size=1, max_size=3, unique=True).map(lambda found: tuple(sorted(found)))
_letters = st.sampled_from("ABCDEF")


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A small organization: a few levels of OUs, accounts in every state, policies of which one allows everything, and
    at times a node that is full."""
    draft = Draft()
    for _ in range(draw(st.integers(1, 6))):
        add_unit(draw, draft)
    for _ in range(draw(st.integers(1, 5))):
        add_member(draw, draft)
    draft.policies[draft.number()] = Guardrail("allow", ())
    for _ in range(draw(st.integers(1, 5))):
        add_policy(draw, draft)
    for _ in range(draw(st.integers(2, 12))):
        attach(draw, draft)
    if draw(st.booleans()):
        fill(draw, draft)
    if draw(st.booleans()):
        change_allow_list(draw, draft)
    for member in draft.members.values():
        member.state = draw(st.sampled_from(["active", "active", "active", "suspended", "closed"]))
    return draft


@st.composite
def edited(draw: st.DrawFn, before: Draft) -> Draft:
    """The organization after some edits."""
    draft = before.copy()
    for edit in draw(st.lists(st.sampled_from(EDITS), min_size=2, max_size=14)):
        edit(draw, draft)
    return draft


def add_unit(draw: st.DrawFn, draft: Draft) -> None:
    parent = draw(st.sampled_from(draft.places()))
    name = draw(_letters)
    if len(draft.chain(parent)) < DEEPEST and draft.free_name(parent, name):
        draft.units[draft.number()] = Unit(name, parent)


def add_member(draw: st.DrawFn, draft: Draft) -> None:
    draft.members[draft.number()] = Member(draw(st.sampled_from(draft.places())))


def add_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draft.number()
    draft.policies[number] = Guardrail(f"p{number}", draw(_denies))


def attach(draw: st.DrawFn, draft: Draft) -> None:
    node, policy = draw(st.sampled_from(draft.nodes())), draw(st.sampled_from(sorted(draft.policies)))
    if draft.room(node):
        draft.attached.add((policy, node))


def fill(draw: st.DrawFn, draft: Draft) -> None:
    """As many policies on a node as there may be, each with something that it denies."""
    node = draw(st.sampled_from(draft.nodes()))
    while draft.room(node):
        number = draft.number()
        draft.policies[number] = Guardrail(f"p{number}", draw(_denies))
        draft.attached.add((number, node))


def detach(draw: st.DrawFn, draft: Draft) -> None:
    if draft.attached:
        gone = draw(st.sampled_from(sorted(draft.attached)))
        draft.attached.discard(gone)
        if not draft.allowed(gone[1]):
            draft.attached.add(gone)


def swap(draw: st.DrawFn, draft: Draft) -> None:
    """One policy of a node, the fullest there is, is replaced by another one."""
    node = max(draft.nodes(), key=lambda each: len(draft.on(each)))
    here, others = draft.on(node), sorted(draft.policies.keys() - set(draft.on(node)))
    if here and others:
        gone, comes = draw(st.sampled_from(here)), draw(st.sampled_from(others))
        if draft.policies[gone].denies:
            draft.attached.symmetric_difference_update({(gone, node), (comes, node)})


def rewrite(draw: st.DrawFn, draft: Draft) -> None:
    """A policy gives way, on a node of it, to a new one that denies the same and perhaps more."""
    held = sorted(each for each in draft.attached if draft.policies[each[0]].denies)
    if held:
        policy, node = draw(st.sampled_from(held))
        number = draft.number()
        denies = {*draft.policies[policy].denies, *(draw(_denies) if draw(st.booleans()) else ())}
        draft.policies[number] = Guardrail(f"p{number}", tuple(sorted(denies)))
        draft.attached.symmetric_difference_update({(policy, node), (number, node)})


def hoist(draw: st.DrawFn, draft: Draft) -> None:
    """A policy goes from a node to the one above, or the other way to all that is right below."""
    held = sorted(each for each in draft.attached if draft.policies[each[0]].denies)
    if not held:
        return
    policy, node = draw(st.sampled_from(held))
    if node != ROOT and draw(st.booleans()):
        goals = [(draft.units | draft.members)[node].parent]
    else:
        goals = [number for number, each in (draft.units | draft.members).items() if each.parent == node]
    if goals and all(draft.room(each) or (policy, each) in draft.attached for each in goals):
        draft.attached.discard((policy, node))
        draft.attached.update((policy, each) for each in goals)


def trade(draw: st.DrawFn, draft: Draft) -> None:
    """Two policies exchange what they deny."""
    numbers = sorted(number for number, each in draft.policies.items() if each.denies)
    if len(numbers) > 1:
        one, other = draw(st.permutations(numbers))[:2]
        first, second = draft.policies[one], draft.policies[other]
        first.denies, second.denies = second.denies, first.denies


def change_allow_list(draw: st.DrawFn, draft: Draft) -> None:
    """A node gets its own allow list in the place of FullAWSAccess, or goes back."""
    node = draw(st.sampled_from(draft.nodes()))
    allow = next((number for number, each in draft.policies.items() if not each.denies), None)
    if node in draft.bare:
        if len(draft.on(node)) < FULL:
            draft.bare.discard(node)
    elif allow is not None and (allow in draft.on(node) or draft.room(node) >= 0):
        draft.bare.add(node)
        draft.attached.add((allow, node))


def rename_unit(draw: st.DrawFn, draft: Draft) -> None:
    if draft.units:
        number, name = draw(st.sampled_from(sorted(draft.units))), draw(_letters)
        if draft.free_name(draft.units[number].parent, name, number):
            draft.units[number].name = name


def move_unit(draw: st.DrawFn, draft: Draft) -> None:
    if draft.units:
        number = draw(st.sampled_from(sorted(draft.units)))
        parent = draw(st.sampled_from(sorted(set(draft.places()) - set(draft.below(number)))))
        unit = draft.units[number]
        fits = len(draft.chain(parent)) + draft.height(number) <= DEEPEST
        if fits and draft.free_name(parent, unit.name, number):
            unit.parent = parent


def move_member(draw: st.DrawFn, draft: Draft) -> None:
    if draft.members:
        member = draft.members[draw(st.sampled_from(sorted(draft.members)))]
        member.parent = draw(st.sampled_from(draft.places()))


def close_member(draw: st.DrawFn, draft: Draft) -> None:
    if draft.members:
        draft.members[draw(st.sampled_from(sorted(draft.members)))].state = "closed"


def rename_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draw(st.sampled_from(sorted(draft.policies)))
    draft.policies[number].name = f"p{number}-{draw(st.sampled_from('xyz'))}"


def change_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draw(st.sampled_from(sorted(draft.policies)))
    if draft.policies[number].denies:
        draft.policies[number].denies = draw(_denies)


def retag(draw: st.DrawFn, draft: Draft) -> None:
    node = draw(st.sampled_from(draft.nodes()))
    draft.tags[node] = draw(st.dictionaries(st.sampled_from("kl"), st.sampled_from("12"), max_size=2))


def forget_member(draw: st.DrawFn, draft: Draft) -> None:
    """An account, a unit with all in it, or a policy, is no longer declared."""
    if draft.members:
        _forget(draft, draw(st.sampled_from(sorted(draft.members))))


def forget_unit(draw: st.DrawFn, draft: Draft) -> None:
    if draft.units:
        gone = draft.below(draw(st.sampled_from(sorted(draft.units))))
        for number in [each for each, member in draft.members.items() if member.parent in gone]:
            _forget(draft, number)
        for number in gone:
            _forget(draft, number)


def forget_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draw(st.sampled_from(sorted(draft.policies)))
    if draft.policies[number].denies:
        del draft.policies[number]
        draft.attached = {each for each in draft.attached if each[0] != number}


def _forget(draft: Draft, node: int) -> None:
    draft.units.pop(node, None)
    draft.members.pop(node, None)
    draft.attached = {each for each in draft.attached if each[1] != node}
    draft.bare.discard(node)
    draft.tags.pop(node, None)


EDITS = (
    add_unit, add_member, add_policy, attach, detach, swap, rewrite, hoist, trade, change_allow_list, rename_unit,
    move_unit, move_unit, move_member, move_member, close_member, rename_policy, change_policy, retag, forget_member,
    forget_unit, forget_policy,
)  # fmt: skip
