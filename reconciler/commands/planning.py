"""What `plan`, `apply` and `drift` share: the options that let guards pass, making a plan, and showing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import click

from reconciler.commands.options import Options
from reconciler.commands.running import reading
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.use_cases.connection import Connection
    from reconciler.use_cases.load_spec import Desired
    from reconciler.use_cases.plan import GuardOverrides, PlanResult


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
    if allow:
        from reconciler.use_cases.plan import mistake_in

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


def overrides(allow: tuple[str, ...] = (), *, allow_close: bool = False, no_delete: bool = False) -> GuardOverrides:
    """What the command line lets pass."""
    from reconciler.use_cases.plan import GuardOverrides

    numbers = {guard: int(number) for guard, _, number in (each.rpartition("=") for each in allow)}
    return GuardOverrides(numbers=numbers, close=allow_close, no_delete=no_delete)


def planned(
    options: Options,
    desired: Desired,
    connection: Connection,
    command: Literal["plan", "apply", "drift"],
    targets: tuple[str, ...] = (),
    allowed: GuardOverrides | None = None,
) -> PlanResult:
    from reconciler.use_cases import plan

    request = plan.PlanRequest(command=command, targets=targets, allowed=allowed or overrides())
    with reading(options) as progress:
        return plan.make_plan(desired, connection, request, progress)


def show_plan(
    options: Options,
    result: PlanResult,
    next_command: str | None,
    write: Callable[[str], None] | None = None,
    desired: Desired | None = None,
) -> None:
    """Writes a plan or drift in the format of `--output`. HTML names places of statements that are in `desired`."""
    from reconciler.use_cases import files

    write = write or options.write
    drift = result.plan.command == "drift"
    if options.output == "json":
        write(files.plan_text(result.plan))
    elif options.output == "html":
        from reconciler.render import html
        from reconciler.use_cases.indexed import sides_of

        before, after = sides_of(result, desired)
        page = html.drift if drift else html.plan
        write(page(result.plan, before=before, after=after, next_command=next_command, spec=str(options.spec)))
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
                **options.layout(),
                verbose=options.verbose,
                next_command=next_command,
                spec=str(options.spec),
            )
        )
