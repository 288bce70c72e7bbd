"""Opt-in Regions of accounts: enabled or disabled by name.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from reconciler.kinds import scalars as s
from reconciler.kinds.account_setting import AccountSetting, OfAccount, account_parameter, part
from reconciler.kinds.base import Call, Comparison, Declaring, Ids, Read, Reads, SpecSection, UnmanagedRules
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, ErrorMeaning, Operation
from reconciler.model.plan import Change
from reconciler.model.reference import MANAGEMENT
from reconciler.model.regions import REGIONS, partition_of
from reconciler.model.resources import Label, Resource

Switch = Literal["enabled", "disabled"]

DEFAULT = frozenset(
    {
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
        *("ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    }
)
"""The Regions that every account has. All that came after 20 March 2019 are opt-in Regions, in the partition `aws`.
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html"""

_STATES: Mapping[Switch, frozenset[str]] = MappingProxyType(
    {
        "enabled": frozenset({"ENABLED", "ENABLED_BY_DEFAULT", "ENABLING"}),
        "disabled": frozenset({"DISABLED", "DISABLING"}),
    }
)
"""What the service answers for a Region that is, or is about to be, in a state."""

_BUSY: Mapping[str, ErrorMeaning] = MappingProxyType(
    {"ConflictException": "busy", "ValidationException": "perhaps_done"}
)
"""A Region that is being switched, or too many of them; one that is already as it is wanted (observed against the live
service, September 2026)."""

_CONSEQUENCE = "its resources go on costing and cannot be reached until it is enabled again"


class Region(OfAccount):
    """An opt-in Region of an account, by the `setting`'s name (`af-south-1`)."""

    kind: ClassVar[str] = "region"
    plural: ClassVar[str] = "regions"
    prefix: ClassVar[str] = "region"
    label: ClassVar[Label] = Label("Region", "Regions", "disabled")
    state: Switch


class RegionKind(AccountSetting):
    resource = Region
    creating = "enable"
    max_deletes = (0, "Regions of accounts that get disabled.")
    section = SpecSection(
        "regions",
        dict[s.Text, Annotated[Switch, s.Choice(("enabled", "disabled"))]],
        "Opt-in Regions by name: `enabled` or `disabled`. A Region that is absent is left alone.",
        ({"af-south-1": "enabled"},),
        of="account",
    )
    operations = (
        Operation(
            "account:ListRegions", 5, 5,
            Answer("Regions", list, MappingProxyType({"RegionName": str, "RegionOptStatus": str})), page_size=50,
        ),
        Operation("account:GetRegionOptStatus", 5, 5, Answer("RegionOptStatus", str)),
        Operation("account:EnableRegion", 1, 1, writes=True, errors=_BUSY),
        Operation("account:DisableRegion", 1, 1, writes=True, errors=_BUSY),
    )  # fmt: skip
    codes = (
        Code(
            code="E353",
            severity="error",
            title="A Region that AWS does not have",
            explanation="`regions` names Regions by their codes, like `af-south-1`.",
        ),
        Code(
            code="E354",
            severity="error",
            title="A Region that cannot be disabled",
            explanation="Only opt-in Regions, those that were introduced after March 2019, can be disabled. The others,"
            " and all Regions of other partitions than `aws`, always are enabled.",
        ),
    )

    def declare(self, value: Mapping[str, Switch], spec: Declaring) -> Iterator[Region]:
        assert spec.owner is not None
        for name, state in value.items():
            if partition_of(name) is None:
                near = difflib.get_close_matches(name, REGIONS, 1)
                help = f"did you mean `{near[0]}`?" if near else "write its code, like `af-south-1`"
                spec.add("E353", f"there is no Region `{name}`", name, help=help)
            elif is_opt_in(name):
                yield Region(
                    address=Region.at(spec.owner.address, name),
                    account=spec.owner.address,
                    setting=name,
                    state=state,
                    source=spec.source(name),
                )
            elif state == "disabled":
                spec.add("E354", f"the Region `{name}` is always enabled", name, help=f"remove `{name}`")

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        regions = (each for each in resources if isinstance(each, Region))
        return {each.setting: each.state for each in sorted(regions, key=lambda region: region.setting)}

    def parts(self, value: Mapping[str, Switch], spec: Declaring) -> tuple[str, ...]:
        assert spec.owner is not None
        return tuple(part(Region, spec.owner.address, name) for name in value if is_opt_in(name))

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[Region]:
        by_account: dict[str, list[str]] = {}
        for each in parts:
            _, id, name = each.split("/")
            by_account.setdefault(id, []).append(name)
        for id, names in by_account.items():
            account = addresses.account(id)
            parameter = account_parameter(id, reads.organization.management_account_id)
            for found in reads.items("account:ListRegions", "Regions", **parameter):
                if found["RegionName"] in names:
                    yield region_of(account, found["RegionName"], found["RegionOptStatus"])

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        """An account that does not exist yet has no opt-in Region."""
        found = super().compare(desired, live, policies)
        changes = [each for each in found.changes if each.before is not None or not self._disables(each)]
        found.changes = [
            each.model_copy(update={"note": _CONSEQUENCE}) if self._disables(each) else each for each in changes
        ]
        return found

    def removes(self, change: Change) -> bool:
        return self._disables(change)

    def slots(self, change: Change) -> Iterable[tuple[str, int]]:
        """https://docs.aws.amazon.com/accounts/latest/reference/quotas.html"""
        assert isinstance(change.resource, Region)
        return (("regions", 50), (f"regions of {change.resource.account}", 6))

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        region = change.after
        assert isinstance(region, Region)
        account = account_parameter(ids[region.account], ids[MANAGEMENT])
        params = {"RegionName": region.setting, **account}
        wanted = _STATES[region.state]

        def find(read: Read) -> dict[str, Any] | None:
            listed = read("account:ListRegions", account, "Regions")
            there = any(each["RegionName"] == region.setting and each["RegionOptStatus"] in wanted for each in listed)
            return {} if there else None

        operation = "EnableRegion" if region.state == "enabled" else "DisableRegion"
        yield Call(f"account:{operation}", params, find=find)
        yield Call(
            "account:GetRegionOptStatus",
            params,
            until=lambda answer: answer["RegionOptStatus"] in wanted - {"ENABLING", "DISABLING"},
            every=10.0,
        )

    @staticmethod
    def _disables(change: Change) -> bool:
        return isinstance(change.after, Region) and change.after.state == "disabled"


def is_opt_in(name: str) -> bool:
    """Whether accounts can enable and disable the Region."""
    partition = partition_of(name)
    return partition is not None and partition.id == "aws" and name not in DEFAULT


def region_of(account: addresses.Address, name: str, status: str) -> Region:
    """The Region of an account with a status of the service. One that is being switched is as it will be."""
    state: Switch = "enabled" if status in _STATES["enabled"] else "disabled"
    return Region(address=Region.at(account, name), account=account, setting=name, state=state)
