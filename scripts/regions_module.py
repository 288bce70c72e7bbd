"""The module with the Regions of AWS, from botocore's partition data."""

from __future__ import annotations

import json
from typing import Any

import botocore.session

HEADER = '''\
"""Written by `make docs` from botocore's partition data; do not edit. `regions` gives it names."""

ROWS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
'''


def partitions() -> list[dict[str, Any]]:
    """The partitions as botocore describes them."""
    data = botocore.session.Session().get_data("partitions")
    return sorted(data["partitions"], key=lambda each: str(each["id"]))


def regions_module() -> str:
    """The module's text."""
    lines = []
    for each in partitions():
        regions = sorted(name for name in each["regions"] if not name.endswith("-global"))
        lines += ["    (", f"        {json.dumps(each['id'])},"]
        lines += [f"        {json.dumps(each['outputs']['implicitGlobalRegion'])},"]
        lines += [f'        r"{each["regionRegex"]}",']
        if len(regions) == 1:
            lines += [f"        ({json.dumps(regions[0])},),"]
        else:
            lines += ["        (", *(f"            {json.dumps(region)}," for region in regions), "        ),"]
        lines += ["    ),"]
    return HEADER + "\n".join(lines) + "\n)\n"
