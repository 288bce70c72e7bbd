"""Any value of the model as JSON: the machine-readable results and the files that other processes read."""

from __future__ import annotations

from typing import Any

from reconciler.model.base import Frozen
from reconciler.model.printable import dumps as printed


def dumps(value: Frozen) -> str:
    r"""Keys in the order of the model, those of counts, ids and tags sorted; indented by two, with a line break at the
    end. Control, bidirectional and other invisible characters are `\u` escapes, everything else is as it is."""
    dumped = value.model_dump(mode="json")
    _sort_mappings(value, dumped)
    return printed(dumped)


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
