"""The sections of a spec that declare one kind each: their resources, and what of each kind the spec manages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.kinds import TOP_LEVEL, sections_of
from reconciler.kinds.base import DocumentSource, Kind
from reconciler.model.address import Address
from reconciler.model.base import Json, Source
from reconciler.model.resources import Account, Resource
from reconciler.spec.account_patterns import select
from reconciler.spec.declared import Declared, DeclaredAccount
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.documents import Document, Documents, Written
from reconciler.spec.tree import Path, Tree
from reconciler.spec.wording import did_you_mean, quoted

_DEFAULTS: Path = ("defaults", "accounts")


@dataclass(frozen=True)
class _Document:
    """`kinds.base.DeclaredDocument`."""

    document: Document
    diagnostics: DiagnosticCollector

    @property
    def value(self) -> dict[str, Json]:
        return self.document.value

    def add(self, code: str, message: str, path: Path, *, help: str | None = None) -> None:
        span, label = self.document.span(path)
        self.diagnostics.add(code, span, message, help, label=label)


@dataclass(frozen=True)
class _Section:
    """`kinds.base.Declaring` for one section, which is written at `at`, and in part in `defaults.accounts`."""

    at: Path
    declared: Declared
    tree: Tree
    diagnostics: DiagnosticCollector
    declared_accounts: dict[str, DeclaredAccount]
    documents: Documents
    contents: dict[str, Json]
    owner: Account | None = None

    @property
    def management_account_id(self) -> str | None:
        return self.declared.spec.organization.management_account_id

    def beside(self, key: str) -> Any:
        return getattr(getattr(self.declared.spec, str(self.at[0])), key)

    def source(self, *path: str | int) -> Source:
        return self.tree.source(self._written_at(path))

    def account(self, key: str, code: str, *path: str | int) -> Account | None:
        account = self.declared_accounts.get(key)
        if account is not None:
            return _account(account)
        help = did_you_mean(key, self.declared_accounts, "name an account by its key in the tree")
        self.add(code, f"{quoted(key)} is not the key of a declared account", *path, help=help)
        return None

    def accounts(self, patterns: Sequence[str], *path: str | int) -> Sequence[Account]:
        selected: dict[Address, Account] = {}
        for index, pattern in enumerate(patterns):
            found = select(pattern, self.declared)
            if found.problem:
                self.add(found.code, found.problem, *path, index, help=found.help)
            selected |= {each.address: _account(each) for each in found.accounts}
        return [selected[each] for each in sorted(selected)]

    def document(self, shape: DocumentSource, what: str, *path: str | int) -> _Document | None:
        at = (*self.at, *path)
        document = self.documents.document(Written(shape, what, at))
        if document is None:
            return None
        self.contents["/".join(map(str, at))] = document.value
        return _Document(document, self.diagnostics)

    def add(self, code: str, message: str, *path: str | int, help: str | None = None) -> None:
        self.diagnostics.add(code, self.tree.at(self._written_at(path)), message, help)

    def _written_at(self, path: Path) -> Path:
        """The path of a value of the section: of one that the account does not have, the one of the defaults."""
        own, default = (*self.at, *path), (*_DEFAULTS, self.at[-1], *path)
        inherited = self.owner is not None and not self.tree.contains(own) and self.tree.contains(default)
        return default if inherited else own


@dataclass(frozen=True)
class Declarations:
    """What the sections declare: the resources, the parts of these kinds that the spec manages, and the documents by
    their places."""

    resources: tuple[Resource, ...] = ()
    parts: tuple[str, ...] = ()
    contents: Mapping[str, Json] = field(default_factory=dict)


def declared_by_sections(
    declared: Declared, tree: Tree, documents: Documents, diagnostics: DiagnosticCollector
) -> Declarations:
    """The declarations of all sections, with a diagnostic for each mistake in them."""
    accounts = {each.key: each for each in declared.accounts}
    resources: list[Resource] = []
    parts: set[str] = set()
    contents: dict[str, Json] = {}
    for kind, value, at, owner in _written(declared):
        section = _Section(at, declared, tree, diagnostics, accounts, documents, contents, owner)
        resources += kind.declare(value, section)
        parts.update(kind.parts(value, section))
    return Declarations(tuple(resources), tuple(sorted(parts)), contents)


def _written(declared: Declared) -> Iterator[tuple[Kind, Any, Path, Account | None]]:
    """Each section that is written: its kind, its value, where it is, and the account that has it. An account that is
    closed or removed has none; those of `defaults.accounts` are merged into each account."""
    for owner in TOP_LEVEL:
        for kind, section in sections_of(owner):
            value = getattr(getattr(declared.spec, owner), section.key)
            if value is not None:
                yield kind, value, (owner, section.key), None
    for kind, section in sections_of("account"):
        default = getattr(declared.spec.defaults.accounts, section.key) if section.defaults else None
        for account in declared.accounts:
            value = getattr(account.shape, section.key)
            if account.shape.state == "active" and (value is not None or default is not None):
                merged = value if default is None else {**default, **(value or {})}
                yield kind, merged, (*account.at, section.key), _account(account)


def _account(declared: DeclaredAccount) -> Account:
    shape = declared.shape
    return Account(address=declared.address, id=shape.id, parent=declared.parent, state=shape.state)
