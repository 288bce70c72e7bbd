"""Direct changes in the mocked organization, as if made in the console; for demonstrations and tests.

python -m reconciler.mock [--mock-state FILE] detach POLICY PATH      detach a policy from an OU (`/` is the root)
python -m reconciler.mock [--mock-state FILE] call OPERATION [JSON]   call any operation of the service
                                              [--caller ID]           as another account: one that accepts an invitation
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import click

from reconciler.errors import ReconcilerError, UsageError
from reconciler.mock import MockOrganization, Seed, statefile
from reconciler.model import address as addresses


@click.group(help="Change the mocked organization directly, outside the pipeline.")
@click.option("--mock-state", type=Path, default=statefile.DEFAULT_PATH, show_default=True)
@click.pass_context
def cli(ctx: click.Context, mock_state: Path) -> None:
    if not mock_state.exists():
        raise UsageError(f"{mock_state} does not exist yet", help="run `reconciler apply --mock` first")
    ctx.obj = MockOrganization.open(mock_state, seed=Seed())


@cli.command(help="Detach a policy from an OU (/ is the root).")
@click.argument("policy")
@click.argument("path")
@click.pass_obj
def detach(organization: MockOrganization, policy: str, path: str) -> None:
    ids = {each.address: each.id for each in organization.snapshot().resources}
    target = addresses.ROOT if path == "/" else addresses.ou(path)
    for address in (addresses.policy(policy), target):
        if address not in ids:
            near = get_close_matches(address, ids, n=1)
            raise UsageError(
                f"there is no {address} in the mocked organization",
                help=f"did you mean {addresses.local(near[0])}?" if near else None,
            )
    organization.call("DetachPolicy", {"PolicyId": ids[addresses.policy(policy)], "TargetId": ids[target]})
    organization.save()
    click.echo(f"detached {policy} from {path}")


@cli.command(help="Any operation of the service; its parameters as JSON.")
@click.argument("operation")
@click.argument("params", default="{}")
@click.option("--caller", metavar="ID", default=None, help="The account that calls (default: the management account).")
@click.pass_obj
def call(organization: MockOrganization, operation: str, params: str, caller: str | None) -> None:
    try:
        values = json.loads(params)
    except ValueError as error:
        raise UsageError(
            f"the parameters are not valid JSON: {error}", help='for example \'{"PolicyId": "p-..."}\''
        ) from error
    if not isinstance(values, dict):
        raise UsageError("the parameters are not a JSON object", help='for example \'{"PolicyId": "p-..."}\'')
    answer = organization.call(operation, values, caller=caller)
    organization.save()
    click.echo(json.dumps(answer, indent=2, default=str))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit code."""
    try:
        cli.main(arguments, prog_name="python -m reconciler.mock", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return UsageError.exit_code
    except ReconcilerError as error:
        click.echo(f"error: {error.message}", err=True)
        if error.help:
            click.echo(f"  = help: {error.help}", err=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
