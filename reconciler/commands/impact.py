"""`reconciler impact`: what a plan changes in permissions: summarised, proven, or replayed over recorded calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.planning import planned
from reconciler.commands.running import aws_api, command, connected, spec_of
from reconciler.errors import Blocked, UsageError
from reconciler.model.plan import Exit
from reconciler.model.results import PlanImpact
from reconciler.render import json

if TYPE_CHECKING:
    from reconciler.model.impact import Claim
    from reconciler.use_cases.online import EventHistory
    from reconciler.use_cases.plan import PlanResult


@click.option("--max-events", metavar="N", type=click.IntRange(min=1), default=20_000, help="At most N events (20000).")
@click.option("--lookback", metavar="14d", default=None, help="The same for CloudTrail's event history (credentials).")
@click.option("--events", multiple=True, metavar="FILE...", help="CloudTrail records: which calls would be denied?")
@click.option("--assert", "claim", type=click.Choice(["no-gain", "no-loss"]), default=None, help="Prove it.")
@click.option("--scope", metavar="OU", default=None, help="Only accounts below this OU (with --assert).")
@click.argument("files", nargs=-1, metavar="")
@command("What each group of accounts can no longer, or newly, do after the plan.")
def impact(
    options: Options,
    claim: Claim | None,
    scope: str | None,
    events: tuple[str, ...],
    files: tuple[str, ...],
    lookback: str | None,
    max_events: int,
) -> int:
    if files and not events:
        raise UsageError(f"unexpected: {' '.join(files)}", help="recorded events are given with --events FILE...")
    if scope is not None and claim is None:
        raise UsageError("--scope belongs to --assert", help="add --assert no-gain or --assert no-loss")
    history = _history(options, lookback, max_events) if lookback else None
    desired = spec_of(options)
    with connected(options, desired) as connection:
        result = planned(options, desired, connection, "plan")
    if claim is not None:
        return _prove(options, result, claim, scope)
    if events or history:
        return _replay(options, result, [Path(each) for each in (*events, *files)], history)
    plan = result.plan
    if options.output == "json":
        found = PlanImpact(digest=plan.digest, impact=plan.impact, access=plan.access, coverage=plan.coverage)
        options.show(json.result(found, Exit()))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.show(markdown.impact(plan.impact, access=plan.access, coverage=plan.coverage))
    else:
        from reconciler.render import text

        layout = options.layout()
        options.show(
            text.impact(plan.impact, **layout, verbose=options.verbose, access=plan.access, coverage=plan.coverage)
        )
    return 0


def _history(options: Options, lookback: str, most: int) -> EventHistory:
    from reconciler.use_cases.online import EventHistory, since

    return EventHistory(since=since(lookback), api=aws_api(options), most=most)


def _prove(options: Options, result: PlanResult, claim: Claim, scope: str | None) -> int:
    from reconciler.use_cases.impact import prove_claim

    proof = prove_claim(claim, result.before, result.after, scope)
    exit = Exit(code=0 if proof.verdict == "proven" else Blocked.exit_code, reason=proof.verdict)
    if options.output == "json":
        options.show(json.result(proof, exit))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.show(markdown.proof(proof))
    else:
        from reconciler.render import text

        options.show(text.proof(proof))
    return exit.code


def _replay(options: Options, result: PlanResult, files: list[Path], history: EventHistory | None) -> int:
    from reconciler.use_cases.impact import replay_events

    if history:
        options.info(f"looking up at most {history.most:,} CloudTrail events, about 100 a second")
    found = replay_events(files, result.before, result.after, looked_up=history.records() if history else ())
    if history:
        _warn_of_limits(history, result.plan.organization.management_account_id, options)
        found = found.model_copy(update={"lookback": history.lookback()})
    if options.output == "json":
        options.show(json.result(found, Exit()))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.show(markdown.replay(found))
    else:
        from reconciler.render import text

        options.show(text.replay(found))
    return 0


def _warn_of_limits(history: EventHistory, management_account_id: str, options: Options) -> None:
    """Shows what the event history did not have."""
    for time in history.left_out:
        options.info(
            f"warning: stopped after {history.most:,} events: those before {time:%Y-%m-%d %H:%M} were not looked at\n"
            "  = help: --max-events N looks further back; --events FILE replays the log files that a trail delivers"
        )
    if management_account_id in history.accounts:
        options.info(
            "warning: the event history is of the management account, which SCPs do not reach\n"
            "  = help: take the credentials of a member account, and --snapshot FILE for the organization"
        )
