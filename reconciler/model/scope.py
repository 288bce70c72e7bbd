"""What is known of an organization, and what has to be read: what was not read is unknown, never absent."""

from __future__ import annotations

from collections.abc import Container

from reconciler.model.address import Address
from reconciler.model.base import Frozen

NOT_REQUESTED = "they were not requested"


class Unread(Frozen):
    """A policy type, by its short name, of which no policy and no attachment is known, and why."""

    kind: str
    reason: str = NOT_REQUESTED


class Unknown(Frozen):
    """What an answer depends on and what was not read: the policies of the type `kind` on the nodes `addresses`."""

    kind: str
    addresses: tuple[Address, ...]
    reason: str


class Scope(Frozen):
    """What an inventory says nothing about: the policy types in `unread` and, without `tags`, all tags. In a spec these
    are the types that it does not manage. Which types are enabled is always known."""

    unread: tuple[Unread, ...] = ()
    tags: bool = True

    def has(self, policy_type: str) -> bool:
        """Whether the policies of a type, by its short name, are known."""
        return all(each.kind != policy_type for each in self.unread)

    def without(self, unread: Container[str]) -> Scope:
        """The scope after these types were read."""
        return self.model_copy(update={"unread": tuple(each for each in self.unread if each.kind not in unread)})


class ReadScope(Frozen):
    """What a plan needs read again before it is applied: policy types by their short names, and no tags whose keys
    match `ignored_tags`."""

    policy_types: tuple[str, ...] = ()
    ignored_tags: tuple[str, ...] = ()
