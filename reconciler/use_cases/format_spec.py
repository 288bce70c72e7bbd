"""The files of a spec in a stable form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import SpecInvalid
from reconciler.file_io import write_text
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.fmt import formatted
from reconciler.spec.include import read_merged
from reconciler.spec.spec_files import SpecFiles


class FormattedFile(NamedTuple):
    """A file of a spec, as it is and in its form."""

    path: Path
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


def format_spec(spec: Path, *, write: bool) -> list[FormattedFile]:
    """The top file and all that it includes; those with another form are written. Raises `SpecInvalid` where one cannot
    be read as YAML; what else is wrong with the spec does not matter here."""
    return [*_formatted(spec, write=write)]


def yaml_files(spec: Path) -> list[Path]:
    """The top file and all that it includes. Raises `SpecInvalid` where one cannot be read as YAML."""
    diagnostics, files = DiagnosticCollector(), SpecFiles(spec)
    merged = read_merged(files, diagnostics)
    if merged.incomplete:
        raise SpecInvalid(diagnostics.sorted())
    return [Path(files.path(name)) for name in merged.names.values()]


def read_text(path: Path) -> tuple[str, str]:
    """The text of a file with `\\n` for every line end, and its own line end."""
    raw = path.read_bytes().decode("utf-8-sig")
    return raw.replace("\r\n", "\n").replace("\r", "\n"), "\r\n" if "\r\n" in raw else "\n"


def _formatted(spec: Path, *, write: bool) -> Iterator[FormattedFile]:
    for path in yaml_files(spec):
        before, line_end = read_text(path)
        found = FormattedFile(path, before, formatted(before))
        if write and found.changed:
            write_text(path, found.after.replace("\n", line_end))
        yield found
