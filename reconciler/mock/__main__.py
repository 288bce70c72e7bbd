"""Changes by hand to a mocked organization, as someone in the console would make them.

python -m reconciler.mock detach deny-regions Workloads/Production
python -m reconciler.mock attach deny-regions /
python -m reconciler.mock call ListAccounts '{"MaxResults": 5}'
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reconciler.errors import ReconcilerError, UsageError
from reconciler.mock import MockOrganization, Seed, statefile
from reconciler.model import address

DEFAULT_STATE = Path(".reconciler/mock.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one call, save, and print the answer. The exit code is that of the program's errors."""
    options = _parser().parse_args(arguments)
    try:
        operation, params = _call_of(options)
        organization = MockOrganization.open(options.mock_state, seed=Seed())
        answer = organization.call(operation, params)
        organization.save()
    except ReconcilerError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    print(json.dumps(answer, indent=2, default=str, ensure_ascii=False) if answer else f"{operation}: done")
    return 0


def _call_of(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    if not options.mock_state.exists():
        raise UsageError(f"{options.mock_state} does not exist: there is no mocked organization yet")
    if options.verb == "call":
        try:
            return options.operation, json.loads(options.params)
        except ValueError as error:
            raise UsageError(f"the parameters are no JSON: {error}") from error
    known = statefile.read(options.mock_state).by_address()
    place = options.place
    target = address.ROOT if place == "/" else address.account(place) if place.isdigit() else address.ou(place)
    for each in (address.policy(options.policy), target):
        if each not in known:
            raise UsageError(f"{each} is not in {options.mock_state}")
    operation = {"attach": "AttachPolicy", "detach": "DetachPolicy"}[options.verb]
    return operation, {"PolicyId": known[address.policy(options.policy)].id, "TargetId": known[target].id}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reconciler.mock", description="Change a mocked organization by hand."
    )
    parser.add_argument("--mock-state", type=Path, default=DEFAULT_STATE, metavar="FILE")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("attach", "detach"):
        each = verbs.add_parser(verb, help=f"{verb} a policy, by its name")
        each.add_argument("policy")
        each.add_argument("place", help="the path of an OU, / for the root, or the id of an account")
    call = verbs.add_parser("call", help="make any call, as `aws organizations` would")
    call.add_argument("operation")
    call.add_argument("params", nargs="?", default="{}", help="JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
