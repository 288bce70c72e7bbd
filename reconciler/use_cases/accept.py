"""Edits that make a spec declare what is live, for the differences that a plan has found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from reconciler.kinds import BY_KIND, sections_of
from reconciler.kinds.account_setting import OfAccount
from reconciler.kinds.invitation import Invitation
from reconciler.kinds.scalars import plain_value
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import same_meaning
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, OrganizationalUnit, Policy, Resource
from reconciler.spec.declared import FULL_ACCESS, Declared
from reconciler.spec.edit.editor import SpecEditor
from reconciler.spec.settings import Settings
from reconciler.spec.tree import Path
from reconciler.spec.write.catalogue import policy as written_policy
from reconciler.spec.write.defaults import AccountDefaults
from reconciler.spec.write.keys import account_keys, file_names, policy_keys
from reconciler.use_cases.accept_access import AccessAcceptance
from reconciler.use_cases.accept_document import DocumentEditor
from reconciler.use_cases.accept_tags import accept_tags

_A_THING = 3
"""Steps of the path to a thing in a section that is a mapping of them (`billing`, `budgets`, its name)."""


@dataclass
class Acceptance:
    """One round: what `accepts` by its address is written into the spec. `live` has the plan's names."""

    declared: Declared
    settings: Settings
    plan: Plan
    desired: Inventory
    live: Inventory
    editor: SpecEditor
    documents: DocumentEditor
    accepts: Callable[[Address], bool]
    done: set[Address] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.changes = [each for each in self.plan.changes if not each.temporary and self.accepts(each.address)]
        self.state: dict[Address, Resource] = self.live.by_address()
        self.extra = [self.state[each.address] for each in self.plan.unmanaged if self.accepts(each.address)]
        self.paths: dict[Address, Path] = {addresses.ROOT: ("root",)}
        self.paths |= {each.address: each.at for each in self.declared.units}
        self.paths |= {each.address: each.at for each in self.declared.accounts}
        self.paths |= {each.address: each.at for each in self.declared.policies.values()}

    def run(self) -> bool:
        """Edits the files; true where something was edited. What is renamed is written alone: all below it has other
        addresses then."""
        before = (dict(self.editor.files), dict(self.documents.written))
        if not self._renames():
            for step in (self._add_units, self._things, self._moves, self._removals, self._add_others, self._sections):
                step()
            AccessAcceptance(self.declared, self.live, self.changes, self.extra, self._keys(), self.editor).run()
        return before != (self.editor.files, self.documents.written)

    def _of(self, kind: type[Resource]) -> Iterator[Change]:
        return (each for each in self.changes if isinstance(each.resource, kind))

    def _path_of(self, node: Address) -> Path | None:
        """Where a live node is, or has to be, in the spec."""
        if node in self.paths:
            return self.paths[node]
        unit = self.state.get(node)
        above = self._path_of(unit.parent) if isinstance(unit, OrganizationalUnit) else None
        return (*above, "organizational_units", unit.name) if above and isinstance(unit, OrganizationalUnit) else None

    def _renames(self) -> bool:
        """OUs and policies with another live name: known by `previously`, or by what is in them."""
        found = [*self._renamed()]
        for path, name in sorted(found, key=lambda each: -len(each[0])):
            self.editor.remove((*path, "previously"))
            if path[0] != "policies":
                self.editor.rename(path, name)
            elif name == path[1]:
                self.editor.remove((*path, "name"))
            else:
                self.editor.set((*path, "name"), name)
        return bool(found)

    def _renamed(self) -> Iterator[tuple[Path, str]]:
        taken: set[Address] = set()
        for change in self.changes:
            before, after = change.before, change.after
            if isinstance(before, OrganizationalUnit | Policy) and change.action == "rename":
                yield self.paths[change.address], before.name
            elif isinstance(after, OrganizationalUnit | Policy) and change.action == "create":
                other = next(
                    (each for each in self.extra if each.address not in taken and self._is_same(after, each)), None
                )
                if isinstance(other, OrganizationalUnit | Policy):
                    taken.add(other.address)
                    yield self.paths[change.address], other.name

    def _is_same(self, wanted: Resource, other: Resource) -> bool:
        """Whether a live thing that is not declared is, with another name, the declared one that is not live."""
        if isinstance(wanted, Policy) and isinstance(other, Policy):
            language = BY_SHORT[wanted.type].language
            return wanted.type == other.type and same_meaning(wanted.content, other.content, language)
        if isinstance(wanted, OrganizationalUnit) and isinstance(other, OrganizationalUnit):
            within = {each.address for each in self.desired.of(Account) if each.parent == wanted.address}
            found = {each.address for each in self.live.of(Account) if each.parent == other.address}
            return wanted.parent == other.parent and 0 < len(within) <= 2 * len(within & found)
        return False

    def _add_units(self) -> None:
        units = [each for each in self.extra if isinstance(each, OrganizationalUnit)]
        for each in sorted(units, key=lambda unit: addresses.depth(unit.address)):
            path = self._path_of(each.address)
            if path is not None:
                tags: dict[str, Json] = {**self._tags(each)}
                self.editor.set(path, {"tags": tags} if tags else {})

    def _tags(self, resource: Resource) -> dict[str, str]:
        tags: dict[str, str] = getattr(resource, "tags", None) or {}
        return {key: tags[key] for key in sorted(tags) if not self._is_ignored_tag(key)}

    def _is_ignored_tag(self, key: str) -> bool:
        return any(matches(pattern, key, paths=False) for pattern in self.settings.ignore.tags)

    def _things(self) -> None:
        """Fields of things that both sides have, attachments, policy types, settings of accounts."""
        for change in self.changes:
            resource = change.resource
            path = self.paths.get(change.address)
            if "tags" in change.fields and path is not None and change.before is not None:
                accept_tags(self.editor, self.declared, path, self._tags(change.before))
            if isinstance(resource, OfAccount):
                self._accept_setting(change, resource)
            elif change.kind == "attachment":
                self._accept_attachment(change)
            elif change.kind == "policy_type":
                self._accept_type(change)
            elif isinstance(change.before, Policy) and change.after is not None:
                self._accept_policy(change, change.before)
            elif isinstance(change.before, Account) and path is not None:
                self._accept_account(change, change.before, path)
        for each in self.extra:
            if each.kind == "attachment":
                self._attach(each)
        self._accept_warnings()

    def _accept_account(self, change: Change, before: Account, path: Path) -> None:
        if "name" in change.fields and before.name:
            self.editor.set((*path, "name"), before.name)
        if change.action in ("close", "remove"):
            self.editor.remove((*path, "state"))

    def _accept_warnings(self) -> None:
        """What the plan cannot change but a spec can: closed accounts, e-mails, accounts that are not there."""
        for warning in self.plan.warnings:
            path = self.paths.get(warning.address or "")
            found = self.state.get(warning.address or "")
            if path is None or not self.accepts(warning.address or ""):
                continue
            if warning.code == "W502":
                self.editor.set((*path, "state"), "closed")
            elif warning.code == "W503" and isinstance(found, Account):
                self.editor.set((*path, "email"), found.email)
            elif warning.code == "W504":
                self.editor.remove(path, with_empty=True)
                self.done.add(warning.address or "")

    def _accept_policy(self, change: Change, before: Policy) -> None:
        path = self.paths[change.address]
        if "description" in change.fields:
            if before.description:
                self.editor.set((*path, "description"), before.description)
            else:
                self.editor.remove((*path, "description"))
        if "content" in change.fields:
            self.documents.accept(self.declared.policies[addresses.local(change.address)], before.content)

    def _accept_attachment(self, change: Change) -> None:
        resource = change.resource
        policy, target = resource.references()
        path = self.paths.get(target)
        if path is None:
            return
        if addresses.local(policy) == FULL_ACCESS:
            if change.after is not None:
                self.editor.set((*path, "full_aws_access"), value=False)
            else:
                self.editor.remove((*path, "full_aws_access"))
        elif change.after is None:
            self._attach(resource)
        else:
            self._detach(path, addresses.local(policy))

    def _attach(self, attachment: Resource) -> None:
        policy, target = attachment.references()
        path = self.paths.get(target)
        if path is not None and addresses.local(policy) in self.declared.policies:
            self.editor.add_item((*path, "policies"), addresses.local(policy))

    def _detach(self, path: Path, key: str) -> None:
        left = [each for each in self._declared_policies(path) if each != key]
        self.editor.remove_item((*path, "policies"), key)
        if not left:
            self.editor.remove((*path, "policies"))

    def _declared_policies(self, path: Path) -> tuple[str, ...]:
        return next((each.policies for each in self.declared.targets() if each.at == path), ())

    def _accept_type(self, change: Change) -> None:
        chosen, short = self.declared.spec.organization.policy_types, addresses.local(change.address)
        path = ("organization", "policy_types")
        if isinstance(chosen, dict):
            self.editor.set((*path, short), "enabled" if change.after is None else "disabled")
        elif chosen is not None and change.after is not None:
            self.editor.remove_item(path, short)

    def _accept_setting(self, change: Change, setting: OfAccount) -> None:
        kind = BY_KIND[change.kind]
        path = self.paths.get(setting.account)
        if kind.section is None or path is None:
            return
        steps = (setting.setting,) if setting.setting else ()
        at = (*path, kind.section.key, *steps)
        live, declared = (self._written(each, steps) for each in (change.before, change.after))
        default = getattr(self.declared.spec.defaults.accounts, kind.section.key, None) or {}
        if live is not None:
            self.editor.set_differences(at, declared, live)
        elif setting.setting in default:
            self.editor.set(at, "none")
        else:
            self.editor.remove(at, with_empty=bool(steps))

    def _written(self, setting: Resource | None, steps: tuple[str, ...]) -> Json:
        """What the section of an account has for one thing of it."""
        value: Json = BY_KIND[setting.kind].written([setting], self._keys()) if setting is not None else None
        return value.get(steps[0]) if steps and isinstance(value, dict) else value

    def _moves(self) -> None:
        """Accounts that are elsewhere; a plan does not move closed ones, but warns."""
        moved = [each.address for each in self._of(Account) if each.action == "move"]
        closed = [each.address or "" for each in self.plan.warnings if each.code == "I501"]
        for address in (*moved, *filter(self.accepts, closed)):
            account, path = self.state.get(address), self.paths[address]
            parent = self._path_of(account.parent) if isinstance(account, Account) else None
            if parent is not None:
                self.paths[address] = (*parent, "accounts", path[-1])
                self.editor.move(path, self.paths[address])

    def _removals(self) -> None:
        """What is declared and not live: accounts first, then OUs from below, then policies."""
        gone = {each.address for each in self.changes if each.action == "create"}
        gone |= {each.resource.account for each in self.changes if isinstance(each.resource, Invitation)}
        for each in sorted(gone & self.paths.keys(), key=lambda address: (-addresses.depth(address), address)):
            if each.startswith("policy:"):
                for target in self.declared.targets():
                    if addresses.local(each) in target.policies:
                        self._detach(target.at, addresses.local(each))
            self.editor.remove(self.paths[each], with_empty=True)
            self.done.add(each)

    def _add_others(self) -> None:
        """Accounts and policies that are live and not declared."""
        accounts = [each for each in self.extra if isinstance(each, Account)]
        keys = account_keys(accounts, {each.address: each.key for each in self.declared.accounts})
        defaults = self.declared.spec.defaults.accounts
        pattern = AccountDefaults(email=defaults.email)
        for each in accounts:
            parent, key = self._path_of(each.parent), keys[each.address]
            if parent is None or each.state == "suspended":
                continue
            tags = {name: value for name, value in self._tags(each).items() if (defaults.tags or {}).get(name) != value}
            value: dict[str, Json] = {
                "id": each.id,
                "name": each.name if each.name != key else None,
                "email": each.email if each.email != pattern.email_of(key) else None,
                "tags": {**tags} or None,
                "state": "closed" if each.is_closed else None,
            }
            path = (*parent, "accounts", key)
            self.editor.set(path, {name: given for name, given in value.items() if given is not None})
        policies = [each for each in self.extra if isinstance(each, Policy)]
        names = policy_keys(policies, {each.address: each.key for each in self.declared.policies.values()})
        files = file_names(policies, names, self.documents.names())
        for policy in policies:
            self.documents.add(files[policy.address], policy.content)
            value_of = written_policy(policy, names[policy.address], files[policy.address])
            self.editor.set(("policies", names[policy.address]), value_of)

    def _keys(self) -> dict[Address, str]:
        """The keys of the declared accounts, by their addresses, and by those that they would have without the spec."""
        keys = {each.address: each.key for each in self.declared.accounts if each.address not in self.done}
        open_accounts = (each for each in self.live.of(Account) if not each.is_closed)
        by_id = {addresses.account(str(each.id)): keys[each.address] for each in open_accounts if each.address in keys}
        return by_id | keys

    def _sections(self) -> None:
        """The sections with a difference, and those of the organization that may name an account which is gone."""
        touched = {each.kind for each in self.changes} | {each.kind for each in self.extra}
        for kind, section in sections_of("billing"):
            old = getattr(self.declared.spec.billing, section.key)
            if old is not None and kind.resource.kind in touched:
                sides = ([*self.desired.of(kind.resource)], self._accepted(kind.resource))
                base, new = (kind.written(each, self._keys()) for each in sides)
                self._write(("billing", section.key), plain_value(old), base, new)
        for kind, section in sections_of("organization"):
            old = getattr(self.declared.spec.organization, section.key)
            if old is None or not (kind.resource.kind in touched or self.done):
                continue
            accepted = self._accepted(kind.resource)
            main = section is kind.section
            new = kind.written(accepted, self._keys()) if main else kind.written_further(section.key, accepted)
            if isinstance(old, dict) and isinstance(new, dict):
                new = {key: new.get(key, []) for key in old}
            if new is None:
                self.editor.remove(("organization", section.key), with_empty=True)
                continue
            self.editor.set_differences(("organization", section.key), old, new)

    def _write(self, path: Path, text: Json, base: Json, new: Json) -> None:
        """Writes what differs between `base`, which `text` declares in the words of its author, and `new`. A field of a
        thing that is not written is not managed, and stays so."""
        if base == new:
            return
        if isinstance(text, dict) and isinstance(base, dict) and isinstance(new, dict):
            for key in [each for each in text if each not in new]:
                self.editor.remove((*path, key))
            for key, each in new.items():
                if key in text:
                    self._write((*path, key), text[key], base.get(key), each)
                elif len(path) != _A_THING:
                    self.editor.set((*path, key), each)
        elif text == base:
            self.editor.set_differences(path, base, new)
        else:
            self.editor.set(path, new)

    def _accepted(self, kind: type[Resource]) -> list[Resource]:
        """The resources of a kind as the section is to declare them: what is declared, with what is accepted."""
        found = {each.address: each for each in self.desired.of(kind)}
        for change in self._of(kind):
            if change.before is None:
                found.pop(change.address, None)
            else:
                found[change.address] = change.before
        return [*(found | {each.address: each for each in self.extra if isinstance(each, kind)}).values()]
