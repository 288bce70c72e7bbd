"""Which formats of `--output` each command has: the only place that says so. `--help`, the error for a format that a
command lacks and the table in docs/output.md follow from it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Literal, get_args

from reconciler.errors import UsageError

Output = Literal[
    "text",
    "json",
    "markdown",
    "html",
    "github",
    "sarif",
    "junit",
    "gitlab-codequality",
    "gitlab-terraform",
    "patch",
]
OUTPUTS: tuple[Output, ...] = get_args(Output)

FORMATS: Mapping[str, tuple[Output, ...]] = {
    "init": ("text",),
    "validate": ("text", "json", "markdown", "github", "sarif", "junit", "gitlab-codequality"),
    "plan": ("text", "json", "markdown", "html", "github", "sarif", "junit", "gitlab-codequality", "gitlab-terraform"),
    "apply": ("text", "json", "markdown", "github", "junit"),
    "drift": ("text", "json", "markdown", "html", "github", "sarif", "junit", "gitlab-codequality", "patch"),
    "import": ("text",),
    "fmt": ("text",),
    "unlock": ("text", "json"),
    "impact": ("text", "json", "markdown"),
    "explain": ("text", "json", "markdown"),
    "show": ("text", "json", "markdown", "html"),
    "snapshot": ("json",),
    "permissions": ("text", "json"),
    "schema": ("json",),
}
"""The formats of each command; its first one is the default."""

COPIED = frozenset({"validate", "plan", "apply", "drift"})
"""The commands that write their result to files in further formats too (`--out FORMAT=FILE`)."""


def formats_of(command: str) -> tuple[Output, ...]:
    """The formats of a command; those of `ci` write text alone."""
    return FORMATS.get(command, ("text",))


def check_format(command: str, format: str) -> None:
    """Raises `UsageError` for a format that the command does not have."""
    formats = formats_of(command)
    if format in formats:
        return
    near = difflib.get_close_matches(format, formats, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise UsageError(f"`{command}` has no --output {format}", help=f"{meant}it has {', '.join(formats)}")


def check_copy(command: str, format: str) -> None:
    """Raises `UsageError` where the command cannot write this format to a file beside its result."""
    if command not in COPIED:
        raise UsageError(
            f"`{command}` writes one result: --out {format}=FILE is for {', '.join(sorted(COPIED))}",
            help=f"write --output {format} --out FILE",
        )
    if format == "patch":
        raise UsageError("a patch is a result of its own", help="write --output patch --out FILE")
    check_format(command, format)
