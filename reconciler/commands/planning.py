"""What `plan`, `apply` and `drift` share: the options that let guards pass, making a plan, and showing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import click

from reconciler.commands.options import Options
from reconciler.commands.running import reading
from reconciler.errors import UsageError
from reconciler.model.plan import Exit
from reconciler.planning.guard_names import mistake_in

if TYPE_CHECKING:
    from reconciler.planning.guards import GuardOverrides
    from reconciler.planning.planner import PlanResult
    from reconciler.spec import Desired
    from reconciler.use_cases.app import Connection


def allowances(decorated: Any) -> Any:
    """Adds the options that let a guard pass."""
    for option in (
        click.option("--no-delete", is_flag=True, help="Leave out everything that deletes, detaches or closes."),
        click.option("--allow-close", is_flag=True, help="Let accounts be closed."),
        click.option(
            "--allow",
            multiple=True,
            metavar="GUARD=N",
            callback=_checked,
            help="Let a guard pass up to N (repeatable).",
        ),
    ):
        decorated = option(decorated)
    return decorated


def _checked(_ctx: click.Context, _option: click.Parameter, allow: tuple[str, ...]) -> tuple[str, ...]:
    """The allowances, before anything else is done. Raises `UsageError` for one that is no `GUARD=N`, or names no
    guard."""
    for each in allow:
        guard, equals, number = each.rpartition("=")
        if not equals or not (number.isascii() and number.isdecimal()):
            raise UsageError(
                f"--allow {each}: expected GUARD=N, a guard and a number",
                help="copy it from the plan, for example --allow deletes.policies=3",
            )
        if mistake := mistake_in(guard):
            raise UsageError(f"--allow {each}: {mistake[0]}", help=mistake[1])
    return allow


def allowed(allow: tuple[str, ...], allow_close: bool, no_delete: bool) -> GuardOverrides:
    """The allowances of the command line."""
    from reconciler.planning.guards import GuardOverrides

    numbers = {guard: int(number) for guard, _, number in (each.rpartition("=") for each in allow)}
    return GuardOverrides(numbers=numbers, close=allow_close, no_delete=no_delete)


def planned(
    options: Options,
    desired: Desired,
    connection: Connection,
    command: Literal["plan", "apply", "drift"],
    targets: tuple[str, ...],
    permitted: GuardOverrides,
) -> PlanResult:
    from reconciler.planning.planner import PlanRequest
    from reconciler.use_cases import app

    request = PlanRequest(command=command, targets=targets, allowed=permitted)
    with reading(options) as progress:
        return app.make_plan(desired, connection, request, progress)


def exited(result: PlanResult, exit: Exit) -> PlanResult:
    """The same, with how the command ends."""
    return replace(result, plan=result.plan.model_copy(update={"exit": exit}))


def show_plan(
    options: Options, result: PlanResult, next_command: str | None, write: Callable[[str], None] | None = None
) -> None:
    """Writes a plan or drift in the format asked for."""
    from reconciler.use_cases import files

    write = write or options.write
    drift = result.plan.command == "drift"
    if options.output == "json":
        write(files.plan_text(result.plan))
    elif options.output == "markdown":
        from reconciler.render import markdown

        render = markdown.drift if drift else markdown.plan
        write(render(result.plan, desired_tree=result.after, next_command=next_command, spec=str(options.spec)))
    else:
        from reconciler.render import text

        render_text = text.drift if drift else text.plan
        write(
            render_text(
                result.plan,
                desired_tree=result.after,
                width=options.width(),
                color=options.colored(),
                unicode=options.unicode(),
                verbose=options.verbose,
                next_command=next_command,
                spec=str(options.spec),
            )
        )
