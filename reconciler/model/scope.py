"""What is known of an organization, and what has to be read: what was not read is unknown, never absent."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Literal

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.policy_types import BY_SHORT

NOT_REQUESTED = "they were not requested"

Coverage = Literal["by_principal", "by_pair"]
"""How assignments of IAM Identity Center were read: `by_pair` is complete, `by_principal` lacks those of principals
that were not asked about."""


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
    """Which parts of an organization a spec manages, a read brought, or a plan relies on; one type for all of them.

    - `policy_types`: short names of the types whose policies belong to it (`None`: all that are enabled), and
      `disabled_types` those whose policies do although the type is not enabled. Which types are enabled always does.
    - `tags`: whether tags belong to it, without those whose keys match the patterns in `ignored_tags`.
    - `parts`: what belongs to it of the kinds beside the tree and its policies: the plural of a kind
      (`trusted_access`), or one part of it (`delegated_administrators/guardduty.amazonaws.com`); `None`: all.
    - `unread`: the policy types of which nothing is known, and why.
    """

    policy_types: tuple[str, ...] | None = Field(default=None, exclude_if=lambda value: value is None)
    disabled_types: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    tags: bool = True
    ignored_tags: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    parts: tuple[str, ...] | None = Field(default=(), exclude_if=lambda value: value == ())
    unread: tuple[Unread, ...] = ()

    @property
    def whole(self) -> bool:
        """True where nothing was left out on purpose."""
        return self.policy_types is None

    def selects(self, policy_type: str) -> bool:
        """Whether the policies of a type, by its short name, belong to it where the type is enabled."""
        return self.policy_types is None or policy_type in self.policy_types

    def has(self, policy_type: str) -> bool:
        """Whether the policies of a type, by its short name, are known."""
        return all(each.kind != policy_type for each in self.unread)

    def has_part(self, part: str) -> bool:
        """Whether a part, or the kind that it is a part of, belongs to it."""
        return self.parts is None or part in self.parts or part.partition("/")[0] in self.parts

    def without(self, unread: Container[str]) -> Scope:
        """The scope after these types were read."""
        return self.model_copy(update={"unread": tuple(each for each in self.unread if each.kind not in unread)})

    def with_unread(self, unread: Iterable[Unread]) -> Scope:
        """The scope without these types, each for its own reason, which replaces an earlier one."""
        found = {each.kind: each for each in (*self.unread, *unread)}
        return self.model_copy(update={"unread": tuple(found[kind] for kind in sorted(found))})

    def only_parts(self, plurals: Container[str]) -> Scope:
        """The scope with the parts of these kinds alone."""
        if self.parts is None:
            return self
        return self.model_copy(
            update={"parts": tuple(each for each in self.parts if each.partition("/")[0] in plurals)}
        )

    def with_parts(self, parts: Iterable[str]) -> Scope:
        """The scope with these parts too."""
        return self if self.parts is None else self.model_copy(update={"parts": tuple(sorted({*self.parts, *parts}))})

    def with_types(self, policy_types: Iterable[str]) -> Scope:
        """The scope with these policy types too."""
        if self.policy_types is None:
            return self
        selected = {*self.policy_types, *policy_types}
        return self.model_copy(update={"policy_types": tuple(each for each in BY_SHORT if each in selected)})
