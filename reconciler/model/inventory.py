"""One organization as a value: the desired one, the live one, or a snapshot in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, SerializeAsAny

from reconciler.model.address import Address
from reconciler.model.base import Frozen, validated
from reconciler.model.resources import Account, Attachment, Policy, PolicyType, Resource, tags_of
from reconciler.model.scope import NOT_REQUESTED, Scope, Unread

R = TypeVar("R", bound=Resource)
_ADDRESS = attrgetter("address")


class Organization(Frozen):
    """The organization itself. On the desired side the fields are guards: `None` means any. `partition` is the one of
    AWS that it is in, read from its ARN: ARNs in policies are compared with it."""

    id: str | None = None
    management_account_id: str | None = None
    feature_set: Literal["all", "consolidated_billing"] | None = None
    partition: str = Field(default="aws", exclude_if=lambda found: found == "aws")


class _Groups:
    """The resources of an inventory by their classes, grouped when they are first asked for. They follow from the
    inventory, so all are equal."""

    def __init__(self) -> None:
        self._grouped: tuple[Resource, ...] = ()
        self._by_class: dict[type[Resource], list[Any]] = {}

    def of(self, kind: type[R], resources: tuple[Resource, ...]) -> Iterator[R]:
        """Those of one class, in order."""
        if self._grouped is not resources:
            by_class: dict[type[Resource], list[Any]] = {}
            for each in resources:
                by_class.setdefault(type(each), []).append(each)
            self._grouped, self._by_class = resources, by_class
        found = [them for cls, them in self._by_class.items() if issubclass(cls, kind)]
        return iter(found[0]) if len(found) == 1 else iter(sorted(chain(*found), key=_ADDRESS))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Groups)

    __hash__ = None  # type: ignore[assignment]  # not hashable, as what it compares by is not


class Inventory(Frozen):
    """An organization and everything in it, sorted by address. Also the format of a snapshot file. `scope` has what is
    not known of it; without one, everything is."""

    format_version: str = "1.0"
    scope: Scope = Scope()
    organization: Organization = Organization()
    resources: tuple[SerializeAsAny[Resource], ...] = ()
    _groups: _Groups = PrivateAttr(default_factory=_Groups)

    @classmethod
    def load(cls, data: Mapping[str, Any], classes: Iterable[type[Resource]]) -> Self:
        """The inventory in a parsed snapshot. Raises `ValueError` where it is not one."""
        by_prefix = {each.prefix: each for each in classes}
        listed = data.get("resources")
        if not isinstance(listed, list):
            raise ValueError("resources: expected a list")
        resources = []
        for place, each in enumerate(listed):
            address = each.get("address") if isinstance(each, dict) else None
            if not isinstance(address, str):
                raise ValueError(f"resources[{place}].address: expected a text")
            found = by_prefix.get(address.partition(":")[0])
            if found is None:
                raise ValueError(f"resources[{place}]: {address} is of an unknown kind")
            resources.append(validated(found, each, f"resources[{place}]"))
        return validated(cls, {**data, "resources": resources}, "")

    def of(self, kind: type[R]) -> Iterator[R]:
        """The resources of one kind, in order."""
        return self._groups.of(kind, self.resources)

    def by_address(self) -> dict[Address, Resource]:
        return {each.address: each for each in self.resources}

    def with_tags_of(self, wanted: Inventory) -> Self:
        """The same with only those tags that `wanted` manages, on each resource where it leaves others alone."""
        keys = {
            each.address: names for each in wanted.resources if (names := each.__dict__.get("tag_keys")) is not None
        }
        if not keys:
            return self

        def seen(resource: Resource) -> Resource:
            tags, names = tags_of(resource), keys.get(resource.address)
            if names is None or tags is None:
                return resource
            return resource.model_copy(update={"tags": {key: tags[key] for key in tags if key in names}})

        return self.with_resources(map(seen, self.resources))

    def management_account(self) -> Address | None:
        """The address of the management account, where it is among the resources."""
        wanted = self.organization.management_account_id
        return next((each.address for each in self.of(Account) if each.id is not None and each.id == wanted), None)

    def with_resources(self, resources: Iterable[Resource]) -> Self:
        """The same organization with other contents."""
        copy = self.model_copy(update={"resources": tuple(sorted(resources, key=_ADDRESS))})
        copy._groups = _Groups()
        return copy

    def unread(self) -> tuple[Unread, ...]:
        """The policy types that are enabled and of which nothing is known. One that is not enabled has no effect."""
        enabled = {each.type for each in self.of(PolicyType)}
        return tuple(each for each in self.scope.unread if each.kind in enabled)

    def missing(self, needed: Scope) -> list[str]:
        """What belongs to the scope `needed` and is not known here, described one by one."""
        lacking = [
            f"policies of type {each.kind} ({each.reason})" for each in self.unread() if needed.selects(each.kind)
        ]
        tags = ["tags"] if needed.tags and not self.scope.tags else []
        return [*lacking, *tags, *(each for each in needed.parts or () if not self.scope.has_part(each))]

    def limited_to(self, policy_types: Iterable[str], reason: str = NOT_REQUESTED) -> Self:
        """What a read of these policy types alone would have brought: the others are not known, for this reason."""
        kept = set(policy_types)
        enabled = {each.type for each in self.of(PolicyType)}
        others = (enabled | {each.type for each in self.of(Policy)}) - kept
        unread = [Unread(kind=each, reason=reason) for each in others & enabled if self.scope.has(each)]
        return self.without_types(others).model_copy(update={"scope": self.scope.with_unread(unread)})

    def without_types(self, policy_types: Iterable[str]) -> Self:
        """The same organization without the policies of these types and their attachments."""
        types = set(policy_types)
        gone = {each.address for each in self.of(Policy) if each.type in types}
        return self.with_resources(
            each
            for each in self.resources
            if each.address not in gone and not (isinstance(each, Attachment) and each.policy in gone)
        )
