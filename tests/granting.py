"""Which role has to be granted a call, by the command that makes it, and whether it is."""

from __future__ import annotations

import functools

import click

from reconciler.aws.operations import OPERATIONS
from reconciler.use_cases.role_policy import CLOSING, IamPolicy, Role, role_policy


def role_for(operation: str) -> Role:
    """The role that makes the call: that of the command that runs or, where none does, the least one."""
    context = click.get_current_context(silent=True)
    if context is not None and context.info_name == "drift" and (context.params["who"] or context.params["notify"]):
        return "drift"
    if OPERATIONS[operation].online:
        return "drift" if OPERATIONS[operation].writes else "online"
    if context is not None:
        closes = context.params.get("allow_close")
        return ("close" if closes else "apply") if context.info_name == "apply" else "plan"
    if not OPERATIONS[operation].writes:
        return "plan"
    return "close" if operation in CLOSING else "apply"


def ungranted(operation: str) -> str | None:
    """What the role of a call is not granted; `None` where it is."""
    role = role_for(operation)
    return None if _policy(role, tuple(OPERATIONS)).allows(operation) else f"{operation} by the role {role}"


@functools.cache
def _policy(role: Role, operations: tuple[str, ...]) -> IamPolicy:
    return role_policy(role)
