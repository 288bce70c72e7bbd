"""One organization as a value: the desired one, the live one, or a snapshot in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Self, TypeVar

from pydantic import SerializeAsAny

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.resources import Resource

R = TypeVar("R", bound=Resource)


class Organization(Frozen):
    """The organization itself. On the desired side the fields are guards: `None` means any."""

    id: str | None = None
    management_account_id: str | None = None
    feature_set: Literal["all", "consolidated_billing"] | None = None


class Inventory(Frozen):
    """An organization and everything in it, sorted by address. Also the format of a snapshot file."""

    format_version: str = "1.0"
    organization: Organization = Organization()
    resources: tuple[SerializeAsAny[Resource], ...] = ()

    @classmethod
    def load(cls, data: Mapping[str, Any], classes: Iterable[type[Resource]]) -> Self:
        """The inventory in a parsed snapshot. Raises `pydantic.ValidationError` or `KeyError` where it is not one."""
        by_prefix = {each.prefix: each for each in classes}
        resources = [by_prefix[each["address"].partition(":")[0]].model_validate(each) for each in data["resources"]]
        return cls.model_validate({**data, "resources": resources})

    def of(self, kind: type[R]) -> Iterator[R]:
        """The resources of one kind."""
        return (each for each in self.resources if isinstance(each, kind))

    def by_address(self) -> dict[Address, Resource]:
        return {each.address: each for each in self.resources}

    def with_tags_of(self, wanted: Inventory) -> Self:
        """The same with only those tags of which `wanted` speaks, on each resource where it leaves others alone."""
        keys = {
            each.address: names for each in wanted.resources if (names := getattr(each, "tag_keys", None)) is not None
        }
        if not keys:
            return self

        def seen(resource: Resource) -> Resource:
            tags, names = getattr(resource, "tags", None), keys.get(resource.address)
            if names is None or tags is None:
                return resource
            return resource.model_copy(update={"tags": {key: tags[key] for key in tags if key in names}})

        return self.with_resources(map(seen, self.resources))

    def with_resources(self, resources: Iterable[Resource]) -> Self:
        """The same organization with other contents."""
        return self.model_copy(update={"resources": tuple(sorted(resources, key=lambda each: each.address))})
