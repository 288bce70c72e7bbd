"""The state file of a mocked organization: a snapshot, and under `mock` what a snapshot has no place for."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from reconciler.errors import ReconcilerError
from reconciler.file_io import read_json, write_text
from reconciler.mock.creations import Creation, Seconds
from reconciler.model.base import Frozen
from reconciler.model.consistency import contradictions
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Root

KINDS = (Root, PolicyType, OrganizationalUnit, Account, Policy, Attachment)

LONG_AGO = 1_577_836_800.0
"""When an account joined of which a snapshot does not say so: 2020-01-01."""


class Membership(Frozen):
    """How and when (seconds since 1970) an account joined."""

    joined: Seconds = LONG_AGO
    method: str = "CREATED"


class Extra(Frozen):
    """What the mock remembers. `serial` counts the ids it made, `contents` has the exact text of policies that were not
    sent minified, by id; all times are seconds since 1970."""

    serial: int = Field(default=0, ge=0, le=10**9)
    accounts: dict[str, Membership] = Field(default_factory=dict)
    creations: tuple[Creation, ...] = ()
    closures: dict[str, Seconds] = Field(default_factory=dict)
    contents: dict[str, str] = Field(default_factory=dict)
    trusted_access: dict[str, Seconds] = Field(default_factory=dict)
    delegated_administrators: dict[str, dict[str, Seconds]] = Field(default_factory=dict)


class StateFile(Inventory):
    """A snapshot that a mock can go on from."""

    mock: Extra = Extra()


def read(path: Path) -> StateFile:
    """The file's value. Raises `ReconcilerError` where it is not a state file."""
    try:
        data = read_json(path)
        if not isinstance(data, dict):
            raise ValueError("expected a JSON object")
        if not str(data.get("format_version")).startswith("1."):
            raise ValueError(f"format_version {data.get('format_version')} is not known")
        found = StateFile.load(data, KINDS)
        if found.unread():
            missing = ", ".join(each.kind for each in found.unread())
            raise ValueError(f"it is a snapshot without some policies: {missing}")
        if wrong := next(contradictions(found, whole=False), None):
            raise ValueError(wrong)
    except (OSError, ValueError) as error:
        raise unusable(path, error) from error
    return found


def write(file: StateFile, path: Path) -> None:
    """Writes the state file as a whole. Raises `ReconcilerError`."""
    text = file.model_dump_json(indent=2) + "\n"
    write_text(path, text, help="name a state file in a directory that can be written with --mock-state")


def unusable(path: Path, error: Exception) -> ReconcilerError:
    """What to tell a person whose file cannot be read; it is not touched."""
    what = " ".join(str(error).split()) or type(error).__name__
    what = f"{what} is missing or unknown" if isinstance(error, KeyError) else what
    return ReconcilerError(
        f"{path} is not the state of a mocked organization: {what[:200]}",
        help="restore the file, delete it to begin with a new organization, or name another with --mock-state",
    )
