"""The tree: nodes with their policies, tags, accounts and organizational units."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from reconciler.kinds import sections_of
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Root
from reconciler.spec.declared import FULL_ACCESS
from reconciler.spec.rules.accounts import is_email
from reconciler.spec.tree import Path
from reconciler.spec.write.catalogue import attached_keys
from reconciler.spec.write.defaults import AccountDefaults, common_email, in_common
from reconciler.spec.write.keys import Keys
from reconciler.spec.write.sections import Sections, of_accounts

_STATES = {
    "pending_closure": "it is being closed",
    "closed": "it is gone for good 90 days after it was closed",
}
_FULL_ACCESS = addresses.policy(FULL_ACCESS)


@dataclass
class TreeWriter:
    """Writes the nodes of a live organization. `comments` gets what a reader has to know, by path."""

    live: Inventory
    accounts: Keys
    policies: Keys
    comments: dict[Path, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._attached = attached_keys(self.live, self.policies)
        self._units: dict[Address, list[OrganizationalUnit]] = _by_parent(self.live.of(OrganizationalUnit))
        self._members: dict[Address, list[Account]] = _by_parent(
            each for each in self.live.of(Account) if each.state != "suspended"
        )
        suspended = (each for each in self.live.of(Account) if each.state == "suspended")
        self._suspended: dict[Address, list[Account]] = _by_parent(suspended)
        self._sections = of_accounts(self.live, self.accounts, self.accounts.keys())
        full = [each for each in self.live.of(Policy) if each.address == _FULL_ACCESS]
        nodes = {each.target for each in self.live.of(Attachment) if each.policy == _FULL_ACCESS}
        self._full_access = nodes if full and self.live.scope.has("scp") else None
        self.defaults = self._defaults()

    def _defaults(self) -> AccountDefaults:
        """Those of open accounts; what belongs to single accounts counts only where it is known of all of them."""
        accounts = [*self.live.of(Account)]
        opened = [each for each in accounts if not each.is_closed]
        keys = [section.key for _, section in sections_of("account") if section.defaults]
        sections: dict[str, Mapping[str, Json]] = {}
        for key in keys:
            values = [self._sections[each.address].get(key) or {} for each in opened]
            mappings = [each for each in values if isinstance(each, dict)]
            if len(mappings) == len(values) and (same := in_common(mappings)):
                sections[key] = same
        tags = in_common([{**(each.tags or {})} for each in opened]) if self.live.scope.tags else {}
        return AccountDefaults(
            common_email(accounts, self.accounts), {key: str(value) for key, value in tags.items()}, sections
        )

    def root(self) -> dict[str, Json]:
        """The section `root`."""
        return self._node(next(self.live.of(Root)), ("root",))

    def _node(self, node: Root | OrganizationalUnit, path: Path) -> dict[str, Json]:
        found = self._common(node)
        for each in self._suspended[node.address]:
            self._comment(path, f"suspended by AWS, so not declared: {each.name} ({each.id})")
        if node.tags:
            found["tags"] = _sorted(node.tags)
        members = sorted(self._members[node.address], key=lambda each: self.accounts[each.address])
        if members:
            found["accounts"] = {
                self.accounts[each.address]: self._account(each, (*path, "accounts", self.accounts[each.address]))
                for each in members
            }
        if units := sorted(self._units[node.address], key=lambda each: each.name):
            within = (*path, "organizational_units")
            found["organizational_units"] = {each.name: self._node(each, (*within, each.name)) for each in units}
        return found

    def _common(self, node: Root | OrganizationalUnit | Account) -> dict[str, Json]:
        """What any node may have of policies."""
        found: dict[str, Json] = {}
        if keys := self._attached.get(node.address):
            found["policies"] = [*keys]
        if self._full_access is not None and node.address not in self._full_access:
            found["full_aws_access"] = False
        return found

    def _account(self, account: Account, path: Path) -> dict[str, Json]:
        key = self.accounts[account.address]
        found: dict[str, Json] = {"id": account.id}
        if account.name and account.name != key:
            if account.name.strip():
                found["name"] = account.name
            else:
                self._comment(path, "its live name is only blanks, which a spec cannot have")
        if account.email and account.email != self.defaults.email_of(key):
            if is_email(account.email):
                found["email"] = account.email
            else:
                self._comment(path, f"its live e-mail is {account.email}, which a spec cannot have")
        if account.is_closed:
            self._comment(path, f"{account.state.replace('_', ' ')}: {_STATES[account.state]}")
            return {**found, "state": "closed"}
        if account.state == "pending_activation":
            self._comment(path, "it is still being activated")
        own = {key: value for key, value in (account.tags or {}).items() if self.defaults.tags.get(key) != value}
        if own:
            found["tags"] = _sorted(own)
        return {**found, **self._common(account), **self._own_sections(account.address)}

    def _own_sections(self, account: Address) -> Sections:
        """The sections of an account without what all accounts have."""
        found: Sections = {}
        for key, value in self._sections[account].items():
            default = self.defaults.sections.get(key, {})
            own = (
                {name: each for name, each in value.items() if name not in default}
                if isinstance(value, dict)
                else value
            )
            if own:
                found[key] = own
        return found

    def _comment(self, path: Path, text: str) -> None:
        self.comments.setdefault(path, []).append(re.sub(r"\s+", " ", text))


N = TypeVar("N", OrganizationalUnit, Account)


def _by_parent(nodes: Iterable[N]) -> dict[Address, list[N]]:
    found: dict[Address, list[N]] = defaultdict(list)
    for each in nodes:
        found[each.parent].append(each)
    return found


def _sorted(tags: Mapping[str, str]) -> dict[str, Json]:
    return {key: tags[key] for key in sorted(tags)}
