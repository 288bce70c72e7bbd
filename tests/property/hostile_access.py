"""Access and billing as others have made them, in the forms of the services: every part of a permission set, principals
with any name, rules and filters that no spec would write so."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from reconciler.kinds.billing.budget_resource import Budget, budget_of, notification_of
from reconciler.kinds.billing.cost_allocation_tag import State, tag_of
from reconciler.kinds.billing.cost_category_resource import CostCategory, category_of
from reconciler.kinds.identity_center.resources import (
    Boundary,
    CustomerManaged,
    Group,
    IdentityCenter,
    PermissionSet,
    Principal,
    User,
    live_assignment,
)
from reconciler.model import address as addresses
from reconciler.model.resources import Account, Resource

INSTANCE = "arn:aws:sso:::instance/ssoins-1111222233334444"
UNKNOWN = "999900001111"
"""An account that left."""
_SET_NAMES = st.one_of(
    st.sampled_from(["no", "012", "1e3", "A@b", "@x", "=", "x" * 32, "-", "a,b", "group", "+"]),
    st.text(string.ascii_letters + string.digits + "_+=,.@-", min_size=1, max_size=32),
)
_VALUES = st.sampled_from(["Shop", "no", "012", "a b", "x-y_z"])
_TEXTS = st.sampled_from(["no", "012", "é: x", "- a", "{{ x }}", "a\tb", "#c", "12:30:45"])


def access(draw: st.DrawFn, accounts: Sequence[Account], names: st.SearchStrategy[str]) -> list[Resource]:
    """IAM Identity Center with permission sets and assignments, those in closed accounts too."""
    region = draw(st.sampled_from(["eu-west-1", "us-east-1"]))
    found: list[Resource] = [
        IdentityCenter(address="identity_center:/", id=f"{region}/{INSTANCE}", region=region, store="d-1234567890")
    ]
    who: list[Principal] = []
    for kind in (Group, User):
        for number, name in enumerate(sorted(draw(st.sets(names, max_size=3)))):
            who.append(kind(address=f"{kind.prefix}:{name}", id=f"{kind.prefix}-{number}", name=name))
    sets = [_permission_set(draw, each) for each in sorted(draw(st.sets(_SET_NAMES, max_size=3)))]
    found += [*who, *sets]
    for each in sets:
        for principal in who:
            ids = [str(account.id) for account in accounts if draw(st.booleans())]
            found += [
                live_assignment(each.address, principal.address, addresses.account(account), account) for account in ids
            ]
    return found


def _permission_set(draw: st.DrawFn, name: str) -> PermissionSet:
    customer = [CustomerManaged(name="base", path=draw(st.sampled_from(["/", "/a/", "/a/b.c/"])))]
    return PermissionSet(
        address=f"permission_set:{name}",
        id=f"arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{name}",
        name=name,
        description=draw(st.just("") | _TEXTS),
        session=draw(st.sampled_from(["PT1H", "PT12H", "PT1H30M"])),
        relay_state=draw(st.sampled_from(["", "https://x.example.com/?a=b#c", "no"])),
        managed=tuple(sorted(draw(st.sets(st.sampled_from(["ReadOnlyAccess", "job-function/ViewOnlyAccess"]))))),
        customer_managed=tuple(customer if draw(st.booleans()) else ()),
        inline=draw(st.sampled_from([{}, _INLINE])),
        boundary=draw(
            st.sampled_from([Boundary(), Boundary(managed="PowerUserAccess"), Boundary(customer_managed=customer[0])])
        ),
        outdated=(),
        tags=draw(st.dictionaries(st.sampled_from(["no", "a:b", "012"]), st.sampled_from(["", "no", "é"]))),
    )


_INLINE: Any = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}/{{ no }}"},
}


def billing(draw: st.DrawFn, accounts: Sequence[Account]) -> list[Resource]:
    ids = [*(str(each.id) for each in accounts), UNKNOWN]
    names = sorted(draw(st.sets(st.sampled_from(["no", "Team", "012", "a - b", "x_y"]), max_size=3)))
    states: st.SearchStrategy[State] = st.sampled_from(["active", "inactive"])
    tags = {key: draw(states) for key in draw(st.sets(_TEXTS, max_size=3))}
    found: list[Resource] = [*(_category(draw, each, ids) for each in names)]
    found += [tag_of(key, state) for key, state in tags.items()]
    found += [_budget(draw, each, ids) for each in sorted(draw(st.sets(_BUDGET_NAMES, max_size=3)))]
    return found


_BUDGET_NAMES = st.one_of(
    st.sampled_from(["no", "012", "a/b", "x y", "'", '"', "é", "@x", "~"]),
    st.text(string.ascii_letters + string.digits + " -_./#", min_size=1, max_size=20),
)


def _leaf(draw: st.DrawFn, ids: Sequence[str]) -> dict[str, Any]:
    accounts = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True))
    options = draw(st.sampled_from([None, ["EQUALS"], ["EQUALS", "CASE_SENSITIVE"], ["STARTS_WITH"], ["ABSENT"]]))
    leaf: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": accounts}},
                {"Dimensions": {"Key": "LINKED_ACCOUNT_NAME", "Values": ["no", "é"]}},
                {"Dimensions": {"Key": "SERVICE_CODE", "Values": ["AmazonS3"]}},
                {"Dimensions": {"Key": "AZ", "Values": ["x"]}},
                {"Tags": {"Key": "no", "Values": ["012", ""]}},
                {"CostCategories": {"Key": "Team", "Values": ["Shop"]}},
            ]
        )
    )
    ((member, content),) = leaf.items()
    return {member: {**content, **({"MatchOptions": options} if options else {})}}


def _expression(draw: st.DrawFn, ids: Sequence[str], depth: int = 2) -> dict[str, Any]:
    form = draw(st.sampled_from(["leaf", "leaf", "And", "Or", "Not"])) if depth else "leaf"
    if form == "leaf":
        return _leaf(draw, ids)
    if form == "Not":
        return {"Not": _expression(draw, ids, depth - 1)}
    return {form: [_expression(draw, ids, depth - 1) for _ in range(draw(st.integers(2, 3)))]}


def _category(draw: st.DrawFn, name: str, ids: Sequence[str]) -> CostCategory:
    rules: list[dict[str, Any]] = [
        {"Type": "REGULAR", "Value": draw(_VALUES), "Rule": _expression(draw, ids)}
        for _ in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        inherited = draw(st.sampled_from([("LINKED_ACCOUNT_NAME", {}), ("TAG", {"DimensionKey": "a:b"})]))
        value = {"DimensionName": inherited[0], **inherited[1]}
        rules.insert(draw(st.integers(0, len(rules))), {"Type": "INHERITED_VALUE", "InheritedValue": value})
    splits = [
        {"Source": "Shop", "Targets": ["no", "012"], "Method": "PROPORTIONAL"},
        {
            "Source": "Shop", "Targets": ["no", "012"], "Method": "FIXED",
            "Parameters": [{"Type": "ALLOCATION_PERCENTAGES", "Values": ["25", "75"]}],
        },
    ]  # fmt: skip
    described = {
        "Name": name,
        "Rules": rules,
        **({"DefaultValue": draw(_VALUES)} if draw(st.booleans()) else {}),
        **({"SplitChargeRules": [draw(st.sampled_from(splits))]} if draw(st.booleans()) else {}),
    }
    return category_of(f"arn:aws:ce::111122223333:costcategory/{name}", described, {"no": "012"})


def _budget(draw: st.DrawFn, name: str, ids: Sequence[str]) -> Budget:
    accounts = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True))
    form: dict[str, Any] = draw(
        st.sampled_from(
            [
                {},
                {"CostFilters": {"LinkedAccount": accounts}, "CostTypes": {"IncludeTax": False}},
                {"CostFilters": {"CostCategory": ["Team$Shop"]}},
                {"CostFilters": {"Service": ["Amazon Simple Storage Service"], "LinkedAccount": accounts}},
                {"Metrics": ["NetAmortizedCost"], "FilterExpression": _expression(draw, ids)},
                {"Metrics": ["UnblendedCost"]},
            ]
        )
    )
    limit: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"BudgetLimit": {"Amount": "5000.0", "Unit": "USD"}},
                {"BudgetLimit": {"Amount": "0.10", "Unit": "CNY"}},
                {"BudgetLimit": {"Amount": "1E+3", "Unit": "USD"}},
                {"PlannedBudgetLimits": {"1735689600": {"Amount": "1", "Unit": "USD"}}},
            ]
        )
    )
    found = {
        "BudgetName": name, "BudgetType": "COST", "TimeUnit": draw(st.sampled_from(["MONTHLY", "ANNUALLY", "CUSTOM"])),
        **form, **limit,
    }  # fmt: skip
    thresholds = draw(st.sets(st.sampled_from([0.0, 33.3, 80.0, 1e6, 1234567.89]), max_size=3))
    notify = [
        notification_of(
            {
                "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": each,
                "ThresholdType": draw(st.sampled_from(["PERCENTAGE", "ABSOLUTE_VALUE"])),
            },
            [{"SubscriptionType": "EMAIL", "Address": "no@example.com"}],
        )
        for each in thresholds
    ]  # fmt: skip
    return budget_of(f"arn:aws:budgets::111122223333:budget/{name}", found, notify, {"a:b": ""})
