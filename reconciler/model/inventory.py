"""One organization as a value: the desired one, the live one, or a snapshot in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Self, TypeVar

from pydantic import SerializeAsAny

from reconciler.model.address import Address
from reconciler.model.base import Frozen, validated
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
        """The inventory in a parsed snapshot. Raises `ValueError` where it is not one."""
        by_prefix = {each.prefix: each for each in classes}
        listed = data.get("resources")
        if not isinstance(listed, list):
            raise ValueError("resources: a list was expected")
        resources = []
        for place, each in enumerate(listed):
            address = each.get("address") if isinstance(each, dict) else None
            if not isinstance(address, str):
                raise ValueError(f"resources[{place}].address: a text was expected")
            found = by_prefix.get(address.partition(":")[0])
            if found is None:
                raise ValueError(f"resources[{place}]: {address} is of no kind that there is")
            resources.append(validated(found, each, f"resources[{place}]"))
        return validated(cls, {**data, "resources": resources}, "")

    def of(self, kind: type[R]) -> Iterator[R]:
        """The resources of one kind."""
        return (each for each in self.resources if isinstance(each, kind))

    def by_address(self) -> dict[Address, Resource]:
        return {each.address: each for each in self.resources}

    def with_resources(self, resources: Iterable[Resource]) -> Self:
        """The same organization with other contents."""
        return self.model_copy(update={"resources": tuple(sorted(resources, key=lambda each: each.address))})
