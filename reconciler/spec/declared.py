"""What a spec declares as flat lists with addresses: the nodes of the tree, the accounts, the policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from reconciler.kinds.feature_set import FeatureSetKind
from reconciler.model import address
from reconciler.model.address import Address
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.spec.schema import AccountShape, NodeShape, PolicyShape, Spec, UnitShape
from reconciler.spec.tree import Path

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

    @property
    def earlier_addresses(self) -> tuple[Address, ...]:
        """The addresses in `previously`: a bare name is in the same parent, a path begins at the root."""
        found = []
        for entry in self.shape.previously or ():
            steps = address.split_path(entry)
            if len(steps) == 1 and not entry.startswith("/") and self.parent != address.ROOT:
                found.append(f"{self.parent}/{steps[0]}")
            elif steps:
                found.append(address.ou("/".join(steps)))
        return tuple(found)


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
    """Something that policies are attached to. `label` names it in a sentence."""

    address: Address
    label: str
    policies: tuple[str, ...]
    full_aws_access: bool
    active: bool
    at: Path


@dataclass(slots=True)
class Declared:
    """Everything that a spec declares. `accounts` has duplicates where a key is declared twice."""

    spec: Spec
    units: list[Unit] = field(default_factory=list)
    accounts: list[DeclaredAccount] = field(default_factory=list)
    policies: dict[str, DeclaredPolicy] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Walks the tree of a spec."""
        declared = cls(spec)
        for key, policy in spec.policies.items():
            declared.policies[key] = DeclaredPolicy(address.policy(key), key, policy, ("policies", key))
        declared._add(spec.root, address.ROOT, ("root",), 0)
        return declared

    def _add(self, node: NodeShape, parent: Address, at: Path, depth: int) -> None:
        """Adds everything in a node, which is written at `at`."""
        for key, account in node.accounts.items():
            path = (*at, "accounts", key)
            self.accounts.append(DeclaredAccount(address.account(key), key, parent, account, path))
        for name, shape in node.organizational_units.items():
            unit = Unit(
                address.child(parent, name), name, parent, depth + 1, shape, (*at, "organizational_units", name)
            )
            self.units.append(unit)
            self._add(shape, unit.address, unit.at, unit.depth)

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
            label, active = f"the account `{account.key}`", account.shape.state == "active"
            yield _target(account.address, label, account.shape, account.at, active=active)

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


def _target(where: Address, label: str, shape: NodeShape | AccountShape, at: Path, *, active: bool = True) -> Target:
    return Target(where, label, tuple(shape.policies or ()), shape.full_aws_access is not False, active, at)
