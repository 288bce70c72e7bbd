"""The journal of an apply: a JSON line before and after each call, on disk before the next step is taken.

It is never needed to continue (the live organization is the state), but it shows after a crash what was under way.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.errors import ReconcilerError
from reconciler.model.base import Json
from reconciler.model.printable import dumps


def utc_now() -> datetime:
    return datetime.now(UTC)


class JournalFile:
    """A journal in a file that is made for this run; each line is flushed and, where there is a disk, synced. A pipe or
    a device is written to as it is. `failure` is the first error of writing it, which every `record` raises too."""

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        self.path = path
        self._now = now
        self.failure: ReconcilerError | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)  # a buffer would be written again when the file is closed
            self._regular = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
        except OSError as error:
            raise self._unwritable(error) from error

    def record(self, event: str, **details: Json) -> None:
        if self.failure is not None:
            raise self.failure
        line = {"time": self._now().isoformat(timespec="milliseconds"), "event": event, **details}
        try:
            self._write(dumps(line, indent=None).encode("utf-8", "backslashreplace"))
            if self._regular:
                os.fsync(self._file.fileno())
        except OSError as error:
            self.failure = self._unwritable(error)
            raise self.failure from error

    def _write(self, data: bytes) -> None:
        while data:
            data = data[self._file.write(data) :]

    def _unwritable(self, error: OSError) -> ReconcilerError:
        return ReconcilerError(
            f"the journal {self.path} cannot be written: {error.strerror or error}",
            help="choose another place with --journal",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def default_path(now: datetime, folder: Path) -> Path:
    """The path of a run's journal unless another is named."""
    return folder / "journal" / f"{now:%Y%m%dT%H%M%S.%fZ}.jsonl"
