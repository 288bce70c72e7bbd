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
from reconciler.render.safe import safe

if TYPE_CHECKING:
    from reconciler.model.impact import Claim, ClaimProof, Replay
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
    if options.output == "markdown":
        from reconciler.render import markdown

        options.write(markdown.impact(result.plan.impact))
    elif options.output == "json":
        from reconciler.render import json

        options.write(json.result(PlanImpact(digest=result.plan.digest, impact=result.plan.impact), exit=Exit()))
    else:
        from reconciler.render import text

        options.write(
            text.impact(result.plan.impact, width=options.width(), color=options.colored(), unicode=options.unicode())
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
        from reconciler.render import json

        options.write(json.result(proof, exit=exit))
    elif options.output == "markdown":
        from reconciler.commands import impact_markdown

        options.write(impact_markdown.proof(proof))
    else:
        options.write(_proof_text(proof))
    return exit.code


def _proof_text(proof: ClaimProof) -> str:
    accounts = f"{proof.accounts} account{'s' * (proof.accounts != 1)}"
    if proof.example is not None:
        request = proof.example.request
        asked = " ".join(f"--context {key}={value}" for key, values in request.context.items() for value in values)
        refuted = (
            f"{proof.claim} is refuted: {request.action} in {proof.example.account} is {proof.example.before} before "
            f"and {proof.example.after} after."
        )
        example = (
            f"  region {request.region or 'any'}, principal {request.principal or 'any'}, "
            f"resource {request.resource or 'any'} {asked}"
        )
        return f"{safe(refuted)}\n{safe(example).rstrip()}"
    why = f": {proof.reason}" if proof.reason else "."
    return safe(f"{proof.claim} is {proof.verdict.replace('_', ' ')} for {accounts}{why}")


def _replay(options: Options, result: PlanResult, files: list[Path], history: EventHistory | None) -> int:
    from reconciler.use_cases.impact import replay_events

    if history:
        options.say(f"looking up at most {history.most:,} CloudTrail events, about 100 a second")
    found = replay_events(files, result.before, result.after, looked_up=history.records() if history else ())
    if history:
        _warn_of_limits(history, result.plan.organization.management_account_id, options)
    if options.output == "json":
        from reconciler.render import json

        options.write(json.result(found, *([history.summary()] if history else []), exit=Exit()))
    elif options.output == "markdown":
        from reconciler.commands import impact_markdown

        options.write(impact_markdown.replay(found))
    else:
        options.write(_replay_text(found))
    return 0


def _warn_of_limits(history: EventHistory, management_account_id: str, options: Options) -> None:
    """Shows what the event history did not have."""
    for time in history.left_out:
        options.say(
            f"warning: stopped after {history.most:,} events: those before {time:%Y-%m-%d %H:%M} were not looked at\n"
            "  = help: --max-events N looks further back; --events FILE replays the log files that a trail delivers"
        )
    if management_account_id in history.accounts:
        options.say(
            "warning: the event history is of the management account, which SCPs do not reach\n"
            "  = help: take the credentials of a member account, and --snapshot FILE for the organization"
        )


def _replay_text(found: Replay) -> str:
    unknown = sum(each.count for each in found.not_understood)
    lines = [
        f"{found.records:,} records: {found.replayed:,} replayed, {unknown:,} not understood, "
        f"{found.failed:,} no calls that succeeded, {found.elsewhere:,} of other accounts.",
        "",
    ]
    for each in found.newly_denied:
        blocker = each.blocked_by
        by = f"statement {blocker.statement} of {blocker.policy}" if blocker else "no SCP that allows it"
        at = f" at {', '.join(each.missing_allow_at)}" if each.missing_allow_at else ""
        depends = f", if {each.condition}" if each.condition else ""
        lines.append(safe(f"{each.count:>9,}  {each.action}  {each.account}  {each.principal}"))
        lines.append(safe(f"{'':11}denied by {by}{at}{depends}"))
    for unread in found.unknown:
        accounts = f"{len(unread.addresses)} account{'s' * (len(unread.addresses) != 1)}"
        kind = unread.kind.upper()
        lines.append(safe(f"For {accounts} more may be denied: {kind}s were not read ({unread.reason})."))
    if not found.newly_denied and not found.unknown:
        lines.append(f"None of the calls that {'were replayed' if unknown else 'worked'} would be denied.")
    if unknown:
        lines += ["", "Not understood, so it is not known whether they would be denied:"]
        lines += [safe(f"{each.count:>9,}  {each.event_source}  {each.event_name}") for each in found.not_understood]
    return "\n".join(lines)
