"""`reconciler explain`: may a principal in an account do this? By which level, policy, statement and line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Options
from reconciler.commands.running import aligned_live, command, connected, is_live, reading, tell_diagnostics
from reconciler.errors import SpecInvalid, UsageError
from reconciler.model.address import local
from reconciler.model.base import Json
from reconciler.model.printable import dumps
from reconciler.render.safe import safe

if TYPE_CHECKING:
    from reconciler.model.decision import Decision, Request
    from reconciler.model.plan import Plan
    from reconciler.spec import Desired
    from reconciler.use_cases.meaning import Meaning

    Ask = Callable[[Meaning, Request], Decision]

DECIDING = frozenset({"scp", "rcp"})
"""The policy types that decide what is allowed."""


@click.option("--online", is_flag=True, help="Compare with the answer of IAM's policy simulator (credentials).")
@click.option("--plan", "plan_file", metavar="FILE", default=None, help="Before and after this saved plan.")
@click.option("--identity-policy", metavar="FILE", default=None, help="The principal's own IAM policy, to intersect.")
@click.option("--closed-context", is_flag=True, help="A context key that is not given is absent, not unknown.")
@click.option("--requests", metavar="FILE", default=None, help="Many requests, a JSON object a line.")
@click.option("--context", multiple=True, metavar="KEY=VALUE", help="A context key (repeatable).")
@click.option("--resource-account", default=None, help="The account that owns the resource.")
@click.option("--principal", metavar="ARN", default=None, help="Who calls: an ARN, a service, `*` (default any role).")
@click.option("--resource", metavar="ARN", default=None, help="On what (default: not known).")
@click.argument("action", required=False)
@click.argument("account", required=False)
@command(
    "May a principal in ACCOUNT do ACTION? Names the level, the policy and the statement. --region is the request's."
)
def explain(
    options: Options,
    account: str | None,
    action: str | None,
    resource: str | None,
    principal: str | None,
    resource_account: str | None,
    context: tuple[str, ...],
    requests: str | None,
    closed_context: bool,
    identity_policy: str | None,
    plan_file: str | None,
    online: bool,
) -> int:
    from reconciler.model.decision import Request
    from reconciler.use_cases import meaning

    identity = meaning.identity_policy_in(Path(identity_policy)) if identity_policy else None

    def here(asked: Meaning, request: Request) -> Decision:
        return asked.explain(request, closed_context=closed_context, identity_policy=identity)

    ask = _compared(options, here, identity_policy) if online else here
    sides = _organizations(options) if plan_file is None else _around(Path(plan_file), options)
    if requests is not None:
        answers = [_answers(sides, each, ask) for each in meaning.requests_in(Path(requests))]
        _warn(answers, options)
        options.write("".join(dumps(_json(each), indent=None) for each in answers))
        return 0
    if account is None or action is None:
        raise UsageError("expected an account and an action", help="for example: explain shop-prod s3:PutObject")
    if ":" not in action:
        raise UsageError(f"{action} is not an action", help="write it as service:Action, for example s3:PutObject")
    request = Request(
        account=account,
        action=action,
        resource=resource,
        region=options.region,
        principal=principal,
        resource_account=resource_account,
        context=_context(context),
    )
    found = _answers(sides, request, ask)
    if options.output != "text":  # the text has them itself
        _warn([found], options)
    if options.output == "json":
        options.write(dumps(_json(found)))
    elif options.output == "markdown":
        options.write(_markdown(found))
    else:
        options.write(_text(found, options))
    return 0


def _compared(options: Options, here: Ask, identity_policy: str | None) -> Ask:
    from reconciler.commands.online import compared

    return compared(options, here, Path(identity_policy) if identity_policy else None)


def _organizations(options: Options) -> list[Meaning]:
    """The spec's organization or, with --live, --mock or a snapshot, the live one, by the spec's names."""
    from reconciler.use_cases.meaning import Meaning

    if not is_live(options):
        desired = _spec(options)
        if desired.warnings and not options.quiet:
            tell_diagnostics(desired.warnings, options)
        return [Meaning.of(desired.inventory, desired.statements)]
    return [Meaning.of(*aligned_live(options, DECIDING))]


def _spec(options: Options) -> Desired:
    """The spec without its tests of policies: this is where one asks why they fail."""
    from reconciler.use_cases import app

    return app.load_spec(options.spec, tests=False)


def _around(file: Path, options: Options) -> list[Meaning]:
    """The live organization before and after a saved plan. Raises `PlanRefused` where the plan no longer holds."""
    from reconciler.kinds import KINDS
    from reconciler.planning.planner import aligned
    from reconciler.use_cases import files, reviewed
    from reconciler.use_cases.meaning import Meaning

    plan = files.load_plan(file)
    desired = _spec_of_plan(plan, options)
    with connected(options, desired) as connection, reading(options) as progress:
        resumed = reviewed.resume(plan, connection, progress, also=DECIDING)
    sides = [resumed.before, resumed.after]
    if desired is not None:
        sides = [aligned(desired.inventory, each, KINDS)[1] for each in sides]
    statements = desired.statements if desired else {}
    changed = {local(each.address) for each in plan.changes if each.kind == "policy"}
    unchanged = {key: places for key, places in statements.items() if key not in changed}
    return [Meaning.of(sides[0], unchanged), Meaning.of(sides[1], statements)]


def _spec_of_plan(plan: Plan, options: Options) -> Desired | None:
    """The spec that the plan was made of, where it is still there: it names accounts, and the lines of statements."""
    with suppress(SpecInvalid):
        desired = _spec(options)
        return desired if desired.digest == plan.spec_digest else None
    return None


def _answers(sides: list[Meaning], request: Request, ask: Ask) -> list[Decision | None]:
    """The answer of each organization, `None` where the account is only in another one of them."""
    found: list[Decision | None] = []
    refused: list[UsageError] = []
    for each in sides:
        try:
            found.append(ask(each, request))
        except UsageError as error:
            found.append(None)
            refused.append(error)
    if len(refused) == len(sides):
        raise refused[-1]
    return found


def _warn(answers: list[list[Decision | None]], options: Options) -> None:
    """Says what looks wrong about the questions, each once."""
    found = (warning for each in answers for answer in each if answer for warning in answer.warnings)
    for warning in dict.fromkeys(found):
        options.say(safe(f"warning: {warning}"))


def _json(found: list[Decision | None]) -> Json:
    answers: list[Json] = [each.model_dump(mode="json") if each else None for each in found]
    return answers[0] if len(answers) == 1 else dict(zip(("before", "after"), answers, strict=True))


def _markdown(found: list[Decision | None]) -> str:
    from reconciler.commands.online import simulator_said
    from reconciler.render import markdown

    titles = ("",) if len(found) == 1 else ("Before the plan", "After the plan")
    notes = [" ".join(simulator_said(each, 10_000).split()) if each else "" for each in found]
    return markdown.explanation(list(zip(titles, found, notes, strict=True)))


def _text(found: list[Decision | None], options: Options) -> str:
    from reconciler.commands.online import simulator_said
    from reconciler.render import text

    def told(answer: Decision | None) -> str:
        if answer is None:
            return "The account is not there, or closed.\n"
        width = options.width()
        shown = text.explanation(answer, width=width, color=options.colored(), unicode=options.unicode())
        return shown + simulator_said(answer, width)

    if len(found) == 1:
        return told(found[0])
    if found[0] == found[1]:
        return f"The plan does not change this.\n\n{told(found[0])}"
    return f"Before the plan\n\n{told(found[0])}\nAfter the plan\n\n{told(found[1])}"


def _context(given: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise UsageError(f"--context {each}: expected KEY=VALUE")
        found.setdefault(key, []).append(value)
    return found
