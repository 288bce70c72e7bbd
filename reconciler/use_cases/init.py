"""A starter spec, policies and CI workflows in a directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler import scaffold
from reconciler.errors import UsageError
from reconciler.file_io import write_text
from reconciler.model.printable import dumps
from reconciler.scaffold import CI_SYSTEMS as CI_SYSTEMS
from reconciler.scaffold import CiSystem as CiSystem
from reconciler.use_cases import schemas


class StarterFile(NamedTuple):
    """A file of the starter; not `written` where there was one already."""

    path: Path
    written: bool


def write_starter(directory: Path, ci: CiSystem = "github") -> Iterator[StarterFile]:
    """Writes each file that does not exist yet. Raises `UsageError` where the directory is a file."""
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is a file", help="name a directory: `reconciler init DIR`")
    for name, text in {**scaffold.files(ci), "org.schema.json": dumps(schemas.schema("spec"))}.items():
        path = directory / name
        if path.exists():
            yield StarterFile(path, written=False)
        else:
            write_text(path, text)
            yield StarterFile(path, written=True)
