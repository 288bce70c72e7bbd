"""Single answers of the service as resources: pure functions that the reader puts together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from reconciler.errors import ReadFailed
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.api import Response
from reconciler.model.base import Json
from reconciler.model.inventory import Organization
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import AccountState, Attachment, Policy

_STATES: dict[str, AccountState] = {
    "PENDING_ACTIVATION": "pending_activation",
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "PENDING_CLOSURE": "pending_closure",
    "CLOSED": "closed",
}


def described_organization(answer: Response) -> Organization:
    found = answer["Organization"]
    features = str(found.get("FeatureSet", "ALL")).lower()
    if features not in ("all", "consolidated_billing"):
        raise ReadFailed(f"the organization has the feature set {features}, which this version does not know")
    arn = str(found.get("Arn") or "").split(":")
    return Organization(
        id=found["Id"],
        management_account_id=found["MasterAccountId"],
        feature_set=cast("Literal['all', 'consolidated_billing']", features),
        partition=arn[1] if len(arn) > 1 and arn[1] else "aws",
    )


def document_of(policy: str, text: str) -> Json:
    """The document of a policy, which is named by `policy` in the error: of every type it is a JSON object."""
    try:
        content, why = json.loads(text), ""
    except (ValueError, RecursionError) as error:
        content, why = None, f": {error}"
    if not isinstance(content, dict):
        raise ReadFailed(
            f"the document of policy {policy} is no JSON object{why}", help="nothing was changed; run it again"
        )
    return cast("Json", content)


def state_of(account: dict[str, Any]) -> AccountState:
    """`State`, or `Status` where the service does not send it (or sends one that is not known)."""
    for sent in (account.get("State"), account.get("Status")):
        if sent in _STATES:
            return _STATES[sent]
    raise ReadFailed(
        f"account {account['Id']} is in the state {account.get('State')}, which this version does not know"
    )


_STAY = timedelta(days=4)
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def stays_until(account: dict[str, Any], now: datetime) -> str | None:
    """The day from which an account that was created here can be removed, `None` where it can be already."""
    joined = account.get("JoinedTimestamp")
    if account.get("JoinedMethod") != "CREATED" or joined is None:
        return None
    if not isinstance(joined, datetime):
        joined = datetime.fromtimestamp(joined, UTC)
    return (joined + _STAY).date().isoformat() if now < joined + _STAY else None


def path_of(account: dict[str, Any]) -> list[str]:
    """`o-1/r-1/ou-1/111122223333/` as its steps; empty where the service sent none."""
    found = account.get("Paths") or [""]
    steps = [step for step in found[0].split("/") if step]
    return steps if len(steps) >= 3 and steps[-1] == account["Id"] else []


def is_everywhere(policy: Policy) -> bool:
    row = BY_SHORT[policy.type]
    return policy.aws_managed and policy.name == row.default and not row.default_detachable


def addressed(policies: Iterable[Policy]) -> list[Policy]:
    """The policies by their names, in the order of the table of types; one whose name another type has already taken
    gets its type before it."""
    found: list[Policy] = []
    taken: set[str] = set()
    order = list(BY_SHORT)
    for each in sorted(policies, key=lambda policy: order.index(policy.type)):
        local = each.name if each.name not in taken else f"{each.type}/{each.name}"
        taken.add(local)
        found.append(each.model_copy(update={"address": addresses.policy(local)}))
    return found


def attachment(policy: Address, target: Address) -> Attachment:
    return Attachment(address=addresses.attachment(policy, target), policy=policy, target=target)
