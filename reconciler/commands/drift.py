"""`reconciler drift`: what differs from the spec, told from the live side."""

from __future__ import annotations

from reconciler.commands.options import Options
from reconciler.commands.planning import allowed, exited, planned, show_plan
from reconciler.commands.running import command, connected, spec_of, timeout_option
from reconciler.model.plan import BY_HAND, Exit


@timeout_option(None)
@command("Show how the live organization differs from the spec; exit 2 on drift.")
def drift(options: Options, timeout: float | None) -> int:
    desired = spec_of(options)
    with connected(options, desired, timeout=timeout) as connection:
        result = planned(options, desired, connection, "drift", (), allowed((), allow_close=False, no_delete=False))
    drifted = bool(result.plan.changes) or any(each.code in BY_HAND for each in result.plan.warnings)
    result = exited(result, Exit(code=2, reason="drift") if drifted else Exit())
    show_plan(options, result, f"reconciler plan{options.location}" if drifted else None)
    return result.plan.exit.code
