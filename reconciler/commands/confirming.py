"""The question before an apply. What cannot be undone, or goes beyond a guard, is typed, not answered with a key."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.model.plan import Plan

_ONLY_ADDING = frozenset({"account_creations", "account_invitations", "similar_account"})
"""Guards that let nothing be taken away or weakened."""


def confirm(plan: Plan, options: Options, allowed: Collection[str] = ()) -> None:
    """Asks whether to apply; `allowed` are the guards that `--allow` names. Raises `click.Abort` where the answer is
    no, and `UsageError` where nobody is there."""
    if options.no_input or not sys.stdin.isatty():
        raise UsageError(
            "cannot ask for confirmation: the input is not a terminal, or --no-input was given",
            help="add --auto-approve to apply without asking",
        )
    from reconciler.render.words import count

    changes, organization = count(len(plan.changes), "change"), plan.organization.id
    closing = sum(each.kind == "account" and each.action in ("close", "remove") for each in plan.changes)
    beyond = sorted(each for each in allowed if each.partition(":")[0] not in _ONLY_ADDING)
    if closing:
        what = count(closing, "account")
        options.warn(f"{what} would be closed or leave the organization {organization}.")
        _ask(
            f"Apply {changes}? Type the id of the organization, or the number of these accounts", closing, plan, options
        )
    elif beyond:
        removals = _removals(plan)
        number, what = (removals, "removal") if removals else (len(plan.changes), "change")
        options.warn(f"{count(number, what)} in {organization}, with --allow for {', '.join(beyond)}.")
        _ask(f"Apply {changes}? Type the id of the organization, or the number of these {what}s", number, plan, options)
    else:
        click.confirm(f"Apply {changes} to {organization}?", abort=True, err=True)


def _removals(plan: Plan) -> int:
    """How many changes take something away for good."""
    from reconciler.render.words import takes_away

    return sum(map(takes_away, plan.changes))


def _ask(question: str, number: int, plan: Plan, options: Options) -> None:
    typed = click.prompt(question, default="", show_default=False, err=True)
    if typed.strip() not in (plan.organization.id, str(number)):
        options.warn("not confirmed: nothing was changed")
        raise click.Abort
