"""`reconciler explain`: may a principal in an account do this? By which level, policy, statement and line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.effective import explain_effective, spec_of_plan
from reconciler.commands.explain_access import answering_with_permission_set, explain_who
from reconciler.commands.options import Options
from reconciler.commands.running import aws_api, command, connected, reading, view_of
from reconciler.errors import UsageError
from reconciler.render import json
from reconciler.render.safe import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.decision import Decision
    from reconciler.use_cases.explain import Explain, ExplainedChange, Request

    Answer = Decision | ExplainedChange


@click.option("--who", is_flag=True, help="Who can enter ACCOUNT, with which permission set, instead.")
@click.option("--permission-set", metavar="NAME", default=None, help="The caller has this permission set.")
@click.option("--type", "policy_type", metavar="TYPE", default=None, help="The effective policy of this type instead.")
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
    policy_type: str | None,
    permission_set: str | None,
    who: bool,
) -> int:
    from reconciler.use_cases.explain import Request, requests_in

    of_request = (action, resource, principal, resource_account, context, requests, online)
    if who:
        if account is None or any(
            (*of_request, closed_context, identity_policy, plan_file, policy_type, permission_set)
        ):
            raise UsageError("--who is about an account alone", help="for example: explain shop-prod --who")
        return explain_who(options, account)
    if policy_type is not None:
        if account is None or any((*of_request, permission_set)):
            raise UsageError("--type is about an account alone", help="for example: explain shop-prod --type tag")
        return explain_effective(options, account, policy_type, plan_file)
    if permission_set is None:
        explain = _explain(options, identity_policy, online=online, closed_context=closed_context)
        answer = _answering(options, explain, plan_file)
    elif principal or identity_policy or requests or plan_file or online:
        raise UsageError(
            "--permission-set says who calls, now",
            help="it goes without --principal, --identity-policy, --requests, --plan and --online",
        )
    else:
        answer = answering_with_permission_set(options, permission_set, closed_context=closed_context)
    if requests is not None:
        answers = [answer(each) for each in requests_in(Path(requests))]
        _warn(answers, options)
        options.write("".join(json.dumps(each, indent=None) for each in answers))
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
    found = answer(request)
    if options.output != "text":  # the text has them itself
        _warn([found], options)
    if options.output == "json":
        options.write(json.dumps(found))
    elif options.output == "markdown":
        options.write(_markdown(found))
    else:
        options.show(_text(found, options))
    return 0


def _explain(options: Options, identity_policy: str | None, *, online: bool, closed_context: bool) -> Explain:
    """How one request is answered: by the policies of an organization and, with --online, also by AWS."""
    from reconciler.use_cases.explain import PolicyEvaluator, identity_policy_in

    identity = identity_policy_in(Path(identity_policy)) if identity_policy else None
    explain = partial(PolicyEvaluator.explain, closed_context=closed_context, identity=identity)
    if not online:
        return explain
    from reconciler.use_cases.online import compared

    return compared(aws_api(options), explain, Path(identity_policy) if identity_policy else None, identity)


def _answering(options: Options, explain: Explain, plan_file: str | None) -> Callable[[Request], Answer]:
    """Answers by the spec's organization or, with --live, --mock or a snapshot, the live one; with --plan by the live
    one before and after the plan."""
    from reconciler.use_cases.explain import DECIDING, PolicyEvaluator, around_plan, explain_change
    from reconciler.use_cases.files import load_plan

    if plan_file is None:
        view = view_of(options, DECIDING)
        evaluator = PolicyEvaluator.of(view.inventory, view.statements)
        return lambda request: explain(evaluator, request)
    plan = load_plan(Path(plan_file))
    desired = spec_of_plan(plan, options)
    with connected(options, desired) as connection, reading(options) as progress:
        before, after = around_plan(plan, desired, connection, progress)
    return lambda request: explain_change(before, after, request, explain)


def _sides(answer: Answer) -> tuple[Decision | None, ...]:
    from reconciler.use_cases.explain import ExplainedChange

    return (answer.before, answer.after) if isinstance(answer, ExplainedChange) else (answer,)


def _warn(answers: Iterable[Answer], options: Options) -> None:
    """Shows what looks wrong about the questions, each once."""
    found = (warning for each in answers for side in _sides(each) if side for warning in side.warnings)
    for warning in dict.fromkeys(found):
        options.info(safe(f"warning: {warning}"))


def _markdown(answer: Answer) -> str:
    from reconciler.render import markdown

    sides = _sides(answer)
    titles = ("",) if len(sides) == 1 else ("Before the plan", "After the plan")
    notes = [" ".join(_simulator_answer(each, 10_000).split()) if each else "" for each in sides]
    return markdown.explanation(list(zip(titles, sides, notes, strict=True)))


def _text(answer: Answer, options: Options) -> str:
    from reconciler.render import text

    def shown(side: Decision | None) -> str:
        if side is None:
            return "The account is not there, or closed.\n"
        return text.explanation(side, **options.layout()) + _simulator_answer(side, options.width())

    before, *after = _sides(answer)
    if not after:
        return shown(before)
    if before == after[0]:
        return f"The plan does not change this.\n\n{shown(before)}"
    return f"Before the plan\n\n{shown(before)}\nAfter the plan\n\n{shown(after[0])}"


def _simulator_answer(found: Decision, width: int) -> str:
    """The answer of AWS's policy simulator; nothing where it was not called."""
    from reconciler.use_cases.online import ComparedExplanation

    if not isinstance(found, ComparedExplanation):
        return ""
    online = found.online
    verdict = {True: " It agrees.", False: " IT DOES NOT AGREE.", None: ""}[online.agrees]
    note = f" ({online.note})" if online.note else ""
    answer = f"AWS's policy simulator: {online.decision or 'no answer'}.{verdict}{note}"
    return "\n" + textwrap.fill(safe(answer), width) + "\n"


def _context(given: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise UsageError(f"--context {each}: expected KEY=VALUE")
        found.setdefault(key, []).append(value)
    return found
