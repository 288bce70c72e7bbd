"""`reconciler plan`: what would change and why; writes nothing but the files that are named."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.commands.options import Options
from reconciler.commands.planning import allowances, overrides, planned, show_plan
from reconciler.commands.running import command, connected, spec_of, timeout_option
from reconciler.model.plan import Exit


@allowances
@click.option("--target", "targets", multiple=True, metavar="ADDRESS", help="Only this address (a glob; repeatable).")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there are changes.")
@click.option("--save", metavar="FILE", default=None, help="Save the plan for `apply FILE`.")
@timeout_option(None)
@command("Show what would change, and what it means; writes nothing.")
def plan(
    options: Options,
    targets: tuple[str, ...],
    detailed_exitcode: bool,
    save: str | None,
    timeout: float | None,
    allow: tuple[str, ...],
    allow_close: bool,
    no_delete: bool,
) -> int:
    from reconciler.use_cases import files
    from reconciler.use_cases.plan import with_exit

    permitted = overrides(allow, allow_close=allow_close, no_delete=no_delete)
    desired = spec_of(options)
    with connected(options, desired, timeout=timeout) as connection:
        result = planned(options, desired, connection, "plan", targets, permitted)
    changed = bool(result.plan.changes)
    result = with_exit(result, Exit(code=2, reason="changes") if changed and detailed_exitcode else Exit())
    if save is not None:
        files.save_plan(result.plan, Path(save))
    violations = result.plan.guards.violations
    ready = changed and all(each.allow for each in violations)
    options_to_allow = "".join(f" {each.allow}" for each in violations if each.allow)
    step = f"reconciler apply {shlex.quote(save)}" if save else "reconciler apply"
    show_plan(options, result, f"{step}{options.location}{options_to_allow}" if ready else None)
    return result.plan.exit.code
