"""`reconciler impact`: what a plan changes in effective permissions, and nothing else of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.planning import planned
from reconciler.commands.running import command, connected, spec_of
from reconciler.errors import Blocked

if TYPE_CHECKING:
    from reconciler.analysis.prove import Proof
    from reconciler.engine.planner import Planned


@click.option("--assert", "asserted", type=click.Choice(["no-gain", "no-loss"]), default=None, help="Prove it.")
@click.option("--scope", metavar="OU", default=None, help="Only accounts below this OU (with --assert).")
@command("What each group of accounts can no longer, or newly, do after the plan.")
def impact(options: Options, asserted: str | None, scope: str | None) -> int:
    desired = spec_of(options)
    with connected(options, desired) as connection:
        result = planned(options, desired, connection, "plan", (), (), False, False)
    if asserted is not None:
        return _prove(options, result, asserted, scope)
    if options.output == "markdown":
        from reconciler.render import markdown

        options.write(markdown.impact(result.plan.impact))
    elif options.output == "json":
        found = {
            "format_version": result.plan.format_version,
            "digest": result.plan.digest,
            "impact": list(result.plan.impact),
            "exit": {"code": 0, "reason": "ok"},
        }
        options.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    else:
        from reconciler.render import text

        options.write(
            text.impact(result.plan.impact, width=options.width(), color=options.colored(), unicode=options.unicode())
        )
    return 0


def _prove(options: Options, result: Planned, claim: str, scope: str | None) -> int:
    from reconciler import meaning

    proof = meaning.proven(claim, result.before, result.after, scope)
    holds = proof.verdict == "proven"
    if options.output == "json":
        options.write(proof.model_dump_json(indent=2) + "\n")
    else:
        options.write(_told(proof))
    return 0 if holds else Blocked.exit_code


def _told(proof: Proof) -> str:
    accounts = f"{proof.accounts} account{'s' * (proof.accounts != 1)}"
    if proof.example is not None:
        request = proof.example.request.model_dump_json(exclude_defaults=True)
        return (
            f"{proof.claim} refuted: {proof.example.request.action} in {proof.example.account} was "
            f"{proof.example.before} and would be {proof.example.after}\n  {request}"
        )
    return f"{proof.claim} {proof.verdict.replace('_', ' ')} for {accounts}" + (
        f": {proof.reason}" if proof.reason else ""
    )
