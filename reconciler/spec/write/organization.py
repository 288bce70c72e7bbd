"""The whole spec of a live organization, and the files that it is written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds import TOP_LEVEL
from reconciler.model.base import Json
from reconciler.model.document import minified
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from reconciler.spec.foreign_names import KnownNames
from reconciler.spec.key_order import ordered
from reconciler.spec.schema import Quotas
from reconciler.spec.tree import Path
from reconciler.spec.write.catalogue import catalogue, document_text, own_policies
from reconciler.spec.write.emitter import Comments, dump
from reconciler.spec.write.keys import Keys, account_keys, file_names, policy_keys, slug
from reconciler.spec.write.sections import of_top_level
from reconciler.spec.write.tree import TreeWriter

Ignored = Mapping[str, Mapping[str, str | None]]
"""Patterns by their key in `ignore`, each with the reason, where there is one to be written."""
TEAMS = "teams"
NONE_KNOWN = KnownNames()


@dataclass(frozen=True)
class WrittenSpec:
    """A spec: its top mapping, comments by the path of a key, and the documents by their files beside it."""

    value: dict[str, Json]
    comments: Comments
    documents: Mapping[str, str]


def written(live: Inventory, ignored: Ignored, known: KnownNames = NONE_KNOWN) -> WrittenSpec:
    """The spec that declares the live organization, from which what is `ignored` is taken out already. Accounts and
    policies have the keys and files that are `known`, else readable ones."""
    policies = own_policies(live)
    accounts = account_keys(live.of(Account), known.accounts)
    keys = policy_keys(policies, known.policies)
    files = file_names([each for each in policies if each.address not in known.files], keys, known.files.values())
    files |= known.files
    tree = TreeWriter(live, accounts, keys)
    root = tree.root()
    opened = {each.address: accounts[each.address] for each in live.of(Account) if not each.is_closed}
    organization, comments = _organization(live, opened, policies)
    value: dict[str, Json] = {"version": 1, "organization": organization}
    for owner in TOP_LEVEL[1:]:
        sections, refused = of_top_level(owner, live, opened)
        if sections.keys() - {"region"}:
            value[owner] = {**sections}
        if refused:
            comments["organization", "id"] = [
                *comments.get(("organization", "id"), []),
                *(f"{owner}.{key}: the live value cannot be written" for key in refused),
            ]
    if defaults := tree.defaults.written():
        value["defaults"] = {"accounts": defaults}
    if policies:
        value["policies"] = catalogue(policies, keys, files)
    value["root"] = root
    ignore: dict[str, Json] = {kind: [*patterns] for kind, patterns in sorted(ignored.items()) if patterns}
    if ignore:
        value["ignore"] = ignore
    for kind, patterns in ignored.items():
        if reasons := [reason for reason in patterns.values() if reason]:
            comments["ignore", kind] = reasons
    ordered_value = ordered(value)
    assert isinstance(ordered_value, dict)
    documents = {files[each.address]: document_text(each.content) for each in policies}
    return WrittenSpec(ordered_value, {**tree.comments, **comments}, documents)


def files_of(spec: WrittenSpec, *, split_by_ou: bool = False) -> dict[str, str]:
    """The text of each file by its name, the top file last. Split, each OU of the first level has a file of its own."""
    value, comments, files = dict(spec.value), dict(spec.comments), dict(spec.documents)
    root = value["root"]
    assert isinstance(root, dict)
    units = root.get("organizational_units")
    if split_by_ou and isinstance(units, dict):
        value = {"version": 1, "include": [f"{TEAMS}/*.yaml"], **value}
        value["root"] = {key: each for key, each in root.items() if key != "organizational_units"}
        for name, unit in _file_stems(units).items():
            part: dict[str, Json] = {"root": {"organizational_units": {name: units[name]}}}
            files[f"{TEAMS}/{unit}.yaml"] = _modeline("..") + dump(part, comments)
    files["org.yaml"] = _modeline(".") + dump(value, comments)
    return files


def _modeline(directory: str) -> str:
    """What makes editors check the file."""
    return f"# yaml-language-server: $schema={directory}/org.schema.json\n"


def _file_stems(names: Iterable[str]) -> dict[str, str]:
    """A file's name without ending for each OU; of several that would have the same, the later ones get a number."""
    found: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for name in names:
        stem = slug(name).encode("ascii", "ignore").decode().strip("-") or "ou"
        while True:
            counted[stem] += 1
            numbered = stem if counted[stem] == 1 else f"{stem}-{counted[stem]}"
            if numbered not in found.values():
                break
        found[name] = numbered
    return found


def _organization(
    live: Inventory, names: Keys, policies: Sequence[Policy]
) -> tuple[dict[str, Json], dict[Path, list[str]]]:
    """The section `organization`, and comments about what it cannot have."""
    comments: dict[Path, list[str]] = {}
    found: dict[str, Json] = {
        "id": live.organization.id,
        "management_account_id": live.organization.management_account_id,
    }
    if live.organization.feature_set != "consolidated_billing":
        enabled = {each.type for each in live.of(PolicyType)}
        found["policy_types"] = [each for each in BY_SHORT if each in enabled and live.scope.has(each)]
        if unread := [each for each in live.unread() if each.kind in BY_SHORT]:
            comments["organization", "policy_types"] = [f"not read: {each.kind} ({each.reason})" for each in unread]
    sections, refused = of_top_level("organization", live, names)
    found |= sections
    if refused:
        comments["organization", "id"] = [f"{key}: the live value cannot be written" for key in refused]
    if quotas := _quotas(live, policies):
        found["quotas"] = quotas
        comments["organization", "quotas"] = ["what the organization has is more than the default quotas of AWS allow"]
    return found, comments


def _quotas(live: Inventory, policies: Sequence[Policy]) -> dict[str, Json]:
    """The quotas that the organization needs and that are more than the defaults."""
    defaults = Quotas()
    found: dict[str, Json] = {}
    units = sum(1 for _ in live.of(OrganizationalUnit))
    if units > defaults.organizational_units:
        found["organizational_units"] = units
    type_of = {each.address: each.type for each in live.of(Policy)}
    on_node = Counter((type_of[each.policy], each.target) for each in live.of(Attachment) if each.policy in type_of)
    for short, quota in defaults.policy_types.items():
        own: dict[str, Json] = {}
        size = max((len(minified(each.content)) for each in policies if each.type == short), default=0)
        if quota.characters is not None and size > quota.characters:
            own["characters"] = size
        most = max((count for (kind, _), count in on_node.items() if kind == short), default=0)
        if quota.attached is not None and most > quota.attached:
            own["attached"] = most
        if own:
            found[short] = own
    return found
