"""The module with the Regions of AWS, from botocore's partition data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import botocore.session

HEADER = '"""Written by `make docs` from botocore\'s partition data; do not edit. `regions` parses it."""'


def partitions() -> list[dict[str, Any]]:
    """The partitions as botocore describes them."""
    data = botocore.session.Session().get_data("partitions")
    return sorted(data["partitions"], key=lambda each: str(each["id"]))


def regions_module() -> str:
    """The module's text: for each partition a line with its id, global Region and pattern, and indented its Regions."""
    return "\n".join([HEADER, "", 'TABLE = r"""', *_lines(), '"""', ""])


def _lines() -> Iterator[str]:
    for each in partitions():
        yield f"{each['id']} {each['outputs']['implicitGlobalRegion']} {each['regionRegex']}"
        regions = sorted(name for name in each["regions"] if not name.endswith("-global"))
        yield from textwrap.wrap(
            " ".join(regions), 116, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
        )
