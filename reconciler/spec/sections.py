"""The sections of a spec that declare one kind each: their resources, and what of each kind the spec manages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.kinds import KINDS
from reconciler.kinds.base import Kind, SpecSection
from reconciler.model.base import Source
from reconciler.model.resources import Account, Resource
from reconciler.spec.declared import Declared, DeclaredAccount
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.tree import Path, Tree
from reconciler.spec.wording import did_you_mean, quoted


@dataclass(frozen=True)
class _Section:
    """`kinds.base.Declaring` for one section, which is written at `at`."""

    at: Path
    declared: Declared
    tree: Tree
    diagnostics: DiagnosticCollector
    declared_accounts: dict[str, DeclaredAccount]

    @property
    def management_account_id(self) -> str | None:
        return self.declared.spec.organization.management_account_id

    def source(self, *path: str | int) -> Source:
        return self.tree.source((*self.at, *path))

    def account(self, key: str, code: str, *path: str | int) -> Account | None:
        account = self.declared_accounts.get(key)
        if account is not None:
            return Account(
                address=account.address, id=account.shape.id, parent=account.parent, state=account.shape.state
            )
        help = did_you_mean(key, self.declared_accounts, "name an account by its key in the tree")
        self.add(code, f"{quoted(key)} is not the key of a declared account", *path, help=help)
        return None

    def add(self, code: str, message: str, *path: str | int, help: str | None = None) -> None:
        self.diagnostics.add(code, self.tree.at((*self.at, *path)), message, help)


def declared_by_sections(declared: Declared, tree: Tree, diagnostics: DiagnosticCollector) -> list[Resource]:
    """The resources that the sections declare, with a diagnostic for each mistake in them."""
    accounts = {each.key: each for each in declared.accounts}
    resources: list[Resource] = []
    for kind, section, value in _written(declared):
        reader = _Section(("organization", section.key), declared, tree, diagnostics, accounts)
        resources += kind.declare(value, reader)
    return resources


def managed_parts(declared: Declared) -> tuple[str, ...]:
    """What of these kinds the spec manages, as `Scope.parts` names it."""
    return tuple(sorted(part for kind, _, value in _written(declared) for part in kind.parts(value)))


def _written(declared: Declared) -> Iterator[tuple[Kind, SpecSection, Any]]:
    for kind in KINDS:
        if kind.section is not None:
            value = getattr(declared.spec.organization, kind.section.key)
            if value is not None:
                yield kind, kind.section, value
