"""`reconciler explain`: may a principal in an account do this? By which level, policy, statement and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Options
from reconciler.commands.running import aligned_live, command, is_live, spec_of
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.meaning import Meaning


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
) -> int:
    from reconciler import meaning
    from reconciler.analysis.context import Request

    identity = meaning.identity_policy_in(Path(identity_policy)) if identity_policy else None
    asked = _organization(options)
    if requests is not None:
        answers = (
            asked.explain(each, closed_context=closed_context, identity_policy=identity)
            for each in meaning.requests_in(Path(requests))
        )
        options.write("".join(each.model_dump_json() + "\n" for each in answers))
        return 0
    if account is None or action is None:
        raise UsageError("an account and an action were expected", help="for example: explain shop-prod s3:PutObject")
    if ":" not in action:
        raise UsageError(f"{action} is no action", help="write it as service:Action, for example s3:PutObject")
    request = Request(
        account=account,
        action=action,
        resource=resource,
        region=options.region,
        principal=principal,
        resource_account=resource_account,
        context=_context(context),
    )
    answer = asked.explain(request, closed_context=closed_context, identity_policy=identity)
    if options.output == "json":
        options.write(json.dumps(answer.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")
    else:
        from reconciler.render import text

        options.write(
            text.explanation(answer, width=options.width(), color=options.colored(), unicode=options.unicode())
        )
    return 0


def _organization(options: Options) -> Meaning:
    """The spec's organization or, with --live, --mock or a snapshot, the live one, by the spec's names."""
    from reconciler.meaning import Meaning

    if not is_live(options):
        desired = spec_of(options)
        return Meaning.of(desired.inventory, desired.statements)
    return Meaning.of(*aligned_live(options))


def _context(given: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise UsageError(f"--context {each}: KEY=VALUE was expected")
        found.setdefault(key, []).append(value)
    return found
