"""What `plan`, `apply` and `drift` share: the options that let guards pass, making a plan, and showing it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from reconciler.commands.options import Options
from reconciler.commands.results import RESULT_FORMATS, root_here, written
from reconciler.commands.running import reading
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.use_cases.connection import Connection
    from reconciler.use_cases.load_spec import Desired
    from reconciler.use_cases.plan import GuardOverrides, PlanResult


_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def allowances(decorated: Any) -> Any:
    """Adds the options that let a guard pass."""
    for option in (
        click.option("--no-delete", is_flag=True, help="Leave out everything that deletes, detaches or closes."),
        click.option(
            "--allowances",
            "written",
            metavar="OPTIONS",
            envvar="RECONCILER_ALLOWANCES",
            default=None,
            help="The options --allow and --allow-close in one text, as a plan shows them (env RECONCILER_ALLOWANCES).",
        ),
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
        _check(each)
    return allow


def _check(allow: str) -> None:
    from reconciler.use_cases.plan import mistake_in

    guard, equals, number = allow.rpartition("=")
    if not equals or not (number.isascii() and number.isdecimal()):
        raise UsageError(
            f"--allow {allow}: expected GUARD=N, a guard and a number",
            help="copy it from the plan, for example --allow deletes.policies=3",
        )
    if mistake := mistake_in(guard):
        raise UsageError(f"--allow {allow}: {mistake[0]}", help=mistake[1])


def overrides(
    allow: tuple[str, ...] = (), *, allow_close: bool = False, no_delete: bool = False, written: str | None = None
) -> GuardOverrides:
    """What the command line lets pass. Raises `UsageError` where `written` has anything but allowances."""
    from reconciler.use_cases.plan import GuardOverrides

    more = parsed_allowances(written or "")
    numbers = {guard: int(number) for guard, _, number in (each.rpartition("=") for each in (*more.allow, *allow))}
    return GuardOverrides(numbers=numbers, close=allow_close or more.close, no_delete=no_delete, only_for=more.only_for)


class WrittenAllowances(NamedTuple):
    """Allowances in one text: those of `--allow`, `--allow-close`, and the digest of the plan that they are for."""

    allow: tuple[str, ...] = ()
    close: bool = False
    only_for: str | None = None


def parsed_allowances(written: str) -> WrittenAllowances:
    """`sha256:DIGEST --allow GUARD=N --allow-close`, as a comment on a pull request shows it. Raises `UsageError`."""
    try:
        words = iter(shlex.split(written))
    except ValueError as error:
        raise UsageError(f"--allowances: {error}", help="copy the line from the plan") from error
    allow: list[str] = []
    close, only_for = False, None
    for word in words:
        option, equals, value = word.partition("=")
        if word == "--allow-close":
            close = True
        elif option == "--allow":
            allow.append(value if equals else next(words, ""))
        elif only_for is None and _DIGEST.fullmatch(word):
            only_for = word
        else:
            raise UsageError(
                f"--allowances: `{word}` is not an allowance",
                help="it takes a digest, --allow GUARD=N and --allow-close: copy the line from the plan",
            )
    for each in allow:
        _check(each)
    return WrittenAllowances(tuple(allow), close, only_for)


def planned(
    options: Options,
    desired: Desired,
    connection: Connection,
    command: Literal["plan", "apply"],
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
    """Writes a plan or drift in the format of `--output`, or as text elsewhere, and its copies. `desired` has the tests
    and the places of statements, which some formats show."""
    if write is not None:
        write(_rendered(options, result, next_command, desired))
    else:
        pages = result.plan.command != "apply"
        options.write_all(lambda each: _rendered(each, result, next_command, desired), pages=pages)


def _rendered(options: Options, result: PlanResult, next_command: str | None, desired: Desired | None) -> str:
    from reconciler.use_cases import files

    plan, spec = result.plan, str(options.spec)
    drift = plan.command == "drift"
    if options.output == "json":
        return files.plan_text(plan)
    if options.output == "html":
        from reconciler.render import html
        from reconciler.use_cases.indexed import sides_of

        before, after = sides_of(result, desired)
        page = html.drift if drift else html.plan
        return page(plan, before=before, after=after, next_command=next_command, spec=spec)
    if options.output == "markdown":
        from reconciler.render import markdown

        render = markdown.drift if drift else markdown.plan
        return render(plan, desired_tree=result.after, next_command=next_command, spec=spec)
    if options.output == "junit":
        from reconciler.model.policy_test import PolicyTestOutcome
        from reconciler.render import junit

        strict = options.strict
        tested = [PolicyTestOutcome(test=each) for each in desired.tests] if desired is not None else []
        return junit.drift(plan, result.after, strict=strict) if drift else junit.plan(plan, tested, strict=strict)
    if options.output == "gitlab-terraform":
        from reconciler.render.gitlab import terraform_report

        return terraform_report(plan)
    if options.output in RESULT_FORMATS:
        from reconciler.render.results import of_drift, of_plan

        root = root_here()
        found = of_drift(plan, result.after, root, spec) if drift else of_plan(plan, root, spec)
        return written(options.output, found)
    from reconciler.render import text

    render_text = text.drift if drift else text.plan
    return render_text(
        plan,
        desired_tree=result.after,
        **options.layout(),
        verbose=options.verbose,
        next_command=next_command,
        spec=spec,
    )
