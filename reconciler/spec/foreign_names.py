"""The names that another tool has for accounts and policies, so that an imported spec has the names that people know.

Nothing but names and the places of documents is read: what is live is read from the organization.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from reconciler.errors import UsageError
from reconciler.kinds import scalars as s
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Policy
from reconciler.spec.spec_files import MAX_SPEC_BYTES

Tool = Literal["terraform-state", "org-formation", "lza"]
_LARGEST = 20 * MAX_SPEC_BYTES


@dataclass(frozen=True)
class KnownNames:
    """Keys that accounts and policies have elsewhere, and the files of documents, by their live addresses."""

    accounts: dict[Address, str] = field(default_factory=dict)
    policies: dict[Address, str] = field(default_factory=dict)
    files: dict[Address, str] = field(default_factory=dict)


class _Named(NamedTuple):
    """A name, with all that may identify what has it: an id, a name or an e-mail. `file` has its document."""

    what: Literal["account", "policy"]
    key: str
    identity: tuple[str | None, ...]
    file: str | None = None


def names_from(tool: Tool, path: Path, live: Inventory) -> KnownNames:
    """The names of what is live, in the files of a tool. Raises `UsageError` where they cannot be read as such."""
    found = KnownNames()
    accounts = {each: a.address for a in live.of(Account) for each in (a.id, a.name, (a.email or "").lower()) if each}
    own = [each for each in live.of(Policy) if not each.aws_managed]
    policies = {each: policy.address for policy in own for each in (policy.id, policy.name) if each}
    try:
        named = [*_READERS[tool](path)]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        help = {"lza": "name the directory with accounts-config.yaml"}.get(tool, "name the file")
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise UsageError(f"{path} cannot be read as {tool}: {reason}", help=help) from error
    for each in named:
        known, keys = (accounts, found.accounts) if each.what == "account" else (policies, found.policies)
        address = next((known[text] for text in map(_folded, each.identity) if text in known), None)
        address = address or next((known[text] for text in each.identity if text in known), None)
        if address is None or address in keys or each.key in keys.values() or not s.is_key(each.key):
            continue
        keys[address] = each.key
        if each.file is not None and each.file not in found.files.values():
            found.files[address] = each.file
    return found


def _folded(text: str | None) -> str:
    return (text or "").lower()


def _terraform(path: Path) -> Iterator[_Named]:
    """State of version 4: https://developer.hashicorp.com/terraform/internals/json-format describes what is in it."""
    kinds: dict[str, Literal["account", "policy"]] = {
        "aws_organizations_account": "account",
        "aws_organizations_policy": "policy",
    }
    for resource in json.loads(_text(path))["resources"]:
        what = kinds.get(resource["type"]) if resource.get("mode") == "managed" else None
        for instance in resource["instances"] if what else ():
            index = instance.get("index_key")
            key = index if isinstance(index, str) else f"{resource['name']}{'' if index is None else f'-{index}'}"
            assert what is not None
            yield _Named(what, key, (instance["attributes"]["id"],))


def _org_formation(path: Path) -> Iterator[_Named]:
    """https://github.com/org-formation/org-formation-cli/blob/master/docs/organization-resources.md"""
    for name, resource in _mapping(path).get("Resources", {}).items():
        properties = resource.get("Properties") or {}
        if resource["Type"] in ("OC::ORG::Account", "OC::ORG::MasterAccount"):
            identity = (properties.get("AccountId"), properties.get("RootEmail"), properties.get("AccountName"))
            yield _Named("account", name, tuple(each and str(each) for each in identity))
        elif resource["Type"].endswith("ControlPolicy"):
            yield _Named("policy", name, (properties.get("PolicyName"),))


def _lza(path: Path) -> Iterator[_Named]:
    """https://awslabs.github.io/landing-zone-accelerator-on-aws: accounts-config.yaml, organization-config.yaml"""
    accounts = _mapping(path / "accounts-config.yaml")
    for each in (*(accounts.get("mandatoryAccounts") or ()), *(accounts.get("workloadAccounts") or ())):
        yield _Named("account", each["name"], (each["email"], each["name"]))
    place = path / "organization-config.yaml"
    organization = _mapping(place) if place.exists() else {}
    for key in ("serviceControlPolicies", "taggingPolicies", "backupPolicies", "resourceControlPolicies"):
        for each in organization.get(key) or ():
            file = Path(each["policy"])
            reusable = file.suffix == ".json" and ".." not in file.parts and not file.is_absolute()
            yield _Named("policy", each["name"], (each["name"],), file.as_posix() if reusable else None)


_READERS: dict[Tool, Callable[[Path], Iterable[_Named]]] = {
    "terraform-state": _terraform,
    "org-formation": _org_formation,
    "lza": _lza,
}


class _Loader(yaml.SafeLoader):
    """YAML with tags of CloudFormation (`!Ref`), whose values do not matter here."""


def _unknown(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _unknown)


def _mapping(path: Path) -> dict[str, Any]:
    found = yaml.load(_text(path), Loader=_Loader)  # noqa: S506  # a subclass of SafeLoader
    if not isinstance(found, dict):
        raise ValueError("expected a mapping")
    return found


def _text(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise ValueError("the file is too large")
    return path.read_text("utf-8-sig")
