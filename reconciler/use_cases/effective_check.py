"""After an apply: whether the service could merge the declarative policies that were changed.

One list a policy type has the accounts whose policies cannot be merged: the service keeps their last valid document. It
merges some seconds after a change, so a fault may also show only later. What cannot be read is a note, never a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.aws.pages import items
from reconciler.errors import ReconcilerError
from reconciler.model.api import Api
from reconciler.model.plan import Plan, Warning_
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.report import Done
from reconciler.model.resources import Policy
from reconciler.policy.effective.organization import DECLARATIVE

MOST_EXPLAINED = 3
"""The accounts of a type whose errors are read too."""
_NONE = "EffectivePolicyNotFoundException"


def effective_policy_warnings(plan: Plan, done: Iterable[Done], api: Api) -> Iterator[Warning_]:
    """A warning for each type with effective policies that are not valid, among those that the changes reach."""
    for short in _changed_types(plan, {each.address for each in done}):
        try:
            yield from _invalid(short, api)
        except ReconcilerError as error:
            if getattr(error, "code", "") != _NONE:
                message = f"whether every effective {BY_SHORT[short].label} is valid is not known: {error.message}"
                yield Warning_(code="I553", message=message)


def _changed_types(plan: Plan, done: set[str]) -> list[str]:
    """The declarative types of the documents that were changed, and those whose effective policies the plan changes."""
    documents = (each for each in plan.changes if each.address in done and "content" in each.fields)
    changed = {each.resource.type for each in documents if isinstance(each.resource, Policy)}
    settings = {line.setting.type for each in plan.impact for line in each.lines if line.setting is not None}
    return [each for each in DECLARATIVE if each in changed | settings]


def _invalid(short: str, api: Api) -> Iterator[Warning_]:
    row = BY_SHORT[short]
    found = items(api, "ListAccountsWithInvalidEffectivePolicy", {"PolicyType": row.api}, "Accounts")
    accounts = sorted((str(each["Id"]), str(each.get("Name") or each["Id"])) for each in found)
    if not accounts:
        return
    shown = [f"{name} ({_errors(id, row.api, api)})" for id, name in accounts[:MOST_EXPLAINED]]
    more = [f"and {len(accounts) - len(shown)} more"] if len(accounts) > len(shown) else []
    yield Warning_(
        code="W552",
        message=f"the {row.label} documents above {', '.join([*shown, *more])} cannot be merged: the last valid "
        "effective policy stays in force there",
    )


def _errors(id: str, type: str, api: Api) -> str:
    """What is wrong, as far as it can be read."""
    try:
        answer = api.call("ListEffectivePolicyValidationErrors", {"AccountId": id, "PolicyType": type})
    except ReconcilerError as error:
        return f"errors not known: {error.message}"
    listed = answer["EffectivePolicyValidationErrors"]
    return "; ".join(dict.fromkeys(str(each.get("ErrorMessage") or each["ErrorCode"]) for each in listed)) or "no error"
