"""Whether a change takes from whoever makes it what is needed to undo it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.analysis.chains import Chain
from reconciler.analysis.context import Request
from reconciler.analysis.evaluate import decide
from reconciler.analysis.unread import not_read, unknown_changes
from reconciler.model.address import Address

NEEDED = ("organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:AttachPolicy")
"""What whoever applies has to be able to do again, to undo what was applied."""


class Lockout(NamedTuple):
    """The caller's account, and what it loses there, or may lose, in words."""

    account: Address
    message: str


def locked_out(caller: str, before: Mapping[Address, Chain], after: Mapping[Address, Chain]) -> Lockout | None:
    """What the caller, by ARN, loses of what it needs; `None` where it is of none of these accounts, or loses nothing.
    Where that depends on policies that were not read, it may be lost."""
    account = account_of(caller)
    old, new = (next((each for each in side.values() if each.account_id == account), None) for side in (before, after))
    if old is None or new is None:
        return None
    verdicts = {action: (_verdict(old, action, caller), _verdict(new, action, caller)) for action in NEEDED}
    lost = [action for action, (was, becomes) in verdicts.items() if was != "denied" and becomes == "denied"]
    if lost:
        return Lockout(
            new.account, f"{caller}, who runs this, could no longer call {', '.join(lost)}: nobody there could undo it"
        )
    if unknown := unknown_changes({old.account: old}, {old.account: new}):
        why = "; ".join(map(not_read, unknown))
        return Lockout(
            new.account, f"{caller}, who runs this, may no longer be able to undo it, which is not known: {why}"
        )
    return None


def account_of(caller: str) -> str:
    """The id of the account of a principal, by ARN."""
    return caller.split(":")[4]


def _verdict(chain: Chain, action: str, caller: str) -> str:
    return decide(chain, Request(account=str(chain.account_id), action=action, principal=_role(caller))).decision


def _role(caller: str) -> str:
    """The ARN of the role behind an assumed one, as `aws:PrincipalArn` has it."""
    prefix, _, rest = caller.partition(":assumed-role/")
    if not rest:
        return caller
    return f"{prefix.replace(':sts:', ':iam:')}:role/{rest.split('/')[0]}"
