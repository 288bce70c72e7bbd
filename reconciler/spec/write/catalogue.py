"""The catalogue of policies, their documents, and which of them a spec cannot declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.printable import dumps
from reconciler.model.resources import Attachment, Policy
from reconciler.spec.write.keys import Keys


def undeclarable(live: Inventory) -> Iterator[tuple[str, str]]:
    """The names of the policies that no spec can declare but that are there, each with the reason: they are ignored."""
    attached = {each.policy for each in live.of(Attachment)}
    for each in live.of(Policy):
        if each.aws_managed:
            if each.name != BY_SHORT[each.type].default and each.address in attached:
                yield each.name, f"{each.name} is managed by AWS"
        elif not isinstance(each.content, dict):
            yield each.name, f"the document of {each.name} was not read"
        elif any(char in dumps(each.content, indent=None) for char in "⟨⟩"):
            yield each.name, f"the document of {each.name} contains ⟨ or ⟩, which a spec cannot have"


def own_policies(live: Inventory) -> list[Policy]:
    """The policies that a spec declares, in the order of the table of types and of their names."""
    order = list(BY_SHORT)
    own = (each for each in live.of(Policy) if not each.aws_managed and live.scope.has(each.type))
    return sorted(own, key=lambda each: (order.index(each.type), each.name))


def document_text(content: Json) -> str:
    """A policy document as a file: two blanks for each level, keys as the service has them."""
    return dumps(content)


def catalogue(policies: Iterable[Policy], keys: Keys, files: Keys) -> dict[str, Json]:
    """The section `policies`."""
    return {keys[each.address]: policy(each, keys[each.address], files[each.address]) for each in policies}


def policy(each: Policy, key: str, file: str) -> dict[str, Json]:
    """One entry of the catalogue."""
    found: dict[str, Json] = {"type": each.type}
    if each.name != key:
        found["name"] = each.name
    if each.description:
        found["description"] = each.description
    found["file"] = file
    if each.tags:
        found["tags"] = dict(sorted(each.tags.items()))
    return found


def attached_keys(live: Inventory, keys: Keys) -> Mapping[Address, list[str]]:
    """The keys of the declared policies on each node, sorted."""
    found: dict[Address, list[str]] = {}
    for each in live.of(Attachment):
        if each.policy in keys:
            found.setdefault(each.target, []).append(keys[each.policy])
    return {node: sorted(each) for node, each in found.items()}
