"""The services that are called, one row each. Every service is called through the same layers: adding one is adding its
row here and those of its operations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.kinds.account_setting import SERVICE as ACCOUNT_MANAGEMENT
from reconciler.model.regions import Partition

_OF_BUDGETS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("DescribeBudgets", "DescribeBudgetNotificationsForAccount", "DescribeNotificationsForBudget"),
                "DescribeSubscribersForNotification",
            ),
            "ViewBudget",
        ),
        **dict.fromkeys(
            (
                *("CreateBudget", "UpdateBudget", "DeleteBudget", "CreateNotification", "DeleteNotification"),
                *("CreateSubscriber", "DeleteSubscriber"),
            ),
            "ModifyBudget",
        ),
    }
)
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html"""

GLOBAL: Final = "global"
CONFIGURED: Final = "configured"


class Service(NamedTuple):
    """One service.

    - `name` is what its operations have before the colon (Organizations nothing), `client` its name in boto3, `prefix`
      that of its IAM actions.
    - `endpoint_variable` is the environment variable that sets the endpoint of this service alone.
    - `region` is where its endpoint is: the Region of the partition's `GLOBAL` services, the `CONFIGURED` one, or a
      Region by its name. A call may name another one (`model.api.REGION`).
    - Calls about member accounts need trusted access of the principal `trusted_access`, where there is one.
    - An `optional` service has a substitute: its failures are retried less.
    - `actions` are the IAM actions of operations that have another one than that of their name.
    """

    name: str
    client: str
    prefix: str
    endpoint_variable: str
    region: str = GLOBAL
    trusted_access: str = ""
    optional: bool = False
    actions: Mapping[str, str] = MappingProxyType({})

    def region_in(self, partition: Partition, configured: str) -> str:
        """The Region whose endpoint is called."""
        return {GLOBAL: partition.global_region, CONFIGURED: configured}.get(self.region, self.region)


_ROWS = (
    Service("", "organizations", "organizations", "AWS_ENDPOINT_URL_ORGANIZATIONS"),
    Service("account", "account", "account", "AWS_ENDPOINT_URL_ACCOUNT", trusted_access=ACCOUNT_MANAGEMENT),
    Service("servicequotas", "service-quotas", "servicequotas", "AWS_ENDPOINT_URL_SERVICE_QUOTAS", optional=True),
    Service("s3", "s3", "s3", "AWS_ENDPOINT_URL_S3"),
    Service("sts", "sts", "sts", "AWS_ENDPOINT_URL_STS", optional=True),
    Service(
        "tagging", "resourcegroupstaggingapi", "tag", "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API", optional=True
    ),
    Service("accessanalyzer", "accessanalyzer", "access-analyzer", "AWS_ENDPOINT_URL_ACCESSANALYZER"),
    Service("iam", "iam", "iam", "AWS_ENDPOINT_URL_IAM"),
    Service("cloudtrail", "cloudtrail", "cloudtrail", "AWS_ENDPOINT_URL_CLOUDTRAIL", CONFIGURED),
    Service("cloudformation", "cloudformation", "cloudformation", "AWS_ENDPOINT_URL_CLOUDFORMATION"),
    Service("ram", "ram", "ram", "AWS_ENDPOINT_URL_RAM"),
    Service("servicecatalog", "servicecatalog", "servicecatalog", "AWS_ENDPOINT_URL_SERVICE_CATALOG"),
    Service("sso", "sso-admin", "sso", "AWS_ENDPOINT_URL_SSO_ADMIN", CONFIGURED),
    Service("identitystore", "identitystore", "identitystore", "AWS_ENDPOINT_URL_IDENTITYSTORE", CONFIGURED),
    Service("ce", "ce", "ce", "AWS_ENDPOINT_URL_COST_EXPLORER"),
    Service("sns", "sns", "sns", "AWS_ENDPOINT_URL_SNS", CONFIGURED),
    Service("events", "events", "events", "AWS_ENDPOINT_URL_EVENTBRIDGE", CONFIGURED),
    Service("budgets", "budgets", "budgets", "AWS_ENDPOINT_URL_BUDGETS", actions=_OF_BUDGETS),
)

SERVICES: dict[str, Service] = {row.name: row for row in _ROWS}


def service_of(operation: str) -> Service:
    """The service of an operation (`ListAccounts`, `tagging:GetResources`)."""
    return SERVICES[operation.rpartition(":")[0]]


def permission(operation: str) -> str:
    """The IAM action of an operation."""
    service, name = service_of(operation), operation.rpartition(":")[2]
    return f"{service.prefix}:{service.actions.get(name, name)}"
