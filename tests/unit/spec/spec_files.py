"""Small specs for tests: files in, diagnostics or the desired state out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.errors import SpecInvalid
from reconciler.model.diagnostic import Diagnostic
from reconciler.spec import Check, Desired, load

DENY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes the files and changes to the folder, so that file names are those of a user."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "org.yaml"


class Specs:
    """Loads specs in a folder of their own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        write(self.folder, files)

    def load(self, text: str | bytes, **files: str | bytes) -> Desired:
        """The desired state of `org.yaml` with this text."""
        self.write({"org.yaml": text, **files})
        return load(Path("org.yaml"))

    def warnings(self, *checks: Check) -> tuple[Diagnostic, ...]:
        """The warnings about `org.yaml` with the caller's checks."""
        return load(Path("org.yaml"), checks=checks).warnings

    def diagnostics(self, text: str | bytes | None = None) -> tuple[Diagnostic, ...]:
        """The diagnostics of `org.yaml`: errors, or warnings where it loads."""
        if text is not None:
            self.write({"org.yaml": text})
        try:
            return load(Path("org.yaml")).warnings
        except SpecInvalid as error:
            return error.diagnostics

    def codes(self, text: str | bytes | None = None) -> list[str]:
        return [each.code for each in self.diagnostics(text)]
