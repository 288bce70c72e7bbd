"""A hand in the mocked organization, for demos and for trying things out: what somebody does around the pipeline.

python -m reconciler.mock [--mock-state FILE] detach POLICY PATH      detach a policy from an OU (`/` is the root)
python -m reconciler.mock [--mock-state FILE] call OPERATION [JSON]   any operation of the service, as it is
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from reconciler.aws import reader
from reconciler.connection import MOCK_STATE
from reconciler.errors import ReconcilerError
from reconciler.mock import MockOrganization, Seed
from reconciler.model import address as addresses


@click.group(help="Change the mocked organization directly, outside the pipeline.")
@click.option("--mock-state", type=Path, default=MOCK_STATE, show_default=True)
@click.pass_context
def hand(ctx: click.Context, mock_state: Path) -> None:
    if not mock_state.exists():
        raise click.UsageError(f"{mock_state} does not exist yet: run `reconciler apply --mock` first")
    ctx.obj = MockOrganization.open(mock_state, seed=Seed())


@hand.command(help="Detach a policy from an OU (/ is the root).")
@click.argument("policy")
@click.argument("path")
@click.pass_obj
def detach(organization: MockOrganization, policy: str, path: str) -> None:
    ids = {each.address: each.id for each in reader.read(organization, reader.Wanted(tags=False)).resources}
    target = addresses.ROOT if path == "/" else addresses.ou(path)
    for address in (addresses.policy(policy), target):
        if address not in ids:
            raise click.UsageError(f"there is no {address} in the mocked organization")
    organization.call("DetachPolicy", {"PolicyId": ids[addresses.policy(policy)], "TargetId": ids[target]})
    organization.save()
    click.echo(f"detached {policy} from {path}")


@hand.command(help="Any operation of the service; its parameters as JSON.")
@click.argument("operation")
@click.argument("params", default="{}")
@click.pass_obj
def call(organization: MockOrganization, operation: str, params: str) -> None:
    answer = organization.call(operation, json.loads(params))
    organization.save()
    click.echo(json.dumps(answer, indent=2, default=str))


if __name__ == "__main__":
    try:
        hand(prog_name="python -m reconciler.mock")
    except ReconcilerError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(error.exit_code)
