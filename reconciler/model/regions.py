"""The Regions of AWS and the partitions that they are in, without botocore: `validate` loads no AWS library.

The rows are generated from botocore's partition data (`make docs`), and a test compares them with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from reconciler.model.region_data import ROWS


class Partition(NamedTuple):
    """One partition: its id as in ARNs (`aws-us-gov`), the Region where its global services (Organizations, IAM) have
    their endpoint, the form of its Regions' names as a regular expression, and its Regions in alphabetical order."""

    id: str
    global_region: str
    pattern: str
    regions: tuple[str, ...]


PARTITIONS: Mapping[str, Partition] = MappingProxyType({row[0]: Partition(*row) for row in ROWS})
"""Every partition by its id."""

REGIONS: Mapping[str, str] = MappingProxyType(
    {region: partition.id for partition in PARTITIONS.values() for region in partition.regions}
)
"""Region -> id of its partition."""


def partition_of(region: str) -> Partition | None:
    """The partition of a Region, or of a name of the form that Regions of the partition have, so that a new Region
    needs no new version; also of a pseudo Region (`aws-global`). `None` for a name of no such form."""
    if found := REGIONS.get(region):
        return PARTITIONS[found]
    for partition in PARTITIONS.values():
        if region == f"{partition.id}-global" or re.fullmatch(partition.pattern, region):
            return partition
    return None
