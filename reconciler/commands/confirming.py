"""The question before an apply. What cannot be undone is typed, not answered with a key."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.model.plan import Plan


def confirm(plan: Plan, options: Options) -> None:
    """Asks whether to apply. Raises `click.Abort` where the answer is no, and `UsageError` where nobody is there."""
    if options.no_input or not sys.stdin.isatty():
        raise UsageError(
            "cannot ask for confirmation: the input is not a terminal, or --no-input was given",
            help="add --auto-approve to apply without asking",
        )
    changes = f"{len(plan.changes)} change{'s' * (len(plan.changes) != 1)}"
    closing = sum(each.kind == "account" and each.action in ("close", "remove") for each in plan.changes)
    if not closing:
        click.confirm(f"Apply {changes} to {plan.organization.id}?", abort=True, err=True)
        return
    accounts = f"{closing} account{'s' * (closing != 1)}"
    options.warn(f"{accounts} would be closed or leave the organization {plan.organization.id}.")
    typed = click.prompt(
        f"Apply {changes}? Type the id of the organization, or the number of these accounts",
        default="",
        show_default=False,
        err=True,
    )
    if typed.strip() not in (plan.organization.id, str(closing)):
        options.warn("not confirmed: nothing was changed")
        raise click.Abort
