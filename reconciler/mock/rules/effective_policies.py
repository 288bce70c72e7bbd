"""Effective policies of declarative types. Implemented here, because moto has none of these operations.

The service publishes an effective policy some seconds after a change; the mock computes it when it is read. Where the
merged policies are not valid, the service keeps the last valid document; the mock keeps none and answers `{}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from reconciler.mock.backend import Backend
from reconciler.mock.objects import Account
from reconciler.mock.refusal import Refusal
from reconciler.mock.rules.accounts import account_exists
from reconciler.model.api import Params, Response
from reconciler.model.document import minified
from reconciler.model.effective import EffectivePolicy
from reconciler.model.policy_types import BY_API
from reconciler.policy.effective.inheritance import AttachedDocument, Level
from reconciler.policy.effective.organization import merge


def target_is_an_account(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeEffectivePolicy.html

    The page names accounts alone; without a target it is the caller's account.
    """
    if "TargetId" in params and organization.account(params["TargetId"]) is None:
        raise Refusal("TargetNotFoundException", "You specified a target that is not an account of the organization.")


def type_has_effective_policies(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeEffectivePolicy.html

    A type that is not enabled has none (observed against the live service, September 2026).
    """
    if params["PolicyType"] not in organization.enabled_types:
        raise Refusal("EffectivePolicyNotFoundException", "There is no effective policy of this type.")


def describe(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeEffectivePolicy.html"""
    id = params.get("TargetId", organization.account_id)
    found = _effective(organization, id, params["PolicyType"])
    return {
        "EffectivePolicy": {
            "PolicyContent": minified({} if found.errors else found.document),
            "LastUpdatedTimestamp": datetime.fromtimestamp(organization.clock(), UTC),
            "TargetId": id,
            "PolicyType": params["PolicyType"],
        }
    }


def invalid_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsWithInvalidEffectivePolicy.html"""
    api = params["PolicyType"]
    invalid: dict[tuple[str, ...], bool] = {}
    found = []
    for each in organization.members():
        levels = tuple(_levels(organization, each.id, api))
        inherited = tuple(level.node for level in levels if level.documents)
        if inherited not in invalid:
            invalid[inherited] = bool(merge(each.id, BY_API[api].short, levels).errors)
        if invalid[inherited]:
            found.append(each)
    return {"Accounts": [_described(each) for each in found], "PolicyType": api}


def errors_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListEffectivePolicyValidationErrors.html

    Without errors there is no path and no time (observed against the live service, September 2026).
    """
    id, api = params["AccountId"], params["PolicyType"]
    chain = organization.chain(id)
    policies = [each.policy for level in _levels(organization, id, api) for each in level.documents]
    errors = [
        {
            "ErrorCode": each.code,
            "ErrorMessage": each.message,
            "PathToError": "/".join(each.path),
            "ContributingPolicies": policies,
        }
        for each in _effective(organization, id, api).errors
    ]
    place = {
        "Path": "/".join((organization.organization.id, *chain, "")),
        "EvaluationTimestamp": datetime.fromtimestamp(organization.clock(), UTC),
    }
    return {"AccountId": id, "PolicyType": api, **(place if errors else {}), "EffectivePolicyValidationErrors": errors}


def _effective(organization: Backend, account_id: str, api: str) -> EffectivePolicy:
    return merge(account_id, BY_API[api].short, _levels(organization, account_id, api))


def _levels(organization: Backend, account_id: str, api: str) -> Iterator[Level]:
    for id in organization.chain(account_id):
        attached = enumerate(organization.attached(organization.nodes[id], api))
        documents = (AttachedDocument(each.id, json.loads(str(each.content)), place) for place, each in attached)
        yield Level(id, tuple(documents))


def _described(account: Account) -> dict[str, object]:
    return {
        **account.describe(),
        "JoinedTimestamp": datetime.fromtimestamp(account.joined, UTC),
    }


RULES = {
    "DescribeEffectivePolicy": (type_has_effective_policies, target_is_an_account),
    "ListAccountsWithInvalidEffectivePolicy": (type_has_effective_policies,),
    "ListEffectivePolicyValidationErrors": (account_exists, type_has_effective_policies),
}
ANSWERS = {
    "DescribeEffectivePolicy": describe,
    "ListAccountsWithInvalidEffectivePolicy": invalid_listed,
    "ListEffectivePolicyValidationErrors": errors_listed,
}
