"""Where the plans are kept that were begun to be applied, so that a run which was killed can be continued by the
digest of its plan alone: a directory, or a prefix in an S3 bucket. A plan is kept under its digest and never changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reconciler.aws.s3_object import S3Object
from reconciler.errors import PlanRefused, ReconcilerError, UsageError
from reconciler.model.api import Api
from reconciler.model.object_store import S3Place, is_location, s3_place
from reconciler.model.plan import Plan
from reconciler.use_cases import files
from reconciler.use_cases.connection import ConnectionOptions

_ACTIONS = ("s3:GetObject", "s3:PutObject")


class PlanStore(Protocol):
    """Raises `PlanRefused` for a kept plan whose content does not have its digest."""

    def find(self, digest: str) -> Plan | None:
        """The plan with this digest, `None` where it is not kept."""
        ...

    def keep(self, plan: Plan) -> None:
        """Keeps the plan; one that is kept already is left as it is."""
        ...


@dataclass(frozen=True)
class Directory:
    """Plans as files of a directory."""

    path: Path

    def find(self, digest: str) -> Plan | None:
        path = self.path / _name(digest)
        return _checked(files.load_plan(path), digest, str(path)) if path.exists() else None

    def keep(self, plan: Plan) -> None:
        if self.find(plan.digest) is None:
            files.save_plan(plan, self.path / _name(plan.digest))


@dataclass(frozen=True)
class Bucket:
    """Plans as objects below a prefix (empty, or ending in `/`) of an S3 bucket, each made by a conditional write."""

    api: Api
    bucket: str
    prefix: str

    def find(self, digest: str) -> Plan | None:
        found = self._object(digest)
        read = found.read()
        return (
            None
            if read is None
            else _checked(files.parse_plan(read.content, str(found.place)), digest, str(found.place))
        )

    def keep(self, plan: Plan) -> None:
        made = self._object(plan.digest).create(files.plan_text(plan).encode())
        if made is None and self.find(plan.digest) is None:
            raise ReconcilerError(f"the plan could not be kept in {self._object(plan.digest).place}")

    def _object(self, digest: str) -> S3Object:
        place = S3Place(self.bucket, self.prefix + _name(digest))
        return S3Object(self.api, place, "plan", "--plan-store", _ACTIONS)


def open_store(place: Path | S3Place, options: ConnectionOptions) -> PlanStore:
    """The store at this place."""
    return Directory(place) if isinstance(place, Path) else Bucket(options.aws(), place.bucket, place.key)


def kept_plan(store: PlanStore, digest: str) -> Plan | None:
    """The plan of an earlier run with this digest, with or without `sha256:`."""
    return store.find(digest) if re.fullmatch(r"(sha256:)?[0-9a-f]{64}", digest) else None


def store_place(option: str | None, lock: Path | S3Place, folder: Path) -> Path | S3Place:
    """Where plans are kept: what `--plan-store` names, else beside a lock in S3, else below `folder`. The key of a
    place in S3 is the prefix. Raises `UsageError`."""
    if option is None:
        if isinstance(lock, Path):
            return folder / "plans"
        return S3Place(lock.bucket, f"{lock.key}.plans/")
    if not is_location(option):
        return Path(option)
    found = s3_place(option)
    if found is None:
        raise UsageError(f"--plan-store {option}: expected a directory or s3://bucket/prefix")
    return S3Place(found.bucket, f"{found.key.rstrip('/')}/" if found.key.strip("/") else "")


def _name(digest: str) -> str:
    return f"{digest.removeprefix('sha256:')}.json"


def _checked(plan: Plan, digest: str, where: str) -> Plan:
    if plan.digest.removeprefix("sha256:") != digest.removeprefix("sha256:"):
        raise PlanRefused(f"{where} has the digest {plan.digest}, not that of its name", help="remove it")
    return plan
