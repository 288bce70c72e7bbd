"""The state file of a mocked organization: a snapshot, and under `mock` what a snapshot does not contain."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from reconciler.errors import ReconcilerError
from reconciler.file_io import read_json, write_text
from reconciler.kinds import RESOURCES
from reconciler.mock.account_requests import AccountRequest, Seconds
from reconciler.mock.events import History
from reconciler.mock.handshakes import Handshake
from reconciler.mock.identity_center import RoleRequest
from reconciler.model.base import Frozen
from reconciler.model.consistency import contradictions
from reconciler.model.inventory import Inventory

DEFAULT_PATH = Path(".reconciler") / "mock.json"
"""Relative to the directory of the spec."""

DEFAULT_JOINED = 1_577_836_800.0
"""When an account joined, where a snapshot does not contain it: 2020-01-01."""


class Membership(Frozen):
    """How and when (seconds since 1970) an account joined."""

    joined: Seconds = DEFAULT_JOINED
    method: str = "CREATED"


class Extra(Frozen):
    """State that a snapshot does not contain. `serial` is the number of generated ids, `creations` the requests to
    create accounts, `contents` the exact text, by id, of policies that were not sent minified, `closures`,
    `trusted_access` and `delegated_administrators` have times in seconds since 1970, `account_quota` is how many
    accounts there may be, where that is not the default of AWS, `attached` has the ids of the policies of a node, by
    its id, in the order in which they were attached, where there are several. `role_requests` are those of IAM Identity
    Center that are in progress, `memberships` has the group and the user of each membership by its id. `history` has
    the newest recorded writes."""

    serial: int = Field(default=0, ge=0, le=10**9)
    accounts: dict[str, Membership] = Field(default_factory=dict)
    creations: tuple[AccountRequest, ...] = ()
    closures: dict[str, Seconds] = Field(default_factory=dict)
    contents: dict[str, str] = Field(default_factory=dict)
    trusted_access: dict[str, Seconds] = Field(default_factory=dict)
    account_quota: int | None = Field(default=None, ge=1, exclude_if=lambda value: value is None)
    delegated_administrators: dict[str, dict[str, Seconds]] = Field(default_factory=dict)
    handshakes: tuple[Handshake, ...] = ()
    attached: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    role_requests: tuple[RoleRequest, ...] = Field(default=(), exclude_if=lambda value: not value)
    memberships: dict[str, tuple[str, str]] = Field(default_factory=dict, exclude_if=lambda value: not value)
    history: History = Field(default=History(), exclude_if=lambda value: not value.recorded)


class StateFile(Inventory):
    """A snapshot with the state of a mock."""

    mock: Extra = Extra()


def read(path: Path) -> StateFile:
    """The file's value. Raises `ReconcilerError` where it is not a state file."""
    try:
        data = read_json(path)
        if not isinstance(data, dict):
            raise ValueError("expected a JSON object")
        if not str(data.get("format_version")).startswith("1."):
            raise ValueError(f"format_version {data.get('format_version')} is not supported")
        found = StateFile.load(data, RESOURCES)
        if found.unread():
            missing = ", ".join(each.kind for each in found.unread())
            raise ValueError(f"it is a snapshot without some policies: {missing}")
        if wrong := next(contradictions(found, whole=False), None):
            raise ValueError(wrong)
    except (OSError, ValueError) as error:
        raise unusable(path, error) from error
    return found


def write(file: StateFile, path: Path) -> None:
    """Replaces the state file. Raises `ReconcilerError`."""
    text = file.model_dump_json(indent=2) + "\n"
    write_text(path, text, help="name a state file in a directory that can be written with --mock-state")


def unusable(path: Path, error: Exception) -> ReconcilerError:
    """The error for a file that cannot be read. The file is left unchanged."""
    what = " ".join(str(error).split()) or type(error).__name__
    what = f"{what} is missing or unknown" if isinstance(error, KeyError) else what
    return ReconcilerError(
        f"{path} is not the state of a mocked organization: {what[:200]}",
        help="restore the file, delete it to begin with a new organization, or name another with --mock-state",
    )
