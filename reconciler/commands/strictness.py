"""`--strict`: warnings fail, what is only information does not. The result is shown first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import WarningsFound
from reconciler.model.plan import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.commands.options import Options
    from reconciler.model.diagnostic import Diagnostic
    from reconciler.model.plan import Warning_


def found_warnings(options: Options, found: Iterable[Diagnostic | Warning_]) -> int:
    """How many warnings fail this run: none without `--strict`. Those of a plan have the spec's among them."""
    return sum(each.severity == "warning" for each in found) if options.strict else 0


def strict_exit(options: Options, found: Iterable[Diagnostic | Warning_], otherwise: Exit) -> Exit:
    """How the command ends: exit 3 wins over 4 and 2."""
    return _EXIT if found_warnings(options, found) else otherwise


def check_strict(options: Options, found: Iterable[Diagnostic | Warning_]) -> None:
    """Raises `WarningsFound`, before the first write."""
    if count := found_warnings(options, found):
        raise WarningsFound(count)


_EXIT = Exit(code=WarningsFound.exit_code, reason=WarningsFound.reason)
