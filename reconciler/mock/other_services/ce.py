"""AWS Cost Explorer: cost categories and cost allocation tags. The caller is the management account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler.kinds.billing.cost_allocation_tag import STATUSES, CostAllocationTag, CostAllocationTagKind
from reconciler.kinds.billing.cost_category import CostCategoryKind
from reconciler.kinds.billing.cost_category_resource import CostCategory, definition_of
from reconciler.mock import objects
from reconciler.mock.backend import Backend
from reconciler.mock.other_services.service import Service
from reconciler.mock.own_reads import OwnReads
from reconciler.mock.pages import offset, token
from reconciler.mock.refusal import Refusal
from reconciler.mock.statefile import StateFile
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.api import Params, Response

_MOST_CATEGORIES = 50
_MOST_KEYS = 20
_DIMENSIONS = frozenset({
    "LINKED_ACCOUNT", "LINKED_ACCOUNT_NAME", "SERVICE_CODE", "RECORD_TYPE", "REGION", "USAGE_TYPE",
})  # fmt: skip
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CostCategoryRule.html"""
_OF_AWS = "aws:createdBy"
"""A key that AWS makes itself."""


def create_cost_category_definition(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CreateCostCategoryDefinition.html"""
    if any(each.name == params["Name"] for each in organization.cost_categories.values()):
        raise _invalid("Failed to create Cost Category: the name exists already.")
    if len(organization.cost_categories) >= _MOST_CATEGORIES:
        raise Refusal("ServiceQuotaExceededException", "There are too many cost categories.")
    arn = organization.ids.cost_category(organization.account_id)
    tags = {each["Key"]: each["Value"] for each in params.get("ResourceTags") or ()}
    organization.cost_categories[arn] = objects.CostCategory(params["Name"], _definition(params), tags)
    return {"CostCategoryArn": arn, "EffectiveStart": _month(organization)}


def update_cost_category_definition(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostCategoryDefinition.html

    What is left out is dropped.
    """
    category = _category(organization, params["CostCategoryArn"])
    category.definition = _definition(params)
    return {"CostCategoryArn": params["CostCategoryArn"], "EffectiveStart": _month(organization)}


def describe_cost_category_definition(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_DescribeCostCategoryDefinition.html"""
    arn = params["CostCategoryArn"]
    category = _category(organization, arn)
    return {"CostCategory": {**_summary(organization, arn, category), **category.definition}}


def delete_cost_category_definition(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_DeleteCostCategoryDefinition.html"""
    _category(organization, params["CostCategoryArn"])
    del organization.cost_categories[params["CostCategoryArn"]]
    return {"CostCategoryArn": params["CostCategoryArn"], "EffectiveEnd": _month(organization)}


def list_cost_category_definitions(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListCostCategoryDefinitions.html"""
    found = []
    for arn, each in sorted(organization.cost_categories.items(), key=lambda item: item[1].name):
        values = dict.fromkeys(rule["Value"] for rule in each.definition["Rules"] if "Value" in rule)
        default = {key: each.definition[key] for key in ("DefaultValue",) if key in each.definition}
        found.append(
            {
                **_summary(organization, arn, each),
                **default,
                "NumberOfRules": len(each.definition["Rules"]),
                "Values": [*values],
                **({"SupportedResourceTypes": [*each.used_for]} if each.used_for else {}),
            }
        )
    return _paged("ListCostCategoryDefinitions", "CostCategoryReferences", found, params)


def list_tags_for_resource(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListTagsForResource.html"""
    tags = _category(organization, params["ResourceArn"]).tags
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def tag_resource(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_TagResource.html"""
    category = _category(organization, params["ResourceArn"])
    category.tags |= {each["Key"]: each["Value"] for each in params["ResourceTags"]}
    return {}


def untag_resource(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UntagResource.html"""
    category = _category(organization, params["ResourceArn"])
    category.tags = {key: value for key, value in category.tags.items() if key not in params["ResourceTagKeys"]}
    return {}


def list_cost_allocation_tags(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListCostAllocationTags.html

    Keys that were seen in a bill are listed; all are inactive at first.
    """
    found = []
    for key in _seen(organization):
        type = "AWSGenerated" if key.startswith("aws:") else "UserDefined"
        entry = {"TagKey": key, "Type": type, "Status": organization.allocation_tags.get(key, STATUSES["inactive"])}
        if params.get("Status", entry["Status"]) == entry["Status"] and params.get("Type", type) == type:
            found.append(entry)
    keys = params.get("TagKeys")
    listed = [each for each in found if keys is None or each["TagKey"] in keys]
    return _paged("ListCostAllocationTags", "CostAllocationTags", listed, params)


def update_cost_allocation_tags_status(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html

    What is wrong with a key is in the answer, which is a success.
    """
    entries = params["CostAllocationTagsStatus"]
    if not 0 < len(entries) <= _MOST_KEYS:
        raise _invalid(f"1 to {_MOST_KEYS} keys can be changed at a time.")
    errors = []
    for each in entries:
        if each["TagKey"] in _seen(organization):
            organization.allocation_tags[each["TagKey"]] = each["Status"]
        else:
            text = "The tag key was not found."
            errors.append({"TagKey": each["TagKey"], "Code": "TagKeysNotFoundException", "Message": text})
    return {"Errors": errors}


def to_resources(organization: Backend) -> Iterator[CostCategory | CostAllocationTag]:
    """The resources of a snapshot."""
    reads = OwnReads(organization, {f"{SERVICE.prefix}:{name}": each for name, each in SERVICE.operations.items()})
    yield from CostCategoryKind().read(reads, ())
    yield from CostAllocationTagKind().read(reads, ())


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Sets what the file has."""
    for each in file.of(CostCategory):
        arn = each.id or organization.ids.cost_category(organization.account_id)
        category = objects.CostCategory(each.name, definition_of(each), dict(each.tags or {}), each.used_for)
        organization.cost_categories[arn] = category
    for tag in file.of(CostAllocationTag):
        organization.allocation_tags[addresses.local(tag.address)] = STATUSES[tag.state]


def _seen(organization: Backend) -> Sequence[str]:
    """The keys that are known: those of the tags of accounts, and whatever was known before."""
    used = {key for each in organization.members() for key in each.tags}
    return sorted({_OF_AWS, *used, *organization.allocation_tags})


def _category(organization: Backend, arn: str) -> objects.CostCategory:
    found = organization.cost_categories.get(arn)
    if found is None:
        raise Refusal("ResourceNotFoundException", f"There is no cost category {arn}.")
    return found


def _definition(params: Params) -> dict[str, Any]:
    for each in params["Rules"]:
        _check_rule(each)
    if not params["Rules"]:
        raise _invalid("Failed to validate Cost Category: there is no rule.")
    return {
        name: params[name] for name in ("RuleVersion", "Rules", "DefaultValue", "SplitChargeRules") if name in params
    }


def _check_rule(rule: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CostCategoryRule.html"""
    if rule.get("Type", "REGULAR") == "INHERITED_VALUE":
        if "InheritedValue" not in rule or "Rule" in rule:
            raise _invalid("Invalid Rule: an inherited value has InheritedValue alone.")
    elif not rule.get("Value") or not rule.get("Rule"):
        raise _invalid("Invalid Rule: Value and Rule must not be null.")
    else:
        _check_expression(rule["Rule"])


def _check_expression(expression: Mapping[str, Any]) -> None:
    if len(expression) != 1:
        raise _invalid("An expression has one member.")
    ((member, content),) = expression.items()
    if member in ("And", "Or"):
        for each in content:
            _check_expression(each)
    elif member == "Not":
        _check_expression(content)
    elif member == "Dimensions" and content.get("Key") not in _DIMENSIONS:
        raise _invalid(f"The dimension {content.get('Key')} is not supported.")
    elif ("ABSENT" in content.get("MatchOptions", ())) == bool(content.get("Values")):
        raise _invalid(f"{member} expression must have values, but none when ABSENT is provided.")


def _summary(organization: Backend, arn: str, category: objects.CostCategory) -> dict[str, Any]:
    status = [{"Component": "COST_EXPLORER", "Status": "APPLIED"}]
    start = _month(organization)
    return {"CostCategoryArn": arn, "Name": category.name, "EffectiveStart": start, "ProcessingStatus": status}


def _month(organization: Backend) -> str:
    """The first of the month."""
    return datetime.fromtimestamp(organization.clock(), UTC).strftime("%Y-%m-01T00:00:00Z")


def _paged(operation: str, member: str, found: Sequence[Any], params: Params) -> Response:
    start = offset(f"ce:{operation}", params)
    end = start + params.get("MaxResults", len(found))
    following = {"NextToken": token(f"ce:{operation}", params, end)} if end < len(found) else {}
    return {member: [*found[start:end]], **following}


def _invalid(text: str) -> Refusal:
    return Refusal("ValidationException", text)


SERVICE = Service(
    "ce",
    "ce",
    {
        "CreateCostCategoryDefinition": create_cost_category_definition,
        "UpdateCostCategoryDefinition": update_cost_category_definition,
        "DescribeCostCategoryDefinition": describe_cost_category_definition,
        "DeleteCostCategoryDefinition": delete_cost_category_definition,
        "ListCostCategoryDefinitions": list_cost_category_definitions,
        "ListTagsForResource": list_tags_for_resource,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
        "ListCostAllocationTags": list_cost_allocation_tags,
        "UpdateCostAllocationTagsStatus": update_cost_allocation_tags_status,
    },
    invalid="ValidationException",
)
