"""The workflows that other repositories call, from those that `reconciler init` writes: the same jobs, started by their
caller."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from reconciler import scaffold

_EVENTS = re.compile(r"^on:\n.*?(?=^permissions:)", re.M | re.S)
_INPUTS = re.compile(r"^    inputs:\n.*?(?=^\S|^  \S|\Z)", re.M | re.S)


class Reusable(NamedTuple):
    """One workflow: its name here, and the events with which a repository calls it."""

    name: str
    events: str


REUSABLE = (
    Reusable("plan", "pull_request: {branches: [main]} and merge_group"),
    Reusable("allow", "workflow_dispatch, with the same inputs"),
    Reusable("apply", "push: {branches: [main]} and workflow_dispatch, with the same inputs"),
    Reusable("drift", "schedule and workflow_dispatch"),
)


def reusable_workflows() -> Iterator[tuple[str, str]]:
    """Path and text of each."""
    files = scaffold.files()
    for each in REUSABLE:
        own = f".github/workflows/organization-{each.name}.yml"
        yield f".github/workflows/reconciler-{each.name}.yml", _called(files[own], each, own)


def _called(text: str, each: Reusable, own: str) -> str:
    found = _EVENTS.search(text)
    assert found is not None
    inputs = _INPUTS.search(found[0])
    call = f"on:\n  workflow_call:\n{inputs[0].rstrip() if inputs else ''}".rstrip() + "\n\n"
    head = (
        f"# Written by `make docs` from {each.name} of `reconciler init`; do not edit.\n"
        f"#\n# Call it from {own}, which the other workflows look for, on\n"
        f"# {each.events}.\n"
        "# The caller grants the permissions of the jobs, and has .github/actions/install-reconciler.\n#\n"
    )
    called = f"{text[: found.start()]}{call}{text[found.end() :]}"
    return head + called.replace("name: organization", "name: reconciler", 1)
