"""`reconciler plan`: what would change and why; writes nothing but the files that are named."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.planning import allowances, overrides, planned, show_plan
from reconciler.commands.running import command, connected, spec_to_plan, timeout_option
from reconciler.commands.strictness import strict_exit
from reconciler.errors import Blocked
from reconciler.model.plan import Exit, Plan

if TYPE_CHECKING:
    from reconciler.use_cases.plan import GuardOverrides


@allowances
@click.option("--target", "targets", multiple=True, metavar="ADDRESS", help="Only this address (a glob; repeatable).")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there are changes.")
@click.option("--check", is_flag=True, help="Exit 4 where a guard blocks the plan, as apply would.")
@click.option("--save", metavar="FILE", default=None, help="Save the plan for `apply FILE`.")
@timeout_option(None)
@command("Show what would change, and what it means; writes nothing.")
def plan(
    options: Options,
    targets: tuple[str, ...],
    detailed_exitcode: bool,
    check: bool,
    save: str | None,
    timeout: float | None,
    allow: tuple[str, ...],
    allow_close: bool,
    written: str | None,
    no_delete: bool,
) -> int:
    from reconciler.use_cases import files
    from reconciler.use_cases.plan import with_exit

    permitted = overrides(allow, allow_close=allow_close, no_delete=no_delete, written=written)
    desired = spec_to_plan(options)
    with connected(options, desired, timeout=timeout) as connection:
        result = planned(options, desired, connection, "plan", targets, permitted)
    result = with_exit(
        result,
        strict_exit(options, result.plan.warnings, _exit(result.plan, check=check, detailed=detailed_exitcode)),
    )
    if save is not None:
        files.save_plan(result.plan, Path(save))
    show_plan(options, result, _next_command(result.plan, options, save, targets, permitted), desired=desired)
    return result.plan.exit.code


def _exit(plan: Plan, *, check: bool, detailed: bool) -> Exit:
    if plan.guards.blocked and check:
        return Exit(code=Blocked.exit_code, reason="blocked")
    if plan.changes and detailed:
        return Exit(code=2, reason="changes")
    return Exit(reason="blocked" if plan.guards.blocked else "ok")


def _next_command(
    plan: Plan, options: Options, save: str | None, targets: tuple[str, ...], permitted: GuardOverrides
) -> str | None:
    """The command that applies this plan, with the options that it was made with and the allowances that are still
    missing; `None` where nothing is to apply, or no option allows it. A saved plan has its selection in the file."""
    from reconciler.use_cases.plan import allow_options

    violations = plan.guards.violations
    if not plan.changes or not all(each.allow for each in violations):
        return None
    if save is not None:
        selection = [save]
    else:
        selection = [*(word for each in targets for word in ("--target", each)), *["--no-delete"] * permitted.no_delete]
    typed = "".join(f" {shlex.quote(each)}" for each in selection)
    allowing = "".join(f" {each}" for each in allow_options(permitted, violations))
    return f"reconciler apply{typed}{options.location}{allowing}"
