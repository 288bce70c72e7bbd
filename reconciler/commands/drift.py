"""`reconciler drift`: what differs from the spec, seen from the live side."""

from __future__ import annotations

from reconciler.commands.options import Options
from reconciler.commands.planning import planned, show_plan
from reconciler.commands.running import command, connected, spec_of, timeout_option
from reconciler.commands.strictness import strict_exit
from reconciler.model.plan import BY_HAND, Exit


@timeout_option(None)
@command("Show how the live organization differs from the spec; exit 2 on drift.")
def drift(options: Options, timeout: float | None) -> int:
    from reconciler.use_cases.plan import with_exit

    desired = spec_of(options)
    with connected(options, desired, timeout=timeout) as connection:
        result = planned(options, desired, connection, "drift")
    drifted = bool(result.plan.changes) or any(each.code in BY_HAND for each in result.plan.warnings)
    exit = Exit(code=2, reason="drift") if drifted else Exit()
    result = with_exit(result, strict_exit(options, desired.warnings, result.plan, exit))
    show_plan(options, result, f"reconciler plan{options.location}" if drifted else None)
    return result.plan.exit.code
