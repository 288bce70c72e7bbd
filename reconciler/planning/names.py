"""Names that a plan would send and the service does not take as they are.

What exists already may have any name: the rules are about new accounts and OUs, and about those that get another name.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.plan import Change, Violation
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.planning.guards import GuardedPlan, GuardOverrides, Limits

_NEW_ACCOUNT = re.compile(r"[ -~]{1,50}")
_RENAMED_ACCOUNT = re.compile(r"[ -;=?-~]{1,50}")


def refused_names(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """One violation for all names that the service would refuse, or store in another form."""
    found = [(change, problem) for change in plan.changes if (problem := _problem(change))]
    if found:
        text = "; ".join(f"{change.address} cannot be named {_name(change)!r}: {problem}" for change, problem in found)
        addresses = tuple(change.address for change, _ in found)
        yield Violation(guard="refused", message=text, addresses=addresses, source=found[0][0].source)


def _problem(change: Change) -> str | None:
    new = change.action == "create"
    if not new and "name" not in change.fields:
        return None
    name = _name(change)
    if name is None or "⟨" in name:
        return None
    if name != name.strip():
        return "the service does not keep blanks at the ends"
    if isinstance(change.after, Account):
        if len(name) > 50:
            return f"it has {len(name)} characters, and 50 are allowed"
        if not (_NEW_ACCOUNT if new else _RENAMED_ACCOUNT).fullmatch(name):
            return f"only printable ASCII{'' if new else ' without < and >'} is allowed"
    return None


def _name(change: Change) -> str | None:
    after = change.after
    if isinstance(after, Account):
        return after.name or after.create_name
    return after.name if isinstance(after, OrganizationalUnit) else None
