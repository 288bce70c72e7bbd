"""The spec that a person would have written from a live organization, in a directory."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds import KINDS
from reconciler.kinds.account_setting import SERVICE, AccountSetting, part
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.address import account
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.printable import dumps
from reconciler.model.resources import Account, Policy
from reconciler.model.wording import few
from reconciler.planning.ignored import without_ignored
from reconciler.spec.foreign_names import Tool as Tool
from reconciler.spec.foreign_names import names_from
from reconciler.spec.schema import Ignore
from reconciler.spec.write.catalogue import undeclarable
from reconciler.spec.write.organization import NONE_KNOWN, TEAMS, files_of, written
from reconciler.use_cases import schemas
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.read import Progress, read_live, silent, with_parts

SCHEMA = "org.schema.json"
IGNORABLE = tuple(Ignore.model_fields)
"""The kinds whose things can be ignored, by their keys in `ignore`."""
SETTINGS = {each.resource.plural: each for each in KINDS if isinstance(each, AccountSetting) and each.settings}
"""The kinds of which all things of an account can be read, by their plurals."""


@dataclass(frozen=True)
class ImportOptions:
    """How an organization is imported: in one file or with one for each OU of the first level (`split_by_ou`), without
    what matches the patterns in `ignore`, by the keys of the spec. `settings` are kinds of single accounts, by their
    plurals, to be read too: each costs a call or more for each account. With `force` files are overwritten.
    `names` are taken from the files of another tool."""

    split_by_ou: bool = False
    ignore: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    force: bool = False
    names: tuple[Tool, Path] | None = None


def import_organization(
    connection: Connection, directory: Path, options: ImportOptions, progress: Progress = silent
) -> list[Path]:
    """Writes the spec, its documents and its schema, all or nothing, and returns the files, the spec last. Raises
    `UsageError` where a file is there already and may not be overwritten."""
    live = with_settings(connection, read_live(connection, progress=progress), options.settings)
    return write_files(directory, spec_files(live, options), force=options.force)


def with_settings(connection: Connection, live: Inventory, plurals: Iterable[str]) -> Inventory:
    """The inventory with what open accounts have of these kinds. Without trusted access of Account Management only the
    management account can be read."""
    trusted = any(each.principal == SERVICE for each in live.of(TrustedAccess))
    management = live.organization.management_account_id
    ids = [each.id for each in live.of(Account) if not each.is_closed and (trusted or each.id == management)]
    kinds = [SETTINGS[each] for each in plurals]
    parts = [part(kind.resource, account(id), name) for kind in kinds for id in ids if id for name in kind.settings]
    return with_parts(connection, live, parts)


def spec_files(live: Inventory, options: ImportOptions) -> dict[str, str]:
    """The text of each file by its name."""
    ignored = _ignored(live, options.ignore)
    patterns = Ignore(**{kind: tuple(found) for kind, found in ignored.items()}).with_defaults()
    _, seen = without_ignored(live, live, patterns.model_dump())
    known = names_from(*options.names, seen) if options.names else NONE_KNOWN
    files = files_of(written(seen, ignored, known), split_by_ou=options.split_by_ou)
    return {SCHEMA: dumps(schemas.schema("spec")), **files}


def _ignored(live: Inventory, given: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, str | None]]:
    """The section `ignore`: what was given, and what a spec cannot declare, with the reason."""
    found: dict[str, dict[str, str | None]] = {kind: dict.fromkeys(patterns) for kind, patterns in given.items()}
    policies = found.setdefault("policies", {})
    for pattern in Ignore().with_defaults().policies:
        if any(matches(pattern, each.name, paths=False) for each in live.of(Policy)):
            policies[pattern] = "AWS Control Tower manages aws-guardrails-*"
    policies |= {name: reason for name, reason in undeclarable(live) if name not in policies}
    return found


def write_files(directory: Path, files: Mapping[str, str], *, force: bool) -> list[Path]:
    """Writes the files, all or none, in their order. Raises `UsageError` where one is there with another text, unless
    it is to be overwritten."""
    changed = {name: text for name, text in files.items() if _text(directory / name) != text}
    _check(directory, files, changed, force=force)
    try:
        with _staged(directory, changed) as staged:
            _moved(staged, directory, list(changed))
    except OSError as error:
        raise ReconcilerError(
            f"{directory} cannot be written: {error.strerror or error}", help="name a directory that can be written"
        ) from error
    return [directory / name for name in files]


def _check(directory: Path, files: Iterable[str], changed: Iterable[str], *, force: bool) -> None:
    """Raises `UsageError` where files may not be written, or where the spec would include others."""
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is a file", help="name a directory: `reconciler import DIR`")
    there = [directory / name for name in changed if os.path.lexists(directory / name)]
    if there and not force:
        raise UsageError(
            f"there is {few([*map(str, there)])} already",
            help="name another directory, or overwrite with --force",
        )
    if found := next((each for each in there if each.is_dir()), None):
        raise UsageError(f"{found} is a directory", help="name another directory, or move it away")
    inside, folders = directory.resolve(), sorted({(directory / name).parent for name in files})
    if found := next((each for each in folders if not each.resolve().is_relative_to(inside)), None):
        raise UsageError(f"{found} is a link that leads out of {directory}", help="name another directory")
    parts = {directory / name for name in files if name.startswith(f"{TEAMS}/")}
    if others := sorted({*(directory / TEAMS).glob("*.yaml")} - parts if parts else ()):
        raise UsageError(f"the spec would include {others[0]} too", help="remove it, or name another directory")


@contextmanager
def _staged(directory: Path, files: Mapping[str, str]) -> Iterator[Path]:
    """A directory inside, with the files; it is removed at the end."""
    staged = directory / f".reconciler-import-{secrets.token_hex(4)}"
    try:
        for name, text in files.items():
            path = staged / "new" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _moved(staged: Path, directory: Path, names: Iterable[str]) -> None:
    """Moves the files to where they belong; after any failure all is as it was."""
    done: list[str] = []
    try:
        for name in names:
            target, kept = directory / name, staged / "old" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            kept.parent.mkdir(parents=True, exist_ok=True)
            done.append(name)
            if target.exists():
                target.replace(kept)
            (staged / "new" / name).replace(target)
    except BaseException:
        for name in reversed(done):
            target, kept = directory / name, staged / "old" / name
            if kept.exists():
                kept.replace(target)
            elif not (staged / "new" / name).exists():
                target.unlink(missing_ok=True)
        raise


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return None
