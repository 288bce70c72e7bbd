"""Opt-in Regions of AWS Account Management."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.kinds.region import DEFAULT, Region, is_opt_in, region_of
from reconciler.mock.backend import Backend
from reconciler.mock.objects import RegionSwitch
from reconciler.mock.other_services.account_members import trusted_account
from reconciler.mock.pages import offset, token
from reconciler.mock.refusal import Refusal
from reconciler.mock.statefile import StateFile
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.api import Params, Response
from reconciler.model.regions import PARTITIONS

_REGIONS = PARTITIONS["aws"].regions
_PAGE = 50
_AT_ONCE, _AT_ONCE_IN_ALL = 6, 50
"""https://docs.aws.amazon.com/accounts/latest/reference/quotas.html"""


def list_regions(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html"""
    account = trusted_account(organization, params).id
    wanted = params.get("RegionOptStatusContains")
    found = [
        {"RegionName": name, "RegionOptStatus": _status(organization, account, name)}
        for name in _REGIONS
        if not wanted or _status(organization, account, name) in wanted
    ]
    start = offset("account:ListRegions", params)
    end = start + params.get("MaxResults", _PAGE)
    following = {"NextToken": token("account:ListRegions", params, end)} if end < len(found) else {}
    return {"Regions": found[start:end], **following}


def get_region_opt_status(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_GetRegionOptStatus.html"""
    account, name = trusted_account(organization, params).id, _region(params)
    switch = organization.regions.get(account, {}).get(name)
    status = _status(organization, account, name)
    if switch is not None and switch.reads_left:
        organization.regions[account][name] = switch._replace(reads_left=switch.reads_left - 1)
        organization.changed = True
    return {"RegionName": name, "RegionOptStatus": status}


def enable_region(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_EnableRegion.html"""
    return _switch(organization, params, enabled=True)


def disable_region(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_DisableRegion.html"""
    return _switch(organization, params, enabled=False)


def to_resources(organization: Backend) -> Iterator[Region]:
    """The Regions that were switched; those that are being switched are as they will be."""
    for id, switches in organization.regions.items():
        for name in switches:
            yield region_of(addresses.account(id), name, _status(organization, id, name))


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Sets what the file has."""
    for each in file.of(Region):
        switches = organization.regions.setdefault(ids[each.account], {})
        switches[each.setting] = RegionSwitch(enabled=each.state == "enabled", reads_left=0)


def _switch(organization: Backend, params: Params, *, enabled: bool) -> Response:
    """While a Region is being switched, and where too many are, ConflictException; where nothing would change,
    ValidationException (observed against the live service, September 2026)."""
    account, name = trusted_account(organization, params).id, _region(params)
    if not is_opt_in(name):
        raise Refusal("ValidationException", f"The Region {name} is not an opt-in Region.")
    status = _status(organization, account, name)
    if status in ("ENABLING", "DISABLING"):
        raise Refusal("ConflictException", f"The Region {name} is {status}.")
    if status == ("ENABLED" if enabled else "DISABLED"):
        raise Refusal("ValidationException", f"The Region {name} is {status}.")
    running = [id for id, each in organization.regions.items() for switch in each.values() if switch.reads_left]
    if running.count(account) >= _AT_ONCE or len(running) >= _AT_ONCE_IN_ALL:
        raise Refusal("ConflictException", "Too many Regions are being enabled or disabled.")
    switches = organization.regions.setdefault(account, {})
    switches[name] = RegionSwitch(enabled=enabled, reads_left=organization.creation_polls)
    return {}


def _status(organization: Backend, account: str, name: str) -> str:
    if name in DEFAULT:
        return "ENABLED_BY_DEFAULT"
    switch = organization.regions.get(account, {}).get(name, RegionSwitch(enabled=False, reads_left=0))
    if switch.reads_left:
        return "ENABLING" if switch.enabled else "DISABLING"
    return "ENABLED" if switch.enabled else "DISABLED"


def _region(params: Params) -> str:
    name = str(params["RegionName"])
    if name not in _REGIONS:
        raise Refusal("ValidationException", f"There is no Region {name}.")
    return name
