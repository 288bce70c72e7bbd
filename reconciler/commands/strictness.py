"""`--strict`: warnings fail, what is only information does not. The result is shown first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import WarningsFound
from reconciler.model.plan import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.commands.options import Options
    from reconciler.model.diagnostic import Diagnostic
    from reconciler.model.plan import Plan


def found_warnings(options: Options, diagnostics: Iterable[Diagnostic], plan: Plan | None = None) -> int:
    """How many warnings fail this run: none without `--strict`."""
    if not options.strict:
        return 0
    severities = [each.severity for each in diagnostics]
    severities += [each.severity for each in plan.warnings] if plan is not None else []
    return severities.count("warning")


def strict_exit(options: Options, diagnostics: Iterable[Diagnostic], plan: Plan | None, otherwise: Exit) -> Exit:
    """How the command ends: exit 3 wins over 4 and 2."""
    return _EXIT if found_warnings(options, diagnostics, plan) else otherwise


def check_strict(options: Options, diagnostics: Iterable[Diagnostic], plan: Plan) -> None:
    """Raises `WarningsFound`, before the first write."""
    if count := found_warnings(options, diagnostics, plan):
        raise WarningsFound(count)


_EXIT = Exit(code=WarningsFound.exit_code, reason=WarningsFound.reason)
