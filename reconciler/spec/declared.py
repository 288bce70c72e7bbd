"""What a spec declares as flat lists with addresses: the nodes of the tree, the accounts, the policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from reconciler.kinds.feature_set import FeatureSetKind
from reconciler.model import address
from reconciler.model.address import Address
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.spec.places import Path
from reconciler.spec.schema import AccountShape, NodeShape, PolicyShape, Spec, UnitShape

FULL_ACCESS = "FullAWSAccess"


@dataclass(frozen=True, slots=True)
class Unit:
    """An organizational unit; `at` is where it is written."""

    address: Address
    name: str
    parent: Address
    depth: int
    shape: UnitShape
    at: Path


@dataclass(frozen=True, slots=True)
class DeclaredAccount:
    """An account. `default_email` is what `defaults.accounts.email` gives it, where it has neither e-mail nor id."""

    address: Address
    key: str
    parent: Address
    shape: AccountShape
    at: Path
    default_email: str | None = None

    @property
    def email(self) -> str | None:
        return self.shape.email if self.shape.email is not None else self.default_email

    @property
    def create_name(self) -> str:
        return self.shape.name or self.key


@dataclass(frozen=True, slots=True)
class DeclaredPolicy:
    """A policy of the catalogue."""

    address: Address
    key: str
    shape: PolicyShape
    at: Path

    @property
    def name(self) -> str:
        return self.shape.name or self.key


@dataclass(frozen=True, slots=True)
class Target:
    """Something that policies are attached to. `words` name it in a sentence."""

    address: Address
    words: str
    policies: tuple[str, ...]
    full_aws_access: bool
    active: bool
    at: Path


@dataclass(slots=True)
class Declared:
    """Everything that a spec declares. `accounts` has doubles where a key is declared twice."""

    spec: Spec
    units: list[Unit] = field(default_factory=list)
    accounts: list[DeclaredAccount] = field(default_factory=list)
    policies: dict[str, DeclaredPolicy] = field(default_factory=dict)

    @property
    def feature_set(self) -> Literal["all", "consolidated_billing"] | None:
        """The declared feature set, `None` where it is unmanaged."""
        found: Literal["all", "consolidated_billing"] | None = getattr(
            self.spec.organization, FeatureSetKind.section.key
        )
        return found

    def targets(self) -> Iterator[Target]:
        """The root, every organizational unit and every account."""
        yield _target(address.ROOT, "the root", self.spec.root, ("root",))
        for unit in self.units:
            yield _target(unit.address, f"the OU `{address.local(unit.address)}`", unit.shape, unit.at)
        for account in self.accounts:
            words = f"the account `{account.key}`"
            yield _target(account.address, words, account.shape, account.at, active=account.shape.state == "active")

    def managed_types(self) -> tuple[str, ...]:
        """Short names of the policy types that are managed, in the order of the table."""
        chosen = self.spec.organization.policy_types
        if chosen is None:
            used = {policy.shape.type for policy in self.policies.values()}
        elif isinstance(chosen, Mapping):
            used = {short for short, state in chosen.items() if state == "enabled"}
        else:
            used = set(chosen)
        return tuple(row.short for row in POLICY_TYPES if row.short in used)

    def disabled_types(self) -> tuple[str, ...]:
        chosen = self.spec.organization.policy_types
        if not isinstance(chosen, Mapping):
            return ()
        return tuple(row.short for row in POLICY_TYPES if chosen.get(row.short) == "disabled")

    def implied(self, target: Target) -> list[str]:
        """Names of the policies that the service has on every node and which stay on this one."""
        kept = [row for row in map(BY_SHORT.__getitem__, self.managed_types()) if row.default]
        return [row.default or "" for row in kept if target.full_aws_access or not row.default_detachable]


def _target(where: Address, words: str, shape: NodeShape | AccountShape, at: Path, *, active: bool = True) -> Target:
    return Target(where, words, tuple(shape.policies or ()), shape.full_aws_access is not False, active, at)


def declared(spec: Spec) -> Declared:
    """Walks the tree of a spec."""
    found = Declared(spec)
    for key, policy in spec.policies.items():
        found.policies[key] = DeclaredPolicy(address.policy(key), key, policy, ("policies", key))
    _walk(spec.root, address.ROOT, ("root",), 0, found)
    return found


def _walk(node: NodeShape, where: Address, at: Path, depth: int, found: Declared) -> None:
    for key, account in node.accounts.items():
        found.accounts.append(DeclaredAccount(address.account(key), key, where, account, (*at, "accounts", key)))
    for name, unit in node.organizational_units.items():
        inner = address.child(where, name)
        path = (*at, "organizational_units", name)
        found.units.append(Unit(inner, name, where, depth + 1, unit, path))
        _walk(unit, inner, path, depth + 1, found)
