"""Any value of the model as JSON: the machine-readable results and the files that other processes read."""

from __future__ import annotations

from typing import Any

from reconciler.errors import PlanRefused, ReconcilerError, SpecInvalid
from reconciler.model.base import Frozen
from reconciler.model.plan import FORMAT_VERSION, Exit
from reconciler.model.printable import dumps as printed
from reconciler.model.results import Failure


def dumps(value: Frozen, *, indent: int | None = 2, exclude_none: bool = False, **more: str) -> str:
    r"""Keys in the order of the model, those of counts, ids and tags sorted, then those in `more`, with a line break at
    the end. Control, bidirectional and other invisible characters are `\u` escapes, everything else is as it is."""
    return printed({**_dumped(value, exclude_none=exclude_none), **more}, indent=indent)


def result(value: Frozen, exit: Exit, *, indent: int | None = 2, **more: str) -> str:
    """The result of a command that has no format of its own: the fields of the value, and how the command ends."""
    return printed({"format_version": FORMAT_VERSION, **_dumped(value), "exit": _dumped(exit), **more}, indent=indent)


def failure(error: ReconcilerError, *, indent: int | None = 2, **more: str) -> str:
    """What went wrong, what to do, and how the command ends."""
    found = Failure(
        error=error.message,
        help=error.help,
        diagnostics=error.diagnostics if isinstance(error, SpecInvalid) else (),
        moved=error.moved if isinstance(error, PlanRefused) else (),
    )
    return result(found, Exit(code=error.exit_code, reason=error.reason), indent=indent, **more)


def _dumped(value: Frozen, *, exclude_none: bool = False) -> dict[str, Any]:
    dumped = value.model_dump(mode="json", exclude_none=exclude_none)
    _sort_mappings(value, dumped)
    return dumped


def _sort_mappings(value: object, dumped: Any) -> None:
    """Sorts what is a mapping in the model, whose order is that of its making; documents keep theirs."""
    if isinstance(value, tuple | list):
        for each, dumped_each in zip(value, dumped, strict=True):
            _sort_mappings(each, dumped_each)
    if not isinstance(value, Frozen):
        return
    for name in type(value).model_fields.keys() & dumped.keys():
        field = getattr(value, name)
        if isinstance(field, dict) and all(isinstance(each, str | int) for each in field.values()):
            dumped[name] = dict(sorted(dumped[name].items()))
        else:
            _sort_mappings(field, dumped[name])
