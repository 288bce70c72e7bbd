"""The Regions of AWS and the partitions that they are in, without botocore: `validate` loads no AWS library.

The table is generated from botocore's partition data (`make docs`), and a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from reconciler.model.region_data import TABLE


class Partition(NamedTuple):
    """One partition: its id as in ARNs (`aws-us-gov`), the Region where its global services (Organizations, IAM) have
    their endpoint, the form of its Regions' names as a regular expression, and its Regions in alphabetical order."""

    id: str
    global_region: str
    pattern: str
    regions: tuple[str, ...]


def _partition(text: str) -> Partition:
    id, global_region, pattern, *regions = text.split()
    return Partition(id, global_region, pattern, tuple(regions))


PARTITIONS: Mapping[str, Partition] = MappingProxyType(
    {each.id: each for each in map(_partition, re.split(r"\n(?=\S)", TABLE.strip()))}
)
"""Every partition by its id."""

REGIONS: Mapping[str, str] = MappingProxyType(
    {region: partition.id for partition in PARTITIONS.values() for region in partition.regions}
)
"""Region -> id of its partition."""

_DIRECTIONS = frozenset(region.split("-")[-2] for region in REGIONS)


def partition_of(region: str) -> Partition | None:
    """The partition of a Region, or of a name of the form that Regions of the partition have (`eu-north-9`, but not
    `eu-nroth-1`), so that a new Region needs no new version; also of a pseudo Region (`aws-global`). `None` for any
    other name."""
    if found := REGIONS.get(region):
        return PARTITIONS[found]
    for partition in PARTITIONS.values():
        new = re.fullmatch(partition.pattern, region) and region.split("-")[-2] in _DIRECTIONS
        if new or region == f"{partition.id}-global":
            return partition
    return None
