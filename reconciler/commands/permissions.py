"""`reconciler permissions`: the least-privilege IAM policy of the role that runs a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command, spec_of
from reconciler.errors import UsageError
from reconciler.model.printable import dumps
from reconciler.model.regions import partition_of

if TYPE_CHECKING:
    from reconciler.use_cases.role_policy import IamPolicy, IamStatement, Role

_FOR = {
    "plan": "every command that only reads",
    "apply": "`reconciler apply`",
    "close": "`reconciler apply --allow-close`",
    "online": "`--online` and `--lookback`, beside those of the plan role",
    "drift": "`reconciler drift --who --notify`",
}


@click.argument("role", type=click.Choice(list(_FOR)), default="plan")
@command("Print the least-privilege IAM policy of the role that runs a command.")
def permissions(options: Options, role: Role) -> int:
    from reconciler.use_cases.role_policy import role_policy

    partition = partition_of(options.region) if options.region else None
    if options.region and partition is None:
        raise UsageError(f"--region {options.region} is not a Region", help="write it as in `eu-west-1`")
    desired = spec_of(options, tests=False) if options.spec_given else None
    policy = role_policy(role, desired, partition.id if partition else "aws")
    narrowed = f"what {options.spec} uses" if desired else "what any spec can use; --spec PATH narrows it"
    options.write(dumps(policy.document()) if options.output == "json" else _explained(policy, narrowed))
    return 0


def _explained(policy: IamPolicy, extent: str) -> str:
    lines = [f"Permissions for {_FOR[policy.role]}: {extent}.", ""]
    for each in policy.statements:
        lines += [*_statement(each), ""]
    lines.append(f"The policy itself: reconciler permissions {policy.role} --output json")
    return "\n".join(lines) + "\n"


def _statement(statement: IamStatement) -> list[str]:
    if statement.denies_others:
        return [f"{statement.sid}: denies everything else, even where another policy allows it"]
    on = [] if statement.resources == ("*",) else ["  on", *(f"    {each}" for each in statement.resources)]
    return [f"{statement.sid}: allows", *(f"    {each}" for each in statement.actions), *on]
